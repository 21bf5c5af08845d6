// SPDX-License-Identifier: GPL-2.0-only
/*
 * Someone else changes the affinity of a managed VM's threads, again and again:
 * not one guest entry off the mask, and each drift is counted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "oracle.h"
#include "tvmm.h"

#define VCPUS 3

/* vCPU i belongs on CPU i + 1. */
struct storm {
	struct vmm *v;
	int vm;
	pid_t tid[VCPUS];
	struct entries e[VCPUS];
};

static const enum guest_mode modes[VCPUS] = {
	GUEST_SPIN, GUEST_HALT, GUEST_IO
};

static void start(struct storm *s)
{
	cli_need();
	host_need_cpus(4);
	s->v = vmm_start();
	s->vm = vmm_vm_new(s->v, 0);
	for (int i = 0; i < VCPUS; i++) {
		vmm_vcpu_new(s->v, s->vm, modes[i]);
		s->tid[i] = vmm_vcpu_tid(s->v, s->vm, i);
	}
	cli_must("policy set pid:%d vcpu-pin 0:1/1:2/2:3", s->v->pid);
	for (int i = 0; i < VCPUS; i++) {
		struct cpus own = cpus_one(i + 1);

		entries_watch(&s->e[i], &s->tid[i], 1, &own);
	}
}

static const char *own(int vcpu)
{
	static const char *const cpus[VCPUS] = { "1", "2", "3" };

	return cpus[vcpu];
}

static void check(struct storm *s)
{
	static const char *const names[VCPUS] = {
		"the spinning vCPU", "the halting vCPU", "the vCPU that does I/O"
	};

	for (int i = 0; i < VCPUS; i++) {
		expect(task_gets_on(s->tid[i], own(i), 5), "%s is on its CPU again",
		       names[i]);
		entries_check(&s->e[i], names[i]);
		expect(vmm_moves(s->v, s->vm, i, 20), "%s goes on", names[i]);
	}
	expect_eq(0, vmm_error(s->v), "exit or error of a vCPU");
	expect_eq(0, vmm_disturbed(s->v), "KVM_RUN interrupted");
}

/* As fast as it goes, all vCPUs at once, right, wrong and wide masks. */
static void storm(void)
{
	static const char *const masks[] = {
		"0", "1", "2", "3", "0-3", "0,2", "1-2", "0-1,3"
	};
	int changes = ksft_count(600, 10000);
	struct storm s;

	start(&s);
	srand(1);
	for (int i = 0; i < changes; i++) {
		const char *mask = masks[rand() % 8];

		require_eq(0, task_set_cpus(s.tid[i % VCPUS], mask), "taskset");
		/* Sometimes the guests get to run between two changes. */
		if (rand() % 8 == 0)
			ksft_sleep_ms(rand() % 10);
	}
	check(&s);
}

struct episodes {
	int home, last;
	long count;
};

/* A switch to the thread: one more episode if it left its CPU with it. */
static void on_switch(int cpu, const char *line, void *arg)
{
	struct episodes *ep = arg;

	(void)line;
	if (cpu != ep->home && ep->last == ep->home)
		ep->count++;
	ep->last = cpu;
}

/* Times that the scheduler put the vCPU on a wrong CPU, and cordon's count. */
static void counted(void)
{
	int rounds = ksft_count(4, 100);
	struct cpus all = cpus_parse("0-3");
	struct oracle *o[VCPUS];
	long before[VCPUS], seen[VCPUS] = { 0 };
	char filter[64];
	struct storm s;

	start(&s);
	for (int i = 0; i < VCPUS; i++) {
		snprintf(filter, sizeof(filter), "next_pid==%d", s.tid[i]);
		o[i] = oracle_new("sched/sched_switch", filter, &all, 2048);
		before[i] = cli_thread_int(s.tid[i], "drifts");
		require(before[i] >= 0, "cordon knows vCPU %d", i);
	}
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < 100; i++) {
			task_set_cpus(s.tid[i % VCPUS], i % 2 ? "0" : "0-3");
			ksft_sleep_ms(i % 4);
		}
		for (int i = 0; i < VCPUS; i++) {
			struct episodes ep = { i + 1, i + 1, 0 };

			require(task_gets_on(s.tid[i], own(i), 5), "repaired");
			require_eq(0, oracle_lost(o[i]), "lost records");
			oracle_each(o[i], on_switch, &ep);
			oracle_clear(o[i]);
			seen[i] += ep.count;
		}
	}
	for (int i = 0; i < VCPUS; i++) {
		long drifts = cli_thread_int(s.tid[i], "drifts") - before[i];

		ksft_note("vCPU %d: %ld drifts counted, %ld seen on a wrong CPU", i,
			  drifts, seen[i]);
		expect(seen[i] > 0, "the storm put vCPU %d on wrong CPUs", i);
		expect(drifts >= seen[i], "drifts of vCPU %d that were not counted", i);
	}
	check(&s);
}

/* One change at a time: what is repaired is counted. */
static void one_by_one(void)
{
	int changes = ksft_count(12, 300);
	struct storm s;

	start(&s);
	for (int i = 0; i < changes && !ksft_failed(); i++) {
		int vcpu = i % VCPUS;
		long drifts = cli_thread_int(s.tid[vcpu], "drifts");

		task_set_cpus(s.tid[vcpu], i % 2 ? "0" : "0-3");
		require(task_gets_on(s.tid[vcpu], own(vcpu), 10),
			"vCPU %d is on its CPU again", vcpu);
		expect(cli_thread_int(s.tid[vcpu], "drifts") > drifts,
		       "change %d of vCPU %d is counted", i, vcpu);
	}
	check(&s);
}

/* A vCPU asleep in HLT is put right before its next guest instruction. */
static void asleep(void)
{
	int rounds = ksft_count(10, 200);
	struct entries e;
	struct cpus own_cpu = cpus_one(1);
	struct vmm *v;
	pid_t tid;
	int vm;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vm = vmm_vm_new(v, 0);
	vmm_vcpu_new(v, vm, GUEST_SLEEP);
	tid = vmm_vcpu_tid(v, vm, 0);
	cli_must("policy set pid:%d vcpu-pin 0:1", v->pid);
	entries_watch(&e, &tid, 1, &own_cpu);
	for (int i = 0; i < rounds; i++) {
		unsigned int count = vmm_ctl(v, vm, 0)->count;

		require(ksft_until(5, task_state(tid) == 'S'), "it sleeps");
		require_eq(0, task_set_cpus(tid, i % 2 ? "2-3" : "0"), "taskset");
		vmm_wake(v, vm, 0);
		require(ksft_until(20, vmm_ctl(v, vm, 0)->count != count),
			"it wakes");
		expect(task_gets_on(tid, "1", 5), "it is on its CPU again");
	}
	entries_check(&e, "a vCPU that sleeps in HLT");
	expect_eq(0, vmm_disturbed(v), "KVM_RUN interrupted");
}

/* Emulator threads are held too, from their next safe point on. */
static void emulator(void)
{
	struct storm s;
	int busy, rounds = ksft_count(10, 200);
	pid_t tid;

	start(&s);
	cli_must("policy set pid:%d emulator-cpus 0", s.v->pid);
	busy = vmm_thread_new(s.v, THREAD_BUSY, "");
	tid = vmm_thread_tid(s.v, busy);
	for (int i = 0; i < rounds; i++) {
		task_set_cpus(tid, i % 2 ? "2" : "0-3");
		require(task_gets_on(tid, "0", 5), "an emulator thread is held");
	}
	expect(cli_thread_int(tid, "drifts") >= rounds, "its drifts are counted: %ld",
	       cli_thread_int(tid, "drifts"));
	expect_cpus("0", s.v->pid, "the VMM's main thread");
}

/* What somebody else set meanwhile stays theirs when the policy goes. */
static void theirs_stays(void)
{
	struct storm s;
	struct cpus before;

	start(&s);
	task_cpus(s.v->pid, &before);
	cli_must("policy set pid:%d emulator-cpus 0", s.v->pid);
	task_set_cpus(s.tid[0], "0,3");
	require(task_gets_on(s.tid[0], "1", 5), "repaired");
	cli_must("policy del pid:%d", s.v->pid);
	expect_cpus("0,3", s.tid[0], "the mask that taskset gave");
	expect_cpus(cpus_str(&before), s.tid[1], "an untouched vCPU");
	expect_cpus(cpus_str(&before), s.v->pid, "the VMM's main thread");
}

static const struct ksft_test tests[] = {
	{ "storm against spinning, halting and I/O guests", storm },
	{ "switches to a wrong CPU are counted", counted },
	{ "each repaired change is counted", one_by_one },
	{ "a vCPU asleep in HLT", asleep },
	{ "emulator threads are held", emulator },
	{ "a mask set under management stays", theirs_stays },
};

KSFT_MAIN(tests);
