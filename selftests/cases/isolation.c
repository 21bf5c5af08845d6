// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody else executes an instruction in user mode on CPUs that a VM owns, from
 * the moment that the set returned, whatever he does to get there; nor does
 * another VM's guest. Intruders write down where they are, and the kernel's
 * events say the same. All of it with a cpuset partition and without.
 */
#include <errno.h>
#include <stdlib.h>

#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "oracle.h"
#include "owned.h"
#include "tvmm.h"

#define GROUP	"cordon-test-isolation"

/* The VM that owns CPUs 1 and 3, by the default pools of a host of 4 CPUs. */
static struct owned_vm vm;
static struct owned_watch watch;

/* What a test does: who is there before, and what happens afterwards. */
struct attack {
	void (*before)(void);
	void (*after)(void);
};

static bool by_masks;

static void look_on(const char *what)
{
	foreign_check(&vm.cpus, what);
	owned_watch_check(&watch, what);
	for (int i = 0; i < vm.vcpus; i++)
		expect(vmm_moves(vm.v, 0, i, 20), "vCPU %d goes on", i);
	expect_eq(0, vmm_error(vm.v), "exit or error of a vCPU");
	expect_eq(0, vmm_disturbed(vm.v), "KVM_RUN interrupted");
}

/* The oracle is not blind: who is on CPUs 1 and 3 before is seen there. */
static void expect_seen(void)
{
	static const char *const lists[] = { "1", "3" };
	struct cpus want = cpus_parse("1,3"), seen;
	pid_t pid;

	require_eq(1, foreign_list(&pid, 1), "an intruder");
	for (int i = 0; i < 2; i++) {
		require_eq(0, task_set_cpus(pid, lists[i]), "taskset");
		require(ksft_until(20, (seen = foreign_seen(),
					cpus_has(&seen, atoi(lists[i])))),
			"an intruder is seen on CPU %s before", lists[i]);
	}
	require_eq(0, task_set_cpus(pid, "0-3"), "taskset");
	seen = foreign_seen();
	expect(cpus_subset(&seen, &want), "both are seen: %s", cpus_str(&seen));
}

static void run(const struct attack *a, const char *what)
{
	struct cpus aim = cpus_parse("1,3");

	cli_need();
	host_need_cpus(4);
	if (by_masks)
		owned_forbid_partition();
	foreign_aim(&aim);
	owned_vm_start(&vm, 2);
	foreign_epoch();
	if (a->before) {
		a->before();
		expect_seen();
	}
	owned_dedicate(vm.v->pid);
	foreign_epoch();
	owned_vm_look(&vm);
	owned_watch(&watch, &vm);
	require_eq(2, cpus_count(&vm.cpus), "CPUs that it owns: %s",
		   cpus_str(&vm.cpus));
	if (by_masks)
		require(owned_by_masks(), "there is no partition");
	a->after();
	look_on(what);
	cli_must("policy del pid:%d", vm.v->pid);
}

static void some_busy(void)
{
	foreign_start_many(FOREIGN_BUSY, ksft_count(4, 100));
	foreign_start_many(FOREIGN_NAPS, 2);
}

static void more_busy(void)
{
	foreign_start_many(FOREIGN_BUSY, ksft_count(6, 100));
	foreign_start_many(FOREIGN_NAPS, 4);
	expect(foreign_all_ran(60), "all of them run: %d of %d", foreign_ran(),
	       foreign_count());
	ksft_sleep_ms(1000);
}

static void loops(void)
{
	static const struct attack a = { some_busy, more_busy };

	run(&a, "busy loops");
}

static void bomb(void)
{
	foreign_bomb(ksft_count(60, 1000));
	expect(ksft_until(120, foreign_count() >= ksft_count(60, 1000)),
	       "the bomb has gone off: %d", foreign_count());
	ksft_sleep_ms(1000);
}

static void births(void)
{
	foreign_start_many(FOREIGN_FORKS, 3);
	foreign_start_many(FOREIGN_THREADS, 3);
	foreign_start_many(FOREIGN_EXECS, 2);
	ksft_sleep_ms(ksft_count(2000, 30000));
}

static void bombs(void)
{
	static const struct attack a = { some_busy, bomb };

	ksft_need_time();
	run(&a, "a fork bomb");
}

static void born(void)
{
	static const struct attack a = { births, births };

	ksft_need_time();
	run(&a, "children, threads and programs");
}

/* Others set the masks of those who run, sleep and fork, and their own. */
static void tasksets(void)
{
	static const char *const masks[] = { "1", "3", "1,3", "0-3", "1-2" };
	int count, times = ksft_count(400, 10000), done = 0, refused = 0;
	struct receipt receipt;
	pid_t pids[32];
	bool masked;

	foreign_start_many(FOREIGN_AIMS, 2);
	foreign_start(FOREIGN_BOUND);
	count = foreign_list(pids, 32);
	for (int i = 0; i < times; i++) {
		int error = task_set_cpus(pids[i % count], masks[rand() % 5]);

		done += !error;
		refused += error == -EINVAL;
		require(!error || error == -EINVAL, "taskset: %d", error);
		if (rand() % 8 == 0)
			ksft_sleep_ms(rand() % 5);
	}
	/* The last one: they stay where they belong. */
	for (int i = 0; i < count; i++)
		task_set_cpus(pids[i], "1");
	ksft_sleep_ms(1000);
	masked = owned_by_masks();
	require(owned_receipt(vm.v->pid, &receipt), "the VM has a receipt");
	ksft_note("%d masks set, %d refused by the kernel; %lu intrusions", done,
		  refused, (unsigned long)receipt.intrusions);
	expect(!masked || receipt.intrusions, "those who arrived are counted");
}

static void aimed(void)
{
	static const struct attack a = { births, tasksets };

	srand(1);
	run(&a, "taskset aimed at owned CPUs");
}

static void move_in(void)
{
	pid_t pids[32];
	int count;

	if (cg_new(GROUP, true))
		ksft_skip("needs the cpuset controller of cgroup2");
	foreign_start_many(FOREIGN_BUSY, 3);
	foreign_start_many(FOREIGN_NAPS, 3);
	foreign_start_many(FOREIGN_FORKS, 2);
	count = foreign_list(pids, 32);
	for (int i = 0; i < count; i++)
		require_eq(0, cg_attach(GROUP, pids[i]), "move an intruder");
}

/* A cpuset that is rewritten sets the masks of all that are in it. */
static void rewrites(void)
{
	static const char *const sets[] = { "0-3", "1-3", "1,3", "0,2", "1", "" };
	int times = ksft_count(40, 400), refused = 0;

	for (int i = 0; i < times; i++) {
		refused += !!cg_write(GROUP, "cpuset.cpus", "%s\n", sets[i % 6]);
		ksft_sleep_ms(i % 3 * 30);
	}
	ksft_note("%d of %d cpusets refused by the kernel", refused, times);
	ksft_sleep_ms(300);
	cg_write(GROUP, "cpuset.cpus", "\n");
}

static void cpusets(void)
{
	static const struct attack a = { move_in, rewrites };

	run(&a, "a cpuset rewritten");
}

static struct vmm *other;
static pid_t other_tid[2];

/* Its guests never leave by themselves: only an interrupt takes them off. */
static void other_guest(void)
{
	other = vmm_start();
	vmm_vm_new(other, 0);
	vmm_vcpus_new(other, 0, 2, GUEST_SPIN);
	for (int i = 0; i < 2; i++) {
		require(vmm_moves(other, 0, i, 20), "the other VM runs");
		other_tid[i] = vmm_vcpu_tid(other, 0, i);
	}
	foreign_start_many(FOREIGN_NAPS, 3);
}

static void aim_guest(void)
{
	int times = ksft_count(100, 2000), modes = 0;

	for (int i = 0; i < times; i++) {
		task_set_cpus(other_tid[i % 2], i % 3 ? "1,3" : "0-3");
		if (i % 25 == 0)
			vmm_mode(other, 0, i % 2, modes++ % 2 ? GUEST_SPIN : GUEST_IO);
		ksft_sleep_ms(i % 4);
	}
	for (int i = 0; i < 2; i++)
		expect(vmm_moves(other, 0, i, 20), "the other VM goes on");
	expect_eq(0, vmm_error(other), "exit or error of its vCPUs");
}

static void guests(void)
{
	static const struct attack a = { other_guest, aim_guest };

	run(&a, "another VM's guest");
}

/* The same with masks alone, where the partition cannot be had. */
#define MASKED(name)		\
static void masked_##name(void)	\
{				\
	ksft_need_time();	\
	by_masks = true;	\
	name();			\
}

MASKED(loops)
MASKED(bombs)
MASKED(born)
MASKED(aimed)
MASKED(cpusets)
MASKED(guests)

static const struct ksft_test tests[] = {
	{ "busy loops", loops },
	{ "a fork bomb", bombs },
	{ "children, threads and programs are born", born },
	{ "taskset aimed at owned CPUs", aimed },
	{ "a cpuset rewritten", cpusets },
	{ "another VM's guest", guests },
	{ "busy loops, by masks", masked_loops },
	{ "a fork bomb, by masks", masked_bombs },
	{ "children, threads and programs are born, by masks", masked_born },
	{ "taskset aimed at owned CPUs, by masks", masked_aimed },
	{ "a cpuset rewritten, by masks", masked_cpusets },
	{ "another VM's guest, by masks", masked_guests },
};

KSFT_MAIN(tests);
