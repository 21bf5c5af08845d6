/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_SHARES_SOLVE_H
#define _CORDON_SHARES_SOLVE_H

/* Pure: also built in user space, where linux/types.h is the uapi one. */
#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

/* More beside each other are not solved; nor is more capacity. */
#define SHARES_MAX		65536
#define SHARES_CAPACITY_MAX	100000000

/**
 * struct shares_entry - one of several that share CPUs by weight
 * @weight: what it was given, 1 to 10000
 * @reservation: what it is sure of, in the unit of the capacity; 0: nothing
 * @fixed: its weight is not ours to choose, and @reservation is 0
 * @solved: the weight to write
 * @share: what that gives it when all want all, rounded to the nearest
 */
struct shares_entry {
	__u32 weight;
	__u32 reservation;
	bool fixed;
	__u32 solved;
	__u32 share;
};

bool shares_solve(__u32 capacity, struct shares_entry *entry, __u32 nr);

#endif /* _CORDON_SHARES_SOLVE_H */
