// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a managed VMM creates: a child process gets the mask that its parent had
 * before cordon, and is none of cordon's; a program that takes the VMM's place
 * is free again.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

static struct vmm *start(void)
{
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	require_eq(0, task_set_cpus(v->pid, "0,2-3"), "taskset");
	return v;
}

static void process(void)
{
	struct vmm *v = start();
	pid_t before = vmm_child_new(v), child;

	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 1 emulator-sched batch",
		 v->pid);
	expect_cpus("0,2-3", before, "a child from before the policy");
	for (int i = 0; i < ksft_count(5, 100); i++) {
		child = vmm_child_new(v);
		expect(task_gets_on(child, "0,2-3", 2), "a new child is free");
		expect(ksft_until(2, task_sched(child, NULL) == SCHED_OTHER),
		       "its class is as found");
		expect_str("", cli_thread_text(child, "class"),
			   "it is none of cordon's");
		vmm_child_end(v, child);
	}
	expect_cpus("1", v->pid, "the VMM");
	cli_must("policy del pid:%d", v->pid);
	expect_cpus("0,2-3", v->pid, "the VMM, restored");
	expect_cpus("0,2-3", before, "a child from before the policy");
}

static void exec(void)
{
	struct vmm *v = start();
	char comm[32] = "";

	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 1 emulator-sched batch",
		 v->pid);
	expect_cpus("1", v->pid, "the VMM");
	vmm_exec(v);
	require(ksft_until(20, task_comm(v->pid, comm) && !strcmp(comm, "sleep")),
		"it runs another program");
	expect(task_gets_on(v->pid, "0,2-3", 2), "its mask is as found");
	expect(ksft_until(2, task_sched(v->pid, NULL) == SCHED_OTHER),
	       "its class is as found");
	expect(ksft_until(5, !cli_vm_count(v->pid)), "its VM is gone");
	expect_str("", cli_thread_text(v->pid, "class"), "it is none of cordon's");
}

/* A thread that a vCPU creates is an emulator thread, and not on its mask. */
static void threads(void)
{
	struct vmm *v = start();
	int slot;

	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 1 iothread-cpus 3",
		 v->pid);
	slot = vmm_thread_from_vcpu(v, 0, 0, THREAD_FUTEX);
	expect_cpus("1", vmm_thread_tid(v, slot), "a vCPU's child");
	expect_str("emulator", cli_thread_text(vmm_thread_tid(v, slot), "class"),
		   "a vCPU's child");
	vmm_rename(v, slot, "IO io1");
	expect(task_gets_on(vmm_thread_tid(v, slot), "3", 2),
	       "it became an iothread");
	cli_must("policy del pid:%d", v->pid);
	expect_cpus("0-3", vmm_vcpu_tid(v, 0, 0), "the vCPU, restored");
	expect_cpus("0-3", vmm_thread_tid(v, slot),
		    "born under the policy: as its parent was before");
}

static const struct ksft_test tests[] = {
	{ "child processes", process },
	{ "exec", exec },
	{ "threads of a vCPU's thread", threads },
};

KSFT_MAIN(tests);
