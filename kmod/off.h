/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_OFF_H
#define _CORDON_OFF_H

#include <linux/types.h>

struct cordon_thread;

/* Threads that `off` names, of those that could not answer. */
#define OFF_DETACHING_MAX 32

/**
 * struct off_result - what `off` did
 * @policies: policies deleted
 * @hooks: hooks that came off
 * @detaching: references of threads that could not answer, to be put
 * @nr: entries in @detaching
 * @left: how many could not answer
 */
struct off_result {
	u32 policies;
	u32 hooks;
	struct cordon_thread *detaching[OFF_DETACHING_MAX];
	u32 nr;
	u32 left;
};

void cordon_off(struct off_result *res);

#endif /* _CORDON_OFF_H */
