// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receipts of isolation, as the kernel tells them of a VM or of a CPU: read,
 * told in JSON, printed. Pure: the unit tests build this file too.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "attr.h"
#include "out.h"
#include "receipt.h"
#include "words.h"

void culprit_parse(const struct nlattr *nest, struct culprit_info *culprit)
{
	struct nlattr *pos;
	int rem;

	memset(culprit, 0, sizeof(*culprit));
	attr_for_each_nested(pos, nest, rem) {
		attr_seen(&culprit->has, pos);
		switch (nla_type(pos)) {
		case CORDON_A_CULPRIT_KIND:
			culprit->kind = attr_uint(pos);
			break;
		case CORDON_A_CULPRIT_PID:
			culprit->pid = attr_uint(pos);
			break;
		case CORDON_A_CULPRIT_COMM:
			free(culprit->comm);
			culprit->comm = attr_string(pos);
			break;
		case CORDON_A_CULPRIT_UID:
			culprit->uid = attr_uint(pos);
			break;
		case CORDON_A_CULPRIT_COUNT:
			culprit->count = attr_uint(pos);
			break;
		case CORDON_A_CULPRIT_TIME_NS:
			culprit->time_ns = attr_uint(pos);
			break;
		case CORDON_A_CULPRIT_LONGEST_NS:
			culprit->longest_ns = attr_uint(pos);
			break;
		}
	}
}

void culprit_free(struct culprit_info *culprit)
{
	free(culprit->comm);
	culprit->comm = NULL;
}

json_t *culprit_json(const struct culprit_info *culprit)
{
	json_t *json = json_object();

	json_object_set_new(json, "kind",
			    json_string(word_of(&culprit_words, culprit->kind)));
	out_json_uint(json, "pid", HAS(culprit, CORDON_A_CULPRIT_PID), culprit->pid);
	if (culprit->comm)
		json_object_set_new(json, "comm", out_json_string(culprit->comm));
	out_json_uint(json, "uid", HAS(culprit, CORDON_A_CULPRIT_UID), culprit->uid);
	out_json_uint(json, "count", HAS(culprit, CORDON_A_CULPRIT_COUNT),
		  culprit->count);
	out_json_uint(json, "time_ns", HAS(culprit, CORDON_A_CULPRIT_TIME_NS),
		  culprit->time_ns);
	out_json_uint(json, "longest_ns", HAS(culprit, CORDON_A_CULPRIT_LONGEST_NS),
		  culprit->longest_ns);
	return json;
}

void culprit_print(const struct culprit_info *culprit, struct text *t)
{
	bool kthread = culprit->kind == CORDON_CULPRIT_KTHREAD;
	bool has_uid = HAS(culprit, CORDON_A_CULPRIT_UID) && !kthread;
	bool has_pid = HAS(culprit, CORDON_A_CULPRIT_PID) && !kthread;

	text_utf8(t, culprit->comm ? culprit->comm : "?", false);
	if (has_pid)
		text_add(t, " (pid %u", culprit->pid);
	if (has_uid)
		text_add(t, "%suid %u", has_pid ? ", " : " (", culprit->uid);
	if (has_pid || has_uid)
		text_char(t, ')');
}

static void receipt_field(const struct nlattr *nla, struct receipt_info *r)
{
	switch (nla_type(nla)) {
	case CORDON_A_RECEIPT_SINCE_NS:
		r->since_ns = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_INTRUSIONS:
		r->intrusions = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_INTRUSION_AGE_NS:
		r->intrusion_age_ns = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_FOREIGN_NS:
		r->foreign_ns = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_LONGEST_NS:
		r->longest_ns = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_IRQ_NS:
		r->irq_ns = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_SOFTIRQ_NS:
		r->softirq_ns = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_SIBLING_NS:
		r->sibling_ns = attr_uint(nla);
		break;
	case CORDON_A_RECEIPT_CULPRIT:
		if (r->n < CULPRITS_MAX)
			culprit_parse(nla, &r->culprit[r->n++]);
		break;
	}
}

void receipt_parse(const struct nlattr *nest, struct receipt_info *receipt)
{
	struct nlattr *pos;
	int rem;

	receipt_free(receipt);
	attr_for_each_nested(pos, nest, rem) {
		attr_seen(&receipt->has, pos);
		receipt_field(pos, receipt);
	}
}

void receipt_free(struct receipt_info *receipt)
{
	size_t i;

	for (i = 0; i < receipt->n; i++)
		culprit_free(&receipt->culprit[i]);
	memset(receipt, 0, sizeof(*receipt));
}

json_t *receipt_json(const struct receipt_info *r)
{
	json_t *json = json_object(), *culprits = json_array();
	size_t i;

	out_json_uint(json, "since_ns", HAS(r, CORDON_A_RECEIPT_SINCE_NS), r->since_ns);
	out_json_uint(json, "intrusions", HAS(r, CORDON_A_RECEIPT_INTRUSIONS),
		  r->intrusions);
	out_json_uint(json, "intrusion_age_ns",
		  HAS(r, CORDON_A_RECEIPT_INTRUSION_AGE_NS), r->intrusion_age_ns);
	out_json_uint(json, "foreign_ns", HAS(r, CORDON_A_RECEIPT_FOREIGN_NS),
		  r->foreign_ns);
	out_json_uint(json, "longest_ns", HAS(r, CORDON_A_RECEIPT_LONGEST_NS),
		  r->longest_ns);
	out_json_uint(json, "irq_ns", HAS(r, CORDON_A_RECEIPT_IRQ_NS), r->irq_ns);
	out_json_uint(json, "softirq_ns", HAS(r, CORDON_A_RECEIPT_SOFTIRQ_NS),
		  r->softirq_ns);
	out_json_uint(json, "sibling_ns", HAS(r, CORDON_A_RECEIPT_SIBLING_NS),
		  r->sibling_ns);
	for (i = 0; i < r->n; i++)
		json_array_append_new(culprits, culprit_json(&r->culprit[i]));
	json_object_set_new(json, "culprits", culprits);
	return json;
}

/* Who was turned away most often. */
static const struct culprit_info *most_of(const struct receipt_info *r)
{
	const struct culprit_info *most = NULL;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->culprit[i].kind == CORDON_CULPRIT_TURNED_AWAY &&
		    (!most || r->culprit[i].count > most->count))
			most = &r->culprit[i];
	return most;
}

void receipt_print_intrusions(const struct receipt_info *r, struct text *t)
{
	const struct culprit_info *most = most_of(r);

	if (!r->intrusions) {
		text_add(t, "no intruder");
		return;
	}
	text_add(t, "%llu intrusion%s turned away",
		 (unsigned long long)r->intrusions, r->intrusions == 1 ? "" : "s");
	if (HAS(r, CORDON_A_RECEIPT_INTRUSION_AGE_NS)) {
		text_add(t, ", last ");
		text_duration(t, r->intrusion_age_ns);
		text_add(t, " ago");
	}
	if (most) {
		text_add(t, r->intrusions == 1 ? ": " : ", most by ");
		culprit_print(most, t);
	}
}

/* Who it was that ran the longest without a break. */
static const struct culprit_info *longest_of(const struct receipt_info *r)
{
	const struct culprit_info *longest = NULL;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->culprit[i].longest_ns &&
		    (!longest || r->culprit[i].longest_ns > longest->longest_ns))
			longest = &r->culprit[i];
	return longest;
}

void receipt_print_foreign(const struct receipt_info *r, struct text *t)
{
	const struct culprit_info *longest = longest_of(r);

	text_add(t, "foreign ");
	text_duration(t, r->foreign_ns);
	text_add(t, " in ");
	text_duration(t, r->since_ns);
	text_add(t, " of CPU time");
	if (!r->longest_ns)
		return;
	text_add(t, ", longest ");
	text_duration(t, r->longest_ns);
	if (longest) {
		text_add(t, ": ");
		culprit_print(longest, t);
	}
}

/* One time of several; what the kernel does not tell is left out. */
static void time_add(struct text *t, const char *what, bool has, uint64_t ns)
{
	if (!has)
		return;
	text_add(t, "%s%s ", t->len ? ", " : "", what);
	text_duration(t, ns);
}

void receipt_print_rest(const struct receipt_info *r, struct text *t)
{
	time_add(t, "interrupts", HAS(r, CORDON_A_RECEIPT_IRQ_NS), r->irq_ns);
	time_add(t, "softirqs", HAS(r, CORDON_A_RECEIPT_SOFTIRQ_NS),
		 r->softirq_ns);
	time_add(t, "others on siblings", HAS(r, CORDON_A_RECEIPT_SIBLING_NS),
		 r->sibling_ns);
}

static bool is_same(const struct culprit_info *a, const struct culprit_info *b)
{
	return a->kind == b->kind && a->pid == b->pid &&
	       !strcmp(a->comm ? a->comm : "", b->comm ? b->comm : "");
}

const struct culprit_info *receipt_worst_since(const struct receipt_info *before,
					       const struct receipt_info *after)
{
	const struct culprit_info *worst = NULL;
	uint64_t most = 0, had;
	size_t i, j;

	for (i = 0; i < after->n; i++) {
		had = 0;
		for (j = 0; j < before->n; j++)
			if (is_same(&before->culprit[j], &after->culprit[i]))
				had = before->culprit[j].time_ns;
		if (after->culprit[i].time_ns > had + most) {
			most = after->culprit[i].time_ns - had;
			worst = &after->culprit[i];
		}
	}
	return worst;
}
