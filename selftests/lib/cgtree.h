/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All cgroups of cgroup2 at one moment, from the root down, with what they say
 * and who is in them, and how cgroup2 is mounted: what must be the same again.
 */
#ifndef CORDON_CGTREE_H
#define CORDON_CGTREE_H

#include <stdbool.h>

struct cgtree;

/*
 * Of the root only members that the test has started: the others come and go.
 * It is freed when the test is over.
 */
struct cgtree *cgtree_take(void);

/*
 * The tree is as it was, but for threads that have ended since. At once, or
 * within @seconds. What differs is told.
 */
bool cgtree_expect(const struct cgtree *before, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool cgtree_expect_soon(const struct cgtree *before, double seconds,
			const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* CORDON_CGTREE_H */
