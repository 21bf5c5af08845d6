// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the keys about placement make sense, by themselves and together.
 * Whether there is room for them, plan.c knows.
 */
#include <linux/nodemask.h>
#include <linux/topology.h>

#include "check.h"
#include "value.h"

/* Keys that mean something only where vCPUs are dedicated. */
static const u32 dedicated_keys[] = {
	CORDON_A_POLICY_PLACEMENT, CORDON_A_POLICY_THREAD_POLICY,
	CORDON_A_POLICY_EMULATOR_POLICY, CORDON_A_POLICY_NUMA,
	CORDON_A_POLICY_NUMA_MAP, CORDON_A_POLICY_NUMA_PREFER,
};

static int check_dedicated_keys(const struct cordon_policy *p,
				struct refusal *why)
{
	size_t i;

	if (policy_cpu_policy(p) != CORDON_CPU_POLICY_SHARED)
		return 0;
	for (i = 0; i < ARRAY_SIZE(dedicated_keys); i++)
		if (p->value[dedicated_keys[i]])
			return refuse(why, -EINVAL, dedicated_keys[i],
				      "%s: needs cpu-policy dedicated or mixed",
				      policy_key_name(dedicated_keys[i]));
	return 0;
}

/* A kind in each entry, and ranges with the one kind that has them. */
static int check_kinds(const struct cordon_policy *p, u32 key, u32 ranged,
		       struct refusal *why)
{
	const struct policy_value *value = p->value[key];
	u32 i;

	for (i = 0; value && i < value->nr; i++) {
		const struct policy_rule *rule = &value->rule[i];

		if (rule->number != value->rule[0].number ||
		    (i && rule->number != ranged))
			return refuse(why, -EINVAL, key,
				      "%s: two things at once",
				      policy_key_name(key));
		if (rule->first > rule->last)
			return refuse(why, -EINVAL, key,
				      "%s: %u-%u: the range ends before it begins",
				      policy_key_name(key), rule->first,
				      rule->last);
	}
	return 0;
}

static int check_mixed(const struct cordon_policy *p, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_CPU_POLICY;
	int ret = check_kinds(p, key, CORDON_CPU_POLICY_MIXED, why);

	if (ret || policy_cpu_policy(p) != CORDON_CPU_POLICY_MIXED)
		return ret;
	return check_vcpu_ranges(p->value[key], key, why);
}

static int check_node(u32 node, u32 key, struct refusal *why)
{
	if (node < MAX_NUMNODES && node_online(node) &&
	    !cpumask_empty(cpumask_of_node(node)))
		return 0;
	return refuse(why, -EINVAL, key, "%s: there is no node %u with CPUs",
		      policy_key_name(key), node);
}

static int check_numa(const struct cordon_policy *p,
		      const struct cordon_policy *old, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_NUMA;
	const struct policy_value *value = p->value[key];
	int ret = check_kinds(p, key, CORDON_NUMA_NODES, why);
	u32 i, node;

	if (ret || !value || policy_numa(p) != CORDON_NUMA_NODES ||
	    !check_is_new(p, old, key))
		return ret;
	for (i = 0; i < value->nr; i++)
		for (node = value->rule[i].first; node <= value->rule[i].last;
		     node++) {
			ret = check_node(node, key, why);
			if (ret)
				return ret;
		}
	return 0;
}

static int check_numa_map(const struct cordon_policy *p,
			  const struct cordon_policy *old, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_NUMA_MAP;
	const struct policy_value *value = p->value[key];
	bool new = check_is_new(p, old, key);
	int ret;
	u32 i;

	if (!value)
		return 0;
	ret = check_vcpu_ranges(value, key, why);
	for (i = 0; !ret && i < value->nr; i++) {
		u32 node = value->rule[i].number;

		ret = new ? check_node(node, key, why) : 0;
		if (!ret && policy_numa(p) == CORDON_NUMA_NODES &&
		    !policy_names_node(p, node))
			ret = refuse(why, -EINVAL, key,
				     "numa-map: node %u is not one of numa",
				     node);
	}
	return ret;
}

static int check_numa_prefer(const struct cordon_policy *p,
			     const struct cordon_policy *old,
			     struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_NUMA_PREFER;
	const struct policy_value *value = p->value[key];
	int ret = 0;
	u32 i;

	if (!check_is_new(p, old, key))
		return 0;
	for (i = 0; !ret && value && i < value->nr; i++)
		ret = check_node(value->rule[i].number, key, why);
	return ret;
}

/* One CPU for each dedicated vCPU that is named. */
static int check_dedicated_pins(const struct cordon_policy *p,
				struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_VCPU_PIN;
	const struct policy_value *pins = p->value[key];
	u32 i, index;

	if (!policy_is_placed(p))
		return 0;
	for (i = 0; pins && i < pins->nr; i++) {
		const struct policy_rule *rule = &pins->rule[i];

		if (rule->one_to_one ||
		    (cpumask_weight(rule->cpus) == 1 &&
		     rule->first == rule->last))
			continue;
		for (index = rule->first; index <= rule->last; index++)
			if (policy_is_dedicated(p, index))
				return refuse(why, -EINVAL, key,
					      "vcpu-pin: dedicated vCPU %u needs one CPU of its own",
					      index);
	}
	return 0;
}

/**
 * check_place() - do the keys about placement make sense?
 * @p: the policy
 * @old: the one that it is to replace, whose nodes were looked at; or NULL
 * @why: filled if not
 *
 * Context: process, policy mutex held. Changes nothing.
 * Return: 0 or a negative errno.
 */
int check_place(const struct cordon_policy *p, const struct cordon_policy *old,
		struct refusal *why)
{
	return check_mixed(p, why) ?: check_dedicated_keys(p, why) ?:
	       check_numa(p, old, why) ?: check_numa_map(p, old, why) ?:
	       check_numa_prefer(p, old, why) ?: check_dedicated_pins(p, why);
}
