// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of policy keys, as they are typed: pins, globs, classes, times, sizes and
 * all other kinds. What is taken is taken again as printed, and means the same.
 * The first byte chooses the key.
 */
#include "fuzz.h"

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "keys.h"

static struct nl_msg *message(void)
{
	struct nl_msg *msg = nlmsg_alloc_size(256 * 1024);

	must(msg);
	must(genlmsg_put(msg, 0, 0, 0, 0, 0, CORDON_CMD_POLICY_SET,
			 CORDON_FAMILY_VERSION));
	return msg;
}

static void check_forms(const struct key *key, struct nl_msg *msg)
{
	json_t *json = key_json(key, msg);
	struct text t = { 0 };
	char *dump;

	/* JSON must be UTF-8, whatever was typed. */
	must(json);
	dump = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	must(dump);
	free(dump);
	json_decref(json);
	key_print_other(key, msg, &t);
	text_free(&t);
}

static void check_again(const struct key *key, const struct text *printed)
{
	struct text again = { 0 }, err = { 0 };
	struct nl_msg *msg = message();

	must(key->kind->put(msg, key->attr, text_str(printed), &err));
	must(key_print(key, msg, &again));
	must(!strcmp(text_str(printed), text_str(&again)));
	text_free(&again);
	text_free(&err);
	nlmsg_free(msg);
}

static void check_value(const struct key *key, const char *value)
{
	struct text printed = { 0 }, err = { 0 };
	struct nl_msg *msg = message();

	if (!key->kind->put(msg, key->attr, value, &err)) {
		must(err.len);
	} else if (key_print(key, msg, &printed)) {
		/* A value that stands for no key at all prints nothing. */
		check_forms(key, msg);
		check_again(key, &printed);
	}
	text_free(&printed);
	text_free(&err);
	nlmsg_free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *value;

	if (!len)
		return 0;
	value = fuzz_string(bytes + 1, len - 1);
	check_value(&keys[*bytes % nr_keys], value);
	key_nearest(value);
	free(value);
	return 0;
}
