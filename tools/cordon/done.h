/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands that change a policy say when it is done. Pure. */
#ifndef _CORDON_DONE_H
#define _CORDON_DONE_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/**
 * struct set_done - what `policy set` did
 * @name: the VM, safe to print
 * @word: how to type it in a command
 * @had_policy: it had one before
 * @ended: the VM ended since
 * @mode: enum cordon_mode of its policy now; 0: it has none
 * @cpus: where its vCPUs may run, as a list; empty if none has run yet
 * @threads: threads that the policy holds or watches
 * @moved: threads that were changed, in audit those that would be
 * @placed: it owns CPUs, and the three that follow are told
 * @vcpus: how many vCPUs it has
 * @evicted: tasks of others that were moved off its CPUs
 * @left: those that are left there by force
 * @uncapped: helpers, which its cap of the whole VM does not cover
 * @confirm_ms: when it goes back by itself; 0: it stays
 */
struct set_done {
	const char *name;
	const char *word;
	bool had_policy;
	bool ended;
	uint32_t mode;
	const char *cpus;
	uint64_t threads;
	uint64_t moved;
	bool placed;
	uint64_t vcpus;
	uint64_t evicted;
	uint64_t left;
	uint64_t uncapped;
	uint64_t confirm_ms;
};

/* What was done, what remains, how to undo it; with the line's end. */
void set_done_print(const struct set_done *done, struct text *t);

/* "1 thread", "2 threads" */
void threads_count_print(uint64_t n, struct text *t);

#endif /* _CORDON_DONE_H */
