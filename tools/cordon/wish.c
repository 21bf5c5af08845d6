// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a command line that changes a policy asks for: its words, parsed into a
 * request before anything is asked of the kernel. policyset.c sends it.
 */
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "caps.h"
#include "cordon.h"
#include "keys.h"
#include "wish.h"

static int unknown_key(const char *word)
{
	const struct key *nearest = key_nearest(word);
	struct text t = { 0 };
	size_t i;

	text_add(&t, "unknown key \"%s\"", word);
	if (nearest)
		text_add(&t, ", did you mean %s?", nearest->name);
	text_add(&t, " Keys:");
	for (i = 0; i < nr_keys; i++)
		text_add(&t, " %s", keys[i].name);
	text_add(&t, ", and confirm");
	usage_error("%s", text_str(&t));
	text_free(&t);
	return WRONG_USAGE;
}

/* One word and its value. */
static int pair_parse(struct wish *wish, const char *word, const char *value)
{
	const struct key *key;

	if (!strcmp(word, "confirm")) {
		if (wish->plan)
			return usage_error("policy plan: nothing is done, so there is nothing to confirm");
		if (wish->confirm_s)
			return usage_error("confirm is named twice");
		if (!value)
			return usage_error("confirm: after how many seconds?");
		if (!number_parse(value, strlen(value), UINT32_MAX,
				  &wish->confirm_s) || !wish->confirm_s)
			return usage_error("confirm: \"%s\" is no number of seconds",
					   value);
		return DONE;
	}
	key = key_find(word);
	if (!key)
		return unknown_key(word);
	if (!value)
		return usage_error("%s: which value? %s, or default", key->name,
				   key->kind->syntax);
	if (wish->value[key - keys])
		return usage_error("%s is named twice", key->name);
	wish->value[key - keys] = value;
	wish->n++;
	return DONE;
}

/* `set all` may change the mode and nothing else. */
static int all_check(const struct wish *wish)
{
	const struct key *mode = key_by_attr(CORDON_A_POLICY_MODE);

	if (wish->ref.kind != VM_REF_ALL)
		return DONE;
	if (!wish->replace && !wish->plan && wish->n == 1 &&
	    wish->value[mode - keys] && !wish->confirm_s)
		return DONE;
	return usage_error("policy %s all: only \"policy set all mode ...\" is for all VMs at once",
			   wish->command);
}

/* The period that a share is of: as it is typed with it, or as it is now. */
static uint64_t period_meant(const struct wish *wish, const struct key *key,
			     struct nl_msg *now)
{
	const char *value = wish->value[cap_period_key(key) - keys];
	struct text err = { 0 };
	uint64_t us;

	if (value && strcmp(value, "default")) {
		if (!time_parse(value, &us, &err))
			us = CORDON_PERIOD_US;
		text_free(&err);
		return us;
	}
	return now && !value ? cap_period_of(key, now) : CORDON_PERIOD_US;
}

/* Is any value a share? */
static bool has_share(const struct wish *wish)
{
	uint64_t share;
	size_t i;

	for (i = 0; i < nr_keys; i++)
		if (wish->value[i] && cap_has_share(&keys[i]) &&
		    share_parse(wish->value[i], &share))
			return true;
	return false;
}

static bool value_put(struct nl_msg *msg, const struct wish *wish,
		      const struct key *key, struct nl_msg *now,
		      struct text *err)
{
	const char *value = wish->value[key - keys];
	struct text time = { 0 };
	bool put;

	if (!strcmp(value, "default"))
		return !nla_put_u32(msg, CORDON_A_POLICY_RESET, key->attr);
	if (cap_has_share(key) &&
	    cap_share_resolve(value, period_meant(wish, key, now), &time))
		value = text_str(&time);
	put = key->kind->put(msg, key->attr, value, err);
	text_free(&time);
	return put;
}

/*
 * Every value, as attributes; parse errors are told here. @now is the policy so
 * far, or NULL.
 */
int wish_put(struct nl_msg *msg, const struct wish *wish, struct nl_msg *now)
{
	struct text err = { 0 };
	bool put = true;
	size_t i;

	for (i = 0; i < nr_keys && put; i++) {
		if (!wish->value[i])
			continue;
		put = value_put(msg, wish, &keys[i], now, &err);
		if (!put)
			usage_error("%s: %s", keys[i].name, text_str(&err));
	}
	if (put && wish->confirm_s)
		put = !nla_put_u32(msg, CORDON_A_POLICY_CONFIRM_S,
				   wish->confirm_s);
	if (put && wish->replace)
		put = !nla_put_flag(msg, CORDON_A_POLICY_REPLACE);
	if (put && wish->plan)
		put = !nla_put_flag(msg, CORDON_A_POLICY_PLAN);
	if (put && wish->replan)
		put = !nla_put_flag(msg, CORDON_A_POLICY_REPLAN);
	text_free(&err);
	return put ? DONE : WRONG_USAGE;
}

/* `replan` takes a VM and nothing else. */
static int replan_check(const struct wish *wish, int argc)
{
	if (argc > 1)
		return usage_error("policy replan: one VM, and nothing after it");
	if (wish->ref.kind == VM_REF_ALL)
		return usage_error("policy replan: one VM at a time, not \"all\"");
	return DONE;
}

int wish_parse(struct wish *wish, int argc, char **argv)
{
	struct text err = { 0 };
	struct nl_msg *msg;
	int status, i;

	wish->value = xcalloc(nr_keys, sizeof(*wish->value));
	if (!argc)
		return usage_error("policy %s: which VM? NAME, UUID, id:N or pid:N",
				   wish->command);
	if (!vm_ref_parse(argv[0], &wish->ref, &err)) {
		usage_error("%s", text_str(&err));
		text_free(&err);
		return WRONG_USAGE;
	}
	if (wish->replan)
		return replan_check(wish, argc);
	for (i = 1; i < argc; i += 2) {
		status = pair_parse(wish, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
		if (status)
			return status;
	}
	if (!wish->n)
		return usage_error("policy %s: at least one KEY VALUE (cordon policy help)",
				   wish->command);
	status = all_check(wish);
	if (status)
		return status;
	/* What cannot be parsed is told before anything is loaded or asked. */
	msg = cn_request(CORDON_CMD_POLICY_SET, 0);
	status = wish_put(msg, wish, NULL);
	nlmsg_free(msg);
	return status;
}

void wish_free(struct wish *wish)
{
	free(wish->value);
	wish->value = NULL;
}

static const char *value_of(const struct wish *wish, int attr)
{
	return wish->value[key_by_attr(attr) - keys];
}

bool wish_needs_policy(const struct wish *wish)
{
	return !wish->replace &&
	       (has_share(wish) || !value_of(wish, CORDON_A_POLICY_NUMA_PREFER));
}

/* Is that a kind with dedicated vCPUs? As it is typed, so "default" is not. */
static bool is_dedicated(const char *cpu_policy)
{
	return !strcmp(cpu_policy, "dedicated") ||
	       !strncmp(cpu_policy, "mixed:", strlen("mixed:"));
}

bool wish_wants_nodes(const struct wish *wish, struct nl_msg *now)
{
	const char *cpu_policy = value_of(wish, CORDON_A_POLICY_CPU_POLICY);
	struct text before = { 0 }, nodes = { 0 };
	bool wants;

	/* What is placed stays where it is. */
	if (!cpu_policy && !wish->replan)
		return false;
	if (value_of(wish, CORDON_A_POLICY_NUMA_PREFER))
		return false;
	if (now && !wish->replace) {
		key_print(key_by_attr(CORDON_A_POLICY_CPU_POLICY), now, &before);
		key_print(key_by_attr(CORDON_A_POLICY_NUMA_PREFER), now, &nodes);
	}
	wants = !nodes.len &&
		is_dedicated(cpu_policy ? cpu_policy : text_str(&before));
	text_free(&before);
	text_free(&nodes);
	return wants;
}
