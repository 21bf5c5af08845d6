// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs that start under a policy: no guest entry off the mask, from the first
 * one on. New VMs get their policy before a vCPU runs, then more vCPUs.
 */
#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "oracle.h"
#include "tvmm.h"

#define VCPUS_PER_VM 4

/* The threads that create vCPUs are never on the CPU that vCPUs are for. */
static struct vmm *start(struct entries *e)
{
	struct cpus allowed = cpus_one(2);
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	require_eq(0, task_set_cpus(v->pid, "0-1,3"), "taskset");
	entries_follow(e, v->pid, &allowed);
	return v;
}

static void new_vm(struct vmm *v, int vcpus, enum guest_mode mode)
{
	int vm = vmm_vm_new(v, 0);

	/* KVM tells which process a VM is of; no vCPU, and no thread, is there. */
	cli_must("policy set pid:%d vcpu-pin 0-%d:2", v->pid, VCPUS_PER_VM - 1);
	for (int i = 0; i < vcpus; i++) {
		vmm_vcpu_new(v, vm, mode);
		if (!vmm_moves(v, vm, i, 20))
			ksft_die("a new vCPU does not run");
		expect_cpus("2", vmm_vcpu_tid(v, vm, i), "vCPU %d", i);
	}
	vmm_vm_end(v, vm);
}

static void starts(void)
{
	int vms = ksft_count(20, 1000) / VCPUS_PER_VM + 1;
	struct entries e;
	struct vmm *v = start(&e);

	for (int i = 0; i < vms && !ksft_failed(); i++)
		new_vm(v, VCPUS_PER_VM, i % 2 ? GUEST_IO : GUEST_SPIN);
	entries_check(&e, "vCPUs of new VMs");
	expect_eq(0, vmm_error(v), "exit or error of a vCPU");
}

/* vCPU threads that leave and come, as a VMM does that plugs vCPUs. */
static void rejoin(void)
{
	int rounds = ksft_count(30, 500);
	struct entries e;
	struct vmm *v = start(&e);
	int vm = vmm_vm_new(v, 0);

	vmm_vcpu_new_parked(v, vm, GUEST_IO);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	vmm_go(v, vm, 0);
	for (int i = 0; i < rounds && !ksft_failed(); i++) {
		expect(vmm_moves(v, vm, 0, 20), "the vCPU runs");
		vmm_vcpu_leave(v, vm, 0);
		vmm_vcpu_join(v, vm, 0);
	}
	/* cordon knows a new thread from its first guest entry on. */
	expect(vmm_moves(v, vm, 0, 20), "the last thread runs");
	entries_check(&e, "a vCPU with ever new threads");
	expect_cpus("2", vmm_vcpu_tid(v, vm, 0), "its last thread");
}

/* A policy that comes while the vCPU runs holds when `policy set` returns. */
static void set_while_running(void)
{
	int rounds = ksft_count(6, 100);
	struct cpus allowed = cpus_one(2), before;
	struct entries e;
	struct vmm *v;
	pid_t tids[3];
	int vm;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vm = vmm_vm_new(v, 0);
	vmm_vcpu_new(v, vm, GUEST_SPIN);
	vmm_vcpu_new(v, vm, GUEST_HALT);
	vmm_vcpu_new(v, vm, GUEST_IO);
	for (int i = 0; i < 3; i++)
		tids[i] = vmm_vcpu_tid(v, vm, i);
	task_cpus(tids[0], &before);
	entries_watch(&e, tids, 3, &allowed);
	for (int round = 0; round < rounds && !ksft_failed(); round++) {
		cli_must("policy set pid:%d vcpu-pin 0-2:2", v->pid);
		entries_clear(&e);
		for (int i = 0; i < 3; i++)
			expect_cpus("2", tids[i], "when set returns, vCPU %d", i);
		ksft_sleep_ms(100);
		entries_check(&e, "after policy set");
		cli_must("policy del pid:%d", v->pid);
		for (int i = 0; i < 3; i++)
			expect_cpus(cpus_str(&before), tids[i], "restored, vCPU %d", i);
	}
}

static const struct ksft_test tests[] = {
	{ "vCPUs of new VMs", starts },
	{ "vCPUs with new threads", rejoin },
	{ "policy set while vCPUs run", set_while_running },
};

KSFT_MAIN(tests);
