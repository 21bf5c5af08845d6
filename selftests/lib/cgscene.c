// SPDX-License-Identifier: GPL-2.0-only
/* A VM in its cgroups, see cgscene.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgscene.h"
#include "cli.h"
#include "host.h"
#include "ksft.h"

#define MAX_THREADS	64

static char console_level[32];

static void console_back(void)
{
	host_write("/proc/sys/kernel/printk", "%s", console_level);
	*console_level = 0;
}

/*
 * What the kernel says of periods that are too short for a busy host it says
 * under their lock, which lockdep takes for a circle with the console's. In the
 * log it is all the same.
 */
static void quiet_console(void)
{
	if (*console_level ||
	    !host_read("/proc/sys/kernel/printk", console_level,
		       sizeof(console_level)))
		return;
	ksft_defer(console_back);
	host_write("/proc/sys/kernel/printk", "4");
}

void cgscene_need(void)
{
	char text[256];

	cli_need();
	if (!cg_read("", "cgroup.controllers", text, sizeof(text)))
		ksft_skip("needs cgroup2");
	if (!strstr(text, "cpu ") ||
	    cg_write("", "cgroup.subtree_control", "+cpu"))
		ksft_skip("needs the cpu controller on cgroup2");
	quiet_console();
}

/* With all its controllers for those below; some kernels lack one or two. */
static void group(const char *path, bool domain)
{
	require_eq(0, cg_new(path, false), "a cgroup %s", path);
	if (domain) {
		require_eq(0, cg_write(path, "cgroup.subtree_control", "+cpu"),
			   "the cpu controller below %s", path);
		cg_write(path, "cgroup.subtree_control", "+memory");
		cg_write(path, "cgroup.subtree_control", "+io");
	}
}

/* Makes all cgroups of a path, the last one without controllers below. */
static void groups(const char *path)
{
	char part[CG_PATH];
	const char *slash = path;

	while ((slash = strchr(slash, '/'))) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		group(part, true);
		slash++;
	}
	group(path, false);
}

static void lay_out(struct cgscene *s)
{
	static const char * const paths[] = {
		[CG_MACHINE] = "cordon-test/machine.slice/machine-qemu-1-x.scope",
		[CG_LIBVIRT] = "cordon-test/machine.slice/machine-qemu-1-x.scope/libvirt",
		[CG_LOGIN] = "cordon-test/user.slice/user-1000.slice/session-3.scope",
		[CG_NESTED] = "cordon-test/kubepods.slice/pod7.slice/cri.scope/vm/leaf",
		[CG_ROOT] = "",
	};

	snprintf(s->scope, sizeof(s->scope), "%s", paths[s->layout]);
	snprintf(s->home, sizeof(s->home), "%s", s->scope);
	if (*s->scope)
		groups(s->scope);
}

/* As libvirt: first all are below libvirt/, then each thread where it belongs. */
static void spread(struct cgscene *s)
{
	static const char * const names[] = {
		"emulator", "vcpu0", "vcpu1", "iothread1"
	};
	pid_t tids[] = { 0, s->vcpu[0], s->vcpu[1], s->io };
	pid_t all[MAX_THREADS];
	int n, i, k;

	n = task_list(s->v->pid, all, MAX_THREADS);
	for (i = 0; i < 4; i++) {
		const char *path = cgscene_below(s, names[i]);

		require_eq(0, cg_new(path, false), "a cgroup %s", path);
		require_eq(0, cg_write(path, "cgroup.type", "threaded"),
			   "threaded %s", path);
		for (k = 0; i == 0 && k < n; k++)
			require_eq(0, cg_write(path, "cgroup.threads", "%d", all[k]),
				   "thread %d to %s", all[k], path);
		if (i)
			require_eq(0, cg_write(path, "cgroup.threads", "%d", tids[i]),
				   "thread %d to %s", tids[i], path);
	}
	require_eq(0, cg_write(s->scope, "cgroup.subtree_control", "+cpu"),
		   "the cpu controller below %s", s->scope);
	snprintf(s->home, sizeof(s->home), "%s", cgscene_below(s, "emulator"));
}

static void run(struct cgscene *s, bool busy)
{
	enum thread_kind kind = busy ? THREAD_BUSY : THREAD_EPOLL;

	s->v = vmm_start();
	if (*s->scope)
		require_eq(0, cg_attach(s->scope, s->v->pid), "the VMM's cgroup");
	vmm_vm_new(s->v, 0);
	vmm_vcpus_new(s->v, 0, 2, GUEST_SPIN);
	require(vmm_moves(s->v, 0, 1, 20), "the guest runs");
	for (int i = 0; i < 2; i++) {
		s->vcpu[i] = vmm_vcpu_tid(s->v, 0, i);
		if (!busy)
			vmm_mode(s->v, 0, i, GUEST_SLEEP);
	}
	s->io_slot = vmm_thread_new(s->v, kind, "IO io1");
	s->worker_slot = vmm_thread_new(s->v, kind, "worker");
	s->io = vmm_thread_tid(s->v, s->io_slot);
	s->worker = vmm_thread_tid(s->v, s->worker_slot);
}

void cgscene_start(struct cgscene *s, enum cg_layout layout, bool busy)
{
	memset(s, 0, sizeof(*s));
	s->layout = layout;
	cgscene_need();
	/* Cgroups first: they are removed after the VMMs in them have ended. */
	lay_out(s);
	if (layout == CG_LOGIN || layout == CG_ROOT)
		s->other = vmm_start();
	if (layout == CG_LOGIN)
		require_eq(0, cg_attach(s->scope, s->other->pid), "who shares it");
	run(s, busy);
	if (layout == CG_LIBVIRT)
		spread(s);
}

void cgscene_start_beside(struct cgscene *s, const struct cgscene *first,
			  bool busy)
{
	*s = *first;
	s->other = first->v;
	run(s, busy);
}

const char *cgscene_below(const struct cgscene *s, const char *name)
{
	static char buffers[4][CG_PATH];
	static int turn;
	char *path = buffers[turn++ % 4];

	snprintf(path, CG_PATH, "%.79s%s%.70s", s->scope, *s->scope ? "/" : "",
		 name);
	return path;
}

const char *cgscene_of(pid_t tid)
{
	static char buffers[4][CG_PATH];
	static int turn;
	char *path = buffers[turn++ % 4];

	if (!cg_of(tid, path, CG_PATH))
		return "(gone)";
	return path;
}

static const char *max_of(const char *path)
{
	static char buffers[4][64];
	static int turn;
	char *text = buffers[turn++ % 4];

	if (!cg_read(path, "cpu.max", text, sizeof(buffers[0])))
		return "(none)";
	return text;
}

const char *cgscene_max(pid_t tid)
{
	return max_of(cgscene_of(tid));
}

bool cgscene_is_under(const struct cgscene *s, pid_t tid, const char *max)
{
	char path[CG_PATH], *slash;

	snprintf(path, sizeof(path), "%s", cgscene_of(tid));
	while (strlen(path) >= strlen(s->scope) && *path) {
		if (!strcmp(max_of(path), max))
			return true;
		slash = strrchr(path, '/');
		if (!slash)
			break;
		*slash = 0;
	}
	return false;
}

/* The path itself, or one below it. */
static bool is_inside(const char *path, const char *scope)
{
	size_t len = strlen(scope);

	return !len || (!strncmp(path, scope, len) &&
			(!path[len] || path[len] == '/'));
}

void cgscene_expect_inside(const struct cgscene *s, const char *when)
{
	pid_t all[MAX_THREADS];
	int n = task_list(s->v->pid, all, MAX_THREADS);
	char path[CG_PATH];

	for (int i = 0; i < n; i++)
		if (cg_of(all[i], path, sizeof(path)))
			expect(is_inside(path, s->scope),
			       "%s: thread %d is in /%s", when, all[i], path);
}

bool cgscene_has_only(pid_t tid, const pid_t *tids, int count)
{
	char path[CG_PATH + 64], text[4096] = "", *next = text;
	int found = 0, i;
	long one;

	snprintf(path, sizeof(path), "%s/%s/cgroup.threads", cg_root(),
		 cgscene_of(tid));
	if (!host_read(path, text, sizeof(text)))
		return false;
	while ((one = strtol(next, &next, 10))) {
		for (i = 0; i < count && tids[i] != one; i++)
			;
		if (i == count)
			return false;
		found++;
	}
	return found == count;
}
