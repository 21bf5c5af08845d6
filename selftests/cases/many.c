// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many VMs, and one with many vCPUs: all are listed, each is pinned by one
 * command, every thread is where it should be. How many: see the notes, the
 * names of the tests promise no number.
 */
#include <stdio.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define VCPUS		4
#define MAX_VMS		64
#define MAX_TASKS	(VMM_VCPUS + 16)
#define NX		"kvm-nx-lpage-recovery-"

/* A VMM with a VM, its iothread and its nx-recovery thread, 0 if it has none. */
struct member {
	struct vmm *v;
	pid_t io, nx;
	struct cpus before;
};

static struct member members[MAX_VMS];

static void begin(struct member *m)
{
	m->v = vmm_start();
	vmm_vm_new(m->v, 0);
	vmm_vcpus_new(m->v, 0, VCPUS, GUEST_SLEEP);
	m->io = vmm_thread_tid(m->v, vmm_thread_new(m->v, THREAD_FUTEX, "IO io0"));
	require(ksft_until(30, vmm_ctl(m->v, 0, VCPUS - 1)->count), "the guest runs");
	m->nx = task_find_helper(m->v->pid, NX);
	task_cpus(m->v->pid, &m->before);
}

/* Each once, in one answer of the command. */
static void check_listed(int count)
{
	json_t *vms = cli_json("vm", "vm list"), *vm;
	int seen[MAX_VMS] = { 0 };
	size_t k;

	json_array_foreach(vms, k, vm) {
		pid_t pid = json_integer_value(json_object_get(vm, "pid"));

		for (int i = 0; i < count; i++)
			if (members[i].v->pid == pid) {
				seen[i]++;
				expect_eq(VCPUS,
					  json_integer_value(json_object_get(vm, "vcpus")),
					  "vCPUs of VM %d", i);
			}
	}
	json_decref(vms);
	for (int i = 0; i < count; i++)
		expect_eq(1, seen[i], "VM %d in the list", i);
}

/* Where the command puts a thread: what is nothing else is the emulator's. */
static const char *place(struct member *m, pid_t tid)
{
	static const char *const own[VCPUS] = { "0", "1", "2", "3" };

	for (int i = 0; i < VCPUS; i++)
		if (tid == vmm_vcpu_tid(m->v, 0, i))
			return own[i];
	if (tid == m->nx)
		return "3";
	return tid == m->io ? "2-3" : "0-1";
}

/* Every thread of the process, and a kernel thread that works for it. */
static void check_placed(struct member *m, int number)
{
	pid_t tids[MAX_TASKS];
	int count = task_list(m->v->pid, tids, MAX_TASKS - 1);

	expect(count >= VCPUS + 2, "threads of VM %d: %d", number, count);
	if (m->nx)
		tids[count++] = m->nx;
	for (int i = 0; i < count; i++)
		expect_cpus(place(m, tids[i]), tids[i], "VM %d, thread %d", number,
			    tids[i]);
}

static void check_free(struct member *m, int number)
{
	pid_t tids[MAX_TASKS];
	int count = task_list(m->v->pid, tids, MAX_TASKS);

	for (int i = 0; i < count; i++)
		expect_cpus(cpus_str(&m->before), tids[i], "VM %d, thread %d, restored",
			    number, tids[i]);
}

static void many_vms(void)
{
	int count = ksft_count(16, MAX_VMS);

	cli_need();
	host_need_cpus(4);
	ksft_note("%d VMs of %d vCPUs", count, VCPUS);
	for (int i = 0; i < count; i++)
		begin(&members[i]);
	check_listed(count);
	for (int i = 0; i < count; i++)
		cli_must("policy set pid:%d vcpu-pin 0-3=0-3 emulator-cpus 0-1 "
			 "iothread-cpus 2-3 helper-cpus 3", members[i].v->pid);
	for (int i = 0; i < count; i++)
		check_placed(&members[i], i);
	cli_must("policy del all");
	for (int i = 0; i < count; i++)
		check_free(&members[i], i);
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
	ksft_note("%d vCPUs on %d CPUs", count, cpus);
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
	expect_cpus(cpus_str(&before), v->pid, "the main thread, which no key names");
	expect_eq(count, cli_vm_int(v->pid, "vcpus"), "its vCPUs");
	cli_must("policy show pid:%d", v->pid);
	cli_must("policy del pid:%d", v->pid);
	for (int i = 0; i < count; i++)
		expect_cpus(cpus_str(&before), vmm_vcpu_tid(v, 0, i),
			    "restored, vCPU %d", i);
	expect_eq(0, vmm_disturbed(v), "KVM_RUN interrupted");
}

static const struct ksft_test tests[] = {
	{ "many VMs, a command each", many_vms },
	{ "many vCPUs, one command", many_vcpus },
};

KSFT_MAIN(tests);
