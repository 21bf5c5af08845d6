// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs as the kernel tells of them: read, told in JSON, folded into rows of
 * equal ones, counted. Pure: the unit tests build this file too.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "attr.h"
#include "cpuinfo.h"
#include "out.h"
#include "words.h"

static void cpu_field(const struct nlattr *nla, struct cpu_info *cpu)
{
	switch (nla_type(nla)) {
	case CORDON_A_CPU_ID:
		cpu->id = attr_uint(nla);
		break;
	case CORDON_A_CPU_PACKAGE:
		cpu->package = attr_uint(nla);
		break;
	case CORDON_A_CPU_NODE:
		cpu->node = attr_uint(nla);
		break;
	case CORDON_A_CPU_CORE:
		cpu->core = attr_uint(nla);
		break;
	case CORDON_A_CPU_CACHE:
		cpu->cache = attr_uint(nla);
		break;
	case CORDON_A_CPU_POOL:
		cpu->pool = attr_uint(nla);
		break;
	case CORDON_A_CPU_OWNER:
		cpu->owner = attr_uint(nla);
		break;
	case CORDON_A_CPU_USE:
		cpu->use = attr_uint(nla);
		break;
	case CORDON_A_CPU_ISOLATION:
		cpu->isolation = attr_uint(nla);
		break;
	case CORDON_A_CPU_RESERVE:
		cpu->reserve = attr_uint(nla);
		break;
	case CORDON_A_CPU_LOST:
		cpu->lost = attr_uint(nla);
		break;
	case CORDON_A_CPU_WHY_MASKS:
		free(cpu->why_masks);
		cpu->why_masks = attr_string(nla);
		break;
	case CORDON_A_CPU_RECEIPT:
		receipt_parse(nla, &cpu->receipt);
		break;
	case CORDON_A_CPU_CULPRIT:
		culprit_free(&cpu->culprit);
		culprit_parse(nla, &cpu->culprit);
		break;
	}
}

void cpu_info_parse(struct nlattr *attrs, int len, struct cpu_info *cpu)
{
	struct nlattr *pos;
	int rem;

	memset(cpu, 0, sizeof(*cpu));
	nla_for_each_attr(pos, attrs, len, rem) {
		attr_seen(&cpu->has, pos);
		cpu_field(pos, cpu);
	}
}

void cpu_info_free(struct cpu_info *cpu)
{
	free(cpu->why_masks);
	receipt_free(&cpu->receipt);
	culprit_free(&cpu->culprit);
}

void cpu_list_free(struct cpu_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		cpu_info_free(&list->cpu[i]);
	free(list->cpu);
	memset(list, 0, sizeof(*list));
}

const struct cpu_info *cpu_by_id(const struct cpu_list *list, uint32_t id)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->cpu[i].id == id)
			return &list->cpu[i];
	return NULL;
}

void cpu_fields(const struct cpu_info *cpu)
{
	out_uint("id", cpu->id);
	if (HAS(cpu, CORDON_A_CPU_PACKAGE))
		out_uint("package", cpu->package);
	if (HAS(cpu, CORDON_A_CPU_NODE))
		out_uint("node", cpu->node);
	if (HAS(cpu, CORDON_A_CPU_CORE))
		out_uint("core", cpu->core);
	if (HAS(cpu, CORDON_A_CPU_CACHE))
		out_uint("cache", cpu->cache);
	out_value("online", json_boolean(!HAS(cpu, CORDON_A_CPU_OFFLINE)));
	if (HAS(cpu, CORDON_A_CPU_POOL))
		out_string("pool", word_of(&pool_words, cpu->pool));
	if (HAS(cpu, CORDON_A_CPU_OWNER))
		out_uint("owner", cpu->owner);
	if (HAS(cpu, CORDON_A_CPU_USE))
		out_string("use", word_of(&cpu_use_words, cpu->use));
	if (HAS(cpu, CORDON_A_CPU_ISOLATION))
		out_string("isolation", word_of(&isolation_words, cpu->isolation));
	if (cpu->why_masks)
		out_string("why_masks", cpu->why_masks);
	if (HAS(cpu, CORDON_A_CPU_RESERVE))
		out_uint("reserve", cpu->reserve);
	if (HAS(cpu, CORDON_A_CPU_RECEIPT))
		out_value("receipt", receipt_json(&cpu->receipt));
}

const char *siblings_word(enum cpu_siblings siblings)
{
	static const char *const word[] = {
		[SIBLINGS_NONE] = "-",
		[SIBLINGS_IN_USE] = "in use",
		[SIBLINGS_IDLE] = "held idle",
		[SIBLINGS_OTHERS] = "of others",
	};

	return word[siblings];
}

static enum cpu_siblings siblings_of(const struct cpu_list *list,
				     const struct cpu_info *cpu)
{
	bool any = false, idle = cpu->use == CORDON_CPU_USE_IDLE, others = false;
	size_t i;

	if (!cpu->owner)
		return SIBLINGS_NONE;
	for (i = 0; i < list->n; i++) {
		const struct cpu_info *other = &list->cpu[i];

		if (other == cpu || other->core != cpu->core)
			continue;
		any = true;
		others |= other->owner != cpu->owner;
		idle |= other->owner == cpu->owner &&
			other->use == CORDON_CPU_USE_IDLE;
	}
	if (!any)
		return SIBLINGS_NONE;
	if (others)
		return SIBLINGS_OTHERS;
	return idle ? SIBLINGS_IDLE : SIBLINGS_IN_USE;
}

static bool is_offline(const struct cpu_info *cpu)
{
	return HAS(cpu, CORDON_A_CPU_OFFLINE);
}

static bool is_alike(const struct cpu_row *row, const struct cpu_info *cpu,
		     enum cpu_siblings siblings)
{
	return row->like->node == cpu->node && row->like->pool == cpu->pool &&
	       row->like->owner == cpu->owner && row->siblings == siblings &&
	       is_offline(row->like) == is_offline(cpu);
}

/* By node, then by the lowest CPU. */
static int row_order(const void *a, const void *b)
{
	const struct cpu_info *x = ((const struct cpu_row *)a)->like;
	const struct cpu_info *y = ((const struct cpu_row *)b)->like;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

struct cpu_row *cpu_rows(const struct cpu_list *list, size_t *n)
{
	struct cpu_row *rows = xcalloc(list->n, sizeof(*rows));
	size_t i, r;

	*n = 0;
	for (i = 0; i < list->n; i++) {
		const struct cpu_info *cpu = &list->cpu[i];
		enum cpu_siblings siblings = siblings_of(list, cpu);

		for (r = 0; r < *n; r++)
			if (is_alike(&rows[r], cpu, siblings))
				break;
		if (r == *n) {
			rows[r].like = cpu;
			rows[r].siblings = siblings;
			(*n)++;
		}
		cpulist_set(&rows[r].cores, cpu->core, cpu->core);
		cpulist_set(&rows[r].cpus, cpu->id, cpu->id);
	}
	qsort(rows, *n, sizeof(*rows), row_order);
	return rows;
}

void cpu_count(const struct cpu_list *list, struct cpu_counts *counts)
{
	size_t i;

	memset(counts, 0, sizeof(*counts));
	for (i = 0; i < list->n; i++) {
		const struct cpu_info *cpu = &list->cpu[i];

		if (is_offline(cpu))
			continue;
		counts->all++;
		if (cpu->owner)
			counts->owned++;
		else if (cpu->pool == CORDON_POOL_DEDICATED)
			counts->free++;
		else if (cpu->pool == CORDON_POOL_SHARED)
			counts->shared++;
		else
			counts->host++;
	}
}

void cpu_counts_print(const struct cpu_counts *counts, struct text *t)
{
	text_add(t, "%u CPU%s: %u cordoned, %u free to cordon, %u shared, %u host.",
		 counts->all, counts->all == 1 ? "" : "s", counts->owned,
		 counts->free, counts->shared, counts->host);
}

void cpus_unowned(const struct cpu_list *list, struct cpulist *set)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!list->cpu[i].owner && !is_offline(&list->cpu[i]))
			cpulist_set(set, list->cpu[i].id, list->cpu[i].id);
}
