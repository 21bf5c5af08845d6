// SPDX-License-Identifier: GPL-2.0-only
/*
 * The values of the keys about placement: whose CPUs, which cores, which nodes,
 * and how much. Pure: the unit tests build this file too.
 */
#include <string.h>

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "cordon.h"
#include "values.h"

/* A kind of which each value is one word of an enum. */
#define WORD_KIND(name, written)						\
static bool name##_put(struct nl_msg *msg, int attr, const char *value,	\
		       struct text *err)					\
{										\
	return word_put(msg, attr, value, &name##_words, err);			\
}										\
static void name##_print(struct text *t, const struct nlattr *nla)		\
{										\
	text_add(t, "%s", word_of(&name##_words, attr_uint(nla)));		\
}										\
const struct value_kind name##_value = {					\
	.syntax = written,							\
	.put = name##_put,							\
	.print = name##_print,							\
}

WORD_KIND(placement, "adopt|solve");
WORD_KIND(thread_policy, "prefer|require|isolate|separate|avoid");
WORD_KIND(emulator_policy, "own|share|both|isolate");

/* A number of a nest; false if it is not there. */
static bool field(const struct nlattr *nest, int attr, uint32_t *number)
{
	const struct nlattr *nla = nla_find(nla_data(nest), nla_len(nest), attr);

	if (nla)
		*number = attr_uint(nla);
	return nla;
}

static void range_print(struct text *t, uint32_t first, uint32_t last)
{
	text_add(t, "%u", first);
	if (last != first)
		text_add(t, "-%u", last);
}

/*
 * One nest of cpu-policy or numa, whose attributes have the same numbers: a
 * kind, and for some kinds a run of vCPUs or nodes.
 */
static bool kind_nest(struct nl_msg *msg, int attr, uint32_t kind,
		      const uint32_t *first, const uint32_t *last)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	_Static_assert((int)CORDON_A_NUMA_KIND == (int)CORDON_A_CPU_POLICY_KIND &&
		       (int)CORDON_A_NUMA_FIRST == (int)CORDON_A_CPU_POLICY_FIRST &&
		       (int)CORDON_A_NUMA_LAST == (int)CORDON_A_CPU_POLICY_LAST,
		       "one function for both");
	return nest &&
	       !nla_put_u32(msg, CORDON_A_CPU_POLICY_KIND, kind) &&
	       (!first || !nla_put_u32(msg, CORDON_A_CPU_POLICY_FIRST, *first)) &&
	       (!last || !nla_put_u32(msg, CORDON_A_CPU_POLICY_LAST, *last)) &&
	       !nla_nest_end(msg, nest);
}

static bool runs_put(struct nl_msg *msg, int attr, uint32_t kind,
		     const struct cpulist *set, struct text *err)
{
	uint32_t first, last;

	for (first = 0; cpulist_run(set, &first, &last); first = last + 1)
		if (!kind_nest(msg, attr, kind, &first, &last))
			return too_long(err);
	return true;
}

/* The run of such a nest; nothing if it has none. */
static void run_print(struct text *t, const struct nlattr *nla)
{
	uint32_t first, last;

	if (field(nla, CORDON_A_CPU_POLICY_FIRST, &first) &&
	    field(nla, CORDON_A_CPU_POLICY_LAST, &last))
		range_print(t, first, last);
}

#define MIXED	"mixed:"

static bool cpu_policy_put(struct nl_msg *msg, int attr, const char *value,
			   struct text *err)
{
	const char *list = value + strlen(MIXED);
	struct cpulist vcpus;
	uint32_t kind;

	if (!strncmp(value, MIXED, strlen(MIXED)))
		return cpulist_parse(list, strlen(list), "vCPU", &vcpus, err) &&
		       runs_put(msg, attr, CORDON_CPU_POLICY_MIXED, &vcpus, err);
	kind = word_value(&cpu_policy_words, value, strlen(value));
	if (kind && kind != CORDON_CPU_POLICY_MIXED)
		return kind_nest(msg, attr, kind, NULL, NULL) || too_long(err);
	text_add(err, "\"%s\" is not one of shared, dedicated, mixed:VCPUS", value);
	return false;
}

static void cpu_policy_head(struct text *t, const struct nlattr *first)
{
	uint32_t kind = 0;

	field(first, CORDON_A_CPU_POLICY_KIND, &kind);
	text_add(t, "%s%s", word_of(&cpu_policy_words, kind),
		 kind == CORDON_CPU_POLICY_MIXED ? ":" : "");
}

const struct value_kind cpu_policy_value = {
	.syntax = "shared|dedicated|mixed:VCPUS",
	.put = cpu_policy_put,
	.print = run_print,
	.head = cpu_policy_head,
	.separator = ',',
};

static bool numa_put(struct nl_msg *msg, int attr, const char *value,
		     struct text *err)
{
	uint32_t kind = word_value(&numa_words, value, strlen(value));
	struct cpulist nodes;

	if (kind)
		return kind_nest(msg, attr, kind, NULL, NULL) || too_long(err);
	return cpulist_parse(value, strlen(value), "node", &nodes, err) &&
	       runs_put(msg, attr, CORDON_NUMA_NODES, &nodes, err);
}

static void numa_head(struct text *t, const struct nlattr *first)
{
	uint32_t kind = 0;

	field(first, CORDON_A_NUMA_KIND, &kind);
	if (kind != CORDON_NUMA_NODES)
		text_add(t, "%s", word_of(&numa_words, kind));
}

const struct value_kind numa_value = {
	.syntax = "auto|any|NODES",
	.put = numa_put,
	.print = run_print,
	.head = numa_head,
	.separator = ',',
};

static bool map_nest(struct nl_msg *msg, int attr, uint32_t first,
		     uint32_t last, uint32_t node)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);

	return nest &&
	       !nla_put_u32(msg, CORDON_A_NUMA_MAP_FIRST, first) &&
	       !nla_put_u32(msg, CORDON_A_NUMA_MAP_LAST, last) &&
	       !nla_put_u32(msg, CORDON_A_NUMA_MAP_NODE, node) &&
	       !nla_nest_end(msg, nest);
}

/* One entry, `0-3:0`; @taken are the vCPUs of the entries before it. */
static bool map_entry(struct nl_msg *msg, int attr, const char *s, size_t len,
		      struct cpulist *taken, struct text *err)
{
	const char *colon = memchr(s, ':', len);
	uint32_t first, last, vcpu, node;
	struct cpulist vcpus;

	if (!colon ||
	    !number_parse(colon + 1, len - (colon - s) - 1, CPULIST_MAX, &node)) {
		text_add(err, "\"%.*s\": an entry is written VCPUS:NODE, as in 0-3:0",
			 (int)len, s);
		return false;
	}
	if (!cpulist_parse(s, colon - s, "vCPU", &vcpus, err))
		return false;
	for (first = 0; cpulist_run(&vcpus, &first, &last); first = last + 1) {
		for (vcpu = first; vcpu <= last; vcpu++) {
			if (cpulist_has(taken, vcpu)) {
				text_add(err, "vCPU %u is named twice", vcpu);
				return false;
			}
		}
		if (!map_nest(msg, attr, first, last, node))
			return too_long(err);
	}
	cpulist_union(taken, &vcpus);
	return true;
}

static bool numa_map_put(struct nl_msg *msg, int attr, const char *value,
			 struct text *err)
{
	struct cpulist taken = { 0 };
	const char *s, *end;

	for (s = value;; s = end + 1) {
		end = strchrnul(s, '/');
		if (!map_entry(msg, attr, s, end - s, &taken, err))
			return false;
		if (!*end)
			return true;
	}
}

/* The vCPUs of an entry as they are typed, and its node. */
static bool map_read(const struct nlattr *nla, struct text *vcpus, uint32_t *node)
{
	uint32_t first, last;

	if (!field(nla, CORDON_A_NUMA_MAP_FIRST, &first) ||
	    !field(nla, CORDON_A_NUMA_MAP_LAST, &last) ||
	    !field(nla, CORDON_A_NUMA_MAP_NODE, node))
		return false;
	range_print(vcpus, first, last);
	return true;
}

static void numa_map_print(struct text *t, const struct nlattr *nla)
{
	uint32_t node;

	if (map_read(nla, t, &node))
		text_add(t, ":%u", node);
}

static json_t *numa_map_json(const struct nlattr *nla)
{
	json_t *json = json_object();
	struct text vcpus = { 0 };
	uint32_t node;

	if (map_read(nla, &vcpus, &node)) {
		json_object_set_new(json, "vcpus", json_string(text_str(&vcpus)));
		json_object_set_new(json, "node", json_integer(node));
	}
	text_free(&vcpus);
	return json;
}

const struct value_kind numa_map_value = {
	.syntax = "VCPUS:NODE/VCPUS:NODE",
	.put = numa_map_put,
	.print = numa_map_print,
	.json = numa_map_json,
	.separator = '/',
};

static bool nodes_put(struct nl_msg *msg, int attr, const char *value,
		      struct text *err)
{
	uint32_t first, last, node;
	struct cpulist nodes;

	if (!cpulist_parse(value, strlen(value), "node", &nodes, err))
		return false;
	for (first = 0; cpulist_run(&nodes, &first, &last); first = last + 1)
		for (node = first; node <= last; node++)
			if (nla_put_u32(msg, attr, node))
				return too_long(err);
	return true;
}

const struct value_kind nodes_value = {
	.syntax = "NODES",
	.put = nodes_put,
	.print = uint_print,
	.json = uint_json,
	.separator = ',',
};

/* `1500m`, or `1.5` with at most three decimals: thousandths of a CPU. */
static bool amount_parse(const char *value, uint64_t *thousandths)
{
	uint64_t part, scale = 1000;
	const char *s = value, *point;

	if (!digits_parse(&s, thousandths) || *thousandths > UINT32_MAX)
		return false;
	if (!strcmp(s, "m"))
		return true;
	*thousandths *= 1000;
	if (!*s)
		return true;
	point = s++;
	if (*point != '.' || !digits_parse(&s, &part) || *s || s - point > 4)
		return false;
	for (point++; point < s; point++)
		scale /= 10;
	*thousandths += part * scale;
	return true;
}

static bool amount_put(struct nl_msg *msg, int attr, const char *value,
		       struct text *err)
{
	uint64_t thousandths;

	if (amount_parse(value, &thousandths) && thousandths &&
	    thousandths <= UINT32_MAX)
		return !nla_put_u32(msg, attr, thousandths) || too_long(err);
	text_add(err, "\"%s\" is no amount of CPU: 1500m or 1.5", value);
	return false;
}

static void amount_print(struct text *t, const struct nlattr *nla)
{
	text_add(t, "%llum", (unsigned long long)attr_uint(nla));
}

static void amount_other(struct text *t, const struct nlattr *nla)
{
	uint64_t thousandths = attr_uint(nla);

	text_add(t, "%llu.%03llu", (unsigned long long)thousandths / 1000,
		 (unsigned long long)thousandths % 1000);
	while (t->s[t->len - 1] == '0')
		t->s[--t->len] = '\0';
	if (t->s[t->len - 1] == '.')
		t->s[--t->len] = '\0';
	text_add(t, " CPU%s", thousandths == 1000 ? "" : "s");
}

const struct value_kind amount_value = {
	.syntax = "AMOUNT",
	.put = amount_put,
	.print = amount_print,
	.json = uint_json,
	.other = amount_other,
	.unit = "millicpus",
};
