// SPDX-License-Identifier: GPL-2.0-only
/* Weights that keep reservations: golden cases, and random ones. Prints TAP. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shares_solve.h"
#include "tap.h"

#define MANY	12

/**
 * struct golden - a case and its answer
 * @name: of the test point
 * @capacity: what there is
 * @entry: weights, reservations and who is fixed; the shares that are expected
 * @nr: how many
 * @kept: the reservations are kept
 * @as_given: and so are the weights
 */
struct golden {
	const char *name;
	uint32_t capacity;
	struct shares_entry entry[4];
	unsigned int nr;
	bool kept;
	bool as_given;
};

#define E(w, r, s) { .weight = (w), .reservation = (r), .share = (s) }
#define F(w, s) { .weight = (w), .fixed = true, .share = (s) }

static const struct golden goldens[] = {
	{ "2.8 GHz by 1000/2000/4000", 2800,
	  { E(1000, 0, 400), E(2000, 0, 800), E(4000, 0, 1600) }, 3, true, true },
	{ "the same in thousandths of a CPU", 1000,
	  { E(1000, 0, 143), E(2000, 0, 286), E(4000, 0, 571) }, 3, true, true },
	{ "a reservation that its share reaches changes nothing", 2800,
	  { E(1000, 400, 400), E(2000, 800, 800), E(4000, 100, 1600) }, 3,
	  true, true },
	{ "one below its reservation gets it, the others pro rata", 2800,
	  { E(1000, 700, 700), E(2000, 0, 700), E(4000, 0, 1400) }, 3,
	  true, false },
	{ "which may put the next one below its own", 1000,
	  { E(100, 400, 400), E(100, 300, 300), E(100, 0, 150),
	    E(100, 0, 150) }, 4, true, false },
	{ "one after the other", 1000,
	  { E(100, 600, 600), E(200, 200, 267), E(100, 0, 133) }, 3,
	  true, false },
	{ "and makes another one fall short", 1000,
	  { E(100, 600, 600), E(200, 300, 300), E(100, 0, 100) }, 3,
	  true, false },
	{ "reservations are all that there is", 1000,
	  { E(100, 750, 750), E(100, 250, 250) }, 2, true, false },
	{ "reservations of more than there is", 1000,
	  { E(100, 700, 500), E(100, 400, 500) }, 2, false, true },
	{ "nothing is left for one that has none", 1000,
	  { E(100, 1000, 500), E(100, 0, 500) }, 2, false, true },
	{ "beside one whose weight is fixed", 1000,
	  { E(100, 600, 600), E(100, 0, 200), F(100, 200) }, 3, true, false },
	{ "beside one that is too heavy", 1000,
	  { E(100, 600, 10), F(10000, 990) }, 2, false, true },
	{ "alone", 1000, { E(100, 900, 1000) }, 1, true, true },
};

/* All in one: what the answer has to be, whatever the case is. */
static bool holds_rules(uint32_t capacity, const struct shares_entry *e,
			unsigned int nr, bool kept)
{
	uint64_t total = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		total += e[i].solved;
		if (e[i].solved < 1 || e[i].solved > 10000 ||
		    ((e[i].fixed || !kept) && e[i].solved != e[i].weight))
			return false;
	}
	for (i = 0; i < nr; i++)
		if (kept && e[i].solved * (uint64_t)capacity <
			    e[i].reservation * total)
			return false;
	return true;
}

static void test_golden(const struct golden *g)
{
	struct shares_entry e[4];
	bool good = true;
	unsigned int i;

	memcpy(e, g->entry, sizeof(e));
	good &= shares_solve(g->capacity, e, g->nr) == g->kept;
	good &= holds_rules(g->capacity, e, g->nr, g->kept);
	for (i = 0; i < g->nr; i++) {
		good &= e[i].share == g->entry[i].share;
		good &= !g->as_given || e[i].solved == g->entry[i].weight;
	}
	for (i = 0; !good && i < g->nr; i++)
		printf("# %u: weight %u, share %u, expected %u\n", i,
		       e[i].solved, e[i].share, g->entry[i].share);
	tap_point(good, g->name);
}

/* The shares as they should be, by another way: halving the level. */
static double level_of(uint32_t capacity, const struct shares_entry *e,
		       unsigned int nr)
{
	double low = 0, high = capacity, level, used, share;
	unsigned int i, round;

	for (round = 0; round < 200; round++) {
		level = (low + high) / 2;
		used = 0;
		for (i = 0; i < nr; i++) {
			share = level * e[i].weight;
			used += share < e[i].reservation ? e[i].reservation :
							   share;
		}
		if (used > capacity)
			high = level;
		else
			low = level;
	}
	return low;
}

/*
 * Off by the steps of a weight: where weights are chosen anew the largest is
 * about 10000, and each may be rounded by one.
 */
static bool is_pro_rata(uint32_t capacity, const struct shares_entry *e,
			unsigned int nr)
{
	double level = level_of(capacity, e, nr), share, off;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		share = level * e[i].weight;
		if (share < e[i].reservation)
			share = e[i].reservation;
		off = share - e[i].share;
		if (off < 0)
			off = -off;
		if (off > 1 + capacity * (nr + 1) / 9000.0)
			return false;
	}
	return true;
}

static void test_random(unsigned int runs)
{
	struct shares_entry e[MANY];
	unsigned int i, nr, run, solved = 0, bad = 0;
	uint32_t capacity;
	bool fixed, kept;

	srandom(1);
	for (run = 0; run < runs; run++) {
		nr = 1 + random() % MANY;
		capacity = 1000 * (1 + random() % 64);
		fixed = random() % 2;
		for (i = 0; i < nr; i++) {
			e[i] = (struct shares_entry){
				.weight = 1 + random() % (random() % 2 ? 10000 : 200),
				.reservation = random() % 2 ? 0 :
					       random() % (2 * capacity / nr),
				.fixed = fixed && !(random() % 3),
			};
		}
		kept = shares_solve(capacity, e, nr);
		solved += kept;
		if (!holds_rules(capacity, e, nr, kept) ||
		    (kept && !fixed && !is_pro_rata(capacity, e, nr)))
			bad++;
	}
	printf("# %u of %u kept, %u wrong\n", solved, runs, bad);
	tap_point(!bad && solved > runs / 4, "random cases keep the rules");
}

static void test_edges(void)
{
	struct shares_entry e[2] = { E(0, UINT32_MAX, 0), E(UINT32_MAX, 5, 0) };
	bool good;

	good = !shares_solve(0, e, 2) && !shares_solve(UINT32_MAX, e, 2);
	good &= !shares_solve(1000, e, 2) && !shares_solve(1000, e, 0);
	tap_point(good, "nonsense is refused, not divided by");
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++)
		test_golden(&goldens[i]);
	test_random(200000);
	test_edges();
	return tap_end();
}
