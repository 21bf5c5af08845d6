/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM with a policy, and what a refused request must leave alone of it: the
 * masks and scheduling classes of its threads. What its policy says is the
 * case's to compare, by the command or by the family.
 */
#ifndef CORDON_SUBJECT_H
#define CORDON_SUBJECT_H

#include "host.h"
#include "tvmm.h"

#define SUBJECT_THREADS	4	/* two vCPUs, an iothread, the main thread */

struct subject {
	struct vmm *v;
	pid_t tid[SUBJECT_THREADS];
	struct cpus cpus[SUBJECT_THREADS];
	int sched[SUBJECT_THREADS];
};

/* vCPU 0 is on CPU 1, vCPU 1 where it was found, all others on CPUs 0-1. */
void subject_start(struct subject *s);
void subject_expect_same(const struct subject *s, const char *after);

#endif /* CORDON_SUBJECT_H */
