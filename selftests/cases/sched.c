// SPDX-License-Identifier: GPL-2.0-only
/*
 * The *-sched keys: classes are given, held for new threads and given back,
 * unless someone else changed one meanwhile.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/resource.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define PINS	"vcpu-pin 0:3 emulator-cpus 0 iothread-pin io0:1"

static struct vmm *start(pid_t *vcpu, pid_t *io, pid_t *thread)
{
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_halting(1);
	*vcpu = vmm_vcpu_tid(v, 0, 0);
	*io = vmm_thread_tid(v, vmm_thread_new(v, THREAD_EPOLL, "IO io0"));
	*thread = vmm_thread_tid(v, vmm_thread_new(v, THREAD_FUTEX, "worker"));
	return v;
}

#define expect_sched(policy, prio, tid, what)				\
	do {								\
		int got_ = 0;						\
									\
		expect_eq(policy, task_sched(tid, &got_), "class of %s", what); \
		expect_eq(prio, got_, "priority of %s", what);		\
	} while (0)

static void classes(void)
{
	pid_t vcpu, io, thread;
	struct vmm *v = start(&vcpu, &io, &thread);

	cli_must("policy set pid:%d emulator-sched batch vcpu-sched 0:idle iothread-sched batch",
		 v->pid);
	expect_sched(SCHED_IDLE, 0, vcpu, "the vCPU");
	expect_sched(SCHED_BATCH, 0, io, "the iothread");
	expect_sched(SCHED_BATCH, 0, thread, "the emulator thread");
	cli_must("policy set pid:%d emulator-sched idle", v->pid);
	expect_sched(SCHED_IDLE, 0, v->pid, "the main thread");
	expect_sched(SCHED_BATCH, 0, io, "the iothread");
	cli_must("policy set pid:%d emulator-sched default", v->pid);
	expect_sched(SCHED_OTHER, 0, thread, "the emulator thread, reset");
	cli_must("policy del pid:%d", v->pid);
	expect_sched(SCHED_OTHER, 0, vcpu, "the vCPU, restored");
	expect_sched(SCHED_OTHER, 0, io, "the iothread, restored");
	expect_eq(0, vmm_disturbed(v), "system calls disturbed");
}

static void realtime(void)
{
	pid_t vcpu, io, thread;
	struct vmm *v = start(&vcpu, &io, &thread);
	int slot;

	cli_must("policy set pid:%d " PINS " vcpu-sched 0:fifo:3 iothread-sched rr:49",
		 v->pid);
	expect_sched(SCHED_FIFO, 3, vcpu, "the vCPU");
	expect_sched(SCHED_RR, 49, io, "the iothread");
	expect_sched(SCHED_OTHER, 0, thread, "the emulator thread");
	/* Its children are emulator threads, of the emulator's class. */
	slot = vmm_thread_from_vcpu(v, 0, 0, THREAD_FUTEX);
	expect_sched(SCHED_OTHER, 0, vmm_thread_tid(v, slot), "a vCPU's child");
	expect_cpus("0", vmm_thread_tid(v, slot), "a vCPU's child");
	/* A second thread on the CPU of one that is realtime: refused. */
	cli_refused(2, "", "policy set pid:%d emulator-cpus 0,3", v->pid);
	expect_cpus("0", thread, "the emulator thread");
	cli_must("policy del pid:%d", v->pid);
	expect_sched(SCHED_OTHER, 0, vcpu, "the vCPU, restored");
	expect_sched(SCHED_OTHER, 0, io, "the iothread, restored");
	expect(vmm_moves(v, 0, 0, 20), "the guest goes on");
}

static void late(void)
{
	pid_t vcpu, io, thread;
	struct vmm *v = start(&vcpu, &io, &thread);
	int slot;

	cli_must("policy set pid:%d vcpu-pin 0:3/1:2 emulator-cpus 0 emulator-sched batch",
		 v->pid);
	slot = vmm_thread_new(v, THREAD_FUTEX, "late");
	expect_sched(SCHED_BATCH, 0, vmm_thread_tid(v, slot), "a new thread");
	vmm_vcpu_new(v, 0, GUEST_HALT);
	require(vmm_moves(v, 0, 1, 20), "a new vCPU runs");
	expect_sched(SCHED_OTHER, 0, vmm_vcpu_tid(v, 0, 1), "a new vCPU");
	cli_must("policy del pid:%d", v->pid);
	expect_sched(SCHED_OTHER, 0, vmm_thread_tid(v, slot), "a new thread, freed");
}

/* A nice value is part of what was found. */
static void nice_stays(void)
{
	pid_t vcpu, io, thread;
	struct vmm *v = start(&vcpu, &io, &thread);

	require_eq(0, setpriority(PRIO_PROCESS, vcpu, -7), "renice");
	require_eq(0, setpriority(PRIO_PROCESS, thread, 5), "renice");
	cli_must("policy set pid:%d " PINS " vcpu-sched 0:rr:1 emulator-sched batch",
		 v->pid);
	expect_sched(SCHED_RR, 1, vcpu, "the vCPU");
	expect_eq(5, getpriority(PRIO_PROCESS, thread), "nice of a batch thread");
	cli_must("policy del pid:%d", v->pid);
	expect_sched(SCHED_OTHER, 0, vcpu, "the vCPU, restored");
	expect_eq(-7, getpriority(PRIO_PROCESS, vcpu), "nice of the vCPU, restored");
	expect_eq(5, getpriority(PRIO_PROCESS, thread), "nice of the thread");
}

static void theirs_stays(void)
{
	struct sched_param param = { 0 };
	pid_t vcpu, io, thread;
	struct vmm *v = start(&vcpu, &io, &thread);

	cli_must("policy set pid:%d emulator-sched batch iothread-sched batch", v->pid);
	require_eq(0, sched_setscheduler(thread, SCHED_IDLE, &param), "chrt");
	cli_must("policy del pid:%d", v->pid);
	expect_sched(SCHED_IDLE, 0, thread, "a thread that someone changed");
	expect_sched(SCHED_OTHER, 0, io, "an untouched one");
}

static const struct ksft_test tests[] = {
	{ "other, batch and idle", classes },
	{ "realtime", realtime },
	{ "new threads", late },
	{ "nice values", nice_stays },
	{ "a class set under management stays", theirs_stays },
};

KSFT_MAIN(tests);
