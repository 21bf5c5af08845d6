// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several VMs on one host: a CPU has one owner, who is placed stays, wide masks
 * shrink and grow back, pins of others are adopted, and an end frees what was
 * owned.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "cgscene.h"
#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "owned.h"
#include "oracle.h"
#include "tvmm.h"

#define DEDICATED "cpu-policy dedicated"

static struct owned_vm a, b;

static void start(int of_a, int of_b)
{
	cli_need();
	host_need_cpus(4);
	owned_vm_start(&a, of_a);
	owned_vm_start(&b, of_b);
}

static const char *id_of(const struct owned_vm *vm)
{
	static char text[32];

	snprintf(text, sizeof(text), "id:%ld", vm->id);
	return text;
}

/* Where a VM with one vCPU is. */
static const char *where(const struct owned_vm *vm)
{
	struct cpus cpus = { 0 };

	task_cpus(vm->tid[0], &cpus);
	return cpus_str(&cpus);
}

static void one_owner(void)
{
	struct cpus none;

	start(1, 1);
	owned_vm_take(&a);
	owned_vm_take(&b);
	none = cpus_without(&a.cpus, &b.cpus);
	expect_eq(1, cpus_count(&none), "A on %s, B on %s", where(&a), where(&b));
	cli_must("policy del pid:%d", b.v->pid);
	/* What it must have is another's. */
	cli_refused(2, id_of(&a), "policy set pid:%d " DEDICATED " vcpu-pin 0:%s",
		    b.v->pid, where(&a));
	expect_str("unmanaged", cli_vm_text(b.v->pid, "state"), "B's state");
	expect_eq(a.id, owned_owner(atoi(where(&a))), "the owner");
}

static void no_room(void)
{
	struct owned_vm c;

	start(1, 1);
	owned_vm_start(&c, 1);
	owned_vm_take(&a);
	owned_vm_take(&b);
	cli_refused(2, "1 wanted, 0 free", "policy set pid:%d " DEDICATED, c.v->pid);
	cli_refused(2, "1 wanted, 0 free", "policy set pid:%d " DEDICATED " force on",
		    c.v->pid);
	expect_str("unmanaged", cli_vm_text(c.v->pid, "state"), "C's state");
	/* An end is a release, without anybody's doing. */
	vmm_kill(b.v);
	require(ksft_until(5, !owned_by(b.id).bits[0]), "B's CPU is free");
	owned_vm_take(&c);
	expect(!cpus_equal(&a.cpus, &c.cpus), "C is on the CPU that was B's");
}

static void masks(void)
{
	struct entries e;
	struct cpus off;

	start(2, 2);
	cli_must("policy set pid:%d vcpu-pin 0:0-3/1:1-2 emulator-cpus 2-3", b.v->pid);
	owned_vm_take(&a);
	expect_cpus("0,2", b.tid[0], "a wide mask less 1 and 3");
	expect_cpus("2", b.tid[1], "another one");
	expect_cpus("2", b.v->pid, "the emulator's");
	off = cpus_parse("0,2");
	entries_watch(&e, b.tid, 2, &off);
	/* What it may use of it counts as ever. */
	task_set_cpus(b.tid[1], "1");
	expect(task_gets_on(b.tid[1], "2", 5), "it is held to what is left");
	cli_must("policy set pid:%d vcpu-pin 0:0-2", b.v->pid);
	expect_cpus("0,2", b.tid[0], "another wide mask");
	ksft_sleep_ms(300);
	entries_check(&e, "the VM whose masks shrank");
	cli_must("policy del pid:%d", a.v->pid);
	expect_cpus("0-2", b.tid[0], "the wide mask is whole again");
	expect_cpus("2-3", b.v->pid, "the emulator's");
	cli_must("policy del pid:%d", b.v->pid);
	expect_cpus("0-3", b.tid[0], "as found");
}

/* The same of a VM in audit, and of one that gets its policy afterwards. */
static void later(void)
{
	start(2, 1);
	owned_vm_take(&a);
	expect_cpus("0,2", b.tid[0], "a VM without a policy");
	cli_must("policy set pid:%d cpu-policy shared", b.v->pid);
	expect_cpus("0,2", b.tid[0], "shared");
	cli_must("policy replace pid:%d vcpu-pin 0:1-2", b.v->pid);
	expect_cpus("2", b.tid[0], "what is left of 1-2");
	cli_must("policy del pid:%d", b.v->pid);
	expect_cpus("0,2", b.tid[0], "without a policy again");
	cli_must("policy del pid:%d", a.v->pid);
	expect_cpus("0-3", b.tid[0], "as found");
}

/* Placed once, it stays, whatever others do or it sets of other keys. */
static void stays(void)
{
	char was[16], of_b[16];

	start(1, 1);
	owned_pools_must("1-3", "0", 1);
	owned_vm_take(&a);
	snprintf(was, sizeof(was), "%s", where(&a));
	owned_vm_take(&b);
	snprintf(of_b, sizeof(of_b), "%s", where(&b));
	expect_str(was, where(&a), "A, when B is placed");
	cli_must("policy del pid:%d", a.v->pid);
	expect_str(of_b, where(&b), "B, when A is free");
	cli_must("policy set pid:%d emulator-sched batch", b.v->pid);
	cli_must("policy set pid:%d force on", b.v->pid);
	cli_must("policy set pid:%d thread-policy isolate", b.v->pid);
	expect_str(of_b, where(&b), "B, when it sets other keys");
	/* To be where it is not is its own wish. */
	cli_must("policy set pid:%d vcpu-pin 0:%s", b.v->pid, was);
	expect_str(was, where(&b), "B, where its pin says");
	owned_vm_look(&b);
	cli_must("policy set pid:%d vcpu-pin default", b.v->pid);
	expect_str(was, where(&b), "B without the pin");
}

static void replans(void)
{
	char was[16];

	start(1, 1);
	owned_pools_must("3", "0,2", 1);
	owned_vm_take(&a);
	expect_str("3", where(&a), "the only CPU");
	owned_pools_must("1,3", "0,2", -1);
	snprintf(was, sizeof(was), "%s", where(&a));
	cli_must("policy replan pid:%d", a.v->pid);
	owned_vm_look(&a);
	ksft_note("replan moved A from %s to %s", was, where(&a));
	expect_eq(1, cpus_count(&a.cpus), "one CPU");
	/* Without a policy there is nothing to place. */
	expect_eq(2, cli("policy replan pid:%d", b.v->pid), "replan without a policy");
}

/* As libvirt and Nova do it, and taskset: each vCPU on a CPU of its own. */
static void adopts(void)
{
	long drifts;

	/* With a partition the kernel itself refuses pins to owned CPUs. */
	owned_forbid_partition();
	start(2, 1);
	require_eq(0, task_set_cpus(a.tid[0], "3"), "taskset");
	require_eq(0, task_set_cpus(a.tid[1], "1"), "taskset");
	owned_vm_take(&a);
	expect_cpus("3", a.tid[0], "vCPU 0, as it was pinned");
	expect_cpus("1", a.tid[1], "vCPU 1");
	/* Changed by others it is drift, and held. */
	drifts = cli_vm_int(a.v->pid, "drifts");
	require_eq(0, task_set_cpus(a.tid[0], "1"), "taskset");
	expect(task_gets_on(a.tid[0], "3", 5), "vCPU 0 is held");
	require_eq(0, task_set_cpus(a.tid[1], "3"), "taskset");
	expect(task_gets_on(a.tid[1], "1", 5), "vCPU 1 is held");
	expect(ksft_until(5, cli_vm_int(a.v->pid, "drifts") > drifts), "it is told");
	/* Until replan adopts it. */
	cli_must("policy replan pid:%d", a.v->pid);
	owned_vm_look(&a);
	expect_cpus("1", a.tid[0], "vCPU 0, as the others want it");
	expect_cpus("3", a.tid[1], "vCPU 1");
	cli_must("policy del pid:%d", a.v->pid);
	expect_cpus("1", a.tid[0], "vCPU 0, as found");
	expect_cpus("3", a.tid[1], "vCPU 1");
}

/* A controller for a path and all above it. */
static void enable_cpuset(const char *path)
{
	char part[CG_PATH];
	const char *slash = path;

	require_eq(0, cg_write("", "cgroup.subtree_control", "+cpuset"),
		   "cpuset below the root");
	while (slash) {
		slash = strchr(slash, '/');
		snprintf(part, sizeof(part), "%.*s",
			 (int)(slash ? slash - path : (long)strlen(path)), path);
		slash += !!slash;
		require_eq(0, cg_write(part, "cgroup.subtree_control", "+cpuset"),
			   "cpuset below %s", part);
	}
}

/* libvirt pins by cpusets of its own, too, in which nobody else is; 0 or -errno. */
static int pin_as_libvirt(const struct cgscene *s, int vcpu, const char *cpus)
{
	require_eq(0, cg_write(cgscene_below(s, vcpu ? "vcpu1" : "vcpu0"),
			       "cpuset.cpus", "%s\n", cpus), "cpuset of vCPU %d", vcpu);
	return task_set_cpus(s->vcpu[vcpu], cpus);
}

/* Both vCPUs wake, and are held to these CPUs. */
static void expect_held(const struct cgscene *s, const char *first,
			const char *second)
{
	vmm_wake(s->v, 0, 0);
	vmm_wake(s->v, 0, 1);
	expect(task_gets_on(s->vcpu[0], first, 5), "vCPU 0 is held to %s", first);
	expect(task_gets_on(s->vcpu[1], second, 5), "vCPU 1 is held to %s", second);
}

static void adopts_libvirt(void)
{
	struct cgscene s;
	long id;
	int error;

	cli_need();
	host_need_cpus(4);
	cgscene_start(&s, CG_LIBVIRT, false);
	enable_cpuset(s.scope);
	require_eq(0, pin_as_libvirt(&s, 0, "3"), "pin vCPU 0");
	require_eq(0, pin_as_libvirt(&s, 1, "1"), "pin vCPU 1");
	id = cli_vm_id(s.v->pid);
	cli_must("policy set pid:%d " DEDICATED, s.v->pid);
	expect_cpus("3", s.vcpu[0], "vCPU 0, as it was pinned");
	expect_cpus("1", s.vcpu[1], "vCPU 1");
	expect_eq(id, owned_owner(3), "the owner of CPU 3");
	expect_eq(id, owned_owner(1), "the owner of CPU 1");
	/* Changed the same way it is held, until replan adopts it. */
	error = pin_as_libvirt(&s, 0, "1");
	error = pin_as_libvirt(&s, 1, "3") ?: error;
	expect_held(&s, "3", "1");
	if (error) {
		/* The cpusets have these CPUs again when nobody owns them. */
		ksft_note("the partition does not let libvirt pin: %s", strerror(-error));
		cli_must("policy del pid:%d", s.v->pid);
		return;
	}
	cli_must("policy replan pid:%d", s.v->pid);
	expect_held(&s, "1", "3");
	cli_must("policy del pid:%d", s.v->pid);
	expect_cpus("1", s.vcpu[0], "vCPU 0, as found");
	expect_cpus("3", s.vcpu[1], "vCPU 1");
}

static void adopts_not(void)
{
	start(2, 1);
	require_eq(0, task_set_cpus(a.tid[0], "3"), "taskset");
	/* Only one is pinned: there is nothing to adopt, and cordon chooses. */
	cli_refused(2, "nothing to adopt", "policy set pid:%d " DEDICATED
		    " placement adopt", a.v->pid);
	owned_vm_take(&a);
	expect_str("1,3", cpus_str(&a.cpus), "what it owns");
	cli_must("policy del pid:%d", a.v->pid);
	/* Pinned to what no policy may own. */
	require_eq(0, task_set_cpus(a.tid[0], "0"), "taskset");
	require_eq(0, task_set_cpus(a.tid[1], "1"), "taskset");
	cli_refused(2, "dedicated pool", "policy set pid:%d " DEDICATED, a.v->pid);
	cli_must("policy set pid:%d " DEDICATED " placement solve", a.v->pid);
	owned_vm_look(&a);
	expect_str("1,3", cpus_str(&a.cpus), "what cordon chose");
	cli_must("policy del pid:%d", a.v->pid);
	expect_cpus("0", a.tid[0], "vCPU 0, as found");
}

static void mixed(void)
{
	start(2, 1);
	cli_must("policy set pid:%d cpu-policy mixed:1", a.v->pid);
	expect_cpus("0,2", a.tid[0], "the vCPU that is shared");
	expect_eq(a.id, owned_owner(1) + owned_owner(3), "one CPU is owned");
	expect(task_is_on(a.tid[1], "1") || task_is_on(a.tid[1], "3"),
	       "the dedicated one is alone");
	cli_must("policy set pid:%d " DEDICATED, a.v->pid);
	owned_vm_look(&a);
}

static void emulators(void)
{
	struct cpus vcpu, own;

	start(1, 1);
	cli_must("policy set pid:%d " DEDICATED " emulator-policy isolate", a.v->pid);
	task_cpus(a.tid[0], &vcpu);
	own = owned_by(a.id);
	expect_str("1,3", cpus_str(&own), "two CPUs are owned");
	own = cpus_without(&own, &vcpu);
	expect_cpus(cpus_str(&own), a.v->pid, "the emulator has one");
	cli_must("policy set pid:%d emulator-policy own", a.v->pid);
	expect_cpus(where(&a), a.v->pid, "the emulator is with the vCPU");
	owned_vm_look(&a);
	expect_eq(1, cpus_count(&a.cpus), "and the other CPU is free");
	cli_must("policy set pid:%d emulator-policy share", a.v->pid);
	expect_cpus("0,2", a.v->pid, "the emulator is on the shared pool");
}

static void confirms(void)
{
	pid_t pid;

	start(2, 1);
	pid = foreign_start(FOREIGN_BUSY);
	cli_must("policy set pid:%d " DEDICATED " confirm 3", a.v->pid);
	owned_vm_look(&a);
	expect_cpus("0,2", pid, "an intruder");
	expect_str("pending", cli_vm_text(a.v->pid, "state"), "its state");
	expect(ksft_until(10, !owned_by(a.id).bits[0]), "it goes back by itself");
	expect(task_gets_on(pid, "0-3", 2), "the intruder, too");
	expect(task_gets_on(a.tid[0], "0-3", 2), "a vCPU");
	expect_str("unmanaged", cli_vm_text(a.v->pid, "state"), "its state");
}

/* A set that is refused leaves a VM on the CPUs that it owned. */
static void keeps(void)
{
	char was[16];

	start(1, 1);
	owned_vm_take(&a);
	snprintf(was, sizeof(was), "%s", where(&a));
	cli_refused(2, "thread-policy", "policy set pid:%d thread-policy require",
		    a.v->pid);
	expect_eq(2, cli("policy set pid:%d vcpu-pin 0:0", a.v->pid), "no such pool");
	expect_eq(2, cli("policy set pid:%d numa 7", a.v->pid), "no such node");
	expect_str(was, where(&a), "where it is");
	owned_vm_look(&a);
}

static const struct ksft_test tests[] = {
	{ "a CPU has one owner", one_owner },
	{ "no room for a third, until one ends", no_room },
	{ "wide masks shrink and grow back", masks },
	{ "a policy that comes after", later },
	{ "who is placed stays", stays },
	{ "replan", replans },
	{ "pins one to one are adopted", adopts },
	{ "pins by libvirt's cgroups are adopted", adopts_libvirt },
	{ "pins that are not", adopts_not },
	{ "mixed", mixed },
	{ "emulator-policy", emulators },
	{ "not confirmed, it goes back", confirms },
	{ "a set that is refused", keeps },
};

KSFT_MAIN(tests);
