// SPDX-License-Identifier: GPL-2.0-only
/*
 * kvm.ko goes and comes under a loaded cordon; cordon goes and comes while VMs
 * run: all are found again.
 */
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

static const char *vendor(void)
{
	if (mod_loaded("kvm_amd"))
		return "kvm_amd";
	if (mod_loaded("kvm_intel"))
		return "kvm_intel";
	ksft_skip("kvm is no module here");
}

static void expect_found(struct vmm *v, int vcpus)
{
	expect(ksft_until(5, cli_vm_count(v->pid) == 1), "the VM is found");
	for (int i = 0; i < vcpus && !ksft_failed(); i++) {
		pid_t tid = vmm_vcpu_tid(v, 0, i);

		expect_str("vcpu", cli_thread_text(tid, "class"), "vCPU %d", i);
		expect_eq(i, cli_thread_int(tid, "vcpu"), "index of vCPU %d", i);
	}
}

static void kvm_reloads(void)
{
	int rounds = ksft_count(5, 50);
	const char *module;

	cli_need();
	host_need_cpus(4);
	module = vendor();
	for (int i = 0; i < rounds && !ksft_failed(); i++) {
		struct vmm *v = vmm_start();

		vmm_vm_new(v, 0);
		vmm_vcpu_new(v, 0, i % 2 ? GUEST_SPIN : GUEST_HALT);
		require(vmm_moves(v, 0, 0, 20), "the guest runs");
		expect_found(v, 1);
		if (i % 2) {
			cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
			expect_cpus("2", vmm_vcpu_tid(v, 0, 0), "the vCPU");
		}
		vmm_kill(v);
		require(ksft_until(5, !mod_unload(module)), "rmmod %s", module);
		require(ksft_until(5, !mod_unload("kvm")), "rmmod kvm");
		cli_must("vm list");
		require_eq(0, mod_load(module), "modprobe %s", module);
		require(ksft_until(5, !access("/dev/kvm", F_OK)), "/dev/kvm");
	}
}

/* cordon first, kvm later. */
static void before_kvm(void)
{
	const char *module;
	struct vmm *v;

	cli_need();
	module = vendor();
	require_eq(0, mod_unload("cordon"), "rmmod cordon");
	require(ksft_until(5, !mod_unload(module)), "rmmod %s", module);
	require(ksft_until(5, !mod_unload("kvm")), "rmmod kvm");
	require_eq(0, mod_load("cordon"), "insmod cordon");
	require_eq(0, mod_loaded("kvm"), "cordon does not bring kvm");
	cli_must("vm list");
	require_eq(0, mod_load(module), "modprobe %s", module);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	expect_found(v, 1);
}

static void cordon_reloads(void)
{
	static const enum guest_mode modes[] = { GUEST_SPIN, GUEST_SLEEP, GUEST_IO };
	int rounds = ksft_count(6, 200);
	struct cpus before[3];
	struct vmm *v[3];

	cli_need();
	host_need_cpus(4);
	for (int i = 0; i < 3; i++) {
		v[i] = vmm_start();
		vmm_vm_new(v[i], 0);
		vmm_vcpu_new(v[i], 0, modes[i]);
		vmm_vcpu_new(v[i], 0, GUEST_HALT);
		require(vmm_moves(v[i], 0, 1, 20), "the guest runs");
		task_cpus(vmm_vcpu_tid(v[i], 0, 0), &before[i]);
	}
	for (int round = 0; round < rounds && !ksft_failed(); round++) {
		for (int i = 0; i < 3; i++)
			expect_found(v[i], 2);
		if (round % 2) {
			for (int i = 0; i < 3; i++)
				cli_must("policy set pid:%d vcpu-pin 0-1:%d emulator-cpus 0",
					 v[i]->pid, i + 1);
			require_eq(0, cli("off"), "cordon off: %s", cli_err());
		}
		for (int i = 0; i < 3; i++)
			expect_cpus(cpus_str(&before[i]), vmm_vcpu_tid(v[i], 0, 0),
				    "as found, VM %d", i);
		require(ksft_until(2, !mod_unload("cordon")), "rmmod cordon: %ld references",
			mod_refs("cordon"));
		require_eq(0, mod_load("cordon"), "insmod cordon");
	}
	for (int i = 0; i < 3; i++)
		expect_eq(0, vmm_error(v[i]), "exit or error of a vCPU");
}

static const struct ksft_test tests[] = {
	{ "kvm unloaded and loaded", kvm_reloads },
	{ "cordon loaded before kvm", before_kvm },
	{ "cordon unloaded and loaded while VMs run", cordon_reloads },
};

KSFT_MAIN(tests);
