// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy says about placement, see value.h. Pure: any context.
 */
#include "value.h"

static u32 policy_enum(const struct cordon_policy *p, u32 key, u32 unset)
{
	const struct policy_rule *rule = policy_rule(p, key);

	return rule ? rule->number : unset;
}

/**
 * policy_is_placed() - does it say whose CPUs the VM runs on?
 * @p: the policy
 *
 * Context: any.
 * Return: true if cpu-policy is set.
 */
bool policy_is_placed(const struct cordon_policy *p)
{
	return p->value[CORDON_A_POLICY_CPU_POLICY];
}

/**
 * policy_cpu_policy() - whose CPUs the vCPUs run on
 * @p: the policy
 *
 * Context: any.
 * Return: enum cordon_cpu_policy; shared, if it is not set.
 */
u32 policy_cpu_policy(const struct cordon_policy *p)
{
	return policy_enum(p, CORDON_A_POLICY_CPU_POLICY,
			   CORDON_CPU_POLICY_SHARED);
}

/* Is a number in one of the ranges of a value? */
static bool policy_ranges_have(const struct policy_value *value, u32 number)
{
	u32 i;

	for (i = 0; value && i < value->nr; i++)
		if (number >= value->rule[i].first &&
		    number <= value->rule[i].last)
			return true;
	return false;
}

/**
 * policy_is_dedicated() - does a vCPU have a CPU of its own?
 * @p: the policy
 * @index: the vCPU's index
 *
 * Context: any.
 * Return: true if so.
 */
bool policy_is_dedicated(const struct cordon_policy *p, u32 index)
{
	switch (policy_cpu_policy(p)) {
	case CORDON_CPU_POLICY_DEDICATED:
		return true;
	case CORDON_CPU_POLICY_MIXED:
		return policy_ranges_have(p->value[CORDON_A_POLICY_CPU_POLICY],
					  index);
	default:
		return false;
	}
}

/**
 * policy_adopts() - may the pins be kept that others chose?
 * @p: the policy
 * @said: set to whether the user said which
 *
 * Context: any.
 * Return: false for placement solve; true for adopt, and if it is not set.
 */
bool policy_adopts(const struct cordon_policy *p, bool *said)
{
	*said = p->value[CORDON_A_POLICY_PLACEMENT];
	return policy_enum(p, CORDON_A_POLICY_PLACEMENT,
			   CORDON_PLACEMENT_ADOPT) == CORDON_PLACEMENT_ADOPT;
}

/**
 * policy_thread_policy() - how its dedicated vCPUs share cores
 * @p: the policy
 *
 * Context: any.
 * Return: enum cordon_thread_policy.
 */
u32 policy_thread_policy(const struct cordon_policy *p)
{
	return policy_enum(p, CORDON_A_POLICY_THREAD_POLICY,
			   CORDON_THREAD_POLICY_PREFER);
}

/**
 * policy_emulator_policy() - where the emulator runs
 * @p: the policy
 *
 * Context: any.
 * Return: enum cordon_emulator_policy.
 */
u32 policy_emulator_policy(const struct cordon_policy *p)
{
	return policy_enum(p, CORDON_A_POLICY_EMULATOR_POLICY,
			   CORDON_EMULATOR_POLICY_SHARE);
}

/**
 * policy_numa() - which nodes its dedicated vCPUs may be on
 * @p: the policy
 *
 * Context: any.
 * Return: enum cordon_numa.
 */
u32 policy_numa(const struct cordon_policy *p)
{
	return policy_enum(p, CORDON_A_POLICY_NUMA, CORDON_NUMA_AUTO);
}

/**
 * policy_names_node() - is a node among those that numa names?
 * @p: the policy
 * @node: the node
 *
 * Context: any.
 * Return: true if so.
 */
bool policy_names_node(const struct cordon_policy *p, u32 node)
{
	return policy_numa(p) == CORDON_NUMA_NODES &&
	       policy_ranges_have(p->value[CORDON_A_POLICY_NUMA], node);
}

/**
 * policy_get_node() - the node of a vCPU, by numa-map
 * @p: the policy
 * @index: the vCPU's index
 * @node: set to its node
 *
 * Context: any.
 * Return: false if it does not say.
 */
bool policy_get_node(const struct cordon_policy *p, u32 index, u32 *node)
{
	const struct policy_value *map = p->value[CORDON_A_POLICY_NUMA_MAP];
	u32 i;

	for (i = 0; map && i < map->nr; i++) {
		if (index < map->rule[i].first || index > map->rule[i].last)
			continue;
		*node = map->rule[i].number;
		return true;
	}
	return false;
}

/**
 * policy_prefers_node() - is a node among those of numa-prefer?
 * @p: the policy
 * @node: the node
 *
 * Context: any.
 * Return: true if so.
 */
bool policy_prefers_node(const struct cordon_policy *p, u32 node)
{
	const struct policy_value *prefer;
	u32 i;

	prefer = p->value[CORDON_A_POLICY_NUMA_PREFER];
	for (i = 0; prefer && i < prefer->nr; i++)
		if (prefer->rule[i].number == node)
			return true;
	return false;
}

/**
 * policy_get_reservation() - how much CPU the VM is sure of
 * @p: the policy
 * @milli_cpus: set to it, in thousandths of a CPU
 *
 * Context: any.
 * Return: false if it does not say.
 */
bool policy_get_reservation(const struct cordon_policy *p, u32 *milli_cpus)
{
	const struct policy_rule *rule;

	rule = policy_rule(p, CORDON_A_POLICY_RESERVATION);
	if (rule)
		*milli_cpus = rule->number;
	return rule;
}
