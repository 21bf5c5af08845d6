// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy is deleted while the VMM's threads sleep, are stopped, traced or
 * frozen, and vCPUs are in HLT: masks and classes are restored when `del`
 * returns, and no system call is disturbed. After `off` the module can be
 * unloaded within 2 s; threads that cannot answer are listed instead.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define GROUP	"cordon-test-frozen"
#define SLEEPERS (THREAD_URING - THREAD_FUTEX + 1)

/* A VMM whose threads all sleep: two vCPUs, and one in each system call. */
struct sleepers {
	struct vmm *v;
	pid_t tid[SLEEPERS + 2];
	int count;
};

static const char *const masks[] = { "0-3", "1-3", "0,2", "2-3", "0-1", "1", "0-2" };

static void set_masks(struct sleepers *s)
{
	for (int i = 0; i < s->count; i++)
		require_eq(0, task_set_cpus(s->tid[i], masks[i]), "taskset");
}

static void start(struct sleepers *s)
{
	cli_need();
	host_need_cpus(4);
	s->v = vmm_start();
	s->count = 0;
	vmm_vm_new(s->v, 0);
	vmm_vcpu_new(s->v, 0, GUEST_SLEEP);
	vmm_vcpu_new(s->v, 0, GUEST_HALT);
	for (int i = 0; i < 2; i++)
		s->tid[s->count++] = vmm_vcpu_tid(s->v, 0, i);
	for (int kind = THREAD_FUTEX; kind <= THREAD_URING; kind++) {
		int slot = vmm_thread_new(s->v, kind, "sleeper");

		s->tid[s->count++] = vmm_thread_tid(s->v, slot);
	}
	set_masks(s);
	for (int i = 0; i < s->count; i++) {
		if (i != 1)
			require(ksft_until(5, task_state(s->tid[i]) == 'S'),
				"thread %d sleeps", i);
	}
}

static void set(struct sleepers *s)
{
	cli_must("policy set pid:%d vcpu-pin 0-1:3 emulator-cpus 1 emulator-sched batch",
		 s->v->pid);
	for (int i = 0; i < s->count; i++) {
		expect_cpus(i < 2 ? "3" : "1", s->tid[i], "held, thread %d", i);
		expect_eq(i < 2 ? SCHED_OTHER : SCHED_BATCH,
			  task_sched(s->tid[i], NULL), "class of thread %d", i);
	}
}

static void expect_restored(struct sleepers *s)
{
	for (int i = 0; i < s->count; i++) {
		expect_cpus(masks[i], s->tid[i], "restored, thread %d", i);
		expect_eq(SCHED_OTHER, task_sched(s->tid[i], NULL),
			  "class of thread %d", i);
	}
}

/* rmmod works within 2 s, and the module comes back. */
static void expect_unloads(void)
{
	int error;

	expect(ksft_until(2, !(error = mod_unload("cordon"))),
	       "rmmod within 2 s: error %d, %ld references", error,
	       mod_refs("cordon"));
	if (!error)
		require_eq(0, mod_load("cordon"), "insmod");
}

static void asleep(void)
{
	int rounds = ksft_count(4, 30);
	struct sleepers s;

	start(&s);
	for (int i = 0; i < rounds && !ksft_failed(); i++) {
		set(&s);
		cli_must("policy del pid:%d", s.v->pid);
		expect_restored(&s);
		/* A system call that was disturbed has returned by then. */
		ksft_sleep_ms(100);
		expect_eq(0, vmm_disturbed(s.v), "system calls disturbed");
	}
	set(&s);
	require_eq(0, cli("off"), "cordon off: %s", cli_err());
	expect_restored(&s);
	expect_unloads();
}

/* Without a `del` before it. */
static void off_alone(void)
{
	struct sleepers s;

	start(&s);
	set(&s);
	require_eq(0, cli("off"), "cordon off: %s", cli_err());
	expect_restored(&s);
	expect_unloads();
	expect(vmm_moves(s.v, 0, 1, 20), "the guest goes on");
}

/* Does `off` list @tid among those that cannot answer? */
static bool off_lists(pid_t tid)
{
	json_t *off = cli_json("off", "off"), *item = json_array_get(off, 0);
	json_t *list = json_object_get(item, "detaching"), *thread;
	bool found = false;
	size_t i;

	json_array_foreach(list, i, thread)
		if (json_integer_value(json_object_get(thread, "tid")) == tid)
			found = true;
	ksft_note("off: %.300s", cli_out());
	json_decref(off);
	return found;
}

/* Then rmmod waits for it. */
static void expect_listed(pid_t tid)
{
	expect(off_lists(tid), "off lists thread %d", tid);
	expect(mod_unload("cordon") != 0, "the module stays");
}

static void stopped(void)
{
	struct sleepers s;

	start(&s);
	set(&s);
	kill(s.v->pid, SIGSTOP);
	for (int i = 0; i < s.count; i++)
		require(ksft_until(5, task_state(s.tid[i]) == 'T'), "stopped");
	cli_must("policy del pid:%d", s.v->pid);
	expect_restored(&s);
	/* A policy may come and go while it is stopped. */
	set(&s);
	cli_must("policy del pid:%d", s.v->pid);
	expect_restored(&s);
	expect_listed(s.tid[0]);
	kill(s.v->pid, SIGCONT);
	expect_unloads();
	expect(vmm_moves(s.v, 0, 1, 20), "the guest goes on");
}

static void traced(void)
{
	struct sleepers s;
	pid_t tid;

	start(&s);
	tid = s.tid[2];
	set(&s);
	require_eq(0, ptrace(PTRACE_SEIZE, tid, 0, 0), "seize");
	require_eq(0, ptrace(PTRACE_INTERRUPT, tid, 0, 0), "interrupt");
	require_eq(tid, waitpid(tid, NULL, __WALL), "it stops");
	cli_must("policy del pid:%d", s.v->pid);
	expect_restored(&s);
	expect_listed(tid);
	require_eq(0, ptrace(PTRACE_DETACH, tid, 0, 0), "detach");
	expect_unloads();
}

/* A thread that waits for the child of a vfork() answers to no signal. */
static void uninterruptible(void)
{
	struct sleepers s;
	pid_t tid;
	int slot;

	start(&s);
	slot = vmm_thread_new(s.v, THREAD_VFORK, "waits");
	tid = vmm_thread_tid(s.v, slot);
	require(ksft_until(5, task_state(tid) == 'D'), "it waits uninterruptibly");
	require_eq(0, task_set_cpus(tid, "0-2"), "taskset");
	set(&s);
	expect_cpus("1", tid, "held, the thread in vfork");
	cli_must("policy del pid:%d", s.v->pid);
	expect_restored(&s);
	expect_cpus("0-2", tid, "restored, the thread in vfork");
	expect_listed(tid);
	vmm_thread_end(s.v, slot);
	expect_unloads();
}

static bool is_frozen(void)
{
	char text[256];

	return host_read("/sys/fs/cgroup/" GROUP "/cgroup.events", text, sizeof(text)) &&
	       strstr(text, "frozen 1");
}

static void frozen(void)
{
	struct sleepers s;

	start(&s);
	if (cg_new(GROUP, false))
		ksft_skip("needs cgroup2");
	require_eq(0, cg_attach(GROUP, s.v->pid), "move to the cgroup");
	/* Before 6.2 the move forgets them. */
	set_masks(&s);
	set(&s);
	require_eq(0, cg_write(GROUP, "cgroup.freeze", "1"), "freeze");
	require(ksft_until(5, is_frozen()), "it is frozen");
	cli_must("policy del pid:%d", s.v->pid);
	expect_restored(&s);
	/* Kernels that run task work in frozen threads need no exemption. */
	if (off_lists(s.tid[0]))
		expect(mod_unload("cordon") != 0, "the module stays");
	else
		expect_unloads();
	expect(is_frozen(), "it is frozen still");
	require_eq(0, cg_write(GROUP, "cgroup.freeze", "0"), "thaw");
	expect_unloads();
	expect(vmm_moves(s.v, 0, 1, 20), "the guest goes on");
}

/* Threads that run, instead: the same, for completeness. */
static void busy(void)
{
	struct cpus before;
	struct vmm *v;
	pid_t vcpu, thread;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	vcpu = vmm_vcpu_tid(v, 0, 0);
	thread = vmm_thread_tid(v, vmm_thread_new(v, THREAD_BUSY, ""));
	task_cpus(vcpu, &before);
	for (int i = 0; i < ksft_count(5, 50); i++) {
		cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 1", v->pid);
		expect_cpus("2", vcpu, "the vCPU");
		expect_cpus("1", thread, "the thread");
		cli_must("policy del pid:%d", v->pid);
		expect_cpus(cpus_str(&before), vcpu, "the vCPU, restored");
		expect_cpus(cpus_str(&before), thread, "the thread, restored");
	}
	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 1", v->pid);
	require_eq(0, cli("off"), "cordon off: %s", cli_err());
	expect_unloads();
	expect_eq(0, vmm_error(v), "exit or error of a vCPU");
}

/* A vCPU that waits for its INIT was seen, but has no safe point by itself. */
static void unstarted(void)
{
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_halting(1);
	vmm_vcpu_new(v, 0, GUEST_UNSTARTED);
	ksft_sleep_ms(200);
	require_eq(0, cli("off"), "cordon off: %s", cli_err());
	expect_unloads();
	expect(vmm_moves(v, 0, 0, 20), "the guest goes on");
}

static const struct ksft_test tests[] = {
	{ "asleep in system calls and HLT", asleep },
	{ "off alone", off_alone },
	{ "stopped", stopped },
	{ "traced", traced },
	{ "in uninterruptible sleep", uninterruptible },
	{ "in a frozen cgroup", frozen },
	{ "running", busy },
	{ "a vCPU that waits for its INIT", unstarted },
};

KSFT_MAIN(tests);
