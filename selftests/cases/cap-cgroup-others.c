// SPDX-License-Identifier: GPL-2.0-only
/*
 * Weights, memory and disks of a VM's own cgroup; and somebody else who changes
 * cgroups while a policy holds: what they did stays, and nothing else does.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgscene.h"
#include "cgtree.h"
#include "cli.h"
#include "host.h"
#include "ksft.h"

#define EMULATOR_MAX	"40000 100000"
#define VCPU_MAX	"50000 100000"

static void expect_says(const struct cgscene *s, const char *file, const char *want)
{
	char text[256] = "";

	cg_read(s->scope, file, text, sizeof(text));
	expect_str(want, text, "%s of /%s", file, s->scope);
}

static bool has(const struct cgscene *s, const char *file)
{
	char text[256];

	return cg_read(s->scope, file, text, sizeof(text));
}

static void set(const struct cgscene *s, const char *file, const char *text)
{
	require_eq(0, cg_write(s->scope, file, "%s", text), "%s %s", file, text);
}

static void memory(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	if (!has(&s, "memory.max"))
		ksft_skip("needs the memory controller");
	set(&s, "memory.high", "1500M");
	set(&s, "memory.low", "3M");
	before = cgtree_take();
	cli_must("policy set pid:%d memory-min 1M memory-low 2M memory-high 1G memory-max 2G",
		 s.v->pid);
	expect_says(&s, "memory.min", "1048576");
	expect_says(&s, "memory.low", "2097152");
	expect_says(&s, "memory.high", "1073741824");
	expect_says(&s, "memory.max", "2147483648");
	cli_must("policy set pid:%d memory-high max memory-max max memory-low default",
		 s.v->pid);
	expect_says(&s, "memory.low", "3145728");
	expect_says(&s, "memory.high", "max");
	expect_says(&s, "memory.max", "max");
	cli_must("policy replace pid:%d memory-max 2G cap-by cgroup emulator-quota 40%%",
		 s.v->pid);
	expect_says(&s, "memory.min", "0");
	expect_says(&s, "memory.high", "1572864000");
	expect_says(&s, "memory.max", "2147483648");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "limits of memory");

	/* With the VM they go too. */
	cli_must("policy set pid:%d memory-low 2M memory-max 2G", s.v->pid);
	vmm_vm_end(s.v, 0);
	cgtree_expect_soon(before, 10, "the VM ended");
}

static void libvirts_memory(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_LIBVIRT, false);
	if (!has(&s, "memory.max"))
		ksft_skip("needs the memory controller");
	before = cgtree_take();
	cli_must("policy set pid:%d memory-high 1G cap-by cgroup weight 300 vcpu-quota 50%%",
		 s.v->pid);
	expect_says(&s, "memory.high", "1073741824");
	expect_says(&s, "cpu.weight", "300");
	expect_str(VCPU_MAX, cgscene_max(s.vcpu[1]), "cpu.max of vCPU 1");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "limits of memory in libvirt's cgroups");
}

static void weight(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_NESTED, false);
	set(&s, "cpu.weight", "79");
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup weight 10000", s.v->pid);
	expect_says(&s, "cpu.weight", "10000");
	cli_must("policy set pid:%d weight 1", s.v->pid);
	expect_says(&s, "cpu.weight", "1");
	cli_must("policy set pid:%d weight default emulator-quota 40%%", s.v->pid);
	expect_says(&s, "cpu.weight", "79");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "a weight");
}

/* Where the VM has no cgroup of its own, its weight is that of its threads. */
static void shared_weight(void)
{
	const struct cgtree *before;
	char path[CG_PATH], text[64];
	struct cgscene s;

	cgscene_start(&s, CG_LOGIN, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup weight 700", s.v->pid);
	expect_says(&s, "cpu.weight", "100");
	snprintf(path, sizeof(path), "%s", cgscene_of(s.worker));
	expect_str(path, cgscene_of(s.vcpu[0]), "all threads are in it");
	cg_read(path, "cpu.weight", text, sizeof(text));
	expect_str("700", text, "cpu.weight of /%s", path);
	cgscene_expect_inside(&s, "a weight");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "a weight in a shared cgroup");
}

static void need_disk(const struct cgscene *s)
{
	if (!has(s, "io.max"))
		ksft_skip("needs io.max");
	mod_load("brd");
	if (access("/dev/ram1", F_OK))
		ksft_skip("needs a disk, /dev/ram1");
}

static void disks(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	need_disk(&s);
	set(&s, "io.max", "1:1 rbps=max wbps=5000000");
	before = cgtree_take();
	cli_must("policy set pid:%d io-max '1:1 rbps=1M,wiops=500'", s.v->pid);
	expect_says(&s, "io.max", "1:1 rbps=1048576 wbps=5000000 riops=max wiops=500");
	cli_must("policy set pid:%d io-max '1:1 rbps=2M/1:0 wbps=max,riops=100'",
		 s.v->pid);
	cli_must("policy set pid:%d io-max '1:0 riops=200' memory-low 1M", s.v->pid);
	cli_must("policy set pid:%d io-max default", s.v->pid);
	expect_says(&s, "io.max", "1:1 rbps=max wbps=5000000 riops=max wiops=max");
	cli_must("policy set pid:%d io-max '1:1 rbps=1M/1:0 wbps=2M'", s.v->pid);
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "limits of disks");
	set(&s, "io.max", "1:1 rbps=max wbps=max riops=max wiops=max");
}

/* ---- somebody else ---- */

/* So long that whoever looks after policies has looked. */
static void a_while(void)
{
	ksft_sleep_ms(800 * ksft_slow());
}

/* A file that cordon wrote, and then somebody else. */
static void their_files(void)
{
	const struct cgtree *theirs;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	cli_must("policy set pid:%d cap-by cgroup global-quota 60%% weight 300",
		 s.v->pid);
	set(&s, "cpu.max", "90000 100000");
	set(&s, "cpu.weight", "55");
	theirs = cgtree_take();
	a_while();
	cgtree_expect(theirs, "their values under the policy");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(theirs, "their values after del");
}

/*
 * The kernel doubles quota and period when a period's timer is late too often
 * (sched_cfs_period_timer()): that is nobody's limit but cordon's.
 */
static void kernels_limit(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup global-quota 60%%", s.v->pid);
	set(&s, "cpu.max", "240000 400000");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "a limit that the kernel has doubled");
}

static void their_libvirt(void)
{
	const struct cgtree *before;
	const char *path;
	struct cgscene s;

	cgscene_start(&s, CG_LIBVIRT, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 50%% emulator-quota 40%%",
		 s.v->pid);
	path = cgscene_below(&s, "vcpu0");
	require_eq(0, cg_write(path, "cpu.max", "70000 100000"), "theirs");
	a_while();
	expect_str("70000 100000", cgscene_max(s.vcpu[0]), "under the policy");
	cli_must("policy del pid:%d", s.v->pid);
	expect_str("70000 100000", cgscene_max(s.vcpu[0]), "after del");
	require_eq(0, cg_write(path, "cpu.max", "max 100000"), "as before");
	cgtree_expect(before, "all but theirs");
}

/* One thread, to a cgroup of theirs. */
static void their_thread(void)
{
	const struct cgtree *before, *after;
	const char *path;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	path = cgscene_below(&s, "mine");
	require_eq(0, cg_new(path, false), "a cgroup");
	require_eq(0, cg_write(path, "cgroup.type", "threaded"), "threaded");
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup emulator-quota 40%% vcpu-quota 50%%",
		 s.v->pid);
	require_eq(0, cg_write(path, "cgroup.threads", "%d", s.worker), "a move");
	after = cgtree_take();
	a_while();
	cgtree_expect(after, "a thread that they moved");
	expect_str(EMULATOR_MAX, cgscene_max(s.v->pid), "the main thread");
	/* Who sets a policy is told, as if it had been there before. */
	cli_refused(2, "somebody else", "policy set pid:%d emulator-quota 45%%",
		    s.v->pid);
	cgtree_expect(after, "a thread that they moved, and a refused set");
	cli_must("policy del pid:%d", s.v->pid);
	expect_str(path, cgscene_of(s.worker), "where they put it, after del");
	require_eq(0, cg_write(s.scope, "cgroup.threads", "%d", s.worker), "home");
	cgtree_expect(before, "a thread that they moved, and back");
}

/* The whole VMM, to another scope. */
static void their_process(void)
{
	static const char there[] = "cordon-test/machine.slice/other.scope";
	const struct cgtree *before;
	struct cgscene s;
	pid_t slots[5];
	int i;

	cgscene_start(&s, CG_MACHINE, false);
	require_eq(0, cg_new(there, false), "another scope");
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup emulator-quota 40%% vcpu-quota 50%% weight 300",
		 s.v->pid);
	require_eq(0, cg_attach(there, s.v->pid), "a move");
	slots[0] = s.v->pid;
	slots[1] = s.worker;
	slots[2] = s.io;
	slots[3] = s.vcpu[0];
	slots[4] = s.vcpu[1];
	a_while();
	for (i = 0; i < 5; i++)
		expect(!strncmp(there, cgscene_of(slots[i]), strlen(there)),
		       "thread %d is in their scope: /%s", slots[i],
		       cgscene_of(slots[i]));
	/* A set does what it says, or says that it cannot. */
	if (cli("policy set pid:%d emulator-quota 45%%", s.v->pid))
		expect(strstr(cli_err(), "cap-by"), "%s", cli_err());
	else
		expect_str("45000 100000", cgscene_max(s.worker),
			   "an emulator thread after one more set, in /%s",
			   cgscene_of(s.worker));
	cli_must("policy del pid:%d", s.v->pid);
	for (i = 0; i < 5; i++)
		expect_str(there, cgscene_of(slots[i]), "thread %d after del",
			   slots[i]);
	require_eq(0, cg_attach(s.scope, s.v->pid), "back");
	cgtree_expect(before, "a process that they moved, and back");

	/* In its new place it is held as any other. */
	require_eq(0, cg_attach(there, s.v->pid), "once more");
	cli_must("policy set pid:%d cap-by cgroup emulator-quota 40%%", s.v->pid);
	expect_str(EMULATOR_MAX, cgscene_max(s.worker), "in the new place");
	cli_must("policy del pid:%d", s.v->pid);
	require_eq(0, cg_attach(s.scope, s.v->pid), "back again");
	cgtree_expect(before, "a policy in another scope");
}

/* A cgroup that cordon made, removed. */
static void their_rmdir(void)
{
	const struct cgtree *before;
	char ours[CG_PATH], path[CG_PATH + 64];
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup iothread-quota 30%% vcpu-quota 50%%",
		 s.v->pid);
	snprintf(ours, sizeof(ours), "%s", cgscene_of(s.io));
	snprintf(path, sizeof(path), "%s/%s", cg_root(), ours);
	/* Until nobody puts the thread back in between. */
	require(ksft_until(10, !cg_write(s.scope, "cgroup.threads", "%d", s.io) &&
			   !rmdir(path)), "rmdir %s", path);
	a_while();
	expect_str(VCPU_MAX, cgscene_max(s.vcpu[0]), "vCPU 0 meanwhile");
	cgscene_expect_inside(&s, "a cgroup of cordon's was removed");
	/* Whoever sets it again gets it. */
	cli_must("policy set pid:%d iothread-quota 35%%", s.v->pid);
	expect_str("35000 100000", cgscene_max(s.io), "the iothread, set again");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "a cgroup of cordon's was removed");
}

/* The way is closed for one who was on it. */
static void their_controller(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup global-quota 60%% weight 300",
		 s.v->pid);
	require_eq(0, cg_write("cordon-test/machine.slice",
			       "cgroup.subtree_control", "-cpu"), "no cpu");
	a_while();
	cli_must("policy del pid:%d", s.v->pid);
	require_eq(0, cg_write("cordon-test/machine.slice",
			       "cgroup.subtree_control", "+cpu"), "cpu");
	cgtree_expect(before, "the controller went and came");
}

/* Switched off where cordon had it switched on: the caps come back. */
static void our_controller(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup emulator-quota 40%% vcpu-quota 50%%",
		 s.v->pid);
	require_eq(0, cg_write(s.scope, "cgroup.subtree_control", "-cpu"), "no cpu");
	expect(ksft_until(10, !strcmp(EMULATOR_MAX, cgscene_max(s.v->pid)) &&
			  !strcmp(VCPU_MAX, cgscene_max(s.vcpu[1]))),
	       "the caps are back: %s", cgscene_max(s.v->pid));
	cgscene_expect_inside(&s, "caps that came back");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "caps that came back");
}

/* What others wrote gives way to a policy that is set, and comes back after. */
static void set_again(void)
{
	const struct cgtree *theirs;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	cli_must("policy set pid:%d cap-by cgroup global-quota 60%% weight 300",
		 s.v->pid);
	set(&s, "cpu.max", "90000 100000");
	set(&s, "cpu.weight", "55");
	theirs = cgtree_take();
	cli_must("policy set pid:%d global-quota 60%%", s.v->pid);
	expect_says(&s, "cpu.max", "60000 100000");
	expect_says(&s, "cpu.weight", "300");
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(theirs, "their values after del");
}

/* A thread turned realtime: the others are still looked after. */
static void their_class(void)
{
	struct sched_param param = { .sched_priority = 1 };
	const struct cgtree *before;
	struct cgscene s;
	pid_t tid;
	int slot;

	cgscene_start(&s, CG_MACHINE, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup emulator-quota 40%%", s.v->pid);
	require_eq(0, sched_setscheduler(s.worker, SCHED_FIFO, &param), "realtime");
	/* From the emulator's to none and back. */
	slot = vmm_thread_new(s.v, THREAD_EPOLL, "IO late");
	tid = vmm_thread_tid(s.v, slot);
	expect(ksft_until(10, !cgscene_is_under(&s, tid, EMULATOR_MAX)),
	       "a new iothread, in /%s", cgscene_of(tid));
	vmm_rename(s.v, slot, "late");
	expect(ksft_until(10, !strcmp(EMULATOR_MAX, cgscene_max(tid))),
	       "a thread born beside a realtime one: %s", cgscene_max(tid));
	cli_must("policy del pid:%d", s.v->pid);
	vmm_thread_end(s.v, slot);
	cgtree_expect_soon(before, 10, "a realtime thread");
}

static const struct ksft_test tests[] = {
	{ "memory", memory },
	{ "memory and weight of libvirt's", libvirts_memory },
	{ "weight", weight },
	{ "weight in a shared cgroup", shared_weight },
	{ "disks", disks },
	{ "files that others wrote", their_files },
	{ "a limit that the kernel doubled", kernels_limit },
	{ "libvirt's files that others wrote", their_libvirt },
	{ "a thread that others moved", their_thread },
	{ "a process that others moved", their_process },
	{ "a cgroup that others removed", their_rmdir },
	{ "a controller that others switched off", their_controller },
	{ "a controller that others switched off below", our_controller },
	{ "set again after others wrote", set_again },
	{ "a class that others set", their_class },
};

KSFT_MAIN(tests);
