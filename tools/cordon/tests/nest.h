/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages and nests as the kernel would send them, for tests of what reads them. */
#ifndef _CORDON_TESTS_NEST_H
#define _CORDON_TESTS_NEST_H

#include "unit.h"

#include <string.h>

#include <jansson.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/cordon.h>

#include "attr.h"

static inline struct nl_msg *reply_new(uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(64 * 1024);

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, 0, 0, 0, cmd, CORDON_FAMILY_VERSION));
	return msg;
}

/* The first attribute of that kind. */
static inline const struct nlattr *reply_find(struct nl_msg *msg, int attr)
{
	struct nlattr *pos;
	int rem;

	attr_for_each(pos, msg, rem)
		if (nla_type(pos) == attr)
			return pos;
	fail_msg("no attribute %d", attr);
	return NULL;
}

static inline void put_cpus(struct nl_msg *msg, int attr, const char *list)
{
	struct text err = { 0 };
	struct cpulist set;

	assert_true(cpulist_parse(list, strlen(list), "CPU", &set, &err));
	assert_true(attr_put_cpus(msg, attr, &set));
}

static inline void json_prints(json_t *json, const char *want)
{
	char *s = json_dumps(json, JSON_COMPACT);

	assert_non_null(s);
	assert_string_equal(s, want);
	free(s);
	json_decref(json);
}

/* Compare a text, and empty it. */
static inline void text_equals(struct text *t, const char *want)
{
	assert_string_equal(text_str(t), want);
	text_free(t);
}

#endif /* _CORDON_TESTS_NEST_H */
