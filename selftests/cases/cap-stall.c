// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a cap of the emulator does to the guest. The guest touches new memory,
 * page after page, and keeps books with its own clock; an emulator thread under
 * a cap of 20 % of 100 ms changes the VMM's memory all the time. Where it is
 * stopped with mmap_lock held, the guest's next fault waits for it.
 *
 * Prints a table in reStructuredText, each line after "| ". Its figures mean
 * something on a host whose clock counts instructions; elsewhere only what nobody
 * can miss is held.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define GUEST_TICKS_MS	1000000u	/* of the emulated TSC, 1 GHz */
#define GAP_MS		50
#define TICK_MS		4

struct books {
	unsigned int gaps;
	double longest_ms, rate;	/* pages a second */
};

/* For so long, or until the guest has touched all of its memory. */
static double let_run(const volatile struct guest_ctl *ctl)
{
	double at = ksft_now(), end = at + ksft_count(3, 6);

	while (ctl->pages < FAULT_BYTES / 4096 && ksft_now() < end)
		ksft_sleep_ms(1);
	return ksft_now() - at;
}

static struct books run(const char *how, void (*cap)(struct vmm *v, pid_t tid))
{
	struct vmm *v = vmm_start();
	volatile struct guest_ctl *ctl;
	struct books b;
	double took;
	pid_t tid;

	vmm_vm_new(v, VM_FAULTS);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	tid = vmm_thread_tid(v, vmm_thread_new(v, THREAD_REMAP, "remap"));
	ctl = vmm_ctl(v, 0, 0);
	ctl->limit = GAP_MS * GUEST_TICKS_MS;
	if (cap)
		cap(v, tid);
	ksft_sleep_ms(500);
	vmm_mode(v, 0, 0, GUEST_FAULT);
	took = let_run(ctl);
	b.rate = ctl->pages / took;
	b.gaps = ctl->gaps;
	b.longest_ms = (double)ctl->longest / GUEST_TICKS_MS;
	ksft_note("%-16s %.1f s: longest %5.1f ms, %2u over %d ms, %6.0f pages a second",
		  how, took, b.longest_ms, b.gaps, GAP_MS, b.rate);
	expect_eq(0, vmm_error(v), "errors of vCPUs");
	vmm_kill(v);
	return b;
}

static void by_hand(struct vmm *v, pid_t tid)
{
	require_eq(0, cg_attach("cordon-stall", v->pid), "attach the VMM");
	require_eq(0, cg_write("cordon-stall/emulator", "cgroup.type", "threaded"),
		   "a threaded cgroup");
	require_eq(0, cg_write("cordon-stall", "cgroup.subtree_control", "+cpu"),
		   "cpu below");
	require_eq(0, cg_write("cordon-stall/emulator", "cpu.max", "20000 100000"),
		   "cpu.max");
	require_eq(0, cg_write("cordon-stall/emulator", "cgroup.threads", "%d", tid),
		   "attach the thread");
}

static void by_cap(struct vmm *v, const char *level)
{
	cli_must("policy set pid:%d cap-by %s emulator-quota 20%% emulator-period 100ms",
		 v->pid, level);
}

static void by_cgroup_level(struct vmm *v, pid_t tid)
{
	(void)tid;
	by_cap(v, "cgroup");
}

static void by_cordon(struct vmm *v, pid_t tid)
{
	(void)tid;
	by_cap(v, "cordon");
}

/* Does this kernel throttle a thread wherever it is? Mainline did up to 6.17. */
static bool throttles_anywhere(void)
{
	return host_is_before(6, 18);
}

static const struct {
	const char *name;
	void (*cap)(struct vmm *v, pid_t tid);
} ways[] = {
	{ "none", NULL },
	{ "cpu.max, by hand", by_hand },
	{ "cap-by cgroup", by_cgroup_level },
	{ "cap-by cordon", by_cordon },
};

enum { NONE, BY_HAND, BY_CGROUP, BY_CORDON, WAYS };

static void print_table(const struct books *b)
{
	static const char rule[] = "| ================= ======= ========== ==============\n";
	struct utsname host;

	uname(&host);
	printf("| Linux %s\n|\n%s", host.release, rule);
	printf("| Cap               longest over %d ms pages a second\n%s", GAP_MS, rule);
	for (int i = 0; i < WAYS; i++)
		printf("| %-17s %4.1f ms %-10u %.0f\n", ways[i].name,
		       b[i].longest_ms, b[i].gaps, b[i].rate);
	printf("%s", rule);
}

/* What a cap at safe points promises. */
static void expect_figures(const struct books *b)
{
	/* Where it stops in the same places anyway it is as good, to a percent. */
	double times = throttles_anywhere() ? 1.8 : 0.99;

	expect_eq(0, b[BY_CORDON].gaps, "gaps under cordon's cap");
	expect(b[BY_CORDON].longest_ms <= b[NONE].longest_ms + TICK_MS,
	       "the longest: %.1f ms, %.1f without a cap",
	       b[BY_CORDON].longest_ms, b[NONE].longest_ms);
	expect(b[BY_CORDON].rate >= b[BY_HAND].rate * times,
	       "%.0f pages a second, %.0f with cpu.max", b[BY_CORDON].rate,
	       b[BY_HAND].rate);
}

/*
 * Where a CPU stands still by itself, gaps are not the cap's; only that the guest
 * gets on with each way is told then.
 */
static void expect_roughly(const struct books *b)
{
	for (int i = 0; i < WAYS; i++)
		expect(b[i].rate > 0, "%s: the guest gets on", ways[i].name);
	if (throttles_anywhere() && !b[NONE].gaps && ksft_slow() == 1)
		expect(b[BY_CORDON].gaps <= b[BY_HAND].gaps,
		       "%u gaps, %u with cpu.max", b[BY_CORDON].gaps,
		       b[BY_HAND].gaps);
}

static void stall(void)
{
	struct books b[WAYS];

	cli_need();
	host_need_cpus(3);
	require_eq(0, cg_new("cordon-stall", false), "a cgroup");
	require_eq(0, cg_new("cordon-stall/emulator", false), "one below");
	for (int i = 0; i < WAYS; i++)
		b[i] = run(ways[i].name, ways[i].cap);
	print_table(b);
	if (ksft_exact())
		expect_figures(b);
	else
		expect_roughly(b);
}

static const struct ksft_test tests[] = {
	{ "a guest that faults in its memory", stall },
};

KSFT_MAIN(tests);
