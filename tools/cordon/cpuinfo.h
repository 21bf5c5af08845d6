/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs as the kernel tells of them, and folded into rows for people. Pure. */
#ifndef _CORDON_CPUINFO_H
#define _CORDON_CPUINFO_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/attr.h>

#include "cpulist.h"
#include "receipt.h"

/**
 * struct cpu_info - one CPU
 * @has: a bit for each attribute (CORDON_A_CPU_*) that the kernel sent
 * @culprit: intrusion notifications only
 * The rest is as in enum cordon_cpu_attr.
 */
struct cpu_info {
	uint64_t has;
	uint32_t id;
	uint32_t package;
	uint32_t node;
	uint32_t core;
	uint32_t cache;
	uint32_t pool;
	uint32_t owner;
	uint32_t use;
	uint32_t isolation;
	uint32_t reserve;
	uint64_t lost;
	char *why_masks;
	struct receipt_info receipt;
	struct culprit_info culprit;
};

/**
 * struct cpu_list - CPUs, in ascending order
 * @cpu: each of them
 * @n: how many
 */
struct cpu_list {
	struct cpu_info *cpu;
	size_t n;
};

/**
 * enum cpu_siblings - what the siblings of an owned CPU do
 * @SIBLINGS_NONE: it has none, or nobody owns it
 * @SIBLINGS_IN_USE: its owner uses them
 * @SIBLINGS_IDLE: its owner holds one at least idle
 * @SIBLINGS_OTHERS: others may run there
 */
enum cpu_siblings {
	SIBLINGS_NONE,
	SIBLINGS_IN_USE,
	SIBLINGS_IDLE,
	SIBLINGS_OTHERS,
};

/**
 * struct cpu_row - CPUs of one node that have the same to tell
 * @like: one of them
 * @siblings: what their siblings do
 * @cores: the cores, each by its lowest CPU
 * @cpus: the CPUs
 */
struct cpu_row {
	const struct cpu_info *like;
	enum cpu_siblings siblings;
	struct cpulist cores;
	struct cpulist cpus;
};

/**
 * struct cpu_counts - how many CPUs there are for what
 * @all: that are online
 * @owned: owned by a VM
 * @free: of the dedicated pool, owned by none
 * @shared: of the shared pool
 * @host: of the host's
 */
struct cpu_counts {
	unsigned int all;
	unsigned int owned;
	unsigned int free;
	unsigned int shared;
	unsigned int host;
};

void cpu_info_parse(struct nlattr *attrs, int len, struct cpu_info *cpu);
void cpu_info_free(struct cpu_info *cpu);
void cpu_list_free(struct cpu_list *list);
const struct cpu_info *cpu_by_id(const struct cpu_list *list, uint32_t id);
/* All that is known of it, as one item's fields. */
void cpu_fields(const struct cpu_info *cpu);

/* Fold them; the caller frees what comes back. */
struct cpu_row *cpu_rows(const struct cpu_list *list, size_t *n);
/* The word for people. */
const char *siblings_word(enum cpu_siblings siblings);
void cpu_count(const struct cpu_list *list, struct cpu_counts *counts);
/* "64 CPUs: 16 cordoned, 16 free to cordon, 28 shared, 4 host." */
void cpu_counts_print(const struct cpu_counts *counts, struct text *t);
/* CPUs that nobody owns and that are online. */
void cpus_unowned(const struct cpu_list *list, struct cpulist *set);

#endif /* _CORDON_CPUINFO_H */
