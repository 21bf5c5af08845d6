// SPDX-License-Identifier: GPL-2.0-only
/*
 * The values of vcpu-pin and iothread-pin: entries separated by slashes.
 * `0-3:8-9` lets each of these vCPUs run on any of these CPUs, `0-3=8-11` is
 * one to one in the order in which both sides are written. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "values.h"

static bool take(struct cpulist *taken, uint32_t vcpu, struct text *err)
{
	if (cpulist_has(taken, vcpu)) {
		text_add(err, "vCPU %u is named twice", vcpu);
		return false;
	}
	cpulist_set(taken, vcpu, vcpu);
	return true;
}

static bool pin_nest(struct nl_msg *msg, int attr, uint32_t first,
		     uint32_t last, const struct cpulist *cpus, bool one_to_one)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	return nest &&
	       !nla_put_u32(msg, CORDON_A_VCPU_PIN_FIRST, first) &&
	       !nla_put_u32(msg, CORDON_A_VCPU_PIN_LAST, last) &&
	       attr_put_cpus(msg, CORDON_A_VCPU_PIN_CPUS, cpus) &&
	       (!one_to_one ||
		!nla_put_flag(msg, CORDON_A_VCPU_PIN_ONE_TO_ONE)) &&
	       !nla_nest_end(msg, nest);
}

/* `0-3,8:4-7`: a mask for each. */
static bool mask_put(struct nl_msg *msg, int attr, const char *s,
		     const char *sign, const char *end, struct cpulist *taken,
		     struct text *err)
{
	uint32_t first, last, vcpu;
	struct cpulist vcpus, cpus;

	if (!cpulist_parse(s, sign - s, "vCPU", &vcpus, err) ||
	    !cpulist_parse(sign + 1, end - sign - 1, "CPU", &cpus, err))
		return false;
	for (first = 0; cpulist_run(&vcpus, &first, &last); first = last + 1) {
		for (vcpu = first; vcpu <= last; vcpu++)
			if (!take(taken, vcpu, err))
				return false;
		if (!pin_nest(msg, attr, first, last, &cpus, false))
			return too_long(err);
	}
	return true;
}

/*
 * `0-3=4,36,5,37`: one to one. The kernel pairs a run of vCPUs with a set of
 * CPUs in ascending order, so what is written in another order becomes as
 * many runs as it takes.
 */
static bool pairs_put(struct nl_msg *msg, int attr, const struct cpuseq *vcpus,
		      const struct cpuseq *cpus, struct text *err)
{
	uint32_t from, to, i;

	for (from = 0; from < vcpus->n; from = to) {
		struct cpulist set = { 0 };

		for (to = from + 1; to < vcpus->n; to++)
			if (vcpus->number[to] != vcpus->number[to - 1] + 1 ||
			    cpus->number[to] < cpus->number[to - 1])
				break;
		for (i = from; i < to; i++)
			cpulist_set(&set, cpus->number[i], cpus->number[i]);
		if (!pin_nest(msg, attr, vcpus->number[from],
			      vcpus->number[to - 1], &set, true))
			return too_long(err);
	}
	return true;
}

static bool one_to_one_put(struct nl_msg *msg, int attr, const char *s,
			   const char *sign, const char *end,
			   struct cpulist *taken, struct text *err)
{
	struct cpuseq *vcpus = xcalloc(2, sizeof(*vcpus)), *cpus = vcpus + 1;
	bool done = false;
	uint32_t i;

	if (!cpuseq_parse(s, sign - s, "vCPU", vcpus, err) ||
	    !cpuseq_parse(sign + 1, end - sign - 1, "CPU", cpus, err))
		goto out;
	if (vcpus->n != cpus->n) {
		text_add(err, "\"%.*s\": %u vCPU%s one to one on %u CPU%s",
			 (int)(end - s), s, vcpus->n, vcpus->n > 1 ? "s" : "",
			 cpus->n, cpus->n > 1 ? "s" : "");
		goto out;
	}
	for (i = 0; i < vcpus->n; i++)
		if (!take(taken, vcpus->number[i], err))
			goto out;
	done = pairs_put(msg, attr, vcpus, cpus, err);
out:
	free(vcpus);
	return done;
}

static bool vcpu_pin_put(struct nl_msg *msg, int attr, const char *value,
			 struct text *err)
{
	struct cpulist taken = { 0 };
	const char *s, *sign, *end;
	bool put;

	for (s = value;; s = end + 1) {
		end = strchrnul(s, '/');
		sign = s + strcspn(s, ":=/");
		if (sign == end) {
			text_add(err, "\"%.*s\": an entry is written VCPUS:CPUS or VCPUS=CPUS",
				 (int)(end - s), s);
			return false;
		}
		if (*sign == ':')
			put = mask_put(msg, attr, s, sign, end, &taken, err);
		else
			put = one_to_one_put(msg, attr, s, sign, end, &taken, err);
		if (!put)
			return false;
		if (!*end)
			return true;
	}
}

/**
 * struct vcpu_pin - one entry, read back
 * @first: the first vCPU
 * @last: the last one
 * @cpus: where they may run
 * @one_to_one: each on one of them
 */
struct vcpu_pin {
	uint32_t first;
	uint32_t last;
	struct cpulist cpus;
	bool one_to_one;
};

static void vcpu_pin_read(const struct nlattr *nla, struct vcpu_pin *pin)
{
	struct nlattr *pos;
	int rem;

	memset(pin, 0, sizeof(*pin));
	attr_for_each_nested(pos, nla, rem) {
		switch (nla_type(pos)) {
		case CORDON_A_VCPU_PIN_FIRST:
			pin->first = attr_uint(pos);
			break;
		case CORDON_A_VCPU_PIN_LAST:
			pin->last = attr_uint(pos);
			break;
		case CORDON_A_VCPU_PIN_CPUS:
			attr_cpu_range(pos, &pin->cpus);
			break;
		case CORDON_A_VCPU_PIN_ONE_TO_ONE:
			pin->one_to_one = true;
			break;
		}
	}
}

static void range_print(struct text *t, uint32_t first, uint32_t last)
{
	text_add(t, "%u", first);
	if (last != first)
		text_add(t, "-%u", last);
}

static void vcpu_pin_print(struct text *t, const struct nlattr *nla)
{
	struct vcpu_pin pin;

	vcpu_pin_read(nla, &pin);
	range_print(t, pin.first, pin.last);
	text_char(t, pin.one_to_one ? '=' : ':');
	cpulist_print(&pin.cpus, t);
}

static json_t *vcpu_pin_json(const struct nlattr *nla)
{
	struct text vcpus = { 0 }, cpus = { 0 };
	json_t *json = json_object();
	struct vcpu_pin pin;

	vcpu_pin_read(nla, &pin);
	range_print(&vcpus, pin.first, pin.last);
	cpulist_print(&pin.cpus, &cpus);
	json_object_set_new(json, "vcpus", json_string(text_str(&vcpus)));
	json_object_set_new(json, "cpus", json_string(text_str(&cpus)));
	json_object_set_new(json, "one_to_one", json_boolean(pin.one_to_one));
	text_free(&vcpus);
	text_free(&cpus);
	return json;
}

const struct value_kind vcpu_pin_value = {
	.syntax = "VCPUS:CPUS/VCPUS=CPUS",
	.put = vcpu_pin_put,
	.print = vcpu_pin_print,
	.json = vcpu_pin_json,
	.separator = '/',
};

/* What has a meaning in an entry, and so a backslash before it in a name. */
static bool is_special(char c)
{
	return c && strchr(":/=\\", c);
}

/* A name up to its colon; NULL on garbage. */
static const char *name_parse(const char *s, struct text *name,
			      struct text *err)
{
	const char *entry = s;

	for (; *s && !strchr(":/=", *s); s++) {
		if (*s == '\\') {
			s++;
			if (!is_special(*s)) {
				text_add(err, "\"%s\": a backslash stands only before : / = and \\",
					 entry);
				return NULL;
			}
		}
		text_char(name, *s);
	}
	if (*s == ':' && name->len)
		return s;
	text_add(err, "\"%.*s\": an entry is written NAME:CPUS, with a backslash before : / = in a name",
		 (int)strcspn(entry, "/"), entry);
	return NULL;
}

/* The name, to be freed, and the CPUs of one entry. */
static char *iothread_pin_read(const struct nlattr *nla, struct cpulist *cpus)
{
	struct nlattr *pos;
	char *name = NULL;
	int rem;

	memset(cpus, 0, sizeof(*cpus));
	attr_for_each_nested(pos, nla, rem) {
		if (nla_type(pos) == CORDON_A_IOTHREAD_PIN_NAME && !name)
			name = attr_string(pos);
		else if (nla_type(pos) == CORDON_A_IOTHREAD_PIN_CPUS)
			attr_cpu_range(pos, cpus);
	}
	return name ? name : xstrdup("");
}

/* Both name one thread: the kernel tries a name with and without "IO ". */
static bool is_same(const char *a, const char *b)
{
	return !strcmp(a, b) ||
	       (!strncmp(a, "IO ", 3) && !strcmp(a + 3, b)) ||
	       (!strncmp(b, "IO ", 3) && !strcmp(a, b + 3));
}

/* A name that no thread can have, or that an entry before it has. */
static bool name_check(struct nl_msg *msg, int attr, const char *name,
		       struct text *err)
{
	size_t len = strlen(name);
	struct nlattr *pos;
	bool same = false;
	int rem;

	if (len > COMM_BYTES) {
		text_add(err, "\"%s\" has %zu bytes: a thread's name has at most %d",
			 name, len, COMM_BYTES);
		return false;
	}
	attr_for_each(pos, msg, rem) {
		struct cpulist cpus;
		char *before;

		if (nla_type(pos) != attr || same)
			continue;
		before = iothread_pin_read(pos, &cpus);
		same = is_same(before, name);
		if (same)
			text_add(err, strcmp(before, name) ?
				 "\"%s\" is named twice, first as \"%s\"" :
				 "\"%s\" is named twice", name, before);
		free(before);
	}
	return !same;
}

static bool iothread_nest(struct nl_msg *msg, int attr, const char *name,
			  const struct cpulist *cpus)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	return nest &&
	       !nla_put_string(msg, CORDON_A_IOTHREAD_PIN_NAME, name) &&
	       attr_put_cpus(msg, CORDON_A_IOTHREAD_PIN_CPUS, cpus) &&
	       !nla_nest_end(msg, nest);
}

static bool iothread_pin_put(struct nl_msg *msg, int attr, const char *value,
			     struct text *err)
{
	const char *s, *colon, *end;
	struct text name = { 0 };
	struct cpulist cpus;
	bool put = false;

	for (s = value;; s = end + 1) {
		text_clear(&name);
		colon = name_parse(s, &name, err);
		if (!colon)
			break;
		end = strchrnul(colon, '/');
		if (!cpulist_parse(colon + 1, end - colon - 1, "CPU", &cpus, err))
			break;
		if (!name_check(msg, attr, text_str(&name), err))
			break;
		if (!iothread_nest(msg, attr, text_str(&name), &cpus)) {
			too_long(err);
			break;
		}
		if (!*end) {
			put = true;
			break;
		}
	}
	text_free(&name);
	return put;
}

static void iothread_pin_print(struct text *t, const struct nlattr *nla)
{
	struct cpulist cpus;
	char *name = iothread_pin_read(nla, &cpus), *s;

	for (s = name; *s; s++) {
		if (is_special(*s))
			text_char(t, '\\');
		text_char(t, *s);
	}
	free(name);
	text_char(t, ':');
	cpulist_print(&cpus, t);
}

static json_t *iothread_pin_json(const struct nlattr *nla)
{
	struct text clean = { 0 }, list = { 0 };
	json_t *json = json_object();
	struct cpulist cpus;
	char *name = iothread_pin_read(nla, &cpus);

	text_utf8(&clean, name, true);
	cpulist_print(&cpus, &list);
	json_object_set_new(json, "name", json_string(text_str(&clean)));
	json_object_set_new(json, "cpus", json_string(text_str(&list)));
	text_free(&clean);
	text_free(&list);
	free(name);
	return json;
}

const struct value_kind iothread_pin_value = {
	.syntax = "NAME:CPUS/NAME:CPUS",
	.put = iothread_pin_put,
	.print = iothread_pin_print,
	.json = iothread_pin_json,
	.separator = '/',
};
