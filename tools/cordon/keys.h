/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy keys: one table that set, show, help and completion share. */
#ifndef _CORDON_KEYS_H
#define _CORDON_KEYS_H

#include <stddef.h>

#include "values.h"

/**
 * struct key - a policy key
 * @name: as it is typed
 * @attr: enum cordon_policy_attr
 * @kind: how its value is written
 * @meaning: a line for help
 */
struct key {
	const char *name;
	int attr;
	const struct value_kind *kind;
	const char *meaning;
};

extern const struct key keys[];
extern const size_t nr_keys;

const struct key *key_find(const char *name);
const struct key *key_by_attr(int attr);
/* The key that was probably meant, or NULL. */
const struct key *key_nearest(const char *name);
/* A key's value in a message as it would be typed; false if it is not there. */
bool key_print(const struct key *key, struct nl_msg *msg, struct text *t);
/* The same in another form; false if there is none, or it is the same. */
bool key_print_other(const struct key *key, struct nl_msg *msg, struct text *t);
/* A key's value as JSON, or NULL. */
json_t *key_json(const struct key *key, struct nl_msg *msg);
/*
 * The words that its value may be, or begin with where a colon follows, as a
 * JSON array: empty if it is free.
 */
json_t *key_words(const struct key *key);
/* What the key is called in JSON: with underscores, and the unit at the end. */
void key_json_name(const struct key *key, struct text *t);

#endif /* _CORDON_KEYS_H */
