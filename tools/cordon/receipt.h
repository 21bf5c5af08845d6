/* SPDX-License-Identifier: GPL-2.0-only */
/* What isolation really held: receipts, and who ran on owned CPUs. Pure. */
#ifndef _CORDON_RECEIPT_H
#define _CORDON_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <netlink/attr.h>

#include "text.h"

/* So many the kernel tells at most. */
#define CULPRITS_MAX	8

/**
 * struct culprit_info - one who ran on an owned CPU
 * @has: a bit for each attribute (CORDON_A_CULPRIT_*) that the kernel sent
 * The rest is as in enum cordon_culprit_attr.
 */
struct culprit_info {
	uint64_t has;
	uint32_t kind;
	uint32_t pid;
	uint32_t uid;
	uint64_t count;
	uint64_t time_ns;
	uint64_t longest_ns;
	char *comm;
};

/**
 * struct receipt_info - a receipt
 * @has: a bit for each attribute (CORDON_A_RECEIPT_*) that the kernel sent
 * @culprit: the worst first
 * @n: how many of them
 * The rest is as in enum cordon_receipt_attr.
 */
struct receipt_info {
	uint64_t has;
	uint64_t since_ns;
	uint64_t intrusions;
	uint64_t intrusion_age_ns;
	uint64_t foreign_ns;
	uint64_t longest_ns;
	uint64_t irq_ns;
	uint64_t softirq_ns;
	uint64_t sibling_ns;
	struct culprit_info culprit[CULPRITS_MAX];
	size_t n;
};

void culprit_parse(const struct nlattr *nest, struct culprit_info *culprit);
void culprit_free(struct culprit_info *culprit);
json_t *culprit_json(const struct culprit_info *culprit);
/* "make (pid 4711, uid 1000)", a kernel thread without its uid. */
void culprit_print(const struct culprit_info *culprit, struct text *t);

/* A receipt that was parsed before is freed first. */
void receipt_parse(const struct nlattr *nest, struct receipt_info *receipt);
void receipt_free(struct receipt_info *receipt);
json_t *receipt_json(const struct receipt_info *receipt);

/*
 * The lines of a receipt, each without its end: who was turned away; the time of
 * others; interrupts and siblings, which is empty if the kernel told neither.
 */
void receipt_print_intrusions(const struct receipt_info *receipt, struct text *t);
void receipt_print_foreign(const struct receipt_info *receipt, struct text *t);
void receipt_print_rest(const struct receipt_info *receipt, struct text *t);

/* Who took the most time in @after beyond what it had in @before; NULL: nobody. */
const struct culprit_info *receipt_worst_since(const struct receipt_info *before,
					       const struct receipt_info *after);

#endif /* _CORDON_RECEIPT_H */
