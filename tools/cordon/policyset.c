// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands `policy set` and `policy replace`. The words are parsed into a
 * request before anything is asked of the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "caps.h"
#include "cordon.h"
#include "done.h"
#include "keys.h"
#include "nl.h"
#include "out.h"
#include "policy.h"
#include "words.h"

/**
 * struct wish - what the command line asks for
 * @command: "set" or "replace"
 * @ref: the VM
 * @replace: keys that are not named are reset
 * @value: for each key of the table its value, or NULL
 * @n: how many have one
 * @confirm_s: 0 if it was not given
 */
struct wish {
	const char *command;
	struct vm_ref ref;
	bool replace;
	const char **value;
	size_t n;
	uint32_t confirm_s;
};

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
	if (!wish->replace && wish->n == 1 && wish->value[mode - keys] &&
	    !wish->confirm_s)
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

/* Is any value a share? Then the policy as it is now is needed. */
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
static int values_put(struct nl_msg *msg, const struct wish *wish,
		      struct nl_msg *now)
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
	text_free(&err);
	return put ? DONE : WRONG_USAGE;
}

static int wish_parse(struct wish *wish, int argc, char **argv)
{
	struct text err = { 0 };
	struct nl_msg *msg;
	int status, i;

	if (!argc)
		return usage_error("policy %s: which VM? NAME, UUID, id:N or pid:N",
				   wish->command);
	if (!vm_ref_parse(argv[0], &wish->ref, &err)) {
		usage_error("%s", text_str(&err));
		text_free(&err);
		return WRONG_USAGE;
	}
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
	status = values_put(msg, wish, NULL);
	nlmsg_free(msg);
	return status;
}

static struct nl_msg *request_build(const struct wish *wish,
				    const struct target *target)
{
	struct nl_msg *msg = cn_request(CORDON_CMD_POLICY_SET, 0);
	struct cn_reply now = { 0 };

	/* If it cannot be asked for, the set will say why. */
	if (has_share(wish) && !wish->replace)
		policy_get(target, &now);
	target_put(msg, target);
	values_put(msg, wish, now.n ? now.msg[0] : NULL);
	cn_reply_free(&now);
	return msg;
}

/* The key as it was typed, for an attribute of the request. */
static const char *typed(int attr)
{
	const struct key *key = key_by_attr(attr);

	if (key)
		return key->name;
	return attr == CORDON_A_POLICY_CONFIRM_S ? "confirm" : NULL;
}

/* A number of the reply, told in JSON too if it is there. */
static uint64_t field(const struct cn_reply *reply, int attr, const char *key)
{
	const struct nlattr *nla = reply_attr(reply, attr);

	if (!nla)
		return 0;
	out_uint(key, attr_uint(nla));
	return attr_uint(nla);
}

static void cpus_read(const struct cn_reply *reply, struct text *cpus)
{
	struct cpulist set = { 0 };
	struct nlattr *pos;
	int rem;

	if (reply->n)
		attr_for_each(pos, reply->msg[0], rem)
			if (nla_type(pos) == CORDON_A_POLICY_CPUS)
				attr_cpu_range(pos, &set);
	cpulist_print(&set, cpus);
}

/* Whether it has a policy now is the kernel's to say, not the wish's. */
static void now_read(uint32_t id, struct set_done *done)
{
	struct vm_info vm;

	if (vm_get(id, &vm)) {
		done->ended = true;
		return;
	}
	if (HAS(&vm, CORDON_A_VM_MODE)) {
		done->mode = vm.mode;
		out_string("mode", word_of(&mode_words, vm.mode));
	}
	vm_info_free(&vm);
}

static void done_print(const struct target *target, const struct vm_list *list,
		       const struct cn_reply *reply)
{
	const struct nlattr *nla = reply_attr(reply, CORDON_A_POLICY_VM_ID);
	uint32_t id = nla ? attr_uint(nla) : target->id;
	const struct vm_info *before = vm_by_id(list, id);
	struct set_done done = {
		.name = text_str(&target->shown),
		.word = text_str(&target->word),
		.had_policy = before && HAS(before, CORDON_A_VM_MODE),
	};
	struct text cpus = { 0 }, line = { 0 };

	out_item();
	if (!target->id)
		out_uint("vm_id", id);
	target_fields(target);
	now_read(id, &done);
	cpus_read(reply, &cpus);
	done.cpus = text_str(&cpus);
	if (cpus.len)
		out_string("cpus", done.cpus);
	done.threads = field(reply, CORDON_A_POLICY_THREADS, "threads");
	done.moved = field(reply, CORDON_A_POLICY_MOVED, "moved");
	done.uncapped = field(reply, CORDON_A_POLICY_UNCAPPED, "uncapped");
	done.confirm_ms = field(reply, CORDON_A_POLICY_CONFIRM_MS, "confirm_ms");
	set_done_print(&done, &line);
	out_text("%s", text_str(&line));
	text_free(&cpus);
	text_free(&line);
}

static int set_one(const struct wish *wish, const struct target *target,
		   const struct vm_list *list, bool may_be_gone)
{
	struct nl_msg *request = request_build(wish, target);
	struct cn_reply reply = { 0 };
	struct cn_error error;
	int status = DONE, err;

	err = cn_query(request, &reply, &error);
	if (err && !(may_be_gone && err == ENOENT))
		status = cn_failed(CORDON_CMD_POLICY_SET, &error, typed(error.attr));
	if (!err)
		done_print(target, list, &reply);
	nlmsg_free(request);
	cn_error_clear(&error);
	cn_reply_free(&reply);
	return status;
}

static int set_meant(const struct wish *wish, const struct vm_list *list)
{
	struct target target;
	int status = DONE;
	size_t i;

	out_begin("policy", NULL, 0);
	if (wish->ref.kind != VM_REF_ALL) {
		status = target_find(&wish->ref, list, &target);
		if (status)
			return status;
		status = set_one(wish, &target, list, false);
		target_free(&target);
	}
	if (wish->ref.kind == VM_REF_ALL && !list->n)
		out_text("No VM.\n");
	for (i = 0; wish->ref.kind == VM_REF_ALL && i < list->n; i++) {
		target_of_vm(&list->vm[i], list, &target);
		if (set_one(wish, &target, list, true))
			status = REFUSED;
		target_free(&target);
	}
	/* Of all, some may have failed: JSON tells the others. */
	if (!status || wish->ref.kind == VM_REF_ALL)
		out_end();
	return status;
}

static int wish_run(struct wish *wish, int argc, char **argv)
{
	struct vm_list list;
	int status;

	wish->value = xcalloc(nr_keys, sizeof(*wish->value));
	status = wish_parse(wish, argc, argv);
	if (!status)
		status = cn_open();
	if (!status)
		status = vm_list_get(&list);
	if (!status) {
		status = set_meant(wish, &list);
		vm_list_free(&list);
	}
	free(wish->value);
	return status;
}

int policy_set_run(int argc, char **argv)
{
	struct wish wish = { .command = "set" };

	return wish_run(&wish, argc, argv);
}

int policy_replace_run(int argc, char **argv)
{
	struct wish wish = { .command = "replace", .replace = true };

	return wish_run(&wish, argc, argv);
}
