/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sampler: a child process in which one event is repeated and its cost taken
 * each time, in ticks of the TSC (instructions, under -icount). Between
 * sampler_start() and sampler_measure() cost.c may do to it what it wants.
 */
#ifndef CORDON_BENCH_SAMPLER_H
#define CORDON_BENCH_SAMPLER_H

#include <stdint.h>
#include <sys/types.h>

#define SAMPLER_SAMPLES 2000

enum sampler_kind {
	SAMPLER_TASKS,	/* two processes without a VM, ping and pong: 2 switches */
	SAMPLER_VCPUS,	/* the same of two vCPUs' threads of one VM */
	SAMPLER_THREADS, /* the same of two emulator threads of a VM */
	SAMPLER_EXIT,	/* the guest's CPUID: a VM exit that stays in the kernel */
	SAMPLER_RUN,	/* KVM_RUN with one exit to user space */
};

struct sampler {
	pid_t pid;
	int vcpus;		/* vCPUs that its threads run; 0: none */
	volatile pid_t tid[2];	/* their threads */
	int go[2], ready[2];
	uint32_t sample[SAMPLER_SAMPLES];
};

/* Instructions between two readings of the TSC in a row, and in a loop. */
uint64_t sampler_ticks_of_loop(uint32_t rounds);

/* It has run each of its vCPUs once, and waits. */
struct sampler *sampler_start(enum sampler_kind kind);
/* Does what it is there for; fills @s->sample. */
void sampler_measure(struct sampler *s);
void sampler_end(struct sampler *s);

#endif /* CORDON_BENCH_SAMPLER_H */
