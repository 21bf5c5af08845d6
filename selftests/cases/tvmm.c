// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test VMM itself, without cordon: guests do what they are told, threads
 * sleep where they should. Every other case stands on it.
 */
#include <stdio.h>
#include <unistd.h>

#include "host.h"
#include "ksft.h"
#include "oracle.h"
#include "tvmm.h"

static void need_kvm(void)
{
	if (access("/dev/kvm", R_OK | W_OK))
		ksft_skip("needs /dev/kvm");
}

static void modes(void)
{
	static const char *const names[] = {
		"spin", "halt", "sleep", "io", "write", "cpuid"
	};
	struct vmm *v;
	int vm, vcpu;

	need_kvm();
	v = vmm_start();
	vm = vmm_vm_new(v, 0);
	vcpu = vmm_vcpu_new(v, vm, GUEST_SPIN);
	for (int mode = GUEST_SPIN; mode <= GUEST_CPUID; mode++) {
		struct vcpu_rec *rec = &v->s->vcpu[vm][vcpu];
		unsigned int exits;

		vmm_mode(v, vm, vcpu, mode);
		ksft_sleep_ms(100);
		exits = rec->exits;
		if (mode != GUEST_SLEEP) {
			expect(vmm_moves(v, vm, vcpu, 10), "the guest moves: %s",
			       names[mode]);
			ksft_sleep_ms(100);
			expect_eq(mode == GUEST_IO, rec->exits != exits,
				  "exits to user space: %s", names[mode]);
			continue;
		}
		expect(ksft_until(5, task_state(rec->tid) == 'S'),
		       "HLT blocks in the kernel");
		expect(!vmm_moves(v, vm, vcpu, 1), "a sleeping guest stays");
		vmm_wake(v, vm, vcpu);
	}
	expect_eq(0, vmm_error(v), "exit or error of a vCPU");
	expect_eq(0, vmm_disturbed(v), "system calls that returned unasked");
}

static void halt_wakes(void)
{
	struct guest_ctl *ctl;
	struct vmm *v;
	unsigned int count;
	int vm, vcpu;

	need_kvm();
	v = vmm_start();
	vm = vmm_vm_new(v, VM_IRQCHIP);
	vcpu = vmm_vcpu_new(v, vm, GUEST_HALT);
	ctl = vmm_ctl(v, vm, vcpu);
	require(vmm_moves(v, vm, vcpu, 10), "a halting guest wakes");
	count = ctl->count;
	ksft_sleep_ms(1000);
	expect(ctl->count - count >= 3, "the timer wakes it: %u times in 1 s",
	       ctl->count - count);
	expect(ctl->count - count < 2000, "it halts between: %u rounds in 1 s",
	       ctl->count - count);
}

static void park(void)
{
	struct vmm *v;
	int vm;

	need_kvm();
	v = vmm_start();
	vm = vmm_vm_new(v, 0);
	vmm_vcpus_new(v, vm, 3, GUEST_SPIN);
	for (int round = 0; round < 10; round++) {
		vmm_park(v, vm, 1);
		expect(!vmm_moves(v, vm, 1, 0), "a parked vCPU stays");
		vmm_go(v, vm, 1);
		expect(vmm_moves(v, vm, 1, 10), "it goes on");
		vmm_vcpu_leave(v, vm, 2);
		expect_eq(0, vmm_vcpu_tid(v, vm, 2), "a vCPU without a thread");
		vmm_vcpu_join(v, vm, 2);
		expect(vmm_moves(v, vm, 2, 10), "it goes on with a new thread");
	}
	expect_eq(0, vmm_error(v), "exit or error of a vCPU");
	expect_eq(0, vmm_disturbed(v), "system calls that returned unasked");
	vmm_vm_close_fd(v, vm);
	expect(vmm_moves(v, vm, 0, 10), "vCPUs outlive the VM's fd");
}

static void threads(void)
{
	int slots[THREAD_KINDS];
	struct vmm *v;
	int vm, slot;

	need_kvm();
	v = vmm_start();
	vm = vmm_vm_new(v, 0);
	vmm_vcpu_new(v, vm, GUEST_IO);
	for (int kind = 0; kind < THREAD_KINDS; kind++)
		slots[kind] = vmm_thread_new(v, kind, "IO io0");
	for (int kind = THREAD_FUTEX; kind <= THREAD_URING; kind++)
		expect(ksft_until(5, task_state(vmm_thread_tid(v, slots[kind])) == 'S'),
		       "thread of kind %d sleeps", kind);
	slot = vmm_thread_from_vcpu(v, vm, 0, THREAD_FUTEX);
	expect(vmm_thread_tid(v, slot) != 0, "a vCPU's thread makes one");
	vmm_thread_end(v, slot);
	expect(v->s->thread[slots[THREAD_GETCPU]].seen[0], "CPUs are seen");
	for (int kind = 0; kind < THREAD_KINDS; kind++)
		vmm_thread_end(v, slots[kind]);
	expect_eq(0, vmm_disturbed(v), "system calls that returned unasked");
}

static void oracle(void)
{
	struct cpus one = cpus_one(1), zero = cpus_one(0);
	struct entries right, wrong;
	struct vmm *v;
	pid_t tid;
	int vm;

	need_kvm();
	host_need_cpus(2);
	v = vmm_start();
	vm = vmm_vm_new(v, 0);
	vmm_vcpu_new_parked(v, vm, GUEST_IO);
	tid = vmm_vcpu_tid(v, vm, 0);
	task_set_cpus(tid, "1");
	entries_watch(&right, &tid, 1, &one);
	entries_follow(&wrong, v->pid, &zero);
	vmm_go(v, vm, 0);
	require(vmm_moves(v, vm, 0, 10), "the guest moves");
	ksft_sleep_ms(300);
	entries_check(&right, "the pinned guest");
	expect_eq(0, oracle_count(wrong.right), "entries on the CPU it left");
	expect(oracle_count(wrong.wrong) > 0, "the oracle sees a wrong CPU");

	task_set_cpus(tid, "0");
	oracle_clear(right.wrong);
	ksft_sleep_ms(300);
	expect(oracle_count(right.wrong) > 0, "the oracle sees it move");
	vmm_vcpu_new(v, vm, GUEST_IO);
	entries_clear(&wrong);
	vmm_park(v, vm, 0);
	task_set_cpus(vmm_vcpu_tid(v, vm, 1), "1");
	entries_clear(&wrong);
	ksft_sleep_ms(300);
	expect(oracle_count(wrong.wrong) > 0, "threads made later are followed");
}

static const struct ksft_test tests[] = {
	{ "guest modes", modes },
	{ "halt with the whole irqchip", halt_wakes },
	{ "park, leave and join", park },
	{ "emulator threads", threads },
	{ "the oracle sees right and wrong CPUs", oracle },
};

KSFT_MAIN(tests);
