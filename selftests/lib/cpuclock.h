/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU time of threads by the kernel's own clocks, over a window of time. */
#ifndef CORDON_CPUCLOCK_H
#define CORDON_CPUCLOCK_H

#include <stdint.h>
#include <sys/types.h>

/* What a thread has run, in ns, as the scheduler counts it; 0 if it is gone. */
uint64_t cpuclock_of(pid_t tid);

#define CPUCLOCK_TIDS	16

/* What some threads have run since a moment. */
struct cpuclock {
	int count;
	pid_t tid[CPUCLOCK_TIDS];
	uint64_t began[CPUCLOCK_TIDS];
	double at, seconds;
};

/*
 * From here on the caller runs before every thread that is not realtime, so
 * that it reads the clocks when it means to.
 */
void cpuclock_start(struct cpuclock *c, const pid_t *tids, int count);
/*
 * Waits until @seconds have passed since the start: the time that thread @i ran
 * by then, in seconds, is in @ran[i]. The sum of them; @c->seconds is how long it
 * really was.
 */
double cpuclock_stop(struct cpuclock *c, double seconds, double *ran);

/* What cordon tells (@got) agrees with the clocks (@want): to a hundredth, */
void cpuclock_expect(double want, double got, const char *what);
/* and in whole periods, as one may begin or end between two readings. */
void cpuclock_expect_periods(double want, double got, const char *what);

#endif /* CORDON_CPUCLOCK_H */
