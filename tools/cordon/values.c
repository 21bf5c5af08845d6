// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simple kinds of value: words, CPU lists, globs, thread ids, scheduling
 * classes. Each is parsed into attributes and printed from them in the same
 * syntax. What the kernel alone can judge (does that CPU exist?) is left to
 * it. Pure: the unit tests build this file too. Pins have a file of their own.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "attr.h"
#include "values.h"

bool too_long(struct text *err)
{
	text_add(err, "the value is too long for one request");
	return false;
}

void uint_print(struct text *t, const struct nlattr *nla)
{
	text_add(t, "%llu", (unsigned long long)attr_uint(nla));
}

json_t *uint_json(const struct nlattr *nla)
{
	return json_integer(attr_uint(nla));
}

bool word_put(struct nl_msg *msg, int attr, const char *value,
	      const struct words *words, struct text *err)
{
	uint32_t number = word_value(words, value, strlen(value)), i;

	if (number)
		return !nla_put_u32(msg, attr, number) || too_long(err);
	text_add(err, "\"%s\" is not one of", value);
	for (i = 1; i < words->n; i++)
		text_add(err, "%s %s", i > 1 ? "," : "", words->word[i]);
	return false;
}

static bool mode_put(struct nl_msg *msg, int attr, const char *value,
		     struct text *err)
{
	return word_put(msg, attr, value, &mode_words, err);
}

static void mode_print(struct text *t, const struct nlattr *nla)
{
	text_add(t, "%s", word_of(&mode_words, attr_uint(nla)));
}

const struct value_kind mode_value = {
	.syntax = "enforce|audit",
	.put = mode_put,
	.print = mode_print,
};

static bool switch_put(struct nl_msg *msg, int attr, const char *value,
		       struct text *err)
{
	return word_put(msg, attr, value, &switch_words, err);
}

static void switch_print(struct text *t, const struct nlattr *nla)
{
	text_add(t, "%s", word_of(&switch_words, attr_uint(nla)));
}

const struct value_kind switch_value = {
	.syntax = "off|on",
	.put = switch_put,
	.print = switch_print,
};

static bool cap_by_put(struct nl_msg *msg, int attr, const char *value,
		       struct text *err)
{
	return word_put(msg, attr, value, &cap_by_words, err);
}

static void cap_by_print(struct text *t, const struct nlattr *nla)
{
	text_add(t, "%s", word_of(&cap_by_words, attr_uint(nla)));
}

const struct value_kind cap_by_value = {
	.syntax = "cordon|cgroup",
	.put = cap_by_put,
	.print = cap_by_print,
};

static bool cpus_put(struct nl_msg *msg, int attr, const char *value,
		     struct text *err)
{
	struct cpulist set;

	if (!cpulist_parse(value, strlen(value), "CPU", &set, err))
		return false;
	return attr_put_cpus(msg, attr, &set) || too_long(err);
}

static void cpus_print(struct text *t, const struct nlattr *nla)
{
	struct cpulist set = { 0 };

	attr_cpu_range(nla, &set);
	cpulist_print(&set, t);
}

const struct value_kind cpus_value = {
	.syntax = "CPUS",
	.put = cpus_put,
	.print = cpus_print,
	.separator = ',',
};

/* The end of the class that begins at @s; NULL if that is a bracket alone. */
static const char *class_end(const char *s)
{
	const char *end;

	s += 1 + (s[1] == '!');
	end = *s ? strchr(s + 1, ']') : NULL;
	return end ? end + 1 : NULL;
}

/* The bytes of the shortest name that a glob matches. */
static size_t glob_least(const char *s)
{
	const char *end;
	size_t n = 0;

	while (*s) {
		end = *s == '[' ? class_end(s) : NULL;
		n += *s != '*';
		if (end)
			s = end;
		else
			s += 1 + (*s == '\\' && s[1]);
	}
	return n;
}

/*
 * Globs are separated by commas; one that is part of a glob has a backslash
 * before it, which the kernel's glob takes for the same character.
 */
static bool globs_put(struct nl_msg *msg, int attr, const char *value,
		      struct text *err)
{
	const char *s, *end;

	for (s = value;; s = end + 1) {
		char *glob;
		bool fits, put;

		for (end = s; *end && *end != ','; end++)
			if (*end == '\\' && end[1])
				end++;
		if (end == s) {
			text_add(err, "a glob is empty");
			return false;
		}
		glob = xstrndup(s, end - s);
		fits = glob_least(glob) <= COMM_BYTES;
		put = fits && !nla_put_string(msg, attr, glob);
		if (!fits)
			text_add(err, "\"%s\" matches nothing: a thread's name has at most %d bytes",
				 glob, COMM_BYTES);
		else if (!put)
			too_long(err);
		free(glob);
		if (!put)
			return false;
		if (!*end)
			return true;
	}
}

static void globs_print(struct text *t, const struct nlattr *nla)
{
	char *glob = attr_string(nla), *s;

	for (s = glob; *s; s++) {
		if (*s == ',')
			text_char(t, '\\');
		text_char(t, *s);
		if (*s == '\\' && s[1])
			text_char(t, *++s);
	}
	free(glob);
}

static json_t *globs_json(const struct nlattr *nla)
{
	struct text t = { 0 };
	char *glob = attr_string(nla);
	json_t *json;

	text_utf8(&t, glob, true);
	json = json_string(text_str(&t));
	text_free(&t);
	free(glob);
	return json;
}

const struct value_kind globs_value = {
	.syntax = "GLOB,GLOB",
	.put = globs_put,
	.print = globs_print,
	.json = globs_json,
	.separator = ',',
};

static bool tids_put(struct nl_msg *msg, int attr, const char *value,
		     struct text *err)
{
	const char *s, *end;
	uint32_t tid;

	for (s = value;; s = end + 1) {
		end = strchrnul(s, ',');
		if (!number_parse(s, end - s, INT32_MAX, &tid) || !tid) {
			text_add(err, "\"%.*s\" is no thread id",
				 (int)(end - s), s);
			return false;
		}
		if (nla_put_u32(msg, attr, tid))
			return too_long(err);
		if (!*end)
			return true;
	}
}

const struct value_kind tids_value = {
	.syntax = "TID,TID",
	.put = tids_put,
	.print = uint_print,
	.json = uint_json,
	.separator = ',',
};

/**
 * struct sched - a scheduling class as it is written
 * @policy: enum cordon_sched
 * @has_priority: a priority was given
 * @priority: it
 */
struct sched {
	uint32_t policy;
	bool has_priority;
	uint32_t priority;
};

/* `other`, `fifo:1`; whether a class needs a priority is the kernel's to say. */
static bool sched_parse(const char *s, size_t len, struct sched *sched,
			struct text *err)
{
	const char *colon = memchr(s, ':', len);
	size_t word = colon ? (size_t)(colon - s) : len;

	memset(sched, 0, sizeof(*sched));
	sched->policy = word_value(&sched_words, s, word);
	if (!sched->policy || sched->policy == CORDON_SCHED_DEADLINE) {
		text_add(err, "\"%.*s\" is not one of other, batch, idle, fifo:PRIORITY, rr:PRIORITY",
			 (int)len, s);
		return false;
	}
	if (!colon)
		return true;
	sched->has_priority = true;
	if (number_parse(colon + 1, len - word - 1, INT32_MAX, &sched->priority))
		return true;
	text_add(err, "\"%.*s\" is no priority", (int)(len - word - 1),
		 colon + 1);
	return false;
}

static bool sched_nest(struct nl_msg *msg, int attr, const struct sched *sched,
		       const uint32_t *first, const uint32_t *last)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	return nest &&
	       (!first || !nla_put_u32(msg, CORDON_A_SCHED_FIRST, *first)) &&
	       (!last || !nla_put_u32(msg, CORDON_A_SCHED_LAST, *last)) &&
	       !nla_put_u32(msg, CORDON_A_SCHED_POLICY, sched->policy) &&
	       (!sched->has_priority ||
		!nla_put_u32(msg, CORDON_A_SCHED_PRIORITY, sched->priority)) &&
	       !nla_nest_end(msg, nest);
}

static bool sched_put(struct nl_msg *msg, int attr, const char *value,
		      struct text *err)
{
	struct sched sched;

	if (!sched_parse(value, strlen(value), &sched, err))
		return false;
	return sched_nest(msg, attr, &sched, NULL, NULL) || too_long(err);
}

static void sched_value_print(struct text *t, const struct nlattr *nla)
{
	const struct nlattr *policy, *priority;

	policy = nla_find(nla_data(nla), nla_len(nla), CORDON_A_SCHED_POLICY);
	priority = nla_find(nla_data(nla), nla_len(nla), CORDON_A_SCHED_PRIORITY);
	if (policy)
		text_add(t, "%s", word_of(&sched_words, attr_uint(policy)));
	if (priority)
		text_add(t, ":%llu", (unsigned long long)attr_uint(priority));
}

const struct value_kind sched_value = {
	.syntax = "other|batch|idle|fifo:PRIORITY|rr:PRIORITY",
	.put = sched_put,
	.print = sched_value_print,
};

const struct value_kind emulator_sched_value = {
	.syntax = "other|batch|idle",
	.put = sched_put,
	.print = sched_value_print,
};

/* One entry, `1-7:fifo:1`; @taken are the vCPUs of the entries before it. */
static bool vcpu_sched_entry(struct nl_msg *msg, int attr, const char *s,
			     size_t len, struct cpulist *taken,
			     struct text *err)
{
	const char *colon = memchr(s, ':', len);
	uint32_t first, last, vcpu;
	struct cpulist vcpus;
	struct sched sched;

	if (!colon) {
		text_add(err, "\"%.*s\": an entry is written VCPUS:CLASS, as in 1-7:fifo:1",
			 (int)len, s);
		return false;
	}
	if (!cpulist_parse(s, colon - s, "vCPU", &vcpus, err) ||
	    !sched_parse(colon + 1, len - (colon - s) - 1, &sched, err))
		return false;
	for (first = 0; cpulist_run(&vcpus, &first, &last); first = last + 1) {
		for (vcpu = first; vcpu <= last; vcpu++) {
			if (cpulist_has(taken, vcpu)) {
				text_add(err, "vCPU %u is named twice", vcpu);
				return false;
			}
		}
		if (!sched_nest(msg, attr, &sched, &first, &last))
			return too_long(err);
	}
	cpulist_union(taken, &vcpus);
	return true;
}

static bool vcpu_sched_put(struct nl_msg *msg, int attr, const char *value,
			   struct text *err)
{
	struct cpulist taken = { 0 };
	const char *s, *end;

	for (s = value;; s = end + 1) {
		end = strchrnul(s, '/');
		if (!vcpu_sched_entry(msg, attr, s, end - s, &taken, err))
			return false;
		if (!*end)
			return true;
	}
}

static void vcpu_sched_print(struct text *t, const struct nlattr *nla)
{
	const struct nlattr *first, *last;

	first = nla_find(nla_data(nla), nla_len(nla), CORDON_A_SCHED_FIRST);
	last = nla_find(nla_data(nla), nla_len(nla), CORDON_A_SCHED_LAST);
	if (!first || !last)
		return;
	text_add(t, "%llu", (unsigned long long)attr_uint(first));
	if (attr_uint(last) != attr_uint(first))
		text_add(t, "-%llu", (unsigned long long)attr_uint(last));
	text_char(t, ':');
	sched_value_print(t, nla);
}

static json_t *vcpu_sched_json(const struct nlattr *nla)
{
	struct text whole = { 0 }, class = { 0 };
	json_t *json = json_object();
	const char *colon;

	vcpu_sched_print(&whole, nla);
	sched_value_print(&class, nla);
	colon = strchrnul(text_str(&whole), ':');
	json_object_set_new(json, "vcpus",
			    json_stringn(text_str(&whole), colon - text_str(&whole)));
	json_object_set_new(json, "sched", json_string(text_str(&class)));
	text_free(&whole);
	text_free(&class);
	return json;
}

const struct value_kind vcpu_sched_value = {
	.syntax = "VCPUS:CLASS/VCPUS:CLASS",
	.put = vcpu_sched_put,
	.print = vcpu_sched_print,
	.json = vcpu_sched_json,
	.separator = '/',
};
