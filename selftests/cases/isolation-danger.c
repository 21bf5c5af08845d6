// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a plan may not do to others: it is refused, and names who is in the way;
 * then nothing has changed. What force accepts is left where it is, and counted.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "cgtree.h"
#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "masks.h"
#include "owned.h"
#include "tvmm.h"

#define GROUP	"cordon-test-danger"
#define DEDICATED "cpu-policy dedicated"

/* The host before a refusal, and the VM that is refused. */
static struct owned_vm vm;
static struct masks *masks;
static struct cgtree *tree;

static void start(int vcpus)
{
	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, vcpus);
}

static void remember(void)
{
	masks = masks_take();
	tree = cgtree_take();
}

/* Refused with this text, and nothing is different. */
static void refused(const char *text, const char *keys)
{
	struct cpus owned;

	cli_refused(2, text, "policy set pid:%d %s", vm.v->pid, keys);
	ksft_note("%.200s", cli_err());
	masks_expect(masks, 0, keys);
	cgtree_expect(tree, "%s", keys);
	owned = owned_by(vm.id);
	expect_str("", cpus_str(&owned), "what it owns");
	expect_str("unmanaged", cli_vm_text(vm.v->pid, "state"), "its state");
}

static bool said(const char *fmt, ...)
{
	char text[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return expect(strstr(cli_err(), text), "\"%s\" in: %s", text, cli_err());
}

static pid_t start_bound(int cpu)
{
	struct cpus at = cpus_one(cpu);
	pid_t pid;

	foreign_aim(&at);
	pid = foreign_start(FOREIGN_BOUND);
	expect_cpus(cpus_str(&at), pid, "who is bound");
	return pid;
}

static void bound(void)
{
	struct cpus seen;
	const struct culprit *who;
	struct receipt receipt;
	pid_t pid, wide;

	start(2);
	pid = start_bound(1);
	wide = foreign_start(FOREIGN_BUSY);
	remember();
	refused("bound", DEDICATED);
	said("%d", pid);
	said("foreign");
	said("force on");
	refused("bound", DEDICATED " vcpu-pin 0:1/1:3");
	/* With force it is left there, and counted. */
	cli_must("policy set pid:%d " DEDICATED " force on", vm.v->pid);
	owned_vm_look(&vm);
	foreign_epoch();
	expect_cpus("1", pid, "who is left");
	expect_cpus("0,2", wide, "who is not");
	require(foreign_all_ran(10), "both run");
	seen = foreign_seen();
	expect(cpus_has(&seen, 1), "who is left runs on: %s", cpus_str(&seen));
	expect(!cpus_has(&seen, 3), "nobody is on CPU 3: %s", cpus_str(&seen));
	ksft_sleep_ms(300);
	require(owned_receipt(vm.v->pid, &receipt), "a receipt");
	who = owned_culprit(&receipt, pid);
	require(who, "it is in the receipt");
	expect_eq(CORDON_CULPRIT_LEFT, who->kind, "kind of culprit");
	expect(who->time_ns > 0 && receipt.foreign_ns >= who->time_ns,
	       "its time: %lu of %lu", (unsigned long)who->time_ns,
	       (unsigned long)receipt.foreign_ns);
	cli_must("policy del pid:%d", vm.v->pid);
	masks_expect(masks, 1, "after del");
}

/* Its children are as it is. */
static void bound_children(void)
{
	struct cpus seen;
	pid_t pid;

	start(2);
	pid = foreign_start(FOREIGN_FORKS);
	require_eq(0, task_set_cpus(pid, "1"), "taskset");
	cli_must("policy set pid:%d " DEDICATED " force on", vm.v->pid);
	foreign_epoch();
	require(foreign_all_ran(10), "it runs on");
	ksft_sleep_ms(500);
	seen = foreign_seen();
	expect_str("1", cpus_str(&seen), "where it and its children ran");
	expect_cpus("1", pid, "who is left");
}

/* Where cordon chooses, it chooses around who is bound. */
static void around(void)
{
	start(1);
	start_bound(1);
	owned_vm_take(&vm);
	expect_str("3", cpus_str(&vm.cpus), "the CPU that is left");
	cli_must("policy del pid:%d", vm.v->pid);
	start_bound(3);
	remember();
	refused("bound", DEDICATED);
}

/* Of four CPUs no more than so many may be owned, by all VMs together. */
static void reserve(void)
{
	struct owned_vm other;

	start(2);
	owned_vm_start(&other, 1);
	owned_pools_must(NULL, NULL, 3);
	remember();
	refused("reserve", DEDICATED);
	said("2 wanted, 1 free");
	owned_vm_take(&other);
	remember();
	refused("1 free", DEDICATED);
	cli_must("policy del pid:%d", other.v->pid);
	remember();
	cli_must("policy set pid:%d " DEDICATED " force on", vm.v->pid);
	owned_vm_look(&vm);
	expect_str("1,3", cpus_str(&vm.cpus), "by force");
	cli_must("policy del pid:%d", vm.v->pid);
	owned_pools_must(NULL, NULL, 2);
	owned_vm_take(&vm);
	/* It cannot grow over what is owned. */
	expect_eq(EBUSY, owned_pools(NULL, NULL, 3, NULL), "a reserve of three");
	cli_must("policy del pid:%d", vm.v->pid);
	masks_expect(masks, 1, "after del");
}

/* One CPU is offline, so that a pool has all that are not. */
static void all_of_them(void)
{
	start(3);
	require_eq(0, cpu_off(3), "CPU 3 goes offline");
	owned_pools_must("0-2", "3", -1);
	remember();
	refused("no CPU would be left", DEDICATED " emulator-policy own force on");
	owned_pools_must(NULL, NULL, 1);
	refused("force on", DEDICATED " emulator-policy own");
	require_eq(0, cpu_on(3), "CPU 3 is back");
}

static void cpuset(void)
{
	pid_t pid;

	start(2);
	if (cg_new(GROUP, true))
		ksft_skip("needs the cpuset controller of cgroup2");
	require_eq(0, cg_write(GROUP, "cpuset.cpus", "3\n"), "write cpuset.cpus");
	remember();
	refused(GROUP, DEDICATED);
	said("CPU 3");
	said("force on");
	/* With somebody in it, who is named as one or the other. */
	pid = foreign_start(FOREIGN_BUSY);
	require_eq(0, cg_attach(GROUP, pid), "move an intruder");
	remember();
	refused("3", DEDICATED);
	cli_must("policy set pid:%d " DEDICATED " force on", vm.v->pid);
	owned_vm_look(&vm);
	expect_cpus("3", pid, "who is left");
	foreign_epoch();
	expect(foreign_all_ran(10), "it runs on");
	cli_must("policy del pid:%d", vm.v->pid);
	masks_expect(masks, 1, "after del");
	cgtree_expect(tree, "after del");
	/* A cpuset with another CPU is in nobody's way. */
	require_eq(0, cg_write(GROUP, "cpuset.cpus", "2-3\n"), "write cpuset.cpus");
	owned_vm_take(&vm);
	expect_cpus("2", pid, "who has another CPU");
	cli_must("policy del pid:%d", vm.v->pid);
	expect(task_gets_on(pid, "2-3", 1), "and has both again");
}

static void pins(void)
{
	struct owned_vm other;
	char id[32];

	start(2);
	owned_vm_start(&other, 1);
	snprintf(id, sizeof(id), "id:%ld", other.id);
	cli_must("policy set pid:%d vcpu-pin 0:1", other.v->pid);
	remember();
	refused(id, DEDICATED);
	expect_cpus("1", other.tid[0], "the other VM's vCPU");
	cli_must("policy del pid:%d", other.v->pid);
	owned_vm_take(&vm);
	snprintf(id, sizeof(id), "id:%ld", vm.id);
	cli_refused(2, id, "policy set pid:%d vcpu-pin 0:1", other.v->pid);
	cli_refused(2, id, "policy set pid:%d emulator-cpus 1,3", other.v->pid);
	cli_refused(2, id, "policy set pid:%d vcpu-pin 0:1 force on", other.v->pid);
	expect_str("unmanaged", cli_vm_text(other.v->pid, "state"), "its state");
}

static void pools(void)
{
	struct cpus owned;
	char text[256];
	char id[32];

	start(2);
	owned_vm_take(&vm);
	snprintf(id, sizeof(id), "id:%ld", vm.id);
	expect_eq(EBUSY, owned_pools("1", "0,2-3", -1, text), "to take CPU 3: %s", text);
	expect_eq(EBUSY, owned_pools("2", "0", -1, text), "to take both: %s", text);
	expect_eq(EINVAL, owned_pools("1,3", "1", -1, text), "in both pools: %s", text);
	expect_eq(EINVAL, owned_pools("1,3,200", NULL, -1, text), "no such CPU: %s",
		  text);
	owned = owned_by(vm.id);
	expect_str("1,3", cpus_str(&owned), "what it owns");
	owned_pools_must("1-3", "0", 1);
	expect_cpus("0", vm.v->pid, "the emulator goes with the shared pool");
	owned_vm_look(&vm);
}

static const struct ksft_test tests[] = {
	{ "a task that is bound to a CPU", bound },
	{ "and its children", bound_children },
	{ "who is bound is chosen around", around },
	{ "the reserve", reserve },
	{ "all CPUs, even by force", all_of_them },
	{ "a cpuset of somebody else", cpuset },
	{ "another VM's pins", pins },
	{ "a pool that loses an owned CPU", pools },
};

KSFT_MAIN(tests);
