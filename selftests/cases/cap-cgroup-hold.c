// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caps at the cgroup level hold: what threads get by their own CPU clocks, also
 * those that are born later or change their class; and what is told of them is
 * what cpu.stat says. As in cap.c, exact figures only where the host's clock
 * counts instructions.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgscene.h"
#include "cgtree.h"
#include "cli.h"
#include "cpuclock.h"
#include "host.h"
#include "ksft.h"
#include "monitor.h"

static double window(void)
{
	return ksft_count(2, 10);
}

/*
 * Within half a point, as far as cpu.max itself goes, and in a short window what
 * its ends may count for. Where CPUs stand still for longer than a period, not
 * even that can be told.
 */
static void expect_share(double want, double got, double seconds,
			 const char *what)
{
	double off = (got - want * seconds) / seconds;
	double may = ksft_exact() ? 0.05 / window() : 1;

	ksft_note("%s: %.2f%% of a CPU, wanted %.0f%%", what,
		  got / seconds * 100, want * 100);
	expect(off < may && off > -may, "%s: %.2f%% instead of %.0f%%", what,
	       got / seconds * 100, want * 100);
}

static void start(struct cgscene *s, enum cg_layout layout, bool busy)
{
	cgscene_need();
	host_need_cpus(4);
	cgscene_start(s, layout, busy);
}

/* A CPU for each of the busy threads, or who waits for whom is up to chance. */
static void pin(const struct cgscene *s)
{
	pid_t tids[] = { s->vcpu[0], s->vcpu[1], s->io, s->worker };
	char cpu[8];

	for (int i = 0; i < 4; i++) {
		snprintf(cpu, sizeof(cpu), "%d", i);
		require_eq(0, task_set_cpus(tids[i], cpu), "a CPU for each");
	}
}

/*
 * Where a CPU may stand still, whoever ran meanwhile pays for it first, for
 * seconds: until each has run again.
 */
static void settle(const pid_t *tids, int count)
{
	uint64_t began[CPUCLOCK_TIDS];
	int i;

	ksft_sleep_ms(370);
	if (ksft_exact())
		return;
	for (i = 0; i < count; i++)
		began[i] = cpuclock_of(tids[i]);
	for (i = 0; i < count; i++)
		expect(ksft_until(20, cpuclock_of(tids[i]) - began[i] > 40000000),
		       "thread %d runs again", tids[i]);
}

static void classes(enum cg_layout layout)
{
	pid_t tids[4];
	double ran[4];
	struct cpuclock c;
	struct cgscene s;

	start(&s, layout, true);
	pin(&s);
	tids[0] = s.vcpu[0];
	tids[1] = s.vcpu[1];
	tids[2] = s.io;
	tids[3] = s.worker;
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 30%% iothread-quota 25%% emulator-quota 20%%",
		 s.v->pid);
	settle(tids, 4);
	cpuclock_start(&c, tids, 4);
	cpuclock_stop(&c, window(), ran);
	expect_share(0.30, ran[0], c.seconds, "vCPU 0");
	expect_share(0.30, ran[1], c.seconds, "vCPU 1");
	expect_share(0.25, ran[2], c.seconds, "an iothread");
	expect_share(0.20, ran[3], c.seconds, "the emulator");

	cli_must("policy set pid:%d global-quota 60%%", s.v->pid);
	settle(tids, 4);
	cpuclock_start(&c, tids, 4);
	cpuclock_stop(&c, window(), ran);
	expect_share(0.60, ran[0] + ran[1] + ran[2] + ran[3], c.seconds,
		     "all threads of the VM");
	expect(vmm_moves(s.v, 0, 0, 20) && vmm_moves(s.v, 0, 1, 20),
	       "the guest goes on");
	cgscene_expect_inside(&s, "capped");
	cli_must("policy del pid:%d", s.v->pid);
	expect_eq(0, vmm_disturbed(s.v), "system calls disturbed");
	expect_eq(0, vmm_error(s.v), "errors of vCPUs");
}

static void machine(void)
{
	classes(CG_MACHINE);
}

static void libvirt(void)
{
	classes(CG_LIBVIRT);
}

static void login(void)
{
	classes(CG_LOGIN);
}

#define VCPU_MAX	"50000 100000"
#define IO_MAX		"30000 100000"
#define EMULATOR_MAX	"40000 100000"

static void expect_gets(const char *max, pid_t tid, const char *what)
{
	expect(ksft_until(5, !strcmp(max, cgscene_max(tid))),
	       "cpu.max of %s: \"%s\" in /%s, not \"%s\"", what,
	       cgscene_max(tid), cgscene_of(tid), max);
}

static void births(enum cg_layout layout)
{
	const struct cgtree *before;
	int slot, io, vcpu;
	struct cgscene s;
	pid_t tid;

	start(&s, layout, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 50%% iothread-quota 30%% emulator-quota 40%%",
		 s.v->pid);
	vmm_mode(s.v, 0, 0, GUEST_SPIN);
	slot = vmm_thread_from_vcpu(s.v, 0, 0, THREAD_EPOLL);
	tid = vmm_thread_tid(s.v, slot);
	expect_gets(EMULATOR_MAX, tid, "a thread that a vCPU's made");
	expect_str(cgscene_of(s.worker), cgscene_of(tid), "it is with the others");

	io = vmm_thread_new(s.v, THREAD_EPOLL, "IO late");
	tid = vmm_thread_tid(s.v, io);
	expect_gets(IO_MAX, tid, "a new iothread");
	expect(cgscene_has_only(tid, &tid, 1), "it has a budget of its own");

	vcpu = vmm_vcpu_new(s.v, 0, GUEST_SPIN);
	tid = vmm_vcpu_tid(s.v, 0, vcpu);
	expect_gets(VCPU_MAX, tid, "a new vCPU");
	expect(cgscene_has_only(tid, &tid, 1), "it has a budget of its own");

	vmm_rename_tid(s.v, s.worker, "IO renamed");
	expect_gets(IO_MAX, s.worker, "an emulator thread renamed");
	expect(cgscene_has_only(s.worker, &s.worker, 1), "alone there");
	vmm_rename_tid(s.v, s.worker, "worker");
	expect_gets(EMULATOR_MAX, s.worker, "and back");
	vmm_rename_tid(s.v, s.io, "no io");
	expect_gets(EMULATOR_MAX, s.io, "an iothread renamed");
	vmm_rename_tid(s.v, s.io, "IO io1");
	expect_gets(IO_MAX, s.io, "and back");
	cgscene_expect_inside(&s, "after births");

	vmm_thread_end(s.v, io);
	cli_must("policy del pid:%d", s.v->pid);
	cgscene_expect_inside(&s, "after del");
	vmm_thread_end(s.v, slot);
	/* They end in the cgroups that they were born in. */
	vmm_kill(s.v);
	cgtree_expect_soon(before, 10, "births");
}

static void births_machine(void)
{
	births(CG_MACHINE);
}

static void births_login(void)
{
	births(CG_LOGIN);
}

/*
 * In libvirt's cgroups new threads are libvirt's to place: a vCPU's and an
 * iothread's begin with the emulator. One of the emulator does so by itself.
 */
static void births_libvirt(void)
{
	const struct cgtree *before;
	struct cgscene s;
	pid_t tid;
	int slot;

	start(&s, CG_LIBVIRT, false);
	before = cgtree_take();
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 50%% iothread-quota 30%% emulator-quota 40%%",
		 s.v->pid);
	slot = vmm_thread_new(s.v, THREAD_EPOLL, "late");
	expect_gets(EMULATOR_MAX, vmm_thread_tid(s.v, slot), "a new thread");
	vmm_vcpu_new(s.v, 0, GUEST_SPIN);
	tid = vmm_vcpu_tid(s.v, 0, 2);
	expect_gets(EMULATOR_MAX, tid, "a new vCPU before libvirt has seen it");
	require_eq(0, cg_new(cgscene_below(&s, "vcpu2"), false), "a cgroup");
	require_eq(0, cg_write(cgscene_below(&s, "vcpu2"), "cgroup.type", "threaded"),
		   "threaded");
	require_eq(0, cg_write(cgscene_below(&s, "vcpu2"), "cgroup.threads", "%d", tid),
		   "libvirt moves it");
	expect_gets(VCPU_MAX, tid, "a new vCPU then");
	cli_must("policy del pid:%d", s.v->pid);
	expect_str("max 100000", cgscene_max(tid), "after del");
	require_eq(0, cg_write(s.home, "cgroup.threads", "%d", tid), "for rmdir");
	vmm_kill(s.v);
	cg_free(cgscene_below(&s, "vcpu2"));
	cgtree_expect_soon(before, 10, "births in libvirt's cgroups");
}

/* ---- what is told ---- */

struct figures {
	double time, throttled, periods, nr_throttled;
};

static double number_in(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? atof(at + strlen(key)) : -1;
}

/* In seconds and counts. */
static struct figures kernels(const char *path)
{
	char name[CG_PATH + 64], text[4096] = "";

	snprintf(name, sizeof(name), "%s/%s/cpu.stat", cg_root(), path);
	host_read(name, text, sizeof(text));
	return (struct figures){
		number_in(text, "usage_usec ") / 1e6,
		number_in(text, "throttled_usec ") / 1e6,
		number_in(text, "nr_periods "), number_in(text, "nr_throttled "),
	};
}

static double real(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		ksft_die("stats without %s", key);
	return json_number_value(value);
}

/* Of the first budget of a cap, or that of vCPU or thread @id. */
static struct figures cordons(const struct cgscene *s, const char *cap, long id)
{
	json_t *stats = cli_json("stats", "stats show pid:%d cap", s->v->pid);
	json_t *caps = json_object_get(json_array_get(stats, 0), "cap"), *one;
	struct figures f = { -1, -1, -1, -1 };
	bool found = false;
	size_t i;

	json_array_foreach(caps, i, one) {
		const char *name = json_string_value(json_object_get(one, "cap"));

		if (strcmp(name, cap) ||
		    (!strcmp(cap, "vcpu") && real(one, "vcpu") != id) ||
		    (!strcmp(cap, "iothread") && real(one, "tid") != id))
			continue;
		f = (struct figures){
			real(one, "time_ns") / 1e9, real(one, "throttled_ns") / 1e9,
			real(one, "nr_periods"), real(one, "nr_throttled"),
		};
		found = true;
	}
	json_decref(stats);
	if (!found)
		ksft_die("stats tell nothing of %s %ld", cap, id);
	return f;
}

static bool grew(const char *path, const struct figures *since)
{
	struct figures now = kernels(path);

	return now.time > since->time && now.throttled > since->throttled &&
	       now.periods > since->periods &&
	       now.nr_throttled > since->nr_throttled;
}

static void expect_between(double low, double got, double high, const char *what)
{
	expect(got >= low - 0.000001 && got <= high + 0.000001,
	       "%s: %.6f is not between %.6f and %.6f", what, got, low, high);
}

/* Both at two moments: what is told has gone as far as what the kernel tells. */
static void compare(const struct cgscene *s, const char *cap, long id,
		    const char *path)
{
	struct figures k1, c1, k2, k3, c2, k4;

	k1 = kernels(path);
	c1 = cordons(s, cap, id);
	k2 = kernels(path);
	ksft_sleep_ms(ksft_count(800, 5000));
	ksft_until(20, grew(path, &k2));
	k3 = kernels(path);
	c2 = cordons(s, cap, id);
	k4 = kernels(path);
	ksft_note("%s %ld: ran %.3f s, waited %.3f s, %.0f of %.0f periods", cap, id,
		  c2.time - c1.time, c2.throttled - c1.throttled,
		  c2.nr_throttled - c1.nr_throttled, c2.periods - c1.periods);
	expect(c2.time > c1.time && c2.throttled > c1.throttled &&
	       c2.periods > c1.periods && c2.nr_throttled > c1.nr_throttled,
	       "%s: figures grow", cap);
	expect_between(k3.time - k2.time, c2.time - c1.time, k4.time - k1.time, cap);
	expect_between(k3.throttled - k2.throttled, c2.throttled - c1.throttled,
		       k4.throttled - k1.throttled, cap);
	expect_between(k3.periods - k2.periods, c2.periods - c1.periods,
		       k4.periods - k1.periods, cap);
	expect_between(k3.nr_throttled - k2.nr_throttled,
		       c2.nr_throttled - c1.nr_throttled,
		       k4.nr_throttled - k1.nr_throttled, cap);
}

static void stats(enum cg_layout layout)
{
	struct figures before, f;
	char top[CG_PATH];
	struct cgscene s;

	start(&s, layout, true);
	ksft_sleep_ms(1000);
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 30%% iothread-quota 25%% emulator-quota 20%%",
		 s.v->pid);
	ksft_sleep_ms(500);
	compare(&s, "vcpu", 0, cgscene_of(s.vcpu[0]));
	compare(&s, "vcpu", 1, cgscene_of(s.vcpu[1]));
	compare(&s, "iothread", s.io, cgscene_of(s.io));
	compare(&s, "emulator", 0, cgscene_of(s.worker));

	/* Who waits for the whole VM's budget may not come to wait for its own. */
	snprintf(top, sizeof(top), "%s", s.scope);
	if (s.other) {
		snprintf(top, sizeof(top), "%s", cgscene_of(s.worker));
		*strrchr(top, '/') = 0;
	}
	before = kernels(top);
	cli_must("policy set pid:%d global-quota 50%%", s.v->pid);
	f = cordons(&s, "global", 0);
	expect_between(0, f.time, kernels(top).time - before.time,
		       "since the cap was set, not before");
	ksft_sleep_ms(500);
	compare(&s, "global", 0, top);
}

static void stats_machine(void)
{
	stats(CG_MACHINE);
}

static void stats_libvirt(void)
{
	stats(CG_LIBVIRT);
}

static void stats_login(void)
{
	stats(CG_LOGIN);
}

/* Against the thread's own clock, while it waits and that clock stands. */
static void stats_exact(void)
{
	double ran, at, since;
	struct figures a, b;
	struct cgscene s;

	ksft_need_exact();
	start(&s, CG_MACHINE, false);
	s.io_slot = vmm_thread_new(s.v, THREAD_BUSY, "IO busy");
	s.io = vmm_thread_tid(s.v, s.io_slot);
	require_eq(0, task_set_cpus(s.io, "1"), "a CPU of its own");
	cli_must("policy set pid:%d cap-by cgroup iothread-quota 25%%", s.v->pid);
	at = ksft_now();
	ksft_sleep_ms(230);
	ran = cpuclock_of(s.io) / 1e9;
	since = ksft_now();
	a = cordons(&s, "iothread", s.io);
	ksft_sleep_ms(10230 - (ksft_now() - at) * 1000);
	ran = cpuclock_of(s.io) / 1e9 - ran;
	since = ksft_now() - since;
	b = cordons(&s, "iothread", s.io);
	cpuclock_expect(ran, b.time - a.time, "time_ns");
	cpuclock_expect(since - ran, b.throttled - a.throttled, "throttled_ns");
	cpuclock_expect_periods(since * 10, b.periods - a.periods, "nr_periods");
	cpuclock_expect_periods(since * 10, b.nr_throttled - a.nr_throttled,
				"nr_throttled");
}

/* ---- notifications ---- */

/* A line of the monitor that has all of these. */
static bool told(const char *a, const char *b)
{
	const char *line = monitor_said(), *end;
	bool found = false;

	for (; !found && (end = strchr(line, '\n')); line = end + 1)
		found = memmem(line, end - line, a, strlen(a)) &&
			memmem(line, end - line, b, strlen(b));
	return found;
}

static void notifications(void)
{
	struct cgscene s;
	char tid[32];

	start(&s, CG_MACHINE, true);
	monitor_start("cap");
	cli_must("policy set pid:%d cap-by cgroup vcpu-quota 30%% iothread-quota 25%% emulator-quota 20%%",
		 s.v->pid);
	snprintf(tid, sizeof(tid), "\"tid\":%d", s.vcpu[1]);
	expect(ksft_until(10, told("\"cap\":\"vcpu\"", tid)), "vCPU 1 had to wait");
	snprintf(tid, sizeof(tid), "\"tid\":%d", s.io);
	expect(ksft_until(10, told("\"cap\":\"iothread\"", tid)),
	       "the iothread had to wait");
	expect(ksft_until(10, told("\"cap\":\"emulator\"", "\"quota_us\":20000")),
	       "the emulator had to wait");
	cli_must("policy set pid:%d global-quota 50%%", s.v->pid);
	expect(ksft_until(10, told("\"cap\":\"global\"", "nr_throttled")),
	       "the VM had to wait");
	if (ksft_failed())
		ksft_note("%s", monitor_said());
}

/* Who waits for its next period goes on at once when the cap goes. */
static void released(void)
{
	double at, longest = 0;
	struct cgscene s;
	uint64_t ran;

	start(&s, CG_MACHINE, true);
	pin(&s);
	for (int i = 0; i < ksft_count(4, 50); i++) {
		cli_must("policy set pid:%d cap-by cgroup emulator-quota 5%% force on",
			 s.v->pid);
		ksft_sleep_ms(200 + rand() % 100);
		cli_must("policy del pid:%d", s.v->pid);
		at = ksft_now();
		ran = cpuclock_of(s.worker);
		require(ksft_until(10, cpuclock_of(s.worker) > ran), "it goes on");
		if (ksft_now() - at > longest)
			longest = ksft_now() - at;
	}
	ksft_note("released: %.1f ms at most", longest * 1000);
	if (ksft_exact())
		expect(longest < 0.02, "%.1f ms", longest * 1000);
}

static const struct ksft_test tests[] = {
	{ "caps in a machine's scope", machine },
	{ "caps in libvirt's groups", libvirt },
	{ "caps in a session's scope", login },
	{ "births in a machine's scope", births_machine },
	{ "births in a session's scope", births_login },
	{ "births in libvirt's groups", births_libvirt },
	{ "stats in a machine's scope", stats_machine },
	{ "stats in libvirt's groups", stats_libvirt },
	{ "stats in a session's scope", stats_login },
	{ "stats against the clocks", stats_exact },
	{ "notifications", notifications },
	{ "a cap that goes", released },
};

KSFT_MAIN(tests);
