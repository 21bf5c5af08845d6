// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many VMs, and one with many vCPUs: all are listed, each is pinned by one
 * command, every thread is where it should be.
 */
#include <stdio.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define VCPUS	4
#define MAX_VMS	64

static struct vmm *vmms[MAX_VMS];

static void many_vms(void)
{
	int count = ksft_count(16, MAX_VMS);

	cli_need();
	host_need_cpus(4);
	for (int i = 0; i < count; i++) {
		vmms[i] = vmm_start();
		vmm_vm_new(vmms[i], 0);
		vmm_vcpus_new(vmms[i], 0, VCPUS, GUEST_SLEEP);
		require(ksft_until(30, vmm_ctl(vmms[i], 0, VCPUS - 1)->count),
			"the guest runs");
	}
	for (int i = 0; i < count; i++)
		expect_eq(1, cli_vm_count(vmms[i]->pid), "VM %d is listed", i);
	for (int i = 0; i < count; i++)
		cli_must("policy set pid:%d vcpu-pin 0-%d=0-%d emulator-cpus 0-1",
			 vmms[i]->pid, VCPUS - 1, VCPUS - 1);
	for (int i = 0; i < count; i++) {
		expect_cpus("0-1", vmms[i]->pid, "VM %d, main thread", i);
		for (int j = 0; j < VCPUS; j++) {
			char cpu[4] = { '0' + j };

			expect_cpus(cpu, vmm_vcpu_tid(vmms[i], 0, j),
				    "VM %d, vCPU %d", i, j);
		}
		expect_eq(VCPUS, cli_vm_int(vmms[i]->pid, "vcpus"), "VM %d", i);
	}
	cli_must("policy del all");
	for (int i = 0; i < count; i++)
		expect(!task_is_on(vmm_vcpu_tid(vmms[i], 0, 0), "0"),
		       "VM %d is free", i);
}

static void many_vcpus(void)
{
	int count = ksft_count(64, VMM_VCPUS), cpus, len = 0;
	char pins[VMM_VCPUS * 10];
	struct cpus online, before;
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	online = cpus_online();
	cpus = cpus_count(&online);
	host_need_cpus(cpus);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpus_new(v, 0, count, GUEST_SLEEP);
	require(ksft_until(60, vmm_ctl(v, 0, count - 1)->count), "the guest runs");
	task_cpus(vmm_vcpu_tid(v, 0, 0), &before);
	for (int i = 0; i < count; i++)
		len += sprintf(pins + len, "%s%d:%d", i ? "/" : "", i, i % cpus);
	cli_must("policy set pid:%d vcpu-pin %s", v->pid, pins);
	for (int i = 0; i < count; i++) {
		char cpu[16];

		snprintf(cpu, sizeof(cpu), "%d", i % cpus);
		expect_cpus(cpu, vmm_vcpu_tid(v, 0, i), "vCPU %d", i);
	}
	expect_eq(count, cli_vm_int(v->pid, "vcpus"), "its vCPUs");
	cli_must("policy show pid:%d", v->pid);
	cli_must("policy del pid:%d", v->pid);
	for (int i = 0; i < count; i++)
		expect_cpus(cpus_str(&before), vmm_vcpu_tid(v, 0, i),
			    "restored, vCPU %d", i);
	expect_eq(0, vmm_disturbed(v), "KVM_RUN interrupted");
}

static const struct ksft_test tests[] = {
	{ "64 VMs of 4 vCPUs", many_vms },
	{ "a VM of 128 vCPUs", many_vcpus },
};

KSFT_MAIN(tests);
