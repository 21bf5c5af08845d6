// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a receipt tells is what the kernel's own events say: who ran on an owned
 * CPU, how often and for how long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "masks.h"
#include "monitor.h"
#include "oracle.h"
#include "owned.h"
#include "tvmm.h"

#define REFRESH	"/proc/sys/vm/stat_refresh"
#define SOMEBODY 1000

static struct owned_vm vm;

/* The VM that owns CPUs 1 and 3, of which intruders aim at CPU 1. */
static void start(void)
{
	struct cpus at = cpus_one(1);

	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, 2);
	foreign_aim(&at);
}

static void take(const char *force)
{
	cli_must("policy set pid:%d cpu-policy dedicated %s", vm.v->pid, force);
	owned_vm_look(&vm);
	require(cpus_has(&vm.cpus, 1), "it owns CPU 1: %s", cpus_str(&vm.cpus));
}

/* How long others than the VM's vCPUs ran on a CPU, by sched_switch. */
struct account {
	pid_t pid;		/* whose time is summed up by itself */
	int on;			/* who runs now; -1: not known yet */
	double since, first, last;
	double foreign, one, longest;
};

static double time_of(const char *line)
{
	const char *at = strstr(line, ": sched_switch:");

	while (at && at > line && at[-1] != ' ')
		at--;
	return at ? strtod(at, NULL) : 0;
}

static bool is_mine(pid_t pid)
{
	for (int i = 0; i < vm.vcpus; i++)
		if (vm.tid[i] == pid)
			return true;
	return false;
}

static void on_switch(int cpu, const char *line, void *arg)
{
	const char *next = strstr(line, " next_pid=");
	struct account *a = arg;
	double now = time_of(line);

	(void)cpu;
	if (!next)
		return;
	if (a->on > 0 && !is_mine(a->on)) {
		double ran = now - a->since;

		a->foreign += ran;
		if (a->on == a->pid)
			a->one += ran;
		if (ran > a->longest)
			a->longest = ran;
	}
	if (a->on < 0)
		a->first = now;
	a->last = now;
	a->on = atoi(next + strlen(" next_pid="));
	a->since = now;
}

/*
 * As exact as the host's clock is: without -icount it goes on while the machine
 * runs something else, between the kernel's look at it and cordon's.
 */
static void expect_near(double want, double got, const char *what)
{
	double most = ksft_exact() ? 0.05 : 0.25;
	double slack = ksft_exact() ? 0.001 : 0.010;

	expect(got >= want * (1 - most) - slack && got <= want * (1 + most) + slack,
	       "%s: expected %.3f s, got %.3f s", what, want, got);
}

static double seconds(uint64_t after, uint64_t before)
{
	return (after - before) / 1e9;
}

/* A task that is left there by force, which runs beside the vCPU. */
static void left(void)
{
	int ms = ksft_count(2000, 10000);
	const struct culprit *was, *is;
	struct account a = { .on = -1 };
	struct owned_cpu before, after;
	struct cpus at = cpus_one(1);
	struct oracle *o;
	pid_t pid;

	start();
	pid = foreign_start(FOREIGN_BOUND);
	take("force on");
	vmm_mode(vm.v, 0, 0, GUEST_SPIN);
	vmm_mode(vm.v, 0, 1, GUEST_SPIN);
	require(ksft_until(20, (owned_read(1, &before),
				owned_culprit(&before.receipt, pid))),
		"it runs beside the vCPU");
	a.pid = pid;
	o = oracle_new("sched/sched_switch", "", &at, 4096);
	oracle_clear(o);
	owned_read(1, &before);
	ksft_sleep_ms(ms);
	owned_read(1, &after);
	oracle_stop(o);
	require_eq(0, oracle_lost(o), "lost records");
	oracle_each(o, on_switch, &a);
	was = owned_culprit(&before.receipt, pid);
	is = owned_culprit(&after.receipt, pid);
	require(was && is, "it is a culprit");
	ksft_note("%.3f s traced: foreign %.3f s, the task %.3f s, longest %.4f s",
		  a.last - a.first, a.foreign, a.one, a.longest);
	require(a.one > 0.1, "it ran beside the vCPU");
	expect_near(a.foreign, seconds(after.receipt.foreign_ns,
				       before.receipt.foreign_ns), "foreign time");
	expect_near(a.one, seconds(is->time_ns, was->time_ns), "the task's time");
	expect_eq(CORDON_CULPRIT_LEFT, is->kind, "its kind");
	expect(is->count > was->count, "how often: %lu to %lu",
	       (unsigned long)was->count, (unsigned long)is->count);
	expect(after.receipt.longest_ns / 1e9 > a.longest * 0.75 - 0.001,
	       "the longest: %.4f s", after.receipt.longest_ns / 1e9);
	expect_eq(before.receipt.intrusions, after.receipt.intrusions,
		  "nobody was turned away");
}

/* Kernel threads are counted, and nobody touches those of the CPU. */
static void kernel_threads(void)
{
	const struct culprit *who = NULL;
	struct account a = { .on = -1 };
	struct owned_cpu before, after;
	struct cpus at = cpus_one(1);
	struct masks *masks;
	struct oracle *o;
	char text[64];
	pid_t bound;

	start();
	masks = masks_take_bound();
	take("");
	masks_expect(masks, 0, "threads of the kernel that are bound to a CPU");
	bound = task_find(0, "migration/1");
	expect_cpus("1", bound, "migration/1");
	o = oracle_new("sched/sched_switch", "", &at, 4096);
	/* To clear it makes work for each CPU, too. */
	oracle_clear(o);
	ksft_sleep_ms(200);
	oracle_clear(o);
	owned_read(1, &before);
	for (int i = 0; i < 300; i++) {
		if (!host_read(REFRESH, text, sizeof(text)))
			ksft_skip("needs " REFRESH);
		ksft_sleep_ms(5);
	}
	owned_read(1, &after);
	oracle_stop(o);
	oracle_each(o, on_switch, &a);
	for (int i = 0; i < after.receipt.culprits; i++)
		if (after.receipt.culprit[i].kind == CORDON_CULPRIT_KTHREAD)
			who = &after.receipt.culprit[i];
	ksft_note("foreign %.6f s traced, %.6f s in the receipt", a.foreign,
		  seconds(after.receipt.foreign_ns, before.receipt.foreign_ns));
	require(who, "a kernel thread is in the receipt");
	expect(who->count && who->time_ns, "%s: %lu times, %lu ns", who->comm,
	       (unsigned long)who->count, (unsigned long)who->time_ns);
	expect_near(a.foreign, seconds(after.receipt.foreign_ns,
				       before.receipt.foreign_ns), "foreign time");
	expect_eq(0, after.receipt.intrusions, "nobody was turned away");
	masks_expect(masks, 0, "threads of the kernel that are bound to a CPU");
}

/* Those that were turned away: how many, who, and whose. */
static void turned_away(void)
{
	const struct culprit *who;
	struct receipt sum, before;
	struct owned_cpu one, two;
	int times = 40;
	pid_t pid;

	start();
	owned_forbid_partition();
	take("");
	require(owned_receipt(vm.v->pid, &before), "a receipt");
	monitor_start("intrusion");
	foreign_become(SOMEBODY);
	pid = foreign_start(FOREIGN_BUSY);
	for (int i = 0; i < times; i++) {
		require_eq(0, task_set_cpus(pid, i % 2 ? "3" : "1"), "taskset");
		ksft_sleep_ms(10);
	}
	require(ksft_until(5, (owned_receipt(vm.v->pid, &sum),
			       sum.intrusions > before.intrusions + 5)),
		"intrusions are counted");
	ksft_sleep_ms(500);
	require(owned_receipt(vm.v->pid, &sum), "a receipt");
	owned_read(1, &one);
	owned_read(3, &two);
	ksft_note("%d masks set, %lu intrusions", times,
		  (unsigned long)sum.intrusions);
	expect_eq(one.receipt.intrusions + two.receipt.intrusions, sum.intrusions,
		  "the VM's are those of its CPUs");
	who = owned_culprit(&sum, pid);
	require(who, "who it was");
	expect_eq(CORDON_CULPRIT_TURNED_AWAY, who->kind, "its kind");
	expect_str("foreign", who->comm, "its name");
	expect_eq(SOMEBODY, who->uid, "its user");
	expect(who->count, "how often: %lu", (unsigned long)who->count);
	expect(sum.foreign_ns >= sum.longest_ns && sum.longest_ns > 0, "the time");
	expect(ksft_until(5, strstr(monitor_said(), "\"intrusion\"")), "an event");
	expect(strstr(monitor_said(), "foreign"), "it names who: %.300s",
	       monitor_said());
	cli_must("policy del pid:%d", vm.v->pid);
	expect(owned_receipt(vm.v->pid, &before), "a receipt, when all is over");
	expect(before.intrusions >= sum.intrusions, "of all that it owned: %lu",
	       (unsigned long)before.intrusions);
}

/* Nobody came: the receipt says so, and for how long. */
static void clean(void)
{
	struct owned_cpu is;
	double began;

	start();
	began = ksft_now();
	take("");
	ksft_sleep_ms(1000);
	owned_read(1, &is);
	require(is.has_receipt, "a receipt");
	expect_eq(0, is.receipt.intrusions, "intrusions");
	expect(is.receipt.since_ns > 900000000 &&
	       is.receipt.since_ns / 1e9 < ksft_now() - began, "since %.2f s of %.2f",
	       is.receipt.since_ns / 1e9, ksft_now() - began);
	for (int i = 0; i < is.receipt.culprits; i++)
		expect_eq(CORDON_CULPRIT_KTHREAD, is.receipt.culprit[i].kind,
			  "%s is a thread of the kernel", is.receipt.culprit[i].comm);
	owned_read(0, &is);
	expect(!is.has_receipt && !is.owner, "a CPU that nobody owns has none");
}

static const struct ksft_test tests[] = {
	{ "nobody came", clean },
	{ "a task that is left there", left },
	{ "threads of the kernel", kernel_threads },
	{ "tasks that were turned away", turned_away },
};

KSFT_MAIN(tests);
