// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every KVM guest is found: at its first KVM_RUN, when the module is loaded, by
 * a policy before any vCPU ran; and known for what it is when file descriptors
 * are closed, addresses reused and several VMs share a process.
 */
#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

static void expect_vcpu(struct vmm *v, int vm, int vcpu)
{
	pid_t tid = vmm_vcpu_tid(v, vm, vcpu);

	expect_str("vcpu", cli_thread_text(tid, "class"), "class of vCPU %d", vcpu);
	expect_eq(vcpu, cli_thread_int(tid, "vcpu"), "index of vCPU %d", vcpu);
}

static void first_run(void)
{
	struct vmm *v;
	int vm;

	cli_need();
	v = vmm_start();
	vm = vmm_vm_new(v, 0);
	vmm_vcpu_new(v, vm, GUEST_IO);
	require(vmm_moves(v, vm, 0, 20), "the guest runs");
	require_eq(1, cli_vm_count(v->pid), "VMs of the process");
	expect_str("unmanaged", cli_vm_text(v->pid, "state"), "its state");
	expect_eq(1, cli_vm_int(v->pid, "vcpus"), "its vCPUs");
	expect_vcpu(v, vm, 0);
	vmm_vcpu_new(v, vm, GUEST_SPIN);
	require(vmm_moves(v, vm, 1, 20), "the second vCPU runs");
	expect_eq(2, cli_vm_int(v->pid, "vcpus"), "its vCPUs");
	expect_vcpu(v, vm, 1);
	expect_str("emulator", cli_thread_text(v->pid, "class"), "the main thread");
	vmm_vm_end(v, vm);
	expect(ksft_until(5, !cli_vm_count(v->pid)), "it goes when it ends");
}

/* The module comes to a host whose guests run already. */
static void at_load(void)
{
	static const enum guest_mode modes[] = {
		GUEST_SPIN, GUEST_SLEEP, GUEST_HALT, GUEST_IO
	};
	struct vmm *v[4];
	int error;

	cli_need();
	for (int i = 0; i < 4; i++) {
		v[i] = vmm_start();
		vmm_vm_new(v[i], 0);
		vmm_vcpu_new(v[i], 0, modes[i]);
		vmm_vcpu_new(v[i], 0, GUEST_SLEEP);
		require(ksft_until(20, vmm_ctl(v[i], 0, 1)->count),
			"the guest runs");
	}
	error = mod_unload("cordon");
	require_eq(0, error, "rmmod cordon");
	require_eq(0, mod_load("cordon"), "insmod cordon");
	for (int i = 0; i < 4; i++) {
		expect(ksft_until(5, cli_vm_count(v[i]->pid) == 1),
		       "guest in mode %d is found", modes[i]);
		expect_eq(2, cli_vm_int(v[i]->pid, "vcpus"), "its vCPUs");
		expect_vcpu(v[i], 0, 0);
		expect_vcpu(v[i], 0, 1);
		expect_str("emulator", cli_thread_text(v[i]->pid, "class"),
			   "its main thread");
		expect_eq(0, vmm_disturbed(v[i]), "KVM_RUN interrupted");
	}
}

static void before_run(void)
{
	struct vmm *v;
	int vm;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	cli_refused(2, "no VM", "policy set pid:%d vcpu-pin 0:1", v->pid);
	vm = vmm_vm_new(v, 0);
	cli_must("policy set pid:%d vcpu-pin 0-1:1 emulator-cpus 3", v->pid);
	expect_eq(1, cli_vm_count(v->pid), "VMs of the process");
	expect_eq(0, cli_vm_int(v->pid, "vcpus"), "its vCPUs");
	expect_cpus("3", v->pid, "the main thread");
	vmm_vcpu_new(v, vm, GUEST_SPIN);
	require(vmm_moves(v, vm, 0, 20), "the guest runs");
	expect_cpus("1", vmm_vcpu_tid(v, vm, 0), "the vCPU");
	expect_eq(1, cli_vm_int(v->pid, "vcpus"), "its vCPUs");
	expect_str("ok", cli_vm_text(v->pid, "state"), "its state");
}

static void two_in_one(void)
{
	json_t *vms;
	struct vmm *v;
	long ids[2];
	int a, b;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	a = vmm_vm_new(v, 0);
	b = vmm_vm_new(v, 0);
	vmm_vcpu_new(v, a, GUEST_SPIN);
	require(vmm_moves(v, a, 0, 20), "the first guest runs");
	vmm_vcpu_new(v, b, GUEST_IO);
	require(vmm_moves(v, b, 0, 20), "the second guest runs");
	vms = cli_vms(v->pid);
	require_eq(2, json_array_size(vms), "VMs of the process");
	for (int i = 0; i < 2; i++)
		ids[i] = json_integer_value(json_object_get(json_array_get(vms, i), "id"));
	json_decref(vms);
	require(ids[0] != ids[1], "they have ids of their own");
	if (ids[0] > ids[1]) {
		long id = ids[0];

		ids[0] = ids[1];
		ids[1] = id;
	}
	/* The pid names two VMs: refused; their ids do not. */
	cli_refused(2, "", "policy set pid:%d vcpu-pin 0:1", v->pid);
	cli_must("policy set id:%ld vcpu-pin 0:1", ids[0]);
	cli_must("policy set id:%ld vcpu-pin 0:2", ids[1]);
	expect_cpus("1", vmm_vcpu_tid(v, a, 0), "the first VM's vCPU");
	expect_cpus("2", vmm_vcpu_tid(v, b, 0), "the second VM's vCPU");
	vmm_vm_end(v, a);
	expect(ksft_until(5, cli_vm_count(v->pid) == 1), "one goes");
	expect_eq(ids[1], cli_vm_id(v->pid), "the other stays");
	expect_cpus("2", vmm_vcpu_tid(v, b, 0), "on its CPU");
}

static void fd_closed(void)
{
	struct vmm *v;
	long id;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	id = cli_vm_id(v->pid);
	vmm_vm_close_fd(v, 0);
	expect_eq(id, cli_vm_id(v->pid), "a VM without its fd is the same VM");
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	expect_cpus("2", vmm_vcpu_tid(v, 0, 0), "its vCPU");
	require_eq(0, cli("off"), "cordon off: %s", cli_err());
	require(ksft_until(5, !mod_unload("cordon")), "rmmod");
	require_eq(0, mod_load("cordon"), "insmod");
	expect(ksft_until(5, cli_vm_count(v->pid) == 1), "it is found at load");
	vmm_vm_end(v, 0);
	expect(ksft_until(5, !cli_vm_count(v->pid)), "it goes with its last vCPU");
}

/* A struct kvm at a used address is a new VM; ids are never used again. */
static void reuse(void)
{
	int rounds = ksft_count(25, 300);
	struct vmm *v;
	long last = 0;

	cli_need();
	v = vmm_start();
	for (int i = 0; i < rounds && !ksft_failed(); i++) {
		int vm = vmm_vm_new(v, 0);
		long id;

		vmm_vcpu_new(v, vm, GUEST_IO);
		require(vmm_moves(v, vm, 0, 20), "the guest runs");
		expect_eq(1, cli_vm_count(v->pid), "VMs of the process");
		id = cli_vm_id(v->pid);
		expect(id > last, "a new id: %ld after %ld", id, last);
		last = id;
		vmm_vm_end(v, vm);
	}
	expect(ksft_until(5, !cli_vm_count(v->pid)), "no stale VM");
}

/* Threads are forgotten when they end; a vCPU may get a new one. */
static void threads_come_and_go(void)
{
	struct vmm *v;
	int slot;
	pid_t tid;

	cli_need();
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	slot = vmm_thread_new(v, THREAD_FUTEX, "worker");
	tid = vmm_thread_tid(v, slot);
	expect_str("emulator", cli_thread_text(tid, "class"), "a new thread");
	expect_str("worker", cli_thread_text(tid, "comm"), "its name");
	vmm_thread_end(v, slot);
	expect(ksft_until(5, !*cli_thread_text(tid, "class")), "it goes");
	tid = vmm_vcpu_tid(v, 0, 0);
	vmm_vcpu_leave(v, 0, 0);
	expect(ksft_until(5, !*cli_thread_text(tid, "class")),
	       "a vCPU's thread goes");
	expect_eq(1, cli_vm_count(v->pid), "the VM stays");
	vmm_vcpu_join(v, 0, 0);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	expect_vcpu(v, 0, 0);
}

static const struct ksft_test tests[] = {
	{ "found at the first KVM_RUN", first_run },
	{ "found when the module is loaded", at_load },
	{ "found by a policy before a vCPU runs", before_run },
	{ "two VMs in one process", two_in_one },
	{ "the VM's fd is closed", fd_closed },
	{ "ids are never used again", reuse },
	{ "threads come and go", threads_come_and_go },
};

KSFT_MAIN(tests);
