// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy's values, and what they mean for a thread.
 *
 * Each key's value is an array of rules, shared between the policies that
 * follow one another: `set` makes a new policy of the old one's values and the
 * ones that it names.
 */
#include <linux/glob.h>
#include <linux/slab.h>

#include "plan.h"
#include "value.h"

/**
 * value_alloc() - a value of @nr zeroed rules
 * @nr: at most POLICY_RULES_MAX
 *
 * Context: process.
 * Return: the value with one reference, or NULL.
 */
struct policy_value *value_alloc(u32 nr)
{
	struct policy_value *value;

	value = kvzalloc(struct_size(value, rule, nr), GFP_KERNEL);
	if (!value)
		return NULL;
	refcount_set(&value->ref, 1);
	value->nr = nr;
	return value;
}

/**
 * value_put() - give a reference back
 * @value: the value, or NULL
 *
 * Context: process.
 */
void value_put(struct policy_value *value)
{
	u32 i;

	if (!value || !refcount_dec_and_test(&value->ref))
		return;
	for (i = 0; i < value->nr; i++)
		kfree(value->rule[i].cpus);
	kvfree(value);
}

/**
 * value_add_cpus() - give a rule an empty CPU set
 * @rule: of a value that no policy has yet
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int value_add_cpus(struct policy_rule *rule)
{
	if (!rule->cpus)
		rule->cpus = kzalloc(cpumask_size(), GFP_KERNEL);
	return rule->cpus ? 0 : -ENOMEM;
}

/**
 * policy_alloc() - a policy without keys
 *
 * Context: process.
 * Return: the policy with one reference, or NULL.
 */
struct cordon_policy *policy_alloc(void)
{
	struct cordon_policy *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (p)
		refcount_set(&p->ref, 1);
	return p;
}

static void policy_free(struct reap *reap)
{
	struct cordon_policy *p = container_of(reap, struct cordon_policy,
					       reap);
	u32 key;

	for (key = 0; key < POLICY_KEYS; key++)
		value_put(p->value[key]);
	plan_put(p->plan);
	kfree(p);
}

/**
 * policy_put() - give a reference back
 * @p: the policy, or NULL
 *
 * Context: any but NMI.
 */
void policy_put(struct cordon_policy *p)
{
	if (p && refcount_dec_and_test(&p->ref))
		registry_reap(&p->reap, policy_free);
}

/**
 * policy_merge() - the policy that a request leads to
 * @old: the policy so far, or NULL to begin with none
 * @keys: what the request names
 * @reset: bits of the keys that it resets
 *
 * Context: process.
 * Return: a new policy with one reference, or NULL.
 */
struct cordon_policy *policy_merge(const struct cordon_policy *old,
				   const struct cordon_policy *keys,
				   u64 reset)
{
	struct cordon_policy *p = policy_alloc();
	u32 key;

	if (!p)
		return NULL;
	for (key = POLICY_KEY_FIRST; key < POLICY_KEYS; key++) {
		struct policy_value *value = keys->value[key];

		if (!value && old && !(reset & BIT_ULL(key)))
			value = old->value[key];
		if (value)
			refcount_inc(&value->ref);
		p->value[key] = value;
	}
	return p;
}

/**
 * policy_is_empty() - does it set no key at all?
 * @p: the policy
 *
 * Context: any.
 * Return: true if so.
 */
bool policy_is_empty(const struct cordon_policy *p)
{
	u32 key;

	for (key = POLICY_KEY_FIRST; key < POLICY_KEYS; key++)
		if (p->value[key])
			return false;
	return true;
}

/**
 * policy_rule() - the only rule of a key that has one
 * @p: the policy
 * @key: the key
 *
 * Context: any.
 * Return: the rule, or NULL if the key is not set.
 */
const struct policy_rule *policy_rule(const struct cordon_policy *p, u32 key)
{
	return p->value[key] ? &p->value[key]->rule[0] : NULL;
}

/**
 * policy_audits() - does it only watch?
 * @p: the policy
 *
 * Context: any.
 * Return: true for mode audit.
 */
bool policy_audits(const struct cordon_policy *p)
{
	const struct policy_rule *mode = policy_rule(p, CORDON_A_POLICY_MODE);

	return mode && mode->number == CORDON_MODE_AUDIT;
}

/**
 * policy_forces() - does it accept what is dangerous?
 * @p: the policy
 *
 * Context: any.
 * Return: true for force on.
 */
bool policy_forces(const struct cordon_policy *p)
{
	const struct policy_rule *force = policy_rule(p, CORDON_A_POLICY_FORCE);

	return force && force->number == CORDON_SWITCH_ON;
}

static u32 policy_first_key(const struct cordon_policy *p, u32 from, u32 to)
{
	u32 key;

	for (key = from; key <= to; key++)
		if (p->value[key])
			return key;
	return 0;
}

/* What is written to the VM's cgroup, whoever enforces the caps. */
static u32 policy_resource_key(const struct cordon_policy *p)
{
	return policy_first_key(p, CORDON_A_POLICY_WEIGHT,
				CORDON_A_POLICY_IO_MAX);
}

/**
 * policy_process_key() - does it name what belongs to the process?
 * @p: the policy
 *
 * Context: any.
 * Return: the first key that is about emulator, iothreads, migration, helpers
 * or the cgroup of them all, 0 if none is.
 */
u32 policy_process_key(const struct cordon_policy *p)
{
	static const u32 keys[] = {
		CORDON_A_POLICY_EMULATOR_CPUS, CORDON_A_POLICY_IOTHREAD_CPUS,
		CORDON_A_POLICY_IOTHREAD_PIN, CORDON_A_POLICY_IOTHREAD_MATCH,
		CORDON_A_POLICY_IOTHREAD_TIDS, CORDON_A_POLICY_MIGRATION_CPUS,
		CORDON_A_POLICY_HELPER_CPUS, CORDON_A_POLICY_IOTHREAD_SCHED,
		CORDON_A_POLICY_EMULATOR_SCHED, CORDON_A_POLICY_CPU_POLICY,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (p->value[keys[i]])
			return keys[i];
	/* All caps but the vCPUs'. */
	return policy_first_key(p, CORDON_A_POLICY_EMULATOR_QUOTA,
				CORDON_A_POLICY_GLOBAL_BURST) ?:
	       policy_resource_key(p);
}

/**
 * policy_is_iothread() - is a thread of this name or tid an iothread?
 * @p: the policy, or NULL for the default
 * @comm: its name
 * @tid: its tid in the initial pid namespace
 *
 * Context: any.
 * Return: true if so.
 */
bool policy_is_iothread(const struct cordon_policy *p, const char *comm,
			u32 tid)
{
	const struct policy_value *match, *tids;
	u32 i;

	tids = p ? p->value[CORDON_A_POLICY_IOTHREAD_TIDS] : NULL;
	for (i = 0; tids && i < tids->nr; i++)
		if (tids->rule[i].number == tid)
			return true;
	match = p ? p->value[CORDON_A_POLICY_IOTHREAD_MATCH] : NULL;
	if (!match)
		return glob_match("IO *", comm) &&
		       strcmp(comm, "IO mon_iothread");
	for (i = 0; i < match->nr; i++)
		if (glob_match(match->rule[i].name, comm))
			return true;
	return false;
}

/**
 * policy_class_of_name() - the class of a thread that is no vCPU or helper
 * @p: the policy, or NULL for the default
 * @comm: its name
 * @tid: its tid in the initial pid namespace
 *
 * The migration names are QEMU's.
 *
 * Context: any.
 * Return: enum cordon_class.
 */
u32 policy_class_of_name(const struct cordon_policy *p, const char *comm,
			 u32 tid)
{
	if (policy_is_iothread(p, comm, tid))
		return CORDON_CLASS_IOTHREAD;
	if (glob_match("mig/*", comm) || glob_match("multifd*", comm) ||
	    !strcmp(comm, "live_migration"))
		return CORDON_CLASS_MIGRATION;
	return CORDON_CLASS_EMULATOR;
}

static bool rule_has_vcpu(const struct policy_rule *rule, u32 index)
{
	return index >= rule->first && index <= rule->last;
}

/* The n-th CPU of a set, or the whole set. */
static void rule_get_cpus(const struct policy_rule *rule, u32 index,
			  struct cpumask *cpus)
{
	unsigned int cpu, nth = index - rule->first;

	if (!rule->one_to_one) {
		cpumask_copy(cpus, rule->cpus);
		return;
	}
	cpumask_clear(cpus);
	for_each_cpu(cpu, rule->cpus) {
		if (nth--)
			continue;
		cpumask_set_cpu(cpu, cpus);
		return;
	}
}

/* An iothread is named by its comm, or without QEMU's "IO " before it. */
static bool rule_names(const struct policy_rule *rule, const char *comm)
{
	return !strcmp(rule->name, comm) ||
	       (!strncmp(comm, "IO ", 3) && !strcmp(rule->name, comm + 3));
}

static const struct policy_rule *
policy_vcpu_rule(const struct cordon_policy *p, u32 key, u32 index)
{
	const struct policy_value *value = p->value[key];
	u32 i;

	for (i = 0; value && i < value->nr; i++)
		if (rule_has_vcpu(&value->rule[i], index))
			return &value->rule[i];
	return NULL;
}

static const struct policy_rule *
policy_iothread_rule(const struct cordon_policy *p, const char *comm)
{
	const struct policy_value *value;
	u32 i;

	value = p->value[CORDON_A_POLICY_IOTHREAD_PIN];
	for (i = 0; value && i < value->nr; i++)
		if (rule_names(&value->rule[i], comm))
			return &value->rule[i];
	return NULL;
}

/* iothread, migration and helper follow the emulator unless named. */
static const struct policy_rule *
policy_class_rule(const struct cordon_policy *p, u32 class, const char *comm)
{
	const struct policy_rule *rule = NULL;

	switch (class) {
	case CORDON_CLASS_IOTHREAD:
		rule = policy_iothread_rule(p, comm);
		if (!rule)
			rule = policy_rule(p, CORDON_A_POLICY_IOTHREAD_CPUS);
		break;
	case CORDON_CLASS_MIGRATION:
		rule = policy_rule(p, CORDON_A_POLICY_MIGRATION_CPUS);
		break;
	case CORDON_CLASS_HELPER:
		rule = policy_rule(p, CORDON_A_POLICY_HELPER_CPUS);
		break;
	}
	return rule ?: policy_rule(p, CORDON_A_POLICY_EMULATOR_CPUS);
}

/**
 * policy_get_cpus() - where a policy wants a thread
 * @p: the policy
 * @class: the thread's class
 * @index: the vCPU's index, for a vCPU
 * @comm: its name
 * @cpus: filled with the CPUs
 *
 * A key says, or else the placement.
 *
 * Context: any.
 * Return: false if neither says.
 */
bool policy_get_cpus(const struct cordon_policy *p, u32 class, u32 index,
		     const char *comm, struct cpumask *cpus)
{
	const struct policy_rule *rule;

	if (class == CORDON_CLASS_VCPU)
		rule = policy_vcpu_rule(p, CORDON_A_POLICY_VCPU_PIN, index);
	else
		rule = policy_class_rule(p, class, comm);
	if (rule)
		rule_get_cpus(rule, index, cpus);
	else if (p->plan && class == CORDON_CLASS_VCPU)
		plan_get_vcpu(p->plan, index, cpus);
	else if (p->plan)
		plan_get_emulator(p->plan, cpus);
	return rule || p->plan;
}

/**
 * policy_get_sched() - the scheduling class that a policy wants
 * @p: the policy
 * @class: the thread's class
 * @index: the vCPU's index, for a vCPU
 * @comm: its name
 * @param: filled with it
 *
 * Only an iothread that has a pin of its own is alone on its CPU; another one
 * gets no realtime class.
 *
 * Context: any.
 * Return: false if it does not say.
 */
bool policy_get_sched(const struct cordon_policy *p, u32 class, u32 index,
		      const char *comm, struct schedparam *param)
{
	const struct policy_rule *rule = NULL;

	switch (class) {
	case CORDON_CLASS_VCPU:
		rule = policy_vcpu_rule(p, CORDON_A_POLICY_VCPU_SCHED, index);
		break;
	case CORDON_CLASS_IOTHREAD:
		rule = policy_rule(p, CORDON_A_POLICY_IOTHREAD_SCHED);
		if (rule && rule_is_rt(rule) && !policy_iothread_rule(p, comm))
			rule = NULL;
		break;
	case CORDON_CLASS_EMULATOR:
	case CORDON_CLASS_MIGRATION:
		rule = policy_rule(p, CORDON_A_POLICY_EMULATOR_SCHED);
		break;
	}
	if (!rule)
		return false;
	param->policy = schedclass_from_uapi(rule->number);
	param->priority = rule->priority;
	return true;
}

/**
 * policy_cap_key() - the key of a cap
 * @cap: enum cordon_cap
 * @key: the same key of the vCPUs, CORDON_A_POLICY_VCPU_QUOTA, PERIOD or BURST
 *
 * Context: any.
 * Return: the key.
 */
u32 policy_cap_key(u32 cap, u32 key)
{
	return key + (cap - CORDON_CAP_VCPU) * (CORDON_A_POLICY_EMULATOR_QUOTA -
						CORDON_A_POLICY_VCPU_QUOTA);
}

static u64 policy_cap_ns(const struct cordon_policy *p, u32 cap, u32 key,
			 u64 or_us)
{
	const struct policy_rule *rule;

	rule = policy_rule(p, policy_cap_key(cap, key));
	return (rule ? rule->amount : or_us) * NSEC_PER_USEC;
}

/**
 * policy_get_limit() - a cap
 * @p: the policy
 * @cap: enum cordon_cap
 * @limit: filled with it; its quota is 0 if there is none
 *
 * Context: any.
 * Return: false if there is none.
 */
bool policy_get_limit(const struct cordon_policy *p, u32 cap,
		      struct budget_limit *limit)
{
	limit->quota_ns = policy_cap_ns(p, cap, CORDON_A_POLICY_VCPU_QUOTA, 0);
	limit->period_ns = policy_cap_ns(p, cap, CORDON_A_POLICY_VCPU_PERIOD,
					 CORDON_PERIOD_US);
	limit->burst_ns = policy_cap_ns(p, cap, CORDON_A_POLICY_VCPU_BURST, 0);
	return limit->quota_ns;
}

/**
 * policy_cap_of() - which cap a thread is under, but for the whole VM's
 * @p: the policy
 * @class: what the thread is for, enum cordon_class
 *
 * A migration thread is under the emulator's where it has none of its own.
 *
 * Context: any.
 * Return: enum cordon_cap, 0: none.
 */
u32 policy_cap_of(const struct cordon_policy *p, u32 class)
{
	struct budget_limit limit;
	u32 cap = 0;

	switch (class) {
	case CORDON_CLASS_VCPU:
		cap = CORDON_CAP_VCPU;
		break;
	case CORDON_CLASS_IOTHREAD:
		cap = CORDON_CAP_IOTHREAD;
		break;
	case CORDON_CLASS_MIGRATION:
		if (policy_get_limit(p, CORDON_CAP_MIGRATION, &limit))
			return CORDON_CAP_MIGRATION;
		fallthrough;
	case CORDON_CLASS_EMULATOR:
		cap = CORDON_CAP_EMULATOR;
		break;
	}
	return cap && policy_get_limit(p, cap, &limit) ? cap : 0;
}

/**
 * policy_cap_by() - who enforces the caps
 * @p: the policy
 *
 * Context: any.
 * Return: enum cordon_cap_by.
 */
u32 policy_cap_by(const struct cordon_policy *p)
{
	const struct policy_rule *by = policy_rule(p, CORDON_A_POLICY_CAP_BY);

	return by ? by->number : CORDON_CAP_BY_CORDON;
}

/**
 * policy_get_weight() - the share of CPU under contention
 * @p: the policy
 * @weight: filled with it, as in cpu.weight
 *
 * Context: any.
 * Return: false if it does not say.
 */
bool policy_get_weight(const struct cordon_policy *p, u32 *weight)
{
	const struct policy_rule *rule = policy_rule(p, CORDON_A_POLICY_WEIGHT);

	if (!rule)
		return false;
	*weight = rule->number;
	return true;
}

/**
 * policy_get_memory() - what the VM's cgroup may have of memory
 * @p: the policy
 * @key: CORDON_A_POLICY_MEMORY_MIN, LOW, HIGH or MAX
 * @bytes: filled with it; CORDON_UNLIMITED: no limit
 *
 * Context: any.
 * Return: false if it does not say.
 */
bool policy_get_memory(const struct cordon_policy *p, u32 key, u64 *bytes)
{
	const struct policy_rule *rule = policy_rule(p, key);

	if (!rule)
		return false;
	*bytes = rule->amount;
	return true;
}

/**
 * policy_get_io() - how fast a disk may be used
 * @p: the policy
 * @i: the first is 0
 *
 * Context: any.
 * Return: its limits, NULL after the last one.
 */
const struct policy_io *policy_get_io(const struct cordon_policy *p, u32 i)
{
	const struct policy_value *value = p->value[CORDON_A_POLICY_IO_MAX];

	return value && i < value->nr ? &value->rule[i].io : NULL;
}

/**
 * policy_cgroup_key() - does it ask for what only a cgroup can do?
 * @p: the policy
 *
 * Context: any.
 * Return: the first key that does, 0 if none does.
 */
u32 policy_cgroup_key(const struct cordon_policy *p)
{
	if (policy_cap_by(p) == CORDON_CAP_BY_CGROUP)
		return CORDON_A_POLICY_CAP_BY;
	return policy_resource_key(p);
}

/**
 * rule_is_rt() - does a scheduling rule ask for a realtime class?
 * @rule: the rule
 *
 * Context: any.
 * Return: true if so.
 */
bool rule_is_rt(const struct policy_rule *rule)
{
	return rule->number == CORDON_SCHED_FIFO ||
	       rule->number == CORDON_SCHED_RR;
}
