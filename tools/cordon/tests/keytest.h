/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of policy values have in common: parse, print, compare. */
#ifndef _CORDON_TESTS_KEYTEST_H
#define _CORDON_TESTS_KEYTEST_H

#include "unit.h"

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "keys.h"

static inline struct nl_msg *message(void)
{
	struct nl_msg *msg = nlmsg_alloc_size(256 * 1024);

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, 0, 0, 0, CORDON_CMD_POLICY_SET,
				    CORDON_FAMILY_VERSION));
	return msg;
}

static inline struct nl_msg *parse(const char *name, const char *value)
{
	const struct key *key = key_find(name);
	struct nl_msg *msg = message();
	struct text err = { 0 };

	assert_non_null(key);
	if (!key->kind->put(msg, key->attr, value, &err))
		fail_msg("%s \"%s\" was refused: %s", name, value,
			 text_str(&err));
	assert_int_equal(err.len, 0);
	return msg;
}

/* Parse, print, parse what was printed, print again. */
static inline void prints(const char *name, const char *value, const char *printed)
{
	const struct key *key = key_find(name);
	struct text once = { 0 }, twice = { 0 };
	struct nl_msg *msg = parse(name, value);

	assert_true(key_print(key, msg, &once));
	assert_string_equal(text_str(&once), printed);
	nlmsg_free(msg);
	msg = parse(name, text_str(&once));
	assert_true(key_print(key, msg, &twice));
	assert_string_equal(text_str(&twice), printed);
	nlmsg_free(msg);
	text_free(&once);
	text_free(&twice);
}

static inline void refuses(const char *name, const char *value, const char *reason)
{
	const struct key *key = key_find(name);
	struct nl_msg *msg = message();
	struct text err = { 0 };

	if (key->kind->put(msg, key->attr, value, &err))
		fail_msg("%s \"%s\" was accepted", name, value);
	if (!strstr(text_str(&err), reason))
		fail_msg("%s \"%s\": \"%s\" does not say \"%s\"", name, value,
			 text_str(&err), reason);
	text_free(&err);
	nlmsg_free(msg);
}

static inline void json_is(const char *name, const char *value, const char *want)
{
	struct nl_msg *msg = parse(name, value);
	json_t *json = key_json(key_find(name), msg);
	char *s = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_non_null(s);
	assert_string_equal(s, want);
	free(s);
	json_decref(json);
	nlmsg_free(msg);
}

#endif /* _CORDON_TESTS_KEYTEST_H */
