/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subject: a child process in which one event is repeated and its cost taken
 * each time, in ticks of the TSC (instructions, under -icount). Between
 * subject_start() and subject_measure() cost.c may do to it what it wants.
 */
#ifndef CORDON_BENCH_SUBJECT_H
#define CORDON_BENCH_SUBJECT_H

#include <stdint.h>
#include <sys/types.h>

#define SUBJECT_SAMPLES 2000

enum subject_kind {
	SUBJECT_TASKS,	/* two processes without a VM, ping and pong: 2 switches */
	SUBJECT_VCPUS,	/* the same of two vCPUs' threads of one VM */
	SUBJECT_EXIT,	/* the guest's CPUID: a VM exit that stays in the kernel */
	SUBJECT_RUN,	/* KVM_RUN with one exit to user space */
};

struct subject {
	pid_t pid;
	int vcpus;		/* vCPUs that it has; 0: it is no VMM */
	volatile pid_t tid[2];	/* their threads */
	int go[2], ready[2];
	uint32_t sample[SUBJECT_SAMPLES];
};

/* Instructions between two readings of the TSC in a row, and in a loop. */
uint64_t subject_ticks_of_loop(uint32_t rounds);

/* It has run each of its vCPUs once, and waits. */
struct subject *subject_start(enum subject_kind kind);
/* Does what it is there for; fills @s->sample. */
void subject_measure(struct subject *s);
void subject_end(struct subject *s);

#endif /* CORDON_BENCH_SUBJECT_H */
