// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure: weights that keep reservations when everybody wants all of the CPU.
 *
 * Each has the share of its weight. Who falls below its reservation gets that
 * instead, and the others share the rest by their weights. The scheduler knows
 * weights only, so weights are chosen that lead to these shares.
 *
 * All in integers, exact but for the last step: weights go from 1 to 10000.
 * Where rounding would cost somebody its reservation, it gets more.
 */
#include "shares_solve.h"

#define WEIGHT_MAX	10000

/* Where shares are no ratio of small numbers: room above to round up. */
#define WEIGHT_ROUNDED	9500

/* Rounding up of one costs the others; after that often it is given up. */
#define ROUNDS_MAX	64

#ifdef __KERNEL__
#include <linux/math64.h>
#define quotient(a, b)	div64_u64(a, b)
#else
#define quotient(a, b)	((a) / (b))
#endif

static __u64 quotient_up(__u64 a, __u64 b)
{
	return quotient(a + b - 1, b);
}

static __u64 common_divisor(__u64 a, __u64 b)
{
	__u64 rest;

	while (b) {
		rest = a - quotient(a, b) * b;
		a = b;
		b = rest;
	}
	return a;
}

/* What those share that are not held to their reservations. */
struct rest {
	__u64 capacity;
	__u64 weight;
};

/* @solved is 1 for those that are held, 0 for the others. */
static bool hold(struct shares_entry *e, struct rest *rest)
{
	if (e->solved || (__u64)e->weight * rest->capacity >=
			 e->reservation * rest->weight)
		return false;
	e->solved = 1;
	rest->capacity -= e->reservation;
	rest->weight -= e->weight;
	return true;
}

/*
 * Holding one takes from the others, so who is below its reservation once stays
 * so: the order does not matter.
 */
static bool hold_all(__u32 capacity, struct shares_entry *entry, __u32 nr,
		     struct rest *rest)
{
	bool held = false, again = true;
	__u64 reserved = 0;
	__u32 i;

	*rest = (struct rest){ .capacity = capacity };
	for (i = 0; i < nr; i++) {
		entry[i].solved = 0;
		reserved += entry[i].reservation;
		rest->weight += entry[i].weight;
	}
	if (reserved > capacity)
		rest->capacity = 0;
	while (again && rest->capacity) {
		again = false;
		for (i = 0; i < nr; i++)
			again |= hold(&entry[i], rest);
		held |= again;
	}
	return held;
}

/* Its exact share, times the weight of the rest. */
static __u64 exact(const struct shares_entry *e, const struct rest *rest)
{
	return e->solved ? e->reservation * rest->weight :
			   e->weight * rest->capacity;
}

/* The weights of those that are fixed stay, and so do those of the others. */
static void weigh_beside_fixed(struct shares_entry *entry, __u32 nr,
			       const struct rest *rest)
{
	__u32 i;

	for (i = 0; i < nr; i++)
		entry[i].solved = !entry[i].solved ? entry[i].weight :
			quotient_up(exact(&entry[i], rest), rest->capacity);
}

static void weigh_anew(struct shares_entry *entry, __u32 nr,
		       const struct rest *rest)
{
	__u64 common = 0, most = 0, x;
	__u32 i;

	for (i = 0; i < nr; i++) {
		x = exact(&entry[i], rest);
		common = common_divisor(x, common);
		most = x > most ? x : most;
	}
	most = quotient(most, common);
	for (i = 0; i < nr; i++) {
		x = quotient(exact(&entry[i], rest), common);
		if (most <= WEIGHT_MAX)
			x *= quotient(WEIGHT_MAX, most);
		else if (entry[i].solved)
			x = quotient_up(x * WEIGHT_ROUNDED, most);
		else
			x = quotient(x * WEIGHT_ROUNDED, most);
		entry[i].solved = x ?: 1;
	}
}

static __u64 sum(const struct shares_entry *entry, __u32 nr)
{
	__u64 total = 0;
	__u32 i;

	for (i = 0; i < nr; i++)
		total += entry[i].solved;
	return total;
}

/* Raise those that rounding has left below their reservations. */
static bool raise_short(__u32 capacity, struct shares_entry *entry, __u32 nr)
{
	__u64 total = sum(entry, nr), others, need;
	bool short_of = true;
	__u32 i, round;

	for (round = 0; short_of && round < ROUNDS_MAX; round++) {
		short_of = false;
		for (i = 0; i < nr; i++) {
			if (entry[i].solved * (__u64)capacity >=
			    entry[i].reservation * total)
				continue;
			others = total - entry[i].solved;
			if (entry[i].reservation >= capacity)
				return false;
			need = quotient_up(others * entry[i].reservation,
					   capacity - entry[i].reservation);
			if (need > WEIGHT_MAX)
				return false;
			entry[i].solved = need;
			total = others + need;
			short_of = true;
		}
	}
	return !short_of;
}

static bool in_range(const struct shares_entry *entry, __u32 nr)
{
	__u32 i;

	for (i = 0; i < nr; i++)
		if (entry[i].solved > WEIGHT_MAX)
			return false;
	return true;
}

static void share_all(__u32 capacity, struct shares_entry *entry, __u32 nr)
{
	__u64 total = sum(entry, nr);
	__u32 i;

	for (i = 0; i < nr; i++)
		entry[i].share = quotient(entry[i].solved * (__u64)capacity +
					  total / 2, total);
}

/* Where nobody falls short, the weights are those that were given. */
static bool weigh(__u32 capacity, struct shares_entry *entry, __u32 nr)
{
	bool fixed = false;
	struct rest rest;
	__u32 i;

	if (!hold_all(capacity, entry, nr, &rest)) {
		for (i = 0; i < nr; i++)
			entry[i].solved = entry[i].weight;
		return rest.capacity;
	}
	if (!rest.capacity)
		return false;
	for (i = 0; i < nr; i++)
		fixed |= entry[i].fixed;
	if (fixed)
		weigh_beside_fixed(entry, nr, &rest);
	else
		weigh_anew(entry, nr, &rest);
	return in_range(entry, nr) && raise_short(capacity, entry, nr);
}

/**
 * shares_solve() - weights that keep reservations
 * @capacity: of the CPUs that are shared, in any unit
 * @entry: those that share them; filled
 * @nr: entries of @entry
 *
 * Context: any; no division by 0, no overflow, whatever it is given.
 * Return: true if everybody with a reservation gets it. Else the weights are
 * those that were given, and so are the shares.
 */
bool shares_solve(__u32 capacity, struct shares_entry *entry, __u32 nr)
{
	bool kept;
	__u32 i;

	for (i = 0; i < nr; i++) {
		if (!entry[i].weight)
			entry[i].weight = 1;
		if (entry[i].weight > WEIGHT_MAX)
			entry[i].weight = WEIGHT_MAX;
		if (entry[i].fixed)
			entry[i].reservation = 0;
	}
	kept = nr && nr <= SHARES_MAX && capacity &&
	       capacity <= SHARES_CAPACITY_MAX && weigh(capacity, entry, nr);
	for (i = 0; !kept && i < nr; i++)
		entry[i].solved = entry[i].weight;
	if (nr)
		share_all(capacity, entry, nr);
	return kept;
}
