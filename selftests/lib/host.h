/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as a test needs it: CPU masks and states of threads from /proc,
 * modules, CPUs on and off, cgroups. What a test changes here is put back when
 * the test is over (ksft_defer()).
 */
#ifndef CORDON_HOST_H
#define CORDON_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define HOST_CPUS	256

/* A set of CPUs. */
struct cpus {
	unsigned long bits[HOST_CPUS / (8 * sizeof(unsigned long))];
};

struct cpus cpus_parse(const char *list);
/* As a list, "0-1,3"; one of four static buffers. */
const char *cpus_str(const struct cpus *cpus);
bool cpus_equal(const struct cpus *a, const struct cpus *b);
bool cpus_has(const struct cpus *cpus, int cpu);
int cpus_count(const struct cpus *cpus);
struct cpus cpus_one(int cpu);
void cpus_add(struct cpus *cpus, int cpu);
struct cpus cpus_without(const struct cpus *a, const struct cpus *b);
struct cpus cpus_online(void);
bool cpus_subset(const struct cpus *of, const struct cpus *cpus);

/* Skips the test on a host with fewer CPUs online than @count, or not 0 to n. */
void host_need_cpus(int count);

/* Cpus_allowed_list of a thread; false if it is gone. */
bool task_cpus(pid_t tid, struct cpus *cpus);
/* The thread may run exactly on @list, at once or within @seconds. */
bool task_is_on(pid_t tid, const char *list);
bool task_gets_on(pid_t tid, const char *list, double seconds);
#define expect_cpus(list, tid, ...) \
	expect_cpus_at(list, tid, __FILE__, __LINE__, __VA_ARGS__)
bool expect_cpus_at(const char *list, pid_t tid, const char *file, int line,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* sched_setaffinity() from outside: 0 or -errno. */
int task_set_cpus(pid_t tid, const char *list);
/* Its scheduling class, SCHED_*, and realtime priority; -errno. */
int task_sched(pid_t tid, int *priority);
/* The letter of /proc/TID/stat, 0 if it is gone. */
char task_state(pid_t tid);
bool task_comm(pid_t tid, char comm[32]);
/* Thread ids of a process, at most @max; how many. */
int task_list(pid_t pid, pid_t *tids, int max);
/* All processes and kernel threads, at most @max; how many. */
int task_list_all(pid_t *pids, int max);
/* A thread of @pid (0: a process or kernel thread) whose comm begins so, or 0. */
pid_t task_find(pid_t pid, const char *comm);
/*
 * A kernel-side thread that works for process @pid, by the part of its name
 * before the pid: of the process on newer kernels, a kernel thread on 6.1.
 */
pid_t task_find_helper(pid_t pid, const char *name);

/* Is the host's kernel older than @major.@minor? */
bool host_is_before(int major, int minor);

/* Writes @text to a file of the kernel's: 0 or -errno. */
int host_write(const char *path, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Its first bytes as a string; false if it cannot be read. */
bool host_read(const char *path, char *buf, size_t size);

/* modprobe NAME (cordon: the file $CORDON_KO, if set); 0 or its exit status. */
int mod_load(const char *name);
/* delete_module(): 0 or -errno. */
int mod_unload(const char *name);
bool mod_loaded(const char *name);
/* cordon is loaded, if need be now; skips the test where it cannot be. */
void mod_need(void);
long mod_refs(const char *name);

/* CPUs off and on; 0 or -errno. */
int cpu_off(int cpu);
int cpu_on(int cpu);

/*
 * Cgroups, by their path below the root of cgroup2, without the first slash. A
 * new one, with cpuset (below the root only) if @cpuset; -errno or 0.
 */
const char *cg_root(void);
int cg_new(const char *name, bool cpuset);
int cg_write(const char *name, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The first line of a file of one; false if it cannot be read. */
bool cg_read(const char *name, const char *file, char *buf, size_t size);
int cg_attach(const char *name, pid_t pid);
/* The one that a thread is in; false if it is gone. */
bool cg_of(pid_t tid, char *name, size_t size);
void cg_free(const char *name);
void cg_free_all(void);

#endif /* CORDON_HOST_H */
