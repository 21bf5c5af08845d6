// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cpuset of the VM's cgroup is rewritten under a pinned VM, which resets
 * the masks of all its threads: no guest entry off the mask from 50 ms after
 * the write returned, and all healed.
 */
#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "oracle.h"
#include "tvmm.h"

#define GROUP	"cordon-test-cpuset"
#define VCPUS	3

static void rewrites(void)
{
	static const char *const sets[] = { "0-3", "1-3", "0,1-2", "1-2", "0,2" };
	static const enum guest_mode modes[VCPUS] = {
		GUEST_SPIN, GUEST_HALT, GUEST_IO
	};
	int rounds = ksft_count(20, 200);
	struct cpus allowed = cpus_parse("1-2");
	pid_t tids[VCPUS];
	struct entries e;
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	if (cg_new(GROUP, true))
		ksft_skip("needs the cpuset controller of cgroup2");
	require_eq(0, cg_attach(GROUP, v->pid), "move the VMM to the cgroup");
	vmm_vm_new(v, 0);
	for (int i = 0; i < VCPUS; i++) {
		vmm_vcpu_new(v, 0, modes[i]);
		tids[i] = vmm_vcpu_tid(v, 0, i);
	}
	cli_must("policy set pid:%d vcpu-pin 0-2:1-2 emulator-cpus 0-1", v->pid);
	entries_watch(&e, tids, VCPUS, &allowed);
	for (int round = 0; round < rounds && !ksft_failed(); round++) {
		const char *set = sets[round % 5];

		require_eq(0, cg_write(GROUP, "cpuset.cpus", "%s\n", set),
			   "write \"%s\" to cpuset.cpus", set);
		ksft_sleep_ms(50);
		entries_clear(&e);
		ksft_sleep_ms(100);
		entries_check(&e, "from 50 ms after the write");
		for (int i = 0; i < VCPUS; i++)
			expect(task_gets_on(tids[i], "1-2", 5),
			       "vCPU %d is healed after \"%s\"", i, set);
		expect_str("ok", cli_vm_text(v->pid, "state"), "its state");
	}
	expect_eq(0, vmm_disturbed(v), "KVM_RUN interrupted");
	cli_must("policy del pid:%d", v->pid);
	require_eq(0, cg_write(GROUP, "cpuset.cpus", "0-3\n"), "write cpuset.cpus");
	for (int i = 0; i < VCPUS; i++)
		expect(task_gets_on(tids[i], "0-3", 5), "vCPU %d is free", i);
}

/* The cpuset leaves none of the policy's CPUs: cordon's CPUs win or the VM is
 * degraded, but it never loops, and it heals.
 */
static void disjoint(void)
{
	struct vmm *v;
	pid_t tid;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	if (cg_new(GROUP, true))
		ksft_skip("needs the cpuset controller of cgroup2");
	require_eq(0, cg_attach(GROUP, v->pid), "move the VMM to the cgroup");
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	tid = vmm_vcpu_tid(v, 0, 0);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	require_eq(0, cg_write(GROUP, "cpuset.cpus", "0-1\n"), "write cpuset.cpus");
	ksft_sleep_ms(500);
	expect(vmm_moves(v, 0, 0, 20), "the guest goes on");
	expect(cli_thread_int(tid, "drifts") < 100, "cordon does not loop: %ld drifts",
	       cli_thread_int(tid, "drifts"));
	require_eq(0, cg_write(GROUP, "cpuset.cpus", "0-3\n"), "write cpuset.cpus");
	expect(task_gets_on(tid, "2", 5), "the vCPU is healed");
	expect_str("ok", cli_vm_text(v->pid, "state"), "its state");
}

/* A move to another cgroup resets masks as well. */
static void moved(void)
{
	int rounds = ksft_count(6, 100);
	struct cpus allowed = cpus_one(2);
	struct entries e;
	struct vmm *v;
	pid_t tid;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	if (cg_new(GROUP "-a", true) || cg_new(GROUP "-b", true))
		ksft_skip("needs the cpuset controller of cgroup2");
	require_eq(0, cg_write(GROUP "-a", "cpuset.cpus", "1-3\n"), "cpuset.cpus");
	require_eq(0, cg_write(GROUP "-b", "cpuset.cpus", "0-2\n"), "cpuset.cpus");
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	tid = vmm_vcpu_tid(v, 0, 0);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	entries_watch(&e, &tid, 1, &allowed);
	for (int i = 0; i < rounds && !ksft_failed(); i++) {
		require_eq(0, cg_attach(i % 2 ? GROUP "-a" : GROUP "-b", v->pid),
			   "move the VMM");
		ksft_sleep_ms(50);
		entries_clear(&e);
		ksft_sleep_ms(50);
		entries_check(&e, "after a move to another cgroup");
		expect(task_gets_on(tid, "2", 5), "the vCPU is healed");
	}
}

static const struct ksft_test tests[] = {
	{ "cpuset.cpus rewritten", rewrites },
	{ "a cpuset without the policy's CPUs", disjoint },
	{ "moved between cgroups", moved },
};

KSFT_MAIN(tests);
