// SPDX-License-Identifier: GPL-2.0-only
/*
 * New emulator threads of a managed VM are on their CPUs from the first user
 * instruction: each writes down the CPUs that it sees, in a loop of LSL
 * (getcpu without a system call) that is the first thing it does.
 */
#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define ROUNDS	20000

static struct vmm *start(const char *emulator_cpus)
{
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus %s", v->pid,
		 emulator_cpus);
	return v;
}

/* The CPUs that the thread in @slot saw are in @list. */
static void check(struct vmm *v, int slot, const char *list)
{
	struct thread_rec *rec = &v->s->thread[slot];
	struct cpus want = cpus_parse(list), seen = { 0 };

	require(ksft_until(20, rec->done), "the thread ends");
	for (int i = 0; i < 4; i++)
		seen.bits[i] = rec->seen[i];
	require(cpus_count(&seen) > 0, "it wrote down CPUs");
	if (!cpus_subset(&want, &seen)) {
		ksft_fail("a new emulator thread saw foreign CPUs");
		ksft_note("  expected %s, got %s", list, cpus_str(&seen));
	}
}

/* Created by the main thread, which someone keeps putting elsewhere. */
static void by_emulator(void)
{
	int count = ksft_count(30, 500);
	struct vmm *v = start("0-1");

	for (int i = 0; i < count && !ksft_failed(); i++) {
		int slot;

		if (i % 2)
			task_set_cpus(v->pid, "3");
		slot = vmm_getcpu_thread(v, ROUNDS);
		check(v, slot, "0-1");
		vmm_thread_end(v, slot);
	}
}

/* Created by a vCPU's thread, which has another mask. */
static void by_vcpu(void)
{
	int count = ksft_count(30, 500);
	struct vmm *v = start("0-1");

	for (int i = 0; i < count && !ksft_failed(); i++) {
		int slot = vmm_thread_from_vcpu(v, 0, 0, THREAD_GETCPU);
		pid_t tid = vmm_thread_tid(v, slot);

		if (i % 10 == 0) {
			expect_str("emulator", cli_thread_text(tid, "class"),
				   "a vCPU's child");
			expect_cpus("0-1", tid, "a vCPU's child");
			expect_cpus("2", vmm_vcpu_tid(v, 0, 0), "the vCPU");
		}
		v->s->thread[slot].end = 1;
		check(v, slot, "0-1");
		vmm_thread_end(v, slot);
	}
	expect_eq(0, vmm_error(v), "exit or error of the vCPU");
}

/* Without emulator-cpus the mask is the one that the VMM had before. */
static void unplaced(void)
{
	struct vmm *v;
	struct cpus before;
	int slot;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	require_eq(0, task_set_cpus(v->pid, "0-1,3"), "taskset");
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	task_cpus(vmm_vcpu_tid(v, 0, 0), &before);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	slot = vmm_thread_from_vcpu(v, 0, 0, THREAD_GETCPU);
	expect_cpus(cpus_str(&before), vmm_thread_tid(v, slot),
		    "a vCPU's child has the mask of before");
	v->s->thread[slot].end = 1;
	check(v, slot, "0-1,3");
}

static const struct ksft_test tests[] = {
	{ "threads of the main thread", by_emulator },
	{ "threads of a vCPU's thread", by_vcpu },
	{ "threads without a mask of their class", unplaced },
};

KSFT_MAIN(tests);
