// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads, CPU masks, modules and CPUs of the host, see host.h. Called by the
 * tests' one thread.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "ksft.h"

#define WORD_BITS (8 * sizeof(unsigned long))

void cpus_add(struct cpus *cpus, int cpu)
{
	if (cpu >= 0 && cpu < HOST_CPUS)
		cpus->bits[cpu / WORD_BITS] |= 1ul << (cpu % WORD_BITS);
}

bool cpus_has(const struct cpus *cpus, int cpu)
{
	return cpu >= 0 && cpu < HOST_CPUS &&
	       cpus->bits[cpu / WORD_BITS] >> (cpu % WORD_BITS) & 1;
}

struct cpus cpus_parse(const char *list)
{
	struct cpus cpus = { 0 };
	int first, last, len;

	while (sscanf(list, "%d%n", &first, &len) == 1) {
		list += len;
		last = first;
		if (*list == '-' && sscanf(list, "-%d%n", &last, &len) == 1)
			list += len;
		while (first <= last)
			cpus_add(&cpus, first++);
		if (*list != ',')
			break;
		list++;
	}
	return cpus;
}

const char *cpus_str(const struct cpus *cpus)
{
	static char buffers[4][1024];
	static int turn;
	char *text = buffers[turn++ % 4], *at = text;

	*at = 0;
	for (int cpu = 0, last; cpu < HOST_CPUS; cpu = last + 1) {
		last = cpu;
		if (!cpus_has(cpus, cpu))
			continue;
		while (cpus_has(cpus, last + 1))
			last++;
		at += sprintf(at, at == text ? "%d" : ",%d", cpu);
		if (last > cpu)
			at += sprintf(at, "-%d", last);
	}
	return text;
}

bool cpus_equal(const struct cpus *a, const struct cpus *b)
{
	return !memcmp(a, b, sizeof(*a));
}

int cpus_count(const struct cpus *cpus)
{
	int count = 0;

	for (int cpu = 0; cpu < HOST_CPUS; cpu++)
		count += cpus_has(cpus, cpu);
	return count;
}

struct cpus cpus_one(int cpu)
{
	struct cpus cpus = { 0 };

	cpus_add(&cpus, cpu);
	return cpus;
}

struct cpus cpus_without(const struct cpus *a, const struct cpus *b)
{
	struct cpus cpus = *a;

	for (size_t i = 0; i < HOST_CPUS / WORD_BITS; i++)
		cpus.bits[i] &= ~b->bits[i];
	return cpus;
}

bool cpus_subset(const struct cpus *of, const struct cpus *cpus)
{
	struct cpus rest = cpus_without(cpus, of);

	return !cpus_count(&rest);
}

bool host_is_before(int major, int minor)
{
	struct utsname name;
	int is_major, is_minor;

	uname(&name);
	return sscanf(name.release, "%d.%d", &is_major, &is_minor) == 2 &&
	       (is_major < major || (is_major == major && is_minor < minor));
}

bool host_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return false;
	buf[n] = 0;
	return true;
}

int host_write(const char *path, const char *fmt, ...)
{
	static char text[65536];
	va_list args;
	int fd, len, error = 0;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != len)
		error = -errno;
	close(fd);
	return error;
}

struct cpus cpus_online(void)
{
	char text[1024] = "";

	host_read("/sys/devices/system/cpu/online", text, sizeof(text));
	return cpus_parse(text);
}

void host_need_cpus(int count)
{
	struct cpus online = cpus_online();

	for (int cpu = 0; cpu < count; cpu++)
		if (!cpus_has(&online, cpu))
			ksft_skip("needs CPUs 0 to %d online", count - 1);
}

/* The value of a "Key:\t" line of a status file. */
static bool status_line(pid_t tid, const char *key, char *value, size_t size)
{
	char path[64], text[8192], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (!host_read(path, text, sizeof(text)))
		return false;
	at = strstr(text, key);
	if (!at)
		return false;
	at += strlen(key);
	at += strspn(at, ": \t");
	snprintf(value, size, "%.*s", (int)strcspn(at, "\n"), at);
	return true;
}

bool task_cpus(pid_t tid, struct cpus *cpus)
{
	char list[1024];

	if (!status_line(tid, "Cpus_allowed_list", list, sizeof(list)))
		return false;
	*cpus = cpus_parse(list);
	return true;
}

bool task_is_on(pid_t tid, const char *list)
{
	struct cpus want = cpus_parse(list), got;

	return task_cpus(tid, &got) && cpus_equal(&want, &got);
}

bool task_gets_on(pid_t tid, const char *list, double seconds)
{
	return ksft_until(seconds, task_is_on(tid, list));
}

bool expect_cpus_at(const char *list, pid_t tid, const char *file, int line,
		    const char *fmt, ...)
{
	struct cpus want = cpus_parse(list), got = { 0 };
	char what[512];
	va_list args;

	if (task_cpus(tid, &got) && cpus_equal(&want, &got))
		return true;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return ksft_str(list, cpus_str(&got), file, line, "%s (CPUs of thread %d)",
			what, tid);
}

int task_set_cpus(pid_t tid, const char *list)
{
	struct cpus cpus = cpus_parse(list);
	long ret = syscall(SYS_sched_setaffinity, tid, sizeof(cpus), &cpus);

	return ret < 0 ? -errno : 0;
}

char task_state(pid_t tid)
{
	char state[64];

	return status_line(tid, "State", state, sizeof(state)) ? state[0] : 0;
}

bool task_comm(pid_t tid, char comm[32])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	if (!host_read(path, comm, 32))
		return false;
	comm[strcspn(comm, "\n")] = 0;
	return true;
}

static int list_numbers(const char *path, pid_t *ids, int max)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int count = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)) && count < max)
		if (isdigit(entry->d_name[0]))
			ids[count++] = atoi(entry->d_name);
	closedir(dir);
	return count;
}

int task_list(pid_t pid, pid_t *tids, int max)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	return list_numbers(path, tids, max);
}

int task_list_all(pid_t *pids, int max)
{
	return list_numbers("/proc", pids, max);
}

pid_t task_find(pid_t pid, const char *comm)
{
	static pid_t tids[4096];
	int count = pid ? task_list(pid, tids, 4096) :
		    task_list_all(tids, 4096);
	char name[32];

	for (int i = 0; i < count; i++)
		if (task_comm(tids[i], name) && !strncmp(name, comm, strlen(comm)))
			return tids[i];
	return 0;
}

pid_t task_find_helper(pid_t pid, const char *name)
{
	char comm[32];
	pid_t tid;

	/* A thread of the process, its name cut short, or a kernel thread. */
	snprintf(comm, 16, "%s", name);
	tid = task_find(pid, comm);
	if (tid)
		return tid;
	snprintf(comm, sizeof(comm), "%s%d", name, pid);
	return task_find(0, comm);
}

/* Without a shell; the program's output goes with ours. */
static int run(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int task_sched(pid_t tid, int *priority)
{
	struct sched_param param = { 0 };
	int policy = sched_getscheduler(tid);

	if (priority && !sched_getparam(tid, &param))
		*priority = param.sched_priority;
	return policy < 0 ? -errno : policy;
}

bool mod_loaded(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return !access(path, F_OK);
}

static void load_back(void)
{
	if (!mod_loaded("kvm_amd") && !mod_loaded("kvm_intel"))
		mod_load(access("/sys/module/ccp", F_OK) ? "kvm_intel" : "kvm_amd");
	if (!mod_loaded("cordon"))
		mod_load("cordon");
}

int mod_load(const char *name)
{
	const char *ko = getenv("CORDON_KO");
	char *const probe[] = { "modprobe", (char *)name, NULL };
	char *const insert[] = { "insmod", (char *)ko, NULL };

	return run(ko && !strcmp(name, "cordon") ? insert : probe);
}

int mod_unload(const char *name)
{
	ksft_defer(load_back);
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

long mod_refs(const char *name)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	return host_read(path, text, sizeof(text)) ? atol(text) : -1;
}

void mod_need(void)
{
	if (geteuid())
		ksft_skip("needs root");
	if (access("/dev/kvm", R_OK | W_OK))
		ksft_skip("needs /dev/kvm");
	if (!mod_loaded("cordon") && mod_load("cordon"))
		ksft_skip("the module cordon cannot be loaded");
}

static struct cpus taken_off;

static void all_on(void)
{
	for (int cpu = 0; cpu < HOST_CPUS; cpu++)
		if (cpus_has(&taken_off, cpu))
			cpu_on(cpu);
	memset(&taken_off, 0, sizeof(taken_off));
}

int cpu_off(int cpu)
{
	char path[64];

	cpus_add(&taken_off, cpu);
	ksft_defer(all_on);
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return host_write(path, "0");
}

int cpu_on(int cpu)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return host_write(path, "1");
}
