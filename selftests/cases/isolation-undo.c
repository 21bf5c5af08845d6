// SPDX-License-Identifier: GPL-2.0-only
/*
 * After release all is as found: the masks of all tasks of the host, the cgroup
 * tree, /proc/mounts. What somebody changed meanwhile stays his; children that
 * were born meanwhile have what their parents have.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgtree.h"
#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "masks.h"
#include "owned.h"
#include "tvmm.h"

#define VMS	8

/* Intruders of all kinds of masks; few of them run much, as the host is slow. */
static pid_t intruder[6];
static const char *const found[6] = { "0-3", "1,3", "0-1", "2-3", "1-2", "0-3" };

static void start_intruders(void)
{
	for (int i = 0; i < 6; i++) {
		intruder[i] = foreign_start(i ? FOREIGN_NAPS : FOREIGN_BUSY);
		require_eq(0, task_set_cpus(intruder[i], found[i]), "taskset");
	}
}

static void as_found(void)
{
	struct cgtree *tree;
	struct masks *masks;
	struct owned_vm vm;

	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, 1);
	start_intruders();
	require_eq(0, task_set_cpus(vm.tid[0], "0-1,3"), "taskset");
	tree = cgtree_take();
	masks = masks_take();
	owned_vm_take(&vm);
	for (int i = 0; i < 6; i++) {
		struct cpus now, mine = cpus_parse(found[i]);
		struct cpus want = cpus_without(&mine, &vm.cpus);

		task_cpus(intruder[i], &now);
		expect_str(cpus_str(&want), cpus_str(&now), "intruder with %s, kept off %s",
			   found[i], cpus_str(&vm.cpus));
	}
	cli_must("policy del pid:%d", vm.v->pid);
	masks_expect(masks, 0, "after del");
	cgtree_expect(tree, "after del");
	owned_vm_take(&vm);
	cli_must("policy set pid:%d cpu-policy default", vm.v->pid);
	masks_expect(masks, 0, "after cpu-policy default");
	cgtree_expect(tree, "after cpu-policy default");
	owned_vm_take(&vm);
	cli_must("off");
	masks_expect(masks, 0, "after off");
	cgtree_expect(tree, "after off");
}

/*
 * Owners go one after the other, and who was kept off by both gets a policy in
 * between: that finds what he had before the first of them came.
 */
static void one_by_one(void)
{
	struct owned_vm first, second, third;
	struct masks *masks;

	cli_need();
	host_need_cpus(4);
	owned_vm_start(&first, 1);
	owned_vm_start(&second, 1);
	owned_vm_start(&third, 1);
	foreign_start_many(FOREIGN_NAPS, 2);
	masks = masks_take();
	owned_vm_take(&first);
	owned_vm_take(&second);
	cli_must("policy del pid:%d", second.v->pid);
	cli_must("policy set pid:%d cpu-policy shared", third.v->pid);
	cli_must("policy del pid:%d", first.v->pid);
	cli_must("policy del pid:%d", third.v->pid);
	masks_expect(masks, 2, "after the last of them");
}

/* What somebody sets meanwhile is his, and whole again in the end. */
static void theirs(void)
{
	static const char *const now[] = { "2", "0-1", "1,3", "0-3", "1-3", NULL };
	struct masks *masks;
	struct owned_vm vm;

	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, 1);
	start_intruders();
	masks = masks_take();
	owned_vm_take(&vm);
	for (int i = 0; i < 6; i++) {
		int error = now[i] ? task_set_cpus(intruder[i], now[i]) : -EINVAL;

		require(!error || error == -EINVAL, "taskset: %d", error);
		if (!error)
			masks_change(masks, intruder[i], now[i]);
	}
	ksft_sleep_ms(300);
	for (int i = 0; i < 6; i++) {
		struct cpus is, left;

		task_cpus(intruder[i], &is);
		left = cpus_without(&is, &vm.cpus);
		expect(cpus_equal(&is, &left), "intruder %d is kept off %s: %s", i,
		       cpus_str(&vm.cpus), cpus_str(&is));
	}
	cli_must("policy del pid:%d", vm.v->pid);
	masks_expect(masks, 2, "after del");
}

/* Also if the CPUs are given up before anybody has seen it. */
static void theirs_at_once(void)
{
	struct masks *masks;
	struct owned_vm vm;
	char list[32];
	int cpu = 1;

	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, 1);
	foreign_start_many(FOREIGN_NAPS, 4);
	require(foreign_all_ran(20), "intruders run");
	require_eq(4, foreign_list(intruder, 4), "intruders");
	masks = masks_take();
	owned_vm_take(&vm);
	while (!cpus_has(&vm.cpus, cpu))
		cpu++;
	snprintf(list, sizeof(list), "0,%d", cpu);
	for (int i = 0; i < 4; i++) {
		require_eq(0, task_set_cpus(intruder[i], list), "taskset");
		masks_change(masks, intruder[i], list);
	}
	cli_must("policy del pid:%d", vm.v->pid);
	masks_expect(masks, 2, "after del");
}

/* A cpuset, too: whoever is in it has what it says. */
static void their_cpuset(void)
{
	struct owned_vm vm;
	pid_t in, out;

	cli_need();
	host_need_cpus(4);
	if (cg_new("cordon-test-theirs", true))
		ksft_skip("needs the cpuset controller of cgroup2");
	owned_vm_start(&vm, 1);
	in = foreign_start(FOREIGN_BUSY);
	out = foreign_start(FOREIGN_NAPS);
	require_eq(0, cg_attach("cordon-test-theirs", in), "move an intruder");
	owned_vm_take(&vm);
	require_eq(0, cg_write("cordon-test-theirs", "cpuset.cpus", "0-1,3\n"),
		   "write cpuset.cpus");
	ksft_sleep_ms(300);
	cli_must("policy del pid:%d", vm.v->pid);
	expect(task_gets_on(in, "0-1,3", 2), "who is in the cpuset has what it says");
	expect_cpus("0-3", out, "who is not");
}

/* Children that are born while their parent is kept off, and theirs. */
static void children(void)
{
	struct owned_vm vm;
	pid_t all[64];
	int count;

	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, 2);
	foreign_epoch();
	owned_vm_take(&vm);
	foreign_bomb(30);
	require(ksft_until(20, foreign_count() == 30), "children are born");
	count = foreign_list(all, 64);
	for (int i = 0; i < count; i++)
		expect_cpus("0,2", all[i], "child %d meanwhile", i);
	cli_must("policy del pid:%d", vm.v->pid);
	for (int i = 0; i < count; i++)
		expect(task_gets_on(all[i], "0-3", 2), "child %d afterwards", i);
}

/* Relays: each is always another task, and one or the other is just being born. */
static int relay[4];
static const char *const bound_to[4] = { "0-3", "1", "0", "0-1" };

static bool relays_have(const char *const want[4])
{
	bool all = foreign_ran() == foreign_count();

	for (int i = 0; i < 4; i++) {
		struct cpus is = foreign_relayed(relay[i]), mask = cpus_parse(want[i]);

		all &= cpus_equal(&is, &mask);
	}
	return all;
}

static void expect_relays(const char *const want[4], const char *when)
{
	foreign_epoch();
	if (ksft_until(5, relays_have(want)))
		return;
	for (int i = 0; i < 4; i++) {
		struct cpus is = foreign_relayed(relay[i]);

		ksft_note("relay %d: %s, was bound to %s", i, cpus_str(&is),
			  bound_to[i]);
	}
	expect(false, "relays have the masks that they should have %s", when);
}

static void relays(void)
{
	static const char *const off[4] = { "0,2", "1", "0", "0" };
	struct owned_vm vm;

	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, 2);
	for (int i = 0; i < 4; i++)
		relay[i] = foreign_relay(bound_to[i]);
	for (int i = 0; i < ksft_count(5, 100); i++) {
		cli_must("policy set pid:%d cpu-policy dedicated force on", vm.v->pid);
		expect_relays(off, "meanwhile");
		ksft_sleep_ms(rand() % 500);
		expect_relays(off, "after a while");
		cli_must("policy del pid:%d", vm.v->pid);
		expect_relays(bound_to, "afterwards");
	}
}

/* VMs of one vCPU each, of which three fit at a time. */
static struct owned_vm vm[VMS];
static bool has[VMS];

static void one_change(void)
{
	int i = rand() % VMS;
	int status;

	if (has[i] && rand() % 3) {
		cli_must("policy del pid:%d", vm[i].v->pid);
		has[i] = false;
		return;
	}
	switch (rand() % 4) {
	case 0:
		status = cli("policy set pid:%d cpu-policy dedicated", vm[i].v->pid);
		break;
	case 1:
		status = cli("policy replace pid:%d cpu-policy dedicated emulator-policy own",
			     vm[i].v->pid);
		break;
	case 2:
		status = cli("policy set pid:%d cpu-policy shared", vm[i].v->pid);
		break;
	default:
		status = cli("policy replace pid:%d vcpu-pin 0:0-3", vm[i].v->pid);
	}
	expect(status == 0 || status == 2, "exit status %d: %s", status, cli_err());
	has[i] |= !status;
}

/*
 * Somebody changes a mask of an intruder, which is his then: unless it is the one
 * that cordon has set, and the kernel does not keep who has (before 6.2).
 */
static void their_change(struct masks *masks)
{
	static const char *const lists[] = { "0-3", "0,2", "1-3", "0-1", "3" };
	const char *list = lists[rand() % 5];
	pid_t tid = intruder[rand() % 6];

	if (host_is_before(6, 2) && task_is_on(tid, list))
		return;
	if (!task_set_cpus(tid, list))
		masks_change(masks, tid, list);
}

static void sequences(void)
{
	int rounds = ksft_count(8, 500), changes = 0;
	struct cgtree *tree;
	struct masks *masks;
	struct cpus free;

	cli_need();
	host_need_cpus(4);
	memset(has, 0, sizeof(has));
	for (int i = 0; i < VMS; i++)
		owned_vm_start(&vm[i], 1);
	owned_pools_must("1-3", "0", 1);
	start_intruders();
	tree = cgtree_take();
	masks = masks_take();
	srand(1);
	for (int round = 0; round < rounds && !ksft_failed(); round++) {
		for (int i = 0; i < 4; i++, changes++)
			one_change();
		if (round % 2)
			their_change(masks);
		for (int i = 0; i < VMS; i++)
			if (has[i])
				cli_must("policy del pid:%d", vm[i].v->pid);
		memset(has, 0, sizeof(has));
		masks_expect(masks, 2, "after a sequence");
		free = owned_by(0);
		expect_eq(4, cpus_count(&free), "CPUs that nobody owns");
	}
	ksft_note("%d rounds, %d changes", rounds, changes);
	cgtree_expect(tree, "in the end");
}

/* The VM's end is a release as well. */
static void dies(void)
{
	struct cgtree *tree;
	struct masks *masks;
	struct owned_vm it;

	cli_need();
	host_need_cpus(4);
	start_intruders();
	tree = cgtree_take();
	masks = masks_take();
	owned_vm_start(&it, 1);
	owned_vm_take(&it);
	vmm_kill(it.v);
	masks_expect(masks, 5, "after the VM's end");
	cgtree_expect_soon(tree, 5, "after the VM's end");
}

static const struct ksft_test tests[] = {
	{ "masks, cgroups and mounts are as found", as_found },
	{ "owners that go one by one", one_by_one },
	{ "masks that somebody changed meanwhile stay", theirs },
	{ "and those that nobody has seen", theirs_at_once },
	{ "a cpuset that somebody changed meanwhile stays", their_cpuset },
	{ "children that are born meanwhile", children },
	{ "whose birth overlaps a change", relays },
	{ "random sequences over 8 VMs", sequences },
	{ "the VM ends", dies },
};

KSFT_MAIN(tests);
