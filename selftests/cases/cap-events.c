// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for a budget is waked by all that may wake it: signals, stops,
 * tracers, the freezer, a kill, another policy. On a host whose clock counts
 * instructions it is no more than 20 ms later than without a cap; elsewhere it
 * has to happen, whenever.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "cli.h"
#include "cpuclock.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

/* So much later than without a cap is too late, in seconds. */
#define LATE	0.020

/* What can happen, and how long it took at most without a cap. */
enum { STOP, CONT, KICK, TRACE, FREEZE, CHANGE, DEL, OFF, KILL, KINDS };

static const char *const names[KINDS] = {
	"SIGSTOP", "SIGCONT", "a kick", "a tracer", "the freezer",
	"another policy", "policy del", "off", "kill -9",
};

static double base[KINDS], worst[KINDS];
static bool capped;

/* A vCPU and an iothread that never sleep, each in debt or about to be. */
struct scene {
	struct vmm *v;
	pid_t vcpu, io;
	int slot;
};

static void cap(const struct scene *s)
{
	if (!capped)
		return;
	cli_must("policy set pid:%d vcpu-quota 10%% iothread-quota 10%%",
		 s->v->pid);
}

static void begin(struct scene *s)
{
	s->v = vmm_start();
	vmm_vm_new(s->v, 0);
	vmm_vcpu_new(s->v, 0, GUEST_SPIN);
	s->vcpu = vmm_vcpu_tid(s->v, 0, 0);
	s->slot = vmm_thread_new(s->v, THREAD_BUSY, "IO io1");
	s->io = vmm_thread_tid(s->v, s->slot);
	cap(s);
}

static void need(void)
{
	cli_need();
	host_need_cpus(4);
}

/* Anywhere in a period, so most often while both threads wait. */
static void any_moment(void)
{
	ksft_sleep_ms(rand() % 100);
}

static void in_time(double since, int kind)
{
	double took = ksft_now() - since;
	double *most = capped ? &worst[kind] : &base[kind];

	if (took > *most)
		*most = took;
}

/* It has to happen. */
#define await(cond)							\
	do {								\
		double end_ = ksft_now() + 10 * ksft_slow();		\
									\
		while (!(cond) && ksft_now() < end_)			\
			ksft_sleep_ms(1);				\
		require(cond, "it happens");				\
	} while (0)

static void stop(struct scene *s)
{
	double at = ksft_now();

	kill(s->v->pid, SIGSTOP);
	await(task_state(s->vcpu) == 'T' && task_state(s->io) == 'T');
	in_time(at, STOP);
	ksft_sleep_ms(rand() % 30);
	at = ksft_now();
	kill(s->v->pid, SIGCONT);
	await(task_state(s->vcpu) != 'T' && task_state(s->io) != 'T');
	in_time(at, CONT);
}

static void kick(struct scene *s)
{
	double at = ksft_now();

	vmm_park(s->v, 0, 0);
	in_time(at, KICK);
	vmm_go(s->v, 0, 0);
}

static void trace(struct scene *s)
{
	pid_t tid = rand() % 2 ? s->vcpu : s->io;
	double at = ksft_now();
	int status;

	require_eq(0, ptrace(PTRACE_SEIZE, tid, 0, 0), "seize");
	require_eq(0, ptrace(PTRACE_INTERRUPT, tid, 0, 0), "interrupt");
	require_eq(tid, waitpid(tid, &status, __WALL), "wait for the tracee");
	in_time(at, TRACE);
	require_eq(0, ptrace(PTRACE_DETACH, tid, 0, 0), "detach");
}

static void freeze(struct scene *s)
{
	char events[256];
	double at;

	require_eq(0, cg_attach("cordon-freeze", s->v->pid), "attach");
	at = ksft_now();
	require_eq(0, cg_write("cordon-freeze", "cgroup.freeze", "1"), "freeze");
	await(host_read("/sys/fs/cgroup/cordon-freeze/cgroup.events", events,
			sizeof(events)) && strstr(events, "frozen 1"));
	in_time(at, FREEZE);
	require_eq(0, cg_write("cordon-freeze", "cgroup.freeze", "0"), "thaw");
}

/* Both threads go on at once when nothing limits them any more. */
static void goes_on(struct scene *s, int kind)
{
	double at = ksft_now();
	uint64_t rounds = s->v->s->thread[s->slot].rounds;
	uint32_t count = vmm_ctl(s->v, 0, 0)->count;

	await(s->v->s->thread[s->slot].rounds != rounds &&
	      vmm_ctl(s->v, 0, 0)->count != count);
	in_time(at, kind);
	cap(s);
}

static void change(struct scene *s)
{
	cli_must("policy set pid:%d vcpu-quota none iothread-quota none mode enforce",
		 s->v->pid);
	goes_on(s, CHANGE);
}

static void del(struct scene *s)
{
	if (capped)
		cli_must("policy del pid:%d", s->v->pid);
	goes_on(s, DEL);
}

static void off(struct scene *s)
{
	cli_must("off");
	goes_on(s, OFF);
}

static void end(struct scene *s)
{
	double at = ksft_now();

	kill(s->v->pid, SIGKILL);
	await(!task_state(s->vcpu) && !task_state(s->io));
	in_time(at, KILL);
	vmm_kill(s->v);
	begin(s);
}

/* Each @n times, in random order. */
static void happen(int n)
{
	static void (*const event[])(struct scene *s) = {
		stop, kick, trace, freeze, change, del, off, end
	};
	const int kinds = sizeof(event) / sizeof(event[0]);
	int left[sizeof(event) / sizeof(event[0])], i, total = n * kinds;
	struct scene s;

	for (i = 0; i < kinds; i++)
		left[i] = n;
	begin(&s);
	while (total-- && !ksft_failed()) {
		do
			i = rand() % kinds;
		while (!left[i]);
		left[i]--;
		any_moment();
		event[i](&s);
	}
	require(vmm_moves(s.v, 0, 0, 20), "the guest goes on");
	expect_eq(0, vmm_error(s.v), "errors of vCPUs");
	vmm_kill(s.v);
}

/*
 * The longest of as many without a cap: the host's own CPUs take turns there,
 * and who waits for one of them may wait for some of these.
 */
static void compare(void)
{
	for (int i = 0; i < KINDS; i++) {
		ksft_note("%s: %.1f ms at most, %.1f without a cap", names[i],
			  worst[i] * 1000, base[i] * 1000);
		if (ksft_exact())
			expect(worst[i] < base[i] + LATE, "%s is in time",
			       names[i]);
	}
}

static void events(void)
{
	int n = ksft_count(4, 200);

	need();
	require_eq(0, cg_new("cordon-freeze", false), "a cgroup");
	srand(2);
	capped = false;
	happen(n);
	capped = true;
	happen(n);
	compare();
}

/* Signals do not take a thread out of its cap: what it uses is debt. */
static void debt(void)
{
	double at, used, took;
	struct cpuclock c;
	struct scene s;
	int i;

	ksft_need_exact();
	need();
	capped = true;
	begin(&s);
	ksft_sleep_ms(300);
	cpuclock_start(&c, &s.vcpu, 1);
	at = ksft_now();
	for (i = 0; i < 300; i++) {
		vmm_park(s.v, 0, 0);
		vmm_go(s.v, 0, 0);
		ksft_sleep_ms(3);
	}
	ksft_sleep_ms(1000);
	used = cpuclock_stop(&c, 0, NULL);
	took = ksft_now() - at;
	ksft_note("kicked 300 times: %.2f%% of a CPU, cap 10%%",
		  used / took * 100);
	/* A quota more for where in a period it began, and one for the last slice. */
	expect(used < took * 0.1 + 0.02, "%.1f ms in %.1f", used * 1000,
	       took * 1000);
}

static const struct ksft_test tests[] = {
	{ "what ends a wait", events },
	{ "debt stays", debt },
};

KSFT_MAIN(tests);
