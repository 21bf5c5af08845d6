// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real QEMU under caps, whose vCPUs wait for CPU time inside KVM_RUN: what its
 * own monitor asks for (stop, cont, quit) must not wait for a period. On a host
 * whose clock counts instructions it comes no more than 20 ms later than
 * without a cap, or than the emulator's own cap keeps its main thread waiting;
 * elsewhere it has to come.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "qemu.h"

#define LATE	0.020

enum { STOP, CONT, QUIT, KINDS };

static const char *const names[KINDS] = { "stop", "cont", "quit" };
static double base[KINDS], worst[KINDS];

static pid_t spinner;

static void end_spinner(void)
{
	kill(spinner, SIGKILL);
	waitpid(spinner, NULL, 0);
}

/*
 * Where the clock counts instructions it leaps to the next timer while all CPUs
 * are idle, as they are beside a capped guest, also while the emulator reads a
 * file of the test bed's. So one CPU has something to do that gives way to all.
 */
static void need_steady_clock(void)
{
	static const struct sched_param param;

	cli_need();
	spinner = fork();
	if (!spinner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sched_setscheduler(0, SCHED_IDLE, &param);
		for (;;)
			;
	}
	ksft_defer(end_spinner);
	kill(spinner, SIGSTOP);
}

/* Now; since when. */
static double begin(void)
{
	kill(spinner, SIGCONT);
	return ksft_now();
}

static void took(bool capped, int kind, double since)
{
	double *most = capped ? &worst[kind] : &base[kind];
	double s = ksft_now() - since;

	kill(spinner, SIGSTOP);
	if (s > *most)
		*most = s;
}

static void command(bool capped, int kind, const char *status)
{
	double at = begin();

	qemu_command(names[kind]);
	took(capped, kind, at);
	expect_str(status, qemu_status(), "after %s", names[kind]);
}

static void stop_and_go(pid_t qemu, bool capped, int times)
{
	if (capped)
		cli_must("policy set pid:%d vcpu-quota 10%%", qemu);
	qemu_status();
	for (int i = 0; i < times; i++) {
		ksft_sleep_ms(rand() % 200);
		command(capped, STOP, "paused");
		ksft_sleep_ms(rand() % 50);
		command(capped, CONT, "running");
	}
	if (capped)
		cli_must("policy del pid:%d", qemu);
}

static void quit(bool capped)
{
	pid_t qemu = qemu_start_bare();
	double at;

	if (capped)
		cli_must("policy set pid:%d vcpu-quota 10%%", qemu);
	qemu_status();
	ksft_sleep_ms(rand() % 200);
	at = begin();
	qemu_command("quit");
	while (!qemu_ended() && ksft_now() < at + 20)
		ksft_sleep_ms(1);
	require(qemu_ended(), "QEMU ends");
	took(capped, QUIT, at);
}

static void in_time(int kind)
{
	ksft_note("%s: %.1f ms at most, %.1f without a cap", names[kind],
		  worst[kind] * 1000, base[kind] * 1000);
	if (ksft_exact())
		expect(worst[kind] < base[kind] + LATE, "%s is in time", names[kind]);
}

static void stops(void)
{
	int times = ksft_count(5, 200);
	pid_t qemu;

	need_steady_clock();
	qemu = qemu_start(NULL, NULL);
	stop_and_go(qemu, false, times);
	stop_and_go(qemu, true, times);
	in_time(STOP);
	in_time(CONT);
}

static void quits(void)
{
	int times = ksft_count(4, 200);

	need_steady_clock();
	for (int i = 0; i < times; i++)
		quit(false);
	for (int i = 0; i < times; i++)
		quit(true);
	in_time(QUIT);
}

static const struct ksft_test tests[] = {
	{ "stop and cont", stops },
	{ "quit", quits },
};

KSFT_MAIN(tests);
