/* SPDX-License-Identifier: GPL-2.0-only */
/* How busy CPUs are, by /proc/stat. */
#ifndef _CORDON_LOAD_H
#define _CORDON_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "cpulist.h"

/**
 * struct load - the time that each CPU has spent so far
 * @busy: in ticks, not idle
 * @all: in ticks, idle or not
 */
struct load {
	uint64_t busy[CPULIST_MAX + 1];
	uint64_t all[CPULIST_MAX + 1];
};

/* Read @proc/stat, @proc being "/proc" but in tests; false if it cannot be. */
bool load_read(const char *proc, struct load *load);
/*
 * The busy share of CPUs between two reads, in thousandths of one CPU, so 2000
 * for two that did not rest. An idle CPU may tell nothing: that is 0.
 */
uint64_t load_busy(const struct load *before, const struct load *after,
		   const struct cpulist *cpus);

#endif /* _CORDON_LOAD_H */
