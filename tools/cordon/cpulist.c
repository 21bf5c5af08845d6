// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of CPUs (and of vCPUs, which are written alike): parse, fold, print.
 * Pure: the unit tests build this file too.
 */
#include <string.h>

#include "cpulist.h"

void cpulist_set(struct cpulist *set, uint32_t first, uint32_t last)
{
	for (; first <= last && first <= CPULIST_MAX; first++)
		set->bits[first / 64] |= 1ULL << first % 64;
}

static void cpulist_clear(struct cpulist *set, uint32_t cpu)
{
	set->bits[cpu / 64] &= ~(1ULL << cpu % 64);
}

bool cpulist_has(const struct cpulist *set, uint32_t cpu)
{
	return cpu <= CPULIST_MAX && set->bits[cpu / 64] >> cpu % 64 & 1;
}

bool cpulist_empty(const struct cpulist *set)
{
	return !cpulist_count(set);
}

bool cpulist_subset(const struct cpulist *part, const struct cpulist *whole)
{
	unsigned int i;

	for (i = 0; i < sizeof(part->bits) / sizeof(part->bits[0]); i++)
		if (part->bits[i] & ~whole->bits[i])
			return false;
	return true;
}

void cpulist_union(struct cpulist *set, const struct cpulist *other)
{
	unsigned int i;

	for (i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		set->bits[i] |= other->bits[i];
}

uint32_t cpulist_count(const struct cpulist *set)
{
	uint32_t count = 0;
	unsigned int i;

	for (i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		count += __builtin_popcountll(set->bits[i]);
	return count;
}

bool cpulist_run(const struct cpulist *set, uint32_t *first, uint32_t *last)
{
	uint32_t cpu = *first;

	while (cpu <= CPULIST_MAX && !cpulist_has(set, cpu))
		cpu += set->bits[cpu / 64] ? 1 : 64 - cpu % 64;
	if (cpu > CPULIST_MAX)
		return false;
	*first = cpu;
	while (cpulist_has(set, cpu + 1))
		cpu++;
	*last = cpu;
	return true;
}

void cpulist_print(const struct cpulist *set, struct text *t)
{
	const char *comma = "";
	uint32_t first, last;

	for (first = 0; cpulist_run(set, &first, &last); first = last + 1) {
		text_add(t, "%s%u", comma, first);
		if (last > first)
			text_add(t, "-%u", last);
		comma = ",";
	}
}

/* One entry, `8`, `0-3` or `^2`, without its comma. */
static bool entry_parse(const char *s, size_t len, const char *what,
			bool *except, uint32_t *first, uint32_t *last,
			struct text *err)
{
	const char *entry = s;
	size_t whole = len;
	const char *dash;

	*except = len && *s == '^';
	if (*except) {
		s++;
		len--;
	}
	dash = memchr(s, '-', len);
	if (!dash)
		dash = s + len;
	if (!number_parse(s, dash - s, UINT32_MAX, first))
		goto garbage;
	*last = *first;
	if (dash < s + len &&
	    !number_parse(dash + 1, s + len - dash - 1, UINT32_MAX, last))
		goto garbage;
	if (*first > CPULIST_MAX || *last > CPULIST_MAX) {
		text_add(err, "%s %u: the highest is %u", what,
			 *last > *first ? *last : *first, CPULIST_MAX);
		return false;
	}
	if (*first > *last) {
		text_add(err, "%u-%u: the range runs backwards", *first, *last);
		return false;
	}
	return true;
garbage:
	text_add(err, "\"%.*s\" is no %s; a list is written 0-3,^2,8",
		 (int)whole, entry, what);
	return false;
}

static void seq_remove(struct cpuseq *seq, uint32_t number)
{
	uint32_t from, to = 0;

	for (from = 0; from < seq->n; from++)
		if (seq->number[from] != number)
			seq->number[to++] = seq->number[from];
	seq->n = to;
}

/* Both forms in one pass; @seq may be NULL. */
static bool list_parse(const char *s, size_t len, const char *what,
		       struct cpulist *set, struct cpuseq *seq,
		       struct text *err)
{
	const char *end = s + len, *comma;
	uint32_t first, last, cpu;
	bool except;

	memset(set, 0, sizeof(*set));
	if (seq)
		seq->n = 0;
	if (!len) {
		text_add(err, "no %s is named", what);
		return false;
	}
	for (;; s = comma + 1) {
		comma = memchr(s, ',', end - s);
		if (!comma)
			comma = end;
		if (!entry_parse(s, comma - s, what, &except, &first, &last, err))
			return false;
		for (cpu = first; cpu <= last; cpu++) {
			if (except && !cpulist_has(set, cpu)) {
				text_add(err, "^%u leaves out a %s that is not in the list before it",
					 cpu, what);
				return false;
			}
			if (except) {
				cpulist_clear(set, cpu);
				if (seq)
					seq_remove(seq, cpu);
			} else if (!cpulist_has(set, cpu)) {
				cpulist_set(set, cpu, cpu);
				if (seq)
					seq->number[seq->n++] = cpu;
			} else if (seq) {
				text_add(err, "%s %u is named twice", what, cpu);
				return false;
			}
		}
		if (comma == end)
			break;
	}
	if (cpulist_empty(set)) {
		text_add(err, "no %s is left in the list", what);
		return false;
	}
	return true;
}

bool cpulist_parse(const char *s, size_t len, const char *what,
		   struct cpulist *set, struct text *err)
{
	return list_parse(s, len, what, set, NULL, err);
}

bool cpuseq_parse(const char *s, size_t len, const char *what,
		  struct cpuseq *seq, struct text *err)
{
	struct cpulist set;

	return list_parse(s, len, what, &set, seq, err);
}
