// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caps at the cgroup level leave no trace: every cgroup of the host is as it was
 * after a policy was deleted, refused half-way, changed key by key, or ended with
 * its VM; in cgroups laid out as systemd, libvirt, a login and a container do.
 * While it holds, each thread is where its cap is, and in its own scope.
 */
#include <stdio.h>
#include <string.h>

#include "cgscene.h"
#include "cgtree.h"
#include "cli.h"
#include "host.h"
#include "ksft.h"

#define VCPU_MAX	"50000 100000"
#define IO_MAX		"30000 100000"
#define EMULATOR_MAX	"40000 100000"
#define GLOBAL_MAX	"150000 100000"

static void set_all(const struct cgscene *s)
{
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 50%% iothread-quota 30%% emulator-quota 40%% global-quota 150%% weight 200",
		 s->v->pid);
}

static void expect_max(const char *max, pid_t tid, const char *what)
{
	expect_str(max, cgscene_max(tid), "cpu.max of %s, in /%s", what,
		   cgscene_of(tid));
}

static void expect_all(const struct cgscene *s)
{
	pid_t all[] = { s->vcpu[0], s->vcpu[1], s->io, s->worker, s->v->pid };
	size_t i;

	expect_max(VCPU_MAX, s->vcpu[0], "vCPU 0");
	expect_max(VCPU_MAX, s->vcpu[1], "vCPU 1");
	expect_max(IO_MAX, s->io, "an iothread");
	expect_max(EMULATOR_MAX, s->worker, "an emulator thread");
	expect_max(EMULATOR_MAX, s->v->pid, "the main thread");
	/* Each vCPU and each iothread has a budget of its own. */
	for (i = 0; i < 3; i++)
		expect(cgscene_has_only(all[i], &all[i], 1),
		       "thread %d is alone in /%s", all[i], cgscene_of(all[i]));
	expect_str(cgscene_of(s->v->pid), cgscene_of(s->worker),
		   "the emulator's threads share one");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		expect(cgscene_is_under(s, all[i], GLOBAL_MAX),
		       "thread %d is under the cap of the VM", all[i]);
	if (s->other && *s->scope)
		expect(!cgscene_is_under(s, s->other->pid, GLOBAL_MAX),
		       "no cap for the other program");
	cgscene_expect_inside(s, "under a policy");
}

static void set_and_del(const struct cgscene *s, const struct cgtree *before)
{
	set_all(s);
	expect(strstr(cli_out(), " threads held") &&
	       !strstr(cli_out(), " 0 threads held"), "it says: %s", cli_out());
	expect_str("held", cli_thread_text(s->io, "state"), "an iothread's state");
	expect_all(s);
	cli_must("policy del pid:%d", s->v->pid);
	cgtree_expect(before, "set and del");
}

static void audit(const struct cgscene *s, const struct cgtree *before)
{
	cli_must("policy set pid:%d mode audit cap-by cgroup vcpu-quota 50%% global-quota 150%%",
		 s->v->pid);
	cgtree_expect(before, "audit");
	cli_must("policy del pid:%d", s->v->pid);
	cgtree_expect(before, "audit and del");
}

/*
 * What makes a set fail in its middle: no room for one more cgroup, or with
 * libvirt's, which are there, a vCPU that is not in its own.
 */
static void obstruct(const struct cgscene *s, int room)
{
	if (s->layout == CG_LIBVIRT)
		require_eq(0, cg_write(s->home, "cgroup.threads", "%d", s->vcpu[1]),
			   "vCPU 1 elsewhere");
	else
		require_eq(0, cg_write(s->scope, "cgroup.max.descendants", "%d",
				       room), "room for %d cgroups", room);
}

static void clear(const struct cgscene *s)
{
	if (s->layout == CG_LIBVIRT)
		require_eq(0, cg_write(cgscene_below(s, "vcpu1"), "cgroup.threads",
				       "%d", s->vcpu[1]), "vCPU 1 back");
	else
		require_eq(0, cg_write(s->scope, "cgroup.max.descendants", "max"),
			   "room");
}

static void half_way(const struct cgscene *s)
{
	const struct cgtree *before, *held;

	/* The root has no such file. */
	if (s->layout == CG_ROOT)
		return;
	obstruct(s, 2);
	before = cgtree_take();
	cli_refused(2, "cap-by", "policy set pid:%d cap-by cgroup vcpu-quota 50%% iothread-quota 30%% emulator-quota 40%% global-quota 150%% weight 200",
		    s->v->pid);
	cgtree_expect(before, "a set that failed half-way");
	clear(s);

	/* And with a policy before, which then holds as before. */
	cli_must("policy set pid:%d cap-by cgroup emulator-quota 40%% weight 300",
		 s->v->pid);
	obstruct(s, 3);
	held = cgtree_take();
	cli_refused(2, "cap-by", "policy set pid:%d emulator-quota 45%% iothread-quota 30%% vcpu-quota 50%% global-quota 150%% weight 200",
		    s->v->pid);
	cgtree_expect(held, "a change that failed half-way");
	expect_max(EMULATOR_MAX, s->worker, "an emulator thread");
	clear(s);
	cli_must("policy del pid:%d", s->v->pid);
}

/* Nothing of a key stays when that key goes. */
static void single_keys(const struct cgscene *s, const struct cgtree *before)
{
	static const char * const keys[] = {
		"vcpu-quota", "weight", "global-quota", "iothread-quota",
		"emulator-quota",
	};
	size_t i;

	set_all(s);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		cli_must("policy set pid:%d %s default", s->v->pid, keys[i]);
	cgtree_expect(before, "each key by itself reset");

	cli_must("policy set pid:%d emulator-quota 40%%", s->v->pid);
	set_all(s);
	expect_all(s);
	cli_must("policy replace pid:%d cap-by cgroup iothread-quota 30%%",
		 s->v->pid);
	expect_max(IO_MAX, s->io, "an iothread");
	expect(!cgscene_is_under(s, s->vcpu[0], VCPU_MAX), "no cap for vCPUs");
	expect(!cgscene_is_under(s, s->worker, EMULATOR_MAX),
	       "no cap for the emulator");
	expect(!cgscene_is_under(s, s->io, GLOBAL_MAX), "no cap for the VM");
	cli_must("policy replace pid:%d cap-by cordon vcpu-quota 50%%",
		 s->v->pid);
	cgtree_expect(before, "caps by cordon instead");
	cli_must("policy set pid:%d cap-by cgroup", s->v->pid);
	expect_max(VCPU_MAX, s->vcpu[1], "vCPU 1");
	cli_must("policy replace pid:%d cap-by cgroup", s->v->pid);
	cgtree_expect(before, "no quota left");
	cli_must("policy del pid:%d", s->v->pid);
}

static void off(const struct cgscene *s, const struct cgtree *before)
{
	set_all(s);
	expect_all(s);
	cli_must("off");
	cgtree_expect(before, "off");
}

static void vm_end(const struct cgscene *s, const struct cgtree *before)
{
	set_all(s);
	vmm_vm_end(s->v, 0);
	cgtree_expect_soon(before, 10, "the VM ended, its process lives");
	expect(task_state(s->worker), "the emulator thread lives");
}

static void killed(struct cgscene *s, const struct cgtree *before)
{
	set_all(s);
	expect_all(s);
	vmm_kill(s->v);
	cgtree_expect_soon(before, 10, "the VMM was killed under its caps");
}

static void walk(enum cg_layout layout)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, layout, false);
	before = cgtree_take();
	set_and_del(&s, before);
	audit(&s, before);
	half_way(&s);
	cgtree_expect(before, "sets that failed half-way");
	single_keys(&s, before);
	off(&s, before);
	expect_eq(0, vmm_error(s.v), "errors of vCPUs");
	vm_end(&s, before);
}

static void walk_killed(enum cg_layout layout)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, layout, true);
	before = cgtree_take();
	killed(&s, before);
}

static void machine(void)
{
	walk(CG_MACHINE);
}

static void libvirt(void)
{
	walk(CG_LIBVIRT);
}

static void login(void)
{
	walk(CG_LOGIN);
}

static void nested(void)
{
	walk(CG_NESTED);
}

static void root(void)
{
	walk(CG_ROOT);
}

static void kill_machine(void)
{
	walk_killed(CG_MACHINE);
}

static void kill_libvirt(void)
{
	walk_killed(CG_LIBVIRT);
}

static void kill_login(void)
{
	walk_killed(CG_LOGIN);
}

static void kill_nested(void)
{
	walk_killed(CG_NESTED);
}

/* Two VMs of two processes in one cgroup: neither takes from the other. */
static void neighbours(void)
{
	const struct cgtree *before, *second;
	struct cgscene a, b;

	cgscene_start(&a, CG_LOGIN, false);
	cgscene_start_beside(&b, &a, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup global-quota 150%%", b.v->pid);
	second = cgtree_take();
	cli_must("policy del pid:%d", b.v->pid);
	cgtree_expect(before, "the second alone");

	cli_must("policy set pid:%d cap-by cgroup global-quota 120%%", a.v->pid);
	cli_must("policy set pid:%d cap-by cgroup global-quota 150%%", b.v->pid);
	expect(cgscene_is_under(&a, a.worker, "120000 100000"), "the first's cap");
	expect(cgscene_is_under(&b, b.worker, GLOBAL_MAX), "the second's cap");
	cli_must("policy del pid:%d", a.v->pid);
	cgtree_expect(second, "the first deleted while the second holds");
	expect(cgscene_is_under(&b, b.worker, GLOBAL_MAX), "the second's cap stays");
	cli_must("policy del pid:%d", b.v->pid);
	cgtree_expect(before, "both deleted");
}

/* Two VMs of one process: each has a cgroup for its vCPUs. */
static void one_process(void)
{
	const struct cgtree *before;
	char first[CG_PATH];
	struct cgscene s;
	pid_t tid;
	long id;
	int vm;

	cgscene_start(&s, CG_MACHINE, false);
	id = cli_vm_id(s.v->pid);
	vm = vmm_vm_new(s.v, 0);
	vmm_vcpu_new(s.v, vm, GUEST_SPIN);
	require(vmm_moves(s.v, vm, 0, 20), "the second guest runs");
	tid = vmm_vcpu_tid(s.v, vm, 0);
	before = cgtree_take();
	cli_must("policy set id:%ld cap-by cgroup vcpu-quota 50%%", id);
	cli_must("policy set id:%ld cap-by cgroup vcpu-quota 40%%", id + 1);
	expect_max(VCPU_MAX, s.vcpu[0], "vCPU 0 of the first");
	expect_max("40000 100000", tid, "vCPU 0 of the second");
	snprintf(first, sizeof(first), "%s", cgscene_of(s.vcpu[0]));
	cli_must("policy del id:%ld", id);
	expect(strcmp(first, cgscene_of(s.vcpu[0])), "the first is out of its cgroup");
	expect_max("40000 100000", tid, "vCPU 0 of the second, then");
	cgscene_expect_inside(&s, "two VMs");
	cli_must("policy del id:%ld", id + 1);
	cgtree_expect(before, "two VMs of one process");
}

/* A child of the VMM is born among its threads, and need not stay. */
static void child_process(void)
{
	const struct cgtree *before;
	struct cgscene s;
	pid_t child;

	cgscene_start(&s, CG_MACHINE, false);
	before = cgtree_take();
	set_all(&s);
	child = vmm_child_new(s.v);
	ksft_sleep_ms(600);
	expect(!strncmp(cgscene_of(child), s.scope, strlen(s.scope)),
	       "the child is in the scope: /%s", cgscene_of(child));
	cli_must("policy del pid:%d", s.v->pid);
	expect_str(s.home, cgscene_of(child), "the child is where the VMM is");
	vmm_child_end(s.v, child);
	cgtree_expect_soon(before, 10, "a child was born and ended");
}

/* The VMM becomes another program, which has no caps. */
static void exec(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_LOGIN, false);
	before = cgtree_take();
	set_all(&s);
	vmm_exec(s.v);
	cgtree_expect_soon(before, 10, "the VMM is another program");
	expect_str(s.home, cgscene_of(s.v->pid), "where it was");
}

/* Policies come and go while threads do. */
static void churn(void)
{
	static const char * const names[] = { "IO a", "b", "IO c", "d" };
	int slots[4], rounds = ksft_count(6, 200), i, k;
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, true);
	before = cgtree_take();
	for (i = 0; i < rounds; i++) {
		for (k = 0; k < 2; k++)
			slots[k] = vmm_thread_new(s.v, THREAD_EPOLL, names[k]);
		set_all(&s);
		for (k = 2; k < 4; k++)
			slots[k] = vmm_thread_new(s.v, THREAD_BUSY, names[k]);
		vmm_rename(s.v, slots[i % 2], names[i % 4]);
		vmm_thread_end(s.v, slots[0]);
		vmm_thread_end(s.v, slots[2]);
		if (i % 3)
			cli_must("policy set pid:%d iothread-quota default", s.v->pid);
		if (i % 2)
			ksft_sleep_ms(300);
		cli_must("policy del pid:%d", s.v->pid);
		vmm_thread_end(s.v, slots[1]);
		vmm_thread_end(s.v, slots[3]);
		if (!cgtree_expect_soon(before, 5, "round %d", i))
			break;
	}
	expect_eq(0, vmm_disturbed(s.v), "system calls disturbed");
	expect_eq(0, vmm_error(s.v), "errors of vCPUs");
}

/* CPUs and caps of one policy; a move would lose the first to the cpuset. */
static void pinned(void)
{
	const struct cgtree *before;
	struct cgscene s;

	host_need_cpus(4);
	cgscene_start(&s, CG_MACHINE, false);
	if (cg_write("cordon-test", "cgroup.subtree_control", "+cpuset") ||
	    cg_write("cordon-test/machine.slice", "cgroup.subtree_control",
		     "+cpuset") ||
	    cg_write(s.scope, "cpuset.cpus", "0-3"))
		ksft_skip("needs the cpuset controller");
	require_eq(0, task_set_cpus(s.worker, "0-2"), "a mask of its own");
	before = cgtree_take();
	set_all(&s);
	cli_must("policy set pid:%d vcpu-pin 0:1/1:2 emulator-cpus 0,2", s.v->pid);
	expect_cpus("1", s.vcpu[0], "vCPU 0");
	expect_cpus("2", s.vcpu[1], "vCPU 1");
	expect_cpus("0,2", s.worker, "an emulator thread");
	cli_must("policy set pid:%d vcpu-quota default iothread-quota default",
		 s.v->pid);
	expect_cpus("1", s.vcpu[0], "vCPU 0, moved once more");
	cli_must("policy del pid:%d", s.v->pid);
	expect_cpus("0-2", s.worker, "an emulator thread, as before");
	expect_cpus("0-3", s.vcpu[0], "vCPU 0, as before");
	cgtree_expect(before, "pins and caps");
}

/* Whoever is frozen or stopped is moved like all others. */
static void frozen(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_LOGIN, true);
	require_eq(0, cg_write(s.scope, "cgroup.freeze", "1"), "freeze");
	ksft_sleep_ms(200);
	before = cgtree_take();
	set_all(&s);
	expect_all(&s);
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "set and del of a frozen VM");
	require_eq(0, cg_write(s.scope, "cgroup.freeze", "0"), "thaw");
	expect(vmm_moves(s.v, 0, 0, 20), "the guest goes on");
}

/* What a cgroup said before is said again. */
static void other_values(void)
{
	const struct cgtree *before;
	struct cgscene s;

	cgscene_start(&s, CG_MACHINE, false);
	require_eq(0, cg_write(s.scope, "cpu.max", "80000 50000"), "cpu.max");
	require_eq(0, cg_write(s.scope, "cpu.max.burst", "7000"), "cpu.max.burst");
	require_eq(0, cg_write(s.scope, "cpu.weight", "77"), "cpu.weight");
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup global-quota 60%% global-burst 2ms weight 500",
		 s.v->pid);
	expect_max("60000 100000", s.v->pid, "the VM");
	cli_must("policy set pid:%d global-quota default global-burst default",
		 s.v->pid);
	expect_max("80000 50000", s.v->pid, "the VM, as before");
	cli_must("policy set pid:%d global-quota 5ms global-period 20ms", s.v->pid);
	cli_must("policy del pid:%d", s.v->pid);
	cgtree_expect(before, "values of its own");
}

/* The module goes, and nothing of it stays. */
static void unload(void)
{
	const struct cgtree *before;
	struct cgscene s;
	double at;

	cgscene_start(&s, CG_MACHINE, true);
	before = cgtree_take();
	set_all(&s);
	at = ksft_now();
	cli_must("off");
	ksft_note("off: %.1f s", ksft_now() - at);
	expect(ksft_until(5, !mod_unload("cordon")), "rmmod after off");
	cgtree_expect(before, "off and rmmod");
	expect_eq(0, mod_load("cordon"), "modprobe");

	set_all(&s);
	vmm_kill(s.v);
	at = ksft_now();
	expect(ksft_until(10, !mod_unload("cordon")), "rmmod after a kill");
	ksft_note("a kill and rmmod: %.1f s", ksft_now() - at);
	cgtree_expect(before, "a kill and rmmod");
	expect_eq(0, mod_load("cordon"), "modprobe");
}

static const struct ksft_test tests[] = {
	{ "a machine's scope", machine },
	{ "libvirt's groups", libvirt },
	{ "a session's scope", login },
	{ "a leaf far down", nested },
	{ "no cgroup but the root", root },
	{ "killed in a machine's scope", kill_machine },
	{ "killed in libvirt's groups", kill_libvirt },
	{ "killed in a session's scope", kill_login },
	{ "killed in a leaf far down", kill_nested },
	{ "two VMs share a cgroup", neighbours },
	{ "two VMs of one process", one_process },
	{ "a child process", child_process },
	{ "exec", exec },
	{ "threads and policies come and go", churn },
	{ "pins and caps", pinned },
	{ "a frozen VM", frozen },
	{ "a cgroup with limits of its own", other_values },
	{ "unload", unload },
};

KSFT_MAIN(tests);
