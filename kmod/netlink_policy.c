// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy from the wire: attributes to values. No logic. The way back is in
 * netlink_fill.c.
 *
 * Process context, no locks held.
 */
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "check.h"
#include "netlink.h"
#include "policy.h"

/* Bytes of a request: so the keys of a policy together fit into a dump. */
#define REQUEST_MAX	SZ_16K

/* No kernel has more; the host's own number is checked later. */
#define VCPU_INDEX_MAX	4095
#define NODE_NUMBER_MAX	1023

const struct nla_policy cpu_range_policy[CORDON_A_CPU_RANGE_MAX + 1] = {
	[CORDON_A_CPU_RANGE_FIRST] = NLA_POLICY_MAX(NLA_U32, CPU_NUMBER_MAX),
	[CORDON_A_CPU_RANGE_LAST] = NLA_POLICY_MAX(NLA_U32, CPU_NUMBER_MAX),
};

static const struct nla_policy vcpu_pin_policy[CORDON_A_VCPU_PIN_MAX + 1] = {
	[CORDON_A_VCPU_PIN_FIRST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
	[CORDON_A_VCPU_PIN_LAST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
	[CORDON_A_VCPU_PIN_CPUS] = NLA_POLICY_NESTED(cpu_range_policy),
	[CORDON_A_VCPU_PIN_ONE_TO_ONE] = { .type = NLA_FLAG },
};

static const struct nla_policy
iothread_pin_policy[CORDON_A_IOTHREAD_PIN_MAX + 1] = {
	[CORDON_A_IOTHREAD_PIN_NAME] = { .type = NLA_NUL_STRING,
					 .len = POLICY_NAME_LEN - 1 },
	[CORDON_A_IOTHREAD_PIN_CPUS] = NLA_POLICY_NESTED(cpu_range_policy),
};

static const struct nla_policy sched_policy[CORDON_A_SCHED_MAX + 1] = {
	[CORDON_A_SCHED_FIRST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
	[CORDON_A_SCHED_LAST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
	[CORDON_A_SCHED_POLICY] = NLA_POLICY_RANGE(NLA_U32, 1,
						   CORDON_SCHED_MAX),
	[CORDON_A_SCHED_PRIORITY] = NLA_POLICY_RANGE(NLA_U32, 1,
						     CORDON_SCHED_PRIORITY_MAX),
};

/* Not const: 6.1 does not take that. */
static struct netlink_range_validation minor_range = {
	.max = CORDON_IO_MINOR_MAX,
};

static struct netlink_range_validation rate_range = {
	.min = CORDON_IO_RATE_MIN, .max = CORDON_UNLIMITED,
};

static struct netlink_range_validation bytes_range = {
	.max = CORDON_UNLIMITED,
};

static struct netlink_range_validation quota_range = {
	.min = CORDON_QUOTA_MIN_US, .max = CORDON_QUOTA_MAX_US,
};

static struct netlink_range_validation period_range = {
	.min = CORDON_PERIOD_MIN_US, .max = CORDON_PERIOD_MAX_US,
};

static struct netlink_range_validation burst_range = {
	.max = CORDON_QUOTA_MAX_US,
};

static const struct nla_policy io_max_policy[CORDON_A_IO_MAX_MAX + 1] = {
	[CORDON_A_IO_MAX_MAJOR] = NLA_POLICY_MAX(NLA_U32, CORDON_IO_MAJOR_MAX),
	[CORDON_A_IO_MAX_MINOR] = NLA_POLICY_FULL_RANGE(NLA_U32, &minor_range),
	[CORDON_A_IO_MAX_RBPS] = NLA_POLICY_FULL_RANGE(NLA_U64, &rate_range),
	[CORDON_A_IO_MAX_WBPS] = NLA_POLICY_FULL_RANGE(NLA_U64, &rate_range),
	[CORDON_A_IO_MAX_RIOPS] = NLA_POLICY_FULL_RANGE(NLA_U64, &rate_range),
	[CORDON_A_IO_MAX_WIOPS] = NLA_POLICY_FULL_RANGE(NLA_U64, &rate_range),
};

static const struct nla_policy cpu_policy_policy[CORDON_A_CPU_POLICY_MAX + 1] = {
	[CORDON_A_CPU_POLICY_KIND] = NLA_POLICY_RANGE(NLA_U32, 1,
						      CORDON_CPU_POLICY_MAX),
	[CORDON_A_CPU_POLICY_FIRST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
	[CORDON_A_CPU_POLICY_LAST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
};

static const struct nla_policy numa_policy[CORDON_A_NUMA_MAX + 1] = {
	[CORDON_A_NUMA_KIND] = NLA_POLICY_RANGE(NLA_U32, 1, CORDON_NUMA_MAX),
	[CORDON_A_NUMA_FIRST] = NLA_POLICY_MAX(NLA_U32, NODE_NUMBER_MAX),
	[CORDON_A_NUMA_LAST] = NLA_POLICY_MAX(NLA_U32, NODE_NUMBER_MAX),
};

static const struct nla_policy numa_map_policy[CORDON_A_NUMA_MAP_MAX + 1] = {
	[CORDON_A_NUMA_MAP_FIRST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
	[CORDON_A_NUMA_MAP_LAST] = NLA_POLICY_MAX(NLA_U32, VCPU_INDEX_MAX),
	[CORDON_A_NUMA_MAP_NODE] = NLA_POLICY_MAX(NLA_U32, NODE_NUMBER_MAX),
};

const struct nla_policy policy_set_policy[CORDON_A_POLICY_MAX + 1] = {
	[CORDON_A_POLICY_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_POLICY_PID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_POLICY_REPLACE] = { .type = NLA_FLAG },
	[CORDON_A_POLICY_PLAN] = { .type = NLA_FLAG },
	[CORDON_A_POLICY_REPLAN] = { .type = NLA_FLAG },
	[CORDON_A_POLICY_RESET] = NLA_POLICY_RANGE(NLA_U32, POLICY_KEY_FIRST,
						   POLICY_KEY_LAST),
	[CORDON_A_POLICY_CONFIRM_S] = NLA_POLICY_RANGE(NLA_U32, 1, 3600),
	[CORDON_A_POLICY_MODE] = NLA_POLICY_RANGE(NLA_U32, 1, CORDON_MODE_MAX),
	[CORDON_A_POLICY_VCPU_PIN] = NLA_POLICY_NESTED(vcpu_pin_policy),
	[CORDON_A_POLICY_EMULATOR_CPUS] = NLA_POLICY_NESTED(cpu_range_policy),
	[CORDON_A_POLICY_IOTHREAD_CPUS] = NLA_POLICY_NESTED(cpu_range_policy),
	[CORDON_A_POLICY_IOTHREAD_PIN] = NLA_POLICY_NESTED(iothread_pin_policy),
	[CORDON_A_POLICY_IOTHREAD_MATCH] = { .type = NLA_NUL_STRING,
					     .len = POLICY_NAME_LEN - 1 },
	[CORDON_A_POLICY_IOTHREAD_TIDS] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_POLICY_MIGRATION_CPUS] = NLA_POLICY_NESTED(cpu_range_policy),
	[CORDON_A_POLICY_HELPER_CPUS] = NLA_POLICY_NESTED(cpu_range_policy),
	[CORDON_A_POLICY_VCPU_SCHED] = NLA_POLICY_NESTED(sched_policy),
	[CORDON_A_POLICY_IOTHREAD_SCHED] = NLA_POLICY_NESTED(sched_policy),
	[CORDON_A_POLICY_EMULATOR_SCHED] = NLA_POLICY_NESTED(sched_policy),
	[CORDON_A_POLICY_VCPU_QUOTA] = NLA_POLICY_FULL_RANGE(NLA_U64, &quota_range),
	[CORDON_A_POLICY_VCPU_PERIOD] = NLA_POLICY_FULL_RANGE(NLA_U32, &period_range),
	[CORDON_A_POLICY_VCPU_BURST] = NLA_POLICY_FULL_RANGE(NLA_U64, &burst_range),
	[CORDON_A_POLICY_EMULATOR_QUOTA] = NLA_POLICY_FULL_RANGE(NLA_U64, &quota_range),
	[CORDON_A_POLICY_EMULATOR_PERIOD] = NLA_POLICY_FULL_RANGE(NLA_U32, &period_range),
	[CORDON_A_POLICY_EMULATOR_BURST] = NLA_POLICY_FULL_RANGE(NLA_U64, &burst_range),
	[CORDON_A_POLICY_IOTHREAD_QUOTA] = NLA_POLICY_FULL_RANGE(NLA_U64, &quota_range),
	[CORDON_A_POLICY_IOTHREAD_PERIOD] = NLA_POLICY_FULL_RANGE(NLA_U32, &period_range),
	[CORDON_A_POLICY_IOTHREAD_BURST] = NLA_POLICY_FULL_RANGE(NLA_U64, &burst_range),
	[CORDON_A_POLICY_MIGRATION_QUOTA] = NLA_POLICY_FULL_RANGE(NLA_U64, &quota_range),
	[CORDON_A_POLICY_MIGRATION_PERIOD] = NLA_POLICY_FULL_RANGE(NLA_U32, &period_range),
	[CORDON_A_POLICY_MIGRATION_BURST] = NLA_POLICY_FULL_RANGE(NLA_U64, &burst_range),
	[CORDON_A_POLICY_GLOBAL_QUOTA] = NLA_POLICY_FULL_RANGE(NLA_U64, &quota_range),
	[CORDON_A_POLICY_GLOBAL_PERIOD] = NLA_POLICY_FULL_RANGE(NLA_U32, &period_range),
	[CORDON_A_POLICY_GLOBAL_BURST] = NLA_POLICY_FULL_RANGE(NLA_U64, &burst_range),
	[CORDON_A_POLICY_CAP_BY] = NLA_POLICY_RANGE(NLA_U32, 1,
						    CORDON_CAP_BY_MAX),
	[CORDON_A_POLICY_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, CORDON_WEIGHT_MIN,
						    CORDON_WEIGHT_MAX),
	[CORDON_A_POLICY_MEMORY_MIN] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[CORDON_A_POLICY_MEMORY_LOW] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[CORDON_A_POLICY_MEMORY_HIGH] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[CORDON_A_POLICY_MEMORY_MAX] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[CORDON_A_POLICY_IO_MAX] = NLA_POLICY_NESTED(io_max_policy),
	[CORDON_A_POLICY_CPU_POLICY] = NLA_POLICY_NESTED(cpu_policy_policy),
	[CORDON_A_POLICY_PLACEMENT] = NLA_POLICY_RANGE(NLA_U32, 1,
						       CORDON_PLACEMENT_MAX),
	[CORDON_A_POLICY_THREAD_POLICY] = NLA_POLICY_RANGE(NLA_U32, 1,
							   CORDON_THREAD_POLICY_MAX),
	[CORDON_A_POLICY_EMULATOR_POLICY] = NLA_POLICY_RANGE(NLA_U32, 1,
							     CORDON_EMULATOR_POLICY_MAX),
	[CORDON_A_POLICY_NUMA] = NLA_POLICY_NESTED(numa_policy),
	[CORDON_A_POLICY_NUMA_MAP] = NLA_POLICY_NESTED(numa_map_policy),
	[CORDON_A_POLICY_NUMA_PREFER] = NLA_POLICY_MAX(NLA_U32, NODE_NUMBER_MAX),
	[CORDON_A_POLICY_RESERVATION] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_POLICY_FORCE] = NLA_POLICY_RANGE(NLA_U32, 1,
						   CORDON_SWITCH_MAX),
};

struct parse {
	struct genl_info *info;
	struct refusal *why;
	u32 key;
};

static int parse_missing(const struct parse *in, const char *what)
{
	return refuse(in->why, -EINVAL, in->key,
		      "%s: an entry has no %s", policy_key_name(in->key), what);
}

/**
 * parse_cpus() - add a run of CPUs to a rule's set
 * @info: the request
 * @attr: a cpu-range nest
 * @key: the attribute that it is about
 * @name: its name, for a refusal
 * @rule: its set is made if need be, and is the caller's to free
 * @why: filled if it is refused here
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int parse_cpus(struct genl_info *info, const struct nlattr *attr, u32 key,
	       const char *name, struct policy_rule *rule, struct refusal *why)
{
	struct nlattr *tb[CORDON_A_CPU_RANGE_MAX + 1];
	u32 first, last, cpu;
	int ret;

	ret = nla_parse_nested(tb, CORDON_A_CPU_RANGE_MAX, attr,
			       cpu_range_policy, info->extack);
	if (ret)
		return ret;
	if (!tb[CORDON_A_CPU_RANGE_FIRST] || !tb[CORDON_A_CPU_RANGE_LAST])
		return refuse(why, -EINVAL, key,
			      "%s: an entry has no first and last CPU", name);
	if (value_add_cpus(rule))
		return -ENOMEM;
	first = nla_get_u32(tb[CORDON_A_CPU_RANGE_FIRST]);
	last = nla_get_u32(tb[CORDON_A_CPU_RANGE_LAST]);
	if (first > last)
		return refuse(why, -EINVAL, key,
			      "%s: CPUs %u-%u: the range ends before it begins",
			      name, first, last);
	for (cpu = first; cpu <= last; cpu++) {
		if (cpu >= nr_cpu_ids || !cpu_possible(cpu)) {
			why->cpu = cpu;
			return refuse(why, -EINVAL, key,
				      "%s: CPU %u does not exist", name, cpu);
		}
		cpumask_set_cpu(cpu, rule->cpus);
	}
	return 0;
}

static int parse_cpu_range(const struct parse *in, const struct nlattr *attr,
			   struct policy_rule *rule)
{
	return parse_cpus(in->info, attr, in->key, policy_key_name(in->key),
			  rule, in->why);
}

/* All cpu-range nests of type @type inside of @nest. */
static int parse_nested_cpus(const struct parse *in, const struct nlattr *nest,
			     int type, struct policy_rule *rule)
{
	const struct nlattr *attr;
	int ret = 0, rem;

	nla_for_each_nested(attr, nest, rem)
		if (!ret && nla_type(attr) == type)
			ret = parse_cpu_range(in, attr, rule);
	if (!ret && !rule->cpus)
		ret = parse_missing(in, "CPUs");
	return ret;
}

static int parse_vcpu_pin(const struct parse *in, const struct nlattr *attr,
			  struct policy_rule *rule)
{
	struct nlattr *tb[CORDON_A_VCPU_PIN_MAX + 1];
	int ret;

	ret = nla_parse_nested(tb, CORDON_A_VCPU_PIN_MAX, attr, vcpu_pin_policy,
			       in->info->extack);
	if (ret)
		return ret;
	if (!tb[CORDON_A_VCPU_PIN_FIRST] || !tb[CORDON_A_VCPU_PIN_LAST])
		return parse_missing(in, "first and last vCPU");
	rule->first = nla_get_u32(tb[CORDON_A_VCPU_PIN_FIRST]);
	rule->last = nla_get_u32(tb[CORDON_A_VCPU_PIN_LAST]);
	rule->one_to_one = nla_get_flag(tb[CORDON_A_VCPU_PIN_ONE_TO_ONE]);
	return parse_nested_cpus(in, attr, CORDON_A_VCPU_PIN_CPUS, rule);
}

static int parse_name(const struct parse *in, const struct nlattr *attr,
		      struct policy_rule *rule)
{
	nla_strscpy(rule->name, attr, sizeof(rule->name));
	return rule->name[0] ? 0 : parse_missing(in, "name");
}

static int parse_iothread_pin(const struct parse *in, const struct nlattr *attr,
			      struct policy_rule *rule)
{
	struct nlattr *tb[CORDON_A_IOTHREAD_PIN_MAX + 1];
	int ret;

	ret = nla_parse_nested(tb, CORDON_A_IOTHREAD_PIN_MAX, attr,
			       iothread_pin_policy, in->info->extack);
	if (ret)
		return ret;
	if (!tb[CORDON_A_IOTHREAD_PIN_NAME])
		return parse_missing(in, "name");
	ret = parse_name(in, tb[CORDON_A_IOTHREAD_PIN_NAME], rule);
	if (ret)
		return ret;
	return parse_nested_cpus(in, attr, CORDON_A_IOTHREAD_PIN_CPUS, rule);
}

static int parse_sched(const struct parse *in, const struct nlattr *attr,
		       struct policy_rule *rule)
{
	struct nlattr *tb[CORDON_A_SCHED_MAX + 1];
	bool ranged = in->key == CORDON_A_POLICY_VCPU_SCHED;
	int ret;

	ret = nla_parse_nested(tb, CORDON_A_SCHED_MAX, attr, sched_policy,
			       in->info->extack);
	if (ret)
		return ret;
	if (!tb[CORDON_A_SCHED_POLICY])
		return parse_missing(in, "scheduling class");
	if (ranged != !!tb[CORDON_A_SCHED_FIRST] ||
	    ranged != !!tb[CORDON_A_SCHED_LAST])
		return refuse(in->why, -EINVAL, in->key,
			      "%s: a first and last vCPU %s",
			      policy_key_name(in->key),
			      ranged ? "are missing" : "do not belong here");
	if (ranged) {
		rule->first = nla_get_u32(tb[CORDON_A_SCHED_FIRST]);
		rule->last = nla_get_u32(tb[CORDON_A_SCHED_LAST]);
	}
	rule->number = nla_get_u32(tb[CORDON_A_SCHED_POLICY]);
	if (tb[CORDON_A_SCHED_PRIORITY])
		rule->priority = nla_get_u32(tb[CORDON_A_SCHED_PRIORITY]);
	return 0;
}

static int parse_number(const struct parse *in, const struct nlattr *attr,
			struct policy_rule *rule)
{
	rule->number = nla_get_u32(attr);
	return 0;
}

/* A time, of 4 bytes or of 8 as the policy above says; or bytes. */
static int parse_amount(const struct parse *in, const struct nlattr *attr,
			struct policy_rule *rule)
{
	rule->amount = nla_len(attr) == sizeof(u64) ? nla_get_u64(attr) :
						      nla_get_u32(attr);
	return 0;
}

/* A rate of io-max; one that is not named is 0, which nobody can ask for. */
static u64 parse_rate(const struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static int parse_io_max(const struct parse *in, const struct nlattr *attr,
			struct policy_rule *rule)
{
	struct nlattr *tb[CORDON_A_IO_MAX_MAX + 1];
	struct policy_io *io = &rule->io;
	int ret;

	ret = nla_parse_nested(tb, CORDON_A_IO_MAX_MAX, attr, io_max_policy,
			       in->info->extack);
	if (ret)
		return ret;
	if (!tb[CORDON_A_IO_MAX_MAJOR] || !tb[CORDON_A_IO_MAX_MINOR])
		return parse_missing(in, "major and minor number");
	io->major = nla_get_u32(tb[CORDON_A_IO_MAX_MAJOR]);
	io->minor = nla_get_u32(tb[CORDON_A_IO_MAX_MINOR]);
	io->rbps = parse_rate(tb[CORDON_A_IO_MAX_RBPS]);
	io->wbps = parse_rate(tb[CORDON_A_IO_MAX_WBPS]);
	io->riops = parse_rate(tb[CORDON_A_IO_MAX_RIOPS]);
	io->wiops = parse_rate(tb[CORDON_A_IO_MAX_WIOPS]);
	if (!io->rbps && !io->wbps && !io->riops && !io->wiops)
		return parse_missing(in, "rbps, wbps, riops or wiops");
	return 0;
}

/* A tid is the caller's; what is kept is the one of the initial namespace. */
static int parse_tid(const struct parse *in, const struct nlattr *attr,
		     struct policy_rule *rule)
{
	u32 tid = nla_get_u32(attr);

	rcu_read_lock();
	rule->number = pid_nr(find_vpid(tid));
	rcu_read_unlock();
	if (rule->number)
		return 0;
	in->why->tid = tid;
	return refuse(in->why, -EINVAL, in->key,
		      "%s: there is no thread %u",
		      policy_key_name(in->key), tid);
}

/*
 * A kind, and a range that only the last kind of its enum has: the entry of a
 * cpu-policy and of numa, which number their attributes alike.
 */
static int parse_kind(const struct parse *in, const struct nlattr *attr,
		      const struct nla_policy *policy, u32 ranged,
		      struct policy_rule *rule)
{
	struct nlattr *tb[CORDON_A_CPU_POLICY_MAX + 1];
	bool range;
	int ret;

	static_assert((int)CORDON_A_NUMA_KIND == (int)CORDON_A_CPU_POLICY_KIND);
	static_assert((int)CORDON_A_NUMA_FIRST == (int)CORDON_A_CPU_POLICY_FIRST);
	static_assert((int)CORDON_A_NUMA_LAST == (int)CORDON_A_CPU_POLICY_LAST);
	static_assert((int)CORDON_A_NUMA_MAX == (int)CORDON_A_CPU_POLICY_MAX);
	ret = nla_parse_nested(tb, CORDON_A_CPU_POLICY_MAX, attr, policy,
			       in->info->extack);
	if (ret)
		return ret;
	if (!tb[CORDON_A_CPU_POLICY_KIND])
		return parse_missing(in, "kind");
	rule->number = nla_get_u32(tb[CORDON_A_CPU_POLICY_KIND]);
	range = rule->number == ranged;
	if (range != !!tb[CORDON_A_CPU_POLICY_FIRST] ||
	    range != !!tb[CORDON_A_CPU_POLICY_LAST])
		return refuse(in->why, -EINVAL, in->key,
			      "%s: a first and last %s",
			      policy_key_name(in->key),
			      range ? "are missing" : "do not belong here");
	if (range) {
		rule->first = nla_get_u32(tb[CORDON_A_CPU_POLICY_FIRST]);
		rule->last = nla_get_u32(tb[CORDON_A_CPU_POLICY_LAST]);
	}
	return 0;
}

static int parse_cpu_policy(const struct parse *in, const struct nlattr *attr,
			    struct policy_rule *rule)
{
	return parse_kind(in, attr, cpu_policy_policy, CORDON_CPU_POLICY_MIXED,
			  rule);
}

static int parse_numa(const struct parse *in, const struct nlattr *attr,
		      struct policy_rule *rule)
{
	return parse_kind(in, attr, numa_policy, CORDON_NUMA_NODES, rule);
}

static int parse_numa_map(const struct parse *in, const struct nlattr *attr,
			  struct policy_rule *rule)
{
	struct nlattr *tb[CORDON_A_NUMA_MAP_MAX + 1];
	int ret;

	ret = nla_parse_nested(tb, CORDON_A_NUMA_MAP_MAX, attr, numa_map_policy,
			       in->info->extack);
	if (ret)
		return ret;
	if (!tb[CORDON_A_NUMA_MAP_FIRST] || !tb[CORDON_A_NUMA_MAP_LAST])
		return parse_missing(in, "first and last vCPU");
	if (!tb[CORDON_A_NUMA_MAP_NODE])
		return parse_missing(in, "node");
	rule->first = nla_get_u32(tb[CORDON_A_NUMA_MAP_FIRST]);
	rule->last = nla_get_u32(tb[CORDON_A_NUMA_MAP_LAST]);
	rule->number = nla_get_u32(tb[CORDON_A_NUMA_MAP_NODE]);
	return 0;
}

typedef int (*parse_fn)(const struct parse *in, const struct nlattr *attr,
			struct policy_rule *rule);

/*
 * How one attribute of a key becomes a rule. Each attribute makes a rule of
 * its own, but those of a CPU set (@joined) all make one.
 */
static const struct {
	parse_fn fn;
	bool joined;
	bool single;
} parsers[POLICY_KEYS] = {
	[CORDON_A_POLICY_MODE] = { parse_number, .single = true },
	[CORDON_A_POLICY_VCPU_PIN] = { parse_vcpu_pin },
	[CORDON_A_POLICY_EMULATOR_CPUS] = { parse_cpu_range, .joined = true },
	[CORDON_A_POLICY_IOTHREAD_CPUS] = { parse_cpu_range, .joined = true },
	[CORDON_A_POLICY_IOTHREAD_PIN] = { parse_iothread_pin },
	[CORDON_A_POLICY_IOTHREAD_MATCH] = { parse_name },
	[CORDON_A_POLICY_IOTHREAD_TIDS] = { parse_tid },
	[CORDON_A_POLICY_MIGRATION_CPUS] = { parse_cpu_range, .joined = true },
	[CORDON_A_POLICY_HELPER_CPUS] = { parse_cpu_range, .joined = true },
	[CORDON_A_POLICY_VCPU_SCHED] = { parse_sched },
	[CORDON_A_POLICY_IOTHREAD_SCHED] = { parse_sched, .single = true },
	[CORDON_A_POLICY_EMULATOR_SCHED] = { parse_sched, .single = true },
	[CORDON_A_POLICY_VCPU_QUOTA] = { parse_amount, .single = true },
	[CORDON_A_POLICY_VCPU_PERIOD] = { parse_amount, .single = true },
	[CORDON_A_POLICY_VCPU_BURST] = { parse_amount, .single = true },
	[CORDON_A_POLICY_EMULATOR_QUOTA] = { parse_amount, .single = true },
	[CORDON_A_POLICY_EMULATOR_PERIOD] = { parse_amount, .single = true },
	[CORDON_A_POLICY_EMULATOR_BURST] = { parse_amount, .single = true },
	[CORDON_A_POLICY_IOTHREAD_QUOTA] = { parse_amount, .single = true },
	[CORDON_A_POLICY_IOTHREAD_PERIOD] = { parse_amount, .single = true },
	[CORDON_A_POLICY_IOTHREAD_BURST] = { parse_amount, .single = true },
	[CORDON_A_POLICY_MIGRATION_QUOTA] = { parse_amount, .single = true },
	[CORDON_A_POLICY_MIGRATION_PERIOD] = { parse_amount, .single = true },
	[CORDON_A_POLICY_MIGRATION_BURST] = { parse_amount, .single = true },
	[CORDON_A_POLICY_GLOBAL_QUOTA] = { parse_amount, .single = true },
	[CORDON_A_POLICY_GLOBAL_PERIOD] = { parse_amount, .single = true },
	[CORDON_A_POLICY_GLOBAL_BURST] = { parse_amount, .single = true },
	[CORDON_A_POLICY_CAP_BY] = { parse_number, .single = true },
	[CORDON_A_POLICY_WEIGHT] = { parse_number, .single = true },
	[CORDON_A_POLICY_MEMORY_MIN] = { parse_amount, .single = true },
	[CORDON_A_POLICY_MEMORY_LOW] = { parse_amount, .single = true },
	[CORDON_A_POLICY_MEMORY_HIGH] = { parse_amount, .single = true },
	[CORDON_A_POLICY_MEMORY_MAX] = { parse_amount, .single = true },
	[CORDON_A_POLICY_IO_MAX] = { parse_io_max },
	[CORDON_A_POLICY_CPU_POLICY] = { parse_cpu_policy },
	[CORDON_A_POLICY_PLACEMENT] = { parse_number, .single = true },
	[CORDON_A_POLICY_THREAD_POLICY] = { parse_number, .single = true },
	[CORDON_A_POLICY_EMULATOR_POLICY] = { parse_number, .single = true },
	[CORDON_A_POLICY_NUMA] = { parse_numa },
	[CORDON_A_POLICY_NUMA_MAP] = { parse_numa_map },
	[CORDON_A_POLICY_NUMA_PREFER] = { parse_number },
	[CORDON_A_POLICY_RESERVATION] = { parse_number, .single = true },
	[CORDON_A_POLICY_FORCE] = { parse_number, .single = true },
};

static int parse_key(const struct parse *in, struct policy_value **out)
{
	const bool joined = parsers[in->key].joined;
	struct policy_value *value;
	u32 count = 0, i = 0;
	struct nlattr *attr;
	int ret = 0, rem;

	nlmsg_for_each_attr(attr, in->info->nlhdr, GENL_HDRLEN, rem)
		count += nla_type(attr) == in->key;
	if (!count)
		return 0;
	if (count > POLICY_RULES_MAX || (count > 1 && parsers[in->key].single))
		return refuse(in->why, -EINVAL, in->key,
			      "%s: %u entries are too many",
			      policy_key_name(in->key), count);
	value = value_alloc(joined ? 1 : count);
	if (!value)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, in->info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != in->key)
			continue;
		ret = parsers[in->key].fn(in, attr, &value->rule[i]);
		if (ret)
			break;
		i += !joined;
	}
	if (ret)
		value_put(value);
	else
		*out = value;
	return ret;
}

/* A key that is both set and reset says two things. */
static int parse_reset(struct parse *in, struct policy_request *req)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, in->info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(attr) == CORDON_A_POLICY_RESET)
			req->reset |= BIT_ULL(nla_get_u32(attr));
	for (in->key = POLICY_KEY_FIRST; in->key < POLICY_KEYS; in->key++)
		if ((req->reset & BIT_ULL(in->key)) && req->keys->value[in->key])
			return refuse(in->why, -EINVAL, in->key,
				      "%s is both set and reset",
				      policy_key_name(in->key));
	return 0;
}

static int parse_keys(struct parse *in, struct policy_request *req)
{
	int ret = 0;

	for (in->key = POLICY_KEY_FIRST; !ret && in->key < POLICY_KEYS;
	     in->key++)
		ret = parse_key(in, &req->keys->value[in->key]);
	return ret ?: parse_reset(in, req);
}

/**
 * parse_policy() - a policy-set request
 * @info: the request, checked against policy_set_policy
 * @req: filled; on success the caller puts @req->keys
 * @why: filled if it is refused here
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int parse_policy(struct genl_info *info, struct policy_request *req,
		 struct refusal *why)
{
	struct parse in = { .info = info, .why = why };
	int ret;

	if (nlmsg_len(info->nlhdr) > REQUEST_MAX)
		return refuse(why, -E2BIG, 0,
			      "the policy is too large: %u bytes of at most %u",
			      nlmsg_len(info->nlhdr), REQUEST_MAX);
	req->replace = nla_get_flag(info->attrs[CORDON_A_POLICY_REPLACE]);
	req->plan = nla_get_flag(info->attrs[CORDON_A_POLICY_PLAN]);
	req->replan = nla_get_flag(info->attrs[CORDON_A_POLICY_REPLAN]);
	if (info->attrs[CORDON_A_POLICY_CONFIRM_S])
		req->confirm_s =
			nla_get_u32(info->attrs[CORDON_A_POLICY_CONFIRM_S]);
	req->keys = policy_alloc();
	if (!req->keys)
		return -ENOMEM;
	ret = parse_keys(&in, req);
	if (ret) {
		policy_put(req->keys);
		req->keys = NULL;
	}
	return ret;
}
