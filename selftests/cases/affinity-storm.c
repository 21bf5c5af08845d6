// SPDX-License-Identifier: GPL-2.0-only
/*
 * Someone else changes the affinity of a managed VM's threads, again and again:
 * not one guest entry off the mask, and each drift is counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/*
 * Off its CPU and back at once, by others: between the two the thread is at its
 * safe point, where its mask is right already, and it is not there yet.
 */
static void there_and_back(void)
{
	int changes = ksft_count(600, 10000);
	struct storm s;

	start(&s);
	for (int i = 0; i < changes; i++) {
		require_eq(0, task_set_cpus(s.tid[0], i % 2 ? "3" : "0"), "off");
		require_eq(0, task_set_cpus(s.tid[0], own(0)), "back");
	}
	check(&s);
}

/*
 * The oracle's account: each switch to a vCPU on a CPU that is not its own must
 * be followed, on that CPU and before it switches again, by a drift event of
 * that thread. Both come from one CPU's buffer, so their order is certain, and
 * a drift that was counted for another reason covers none that was missed.
 */
struct account {
	const pid_t *tid;
	int waits[HOST_CPUS];	/* vCPU + 1 whose drift has to come */
	long seen[VCPUS], missed[VCPUS], drifts[VCPUS];
};

static int vcpu_of(const struct account *a, const char *line, const char *key)
{
	const char *at = strstr(line, key);

	for (int i = 0; at && i < VCPUS; i++)
		if (atoi(at + strlen(key)) == a->tid[i])
			return i;
	return -1;
}

static void settle(struct account *a, int cpu, const char *line)
{
	int vcpu = a->waits[cpu] - 1;

	a->waits[cpu] = 0;
	if (vcpu >= 0 && a->missed[vcpu]++ < 5)
		ksft_note("not counted on CPU %d, before: %s", cpu, line);
}

static void on_record(int cpu, const char *line, void *arg)
{
	struct account *a = arg;
	int vcpu;

	if (cpu >= HOST_CPUS)
		return;
	if (strstr(line, " sched_switch: ")) {
		settle(a, cpu, line);
		vcpu = vcpu_of(a, line, " next_pid=");
		if (vcpu >= 0 && cpu != vcpu + 1) {
			a->seen[vcpu]++;
			a->waits[cpu] = vcpu + 1;
		}
	} else if (strstr(line, " drift: ")) {
		vcpu = vcpu_of(a, line, " tid=");
		if (vcpu < 0)
			return;
		a->drifts[vcpu]++;
		if (a->waits[cpu] == vcpu + 1)
			a->waits[cpu] = 0;
	}
}

static struct oracle *watch_drifts(const struct storm *s)
{
	struct cpus online = cpus_online();
	char switches[256] = "", drifts[256] = "";
	struct oracle *o;

	for (int i = 0; i < VCPUS; i++) {
		const char *or = i ? "||" : "";

		sprintf(switches + strlen(switches), "%snext_pid==%d", or, s->tid[i]);
		sprintf(drifts + strlen(drifts), "%stid==%d", or, s->tid[i]);
	}
	o = oracle_new("sched/sched_switch", switches, &online, 4096);
	oracle_also(o, "cordon/drift", drifts);
	return o;
}

/* Times that the scheduler put the vCPU on a wrong CPU, and cordon's count. */
static void counted(void)
{
	int rounds = ksft_count(4, 100);
	struct account a = { 0 };
	long before[VCPUS];
	struct oracle *o;
	struct storm s;

	start(&s);
	a.tid = s.tid;
	o = watch_drifts(&s);
	for (int i = 0; i < VCPUS; i++) {
		before[i] = cli_thread_int(s.tid[i], "drifts");
		require(before[i] >= 0, "cordon knows vCPU %d", i);
	}
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < 100; i++) {
			task_set_cpus(s.tid[i % VCPUS], i % 2 ? "0" : "0-3");
			ksft_sleep_ms(i % 4);
		}
		for (int i = 0; i < VCPUS; i++)
			require(task_gets_on(s.tid[i], own(i), 5), "repaired");
		require_eq(0, oracle_lost(o), "lost records");
		oracle_each(o, on_record, &a);
		oracle_clear(o);
		for (int cpu = 0; cpu < HOST_CPUS; cpu++)
			settle(&a, cpu, "(the end)");
	}
	for (int i = 0; i < VCPUS; i++) {
		long drifts = cli_thread_int(s.tid[i], "drifts") - before[i];

		ksft_note("vCPU %d: %ld switches to a wrong CPU, %ld drifts", i,
			  a.seen[i], a.drifts[i]);
		expect(a.seen[i] > 0, "the storm put vCPU %d on wrong CPUs", i);
		expect_eq(0, a.missed[i], "drifts of vCPU %d that were not counted", i);
		expect_eq(a.drifts[i], drifts, "drift events of vCPU %d, as counted", i);
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
	{ "off its CPU and back at once", there_and_back },
	{ "switches to a wrong CPU are counted", counted },
	{ "each repaired change is counted", one_by_one },
	{ "a vCPU asleep in HLT", asleep },
	{ "emulator threads are held", emulator },
	{ "a mask set under management stays", theirs_stays },
};

KSFT_MAIN(tests);
