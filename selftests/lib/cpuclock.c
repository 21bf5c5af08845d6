// SPDX-License-Identifier: GPL-2.0-only
/* CPU time of threads by the kernel's own clocks. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "cpuclock.h"
#include "host.h"
#include "ksft.h"

/* schedstat's first number is the thread's own sum of run time. */
uint64_t cpuclock_of(pid_t tid)
{
	char path[64], text[128];
	uint64_t ns;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", tid);
	if (!host_read(path, text, sizeof(text)) ||
	    sscanf(text, "%" SCNu64, &ns) != 1)
		return 0;
	return ns;
}

static void ordinary(void)
{
	struct sched_param param = { 0 };

	sched_setscheduler(0, SCHED_OTHER, &param);
}

void cpuclock_start(struct cpuclock *c, const pid_t *tids, int count)
{
	struct sched_param param = { .sched_priority = 10 };
	int i;

	/* Not for the VMMs that are started from here. */
	require_eq(0, sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK,
					 &param), "realtime");
	ksft_defer(ordinary);
	require(count <= CPUCLOCK_TIDS, "%d threads", count);
	c->count = count;
	c->at = ksft_now();
	for (i = 0; i < count; i++) {
		c->tid[i] = tids[i];
		c->began[i] = cpuclock_of(tids[i]);
	}
}

double cpuclock_stop(struct cpuclock *c, double seconds, double *ran)
{
	double until = c->at + seconds, sum = 0;
	struct timespec ts = {
		.tv_sec = until, .tv_nsec = (until - (time_t)until) * 1e9
	};
	int i;

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
	c->seconds = ksft_now() - c->at;
	for (i = 0; i < c->count; i++) {
		double one = (cpuclock_of(c->tid[i]) - c->began[i]) / 1e9;

		if (ran)
			ran[i] = one;
		sum += one;
	}
	return sum;
}

void cpuclock_expect(double want, double got, const char *what)
{
	ksft_note("%s: %.4f, by the clocks %.4f", what, got, want);
	expect(got > want * 0.99 && got < want * 1.01, "%s: %.4f instead of %.4f",
	       what, got, want);
}

void cpuclock_expect_periods(double want, double got, const char *what)
{
	ksft_note("%s: %.0f, by the clocks %.2f", what, got, want);
	expect(got > want - 1.5 && got < want + 1.5, "%s: %.0f instead of %.2f",
	       what, got, want);
}
