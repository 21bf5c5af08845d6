/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of CPUs, written as `0-3,^2,8`. Pure. */
#ifndef _CORDON_CPULIST_H
#define _CORDON_CPULIST_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* The highest number that a list may hold; what exists is the kernel's to say. */
#define CPULIST_MAX	8191

/**
 * struct cpulist - a set of CPUs; all zeroes is the empty one
 * @bits: one for each CPU
 */
struct cpulist {
	uint64_t bits[(CPULIST_MAX + 1) / 64];
};

/**
 * struct cpuseq - numbers in the order in which they were written
 * @n: how many
 * @number: each of them once
 */
struct cpuseq {
	uint32_t n;
	uint16_t number[CPULIST_MAX + 1];
};

void cpulist_set(struct cpulist *set, uint32_t first, uint32_t last);
bool cpulist_has(const struct cpulist *set, uint32_t cpu);
bool cpulist_empty(const struct cpulist *set);
bool cpulist_subset(const struct cpulist *part, const struct cpulist *whole);
void cpulist_union(struct cpulist *set, const struct cpulist *other);
/* The next run of CPUs at or after *first; false if there is none. */
bool cpulist_run(const struct cpulist *set, uint32_t *first, uint32_t *last);
uint32_t cpulist_count(const struct cpulist *set);
void cpulist_print(const struct cpulist *set, struct text *t);

/*
 * Parse @len bytes of a list of @what ("CPU", "vCPU"). On garbage return
 * false and say in @err what is wrong.
 */
bool cpulist_parse(const char *s, size_t len, const char *what,
		   struct cpulist *set, struct text *err);
bool cpuseq_parse(const char *s, size_t len, const char *what,
		  struct cpuseq *seq, struct text *err);

#endif /* _CORDON_CPULIST_H */
