/* SPDX-License-Identifier: GPL-2.0-only */
/* Test points, as TAP has them. */
#ifndef _CORDON_UNIT_TAP_H
#define _CORDON_UNIT_TAP_H

#include <stdbool.h>
#include <stdio.h>

static unsigned int tap_points, tap_failed;

static inline void tap_point(bool good, const char *name)
{
	tap_failed += !good;
	printf("%sok %u %s\n", good ? "" : "not ", ++tap_points, name);
}

/* The plan, and what the program exits with. */
static inline int tap_end(void)
{
	printf("1..%u\n", tap_points);
	return tap_failed != 0;
}

#endif /* _CORDON_UNIT_TAP_H */
