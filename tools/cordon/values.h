/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of value that a policy key may have. Pure. */
#ifndef _CORDON_VALUES_H
#define _CORDON_VALUES_H

#include <stdbool.h>

#include <jansson.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "text.h"
#include "words.h"

/* What a thread's name has at most: TASK_COMM_LEN, less the final NUL. */
#define COMM_BYTES	15

/**
 * struct value_kind - one way to write values
 * @syntax: what a person writes, for help
 * @put: parse a value and put it into a message as attribute @attr, repeated
 *	if need be; on garbage false, and the reason in @err
 * @print: add one attribute as it would be typed
 * @json: one attribute as JSON; NULL: the key is one string, as typed
 * @other: add one attribute in another form that people may want to see too;
 *	NULL: there is none
 * @head: add what stands before the first attribute; NULL: nothing does
 * @separator: stands between repeated attributes
 * @unit: the unit of a number, which ends the key in JSON, "" for one without a
 *	unit; else NULL
 */
struct value_kind {
	const char *syntax;
	bool (*put)(struct nl_msg *msg, int attr, const char *value,
		    struct text *err);
	void (*print)(struct text *t, const struct nlattr *nla);
	json_t *(*json)(const struct nlattr *nla);
	void (*other)(struct text *t, const struct nlattr *nla);
	void (*head)(struct text *t, const struct nlattr *first);
	char separator;
	const char *unit;
};

/* How kinds that are a number are printed, and told in JSON. */
void uint_print(struct text *t, const struct nlattr *nla);
json_t *uint_json(const struct nlattr *nla);

/* A word of an enum; what was wrong with it is told in @err. */
bool word_put(struct nl_msg *msg, int attr, const char *value,
	      const struct words *words, struct text *err);
/* Says so in @err, and returns false. */
bool too_long(struct text *err);

extern const struct value_kind mode_value;
extern const struct value_kind switch_value;
extern const struct value_kind cap_by_value;
extern const struct value_kind cpus_value;
extern const struct value_kind vcpu_pin_value;
extern const struct value_kind iothread_pin_value;
extern const struct value_kind globs_value;
extern const struct value_kind tids_value;
extern const struct value_kind vcpu_sched_value;
extern const struct value_kind sched_value;
extern const struct value_kind emulator_sched_value;
/* caps.c */
extern const struct value_kind quota_value;
extern const struct value_kind period_value;
extern const struct value_kind burst_value;
/* sizes.c */
extern const struct value_kind weight_value;
extern const struct value_kind size_value;
extern const struct value_kind io_max_value;
/* placement.c */
extern const struct value_kind cpu_policy_value;
extern const struct value_kind placement_value;
extern const struct value_kind thread_policy_value;
extern const struct value_kind emulator_policy_value;
extern const struct value_kind numa_value;
extern const struct value_kind numa_map_value;
extern const struct value_kind nodes_value;
extern const struct value_kind amount_value;

#endif /* _CORDON_VALUES_H */
