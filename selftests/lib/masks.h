/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The masks of all tasks of the host at one moment: what must be the same again.
 */
#ifndef CORDON_MASKS_H
#define CORDON_MASKS_H

#include <stdbool.h>
#include <sys/types.h>

struct masks;

/* Freed when the test is over. */
struct masks *masks_take(void);
/* Only those that are bound to one CPU, the kernel's threads among them. */
struct masks *masks_take_bound(void);
/* From now on this task is expected to have @list. */
void masks_change(struct masks *m, pid_t tid, const char *list);
/*
 * All tasks that are still there have what they had, or get it within @seconds.
 * What differs is told. False if the test failed by it.
 */
bool masks_expect(const struct masks *m, double seconds, const char *what);

#endif /* CORDON_MASKS_H */
