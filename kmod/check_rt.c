// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a policy can have its realtime threads. One that never sleeps starves
 * whoever shares its CPU, so it must be alone there among all managed threads.
 */
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/slab.h>

#include "check.h"
#include "plan.h"
#include "pool.h"
#include "value.h"
#include "vm.h"
#include "vmm.h"

/*
 * struct rt_usage - which CPUs a policy uses, and how
 * @key: the key that asks for realtime, 0 if none does
 */
struct rt_usage {
	u32 key;
	struct cpumask *rt;	/* CPUs of realtime threads */
	struct cpumask *all;	/* CPUs that the policy uses at all */
	struct cpumask *shared;	/* CPUs that two threads or classes may use */
};

static void usage_add(struct rt_usage *u, const struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus)
		if (cpumask_test_and_set_cpu(cpu, u->all))
			cpumask_set_cpu(cpu, u->shared);
}

static void usage_add_key(struct rt_usage *u, const struct cordon_policy *p,
			  u32 key)
{
	const struct policy_value *value = p->value[key];
	u32 i;

	for (i = 0; value && i < value->nr; i++)
		usage_add(u, value->rule[i].cpus);
}

static void usage_of(struct rt_usage *u, const struct cordon_policy *p)
{
	const struct policy_value *pins = p->value[CORDON_A_POLICY_VCPU_PIN];
	u32 i;

	usage_add_key(u, p, CORDON_A_POLICY_EMULATOR_CPUS);
	usage_add_key(u, p, CORDON_A_POLICY_IOTHREAD_CPUS);
	usage_add_key(u, p, CORDON_A_POLICY_IOTHREAD_PIN);
	usage_add_key(u, p, CORDON_A_POLICY_MIGRATION_CPUS);
	usage_add_key(u, p, CORDON_A_POLICY_HELPER_CPUS);
	for (i = 0; pins && i < pins->nr; i++) {
		const struct policy_rule *rule = &pins->rule[i];

		usage_add(u, rule->cpus);
		/* Several vCPUs on one mask share each CPU of it. */
		if (!rule->one_to_one && rule->first != rule->last)
			cpumask_or(u->shared, u->shared, rule->cpus);
	}
}

/* Where the placement puts whoever has no key. */
static void usage_add_plan(struct rt_usage *u, const struct cordon_policy *p,
			   struct cpumask *scratch)
{
	const struct policy_value *pins = p->value[CORDON_A_POLICY_VCPU_PIN];
	const struct cordon_plan *plan = p->plan;
	u32 i;

	if (!plan)
		return;
	cpumask_copy(scratch, plan->vcpus);
	for (i = 0; pins && i < pins->nr; i++)
		cpumask_andnot(scratch, scratch, pins->rule[i].cpus);
	usage_add(u, scratch);
	if (!p->value[CORDON_A_POLICY_EMULATOR_CPUS]) {
		plan_get_emulator(plan, scratch);
		usage_add(u, scratch);
	}
	if (plan_uses_shared(plan)) {
		pool_get_shared(scratch);
		usage_add(u, scratch);
		cpumask_or(u->shared, u->shared, scratch);
	}
}

/* Every vCPU that shall be realtime must be pinned to one CPU. */
static int usage_add_rt_vcpus(struct rt_usage *u, const struct cordon_policy *p,
			      struct cpumask *scratch, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_VCPU_SCHED;
	const struct policy_value *value = p->value[key];
	u32 i, vcpu;

	for (i = 0; value && i < value->nr; i++) {
		const struct policy_rule *rule = &value->rule[i];

		if (!rule_is_rt(rule))
			continue;
		for (vcpu = rule->first; vcpu <= rule->last; vcpu++) {
			if (!policy_get_cpus(p, CORDON_CLASS_VCPU, vcpu, "",
					     scratch) ||
			    cpumask_weight(scratch) != 1)
				return refuse(why, -EINVAL, key,
					      "vcpu-sched: vCPU %u is realtime, but vcpu-pin does not give it one CPU",
					      vcpu);
			cpumask_or(u->rt, u->rt, scratch);
			u->key = key;
		}
	}
	return 0;
}

static int usage_add_rt_iothreads(struct rt_usage *u,
				  const struct cordon_policy *p,
				  struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_IOTHREAD_SCHED;
	const struct policy_rule *rule = policy_rule(p, key);
	const struct policy_value *pins = p->value[CORDON_A_POLICY_IOTHREAD_PIN];
	u32 i;

	if (!rule || !rule_is_rt(rule))
		return 0;
	if (!pins)
		return refuse(why, -EINVAL, key,
			      "iothread-sched: a realtime iothread needs an iothread-pin to one CPU");
	for (i = 0; i < pins->nr; i++) {
		if (cpumask_weight(pins->rule[i].cpus) != 1)
			return refuse(why, -EINVAL, key,
				      "iothread-sched: iothread-pin gives %s more than one CPU",
				      pins->rule[i].name);
		cpumask_or(u->rt, u->rt, pins->rule[i].cpus);
		u->key = u->key ?: key;
	}
	return 0;
}

static int usage_fill(struct rt_usage *u, const struct cordon_policy *p,
		      struct cpumask *scratch, struct refusal *why)
{
	int ret;

	u->key = 0;
	cpumask_clear(u->rt);
	cpumask_clear(u->all);
	cpumask_clear(u->shared);
	usage_of(u, p);
	usage_add_plan(u, p, scratch);
	ret = usage_add_rt_vcpus(u, p, scratch, why);
	return ret ?: usage_add_rt_iothreads(u, p, why);
}

static bool rt_meets(const struct cpumask *rt, const struct cpumask *others,
		     struct refusal *why)
{
	unsigned int cpu = cpumask_first_and(rt, others);

	if (cpu >= nr_cpu_ids)
		return false;
	why->cpu = cpu;
	return true;
}

/* Without @key the realtime thread is the other VM's. */
static int rt_refuse_shared(struct refusal *why, u32 key, u32 owner)
{
	const char *name = key ? policy_key_name(key) : "";
	const char *colon = key ? ": " : "";

	why->owner = owner;
	if (owner)
		return refuse(why, -EBUSY, key,
			      "%s%sCPU %d: a realtime thread must be alone on it, but id:%u uses it too",
			      name, colon, why->cpu, owner);
	return refuse(why, -EINVAL, key,
		      "%s%sCPU %d: a realtime thread must be alone on it, but this policy puts others there",
		      name, colon, why->cpu);
}

static int check_rt_others(struct cordon_vm *vm, const struct rt_usage *mine,
			   struct rt_usage *theirs, struct cpumask *scratch,
			   struct refusal *why)
{
	struct refusal ignored = {};
	struct cordon_vm *other;
	int ret = 0;
	u32 id = 0;

	while (!ret && (other = vm_get_next(id + 1))) {
		struct cordon_policy *p;

		id = other->id;
		/* The caller holds the policy mutex. */
		p = rcu_dereference_protected(other->policy, true);
		if (other != vm && p &&
		    !usage_fill(theirs, p, scratch, &ignored) &&
		    (rt_meets(mine->rt, theirs->all, why) ||
		     rt_meets(theirs->rt, mine->all, why)))
			ret = rt_refuse_shared(why, mine->key, id);
		vm_put(other);
	}
	return ret;
}

/*
 * The limit is not exported, so it is read from its file, as the caller: from
 * 7.0 on kernel threads have an empty root.
 */
static int check_rt_limit(u32 key, struct refusal *why)
{
	const char *name = policy_key_name(key);
	static const char path[] = "/proc/sys/kernel/sched_rt_runtime_us";
	struct file *file;
	char text[24] = "";
	loff_t pos = 0;
	ssize_t len = 0;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return 0;
	file = filp_open(path, O_RDONLY | O_NONBLOCK, 0);
	if (!IS_ERR(file)) {
		/* Whatever else lies there says nothing. */
		if (file_inode(file)->i_sb->s_magic == PROC_SUPER_MAGIC)
			len = kernel_read(file, text, sizeof(text) - 1, &pos);
		filp_close(file, NULL);
	}
	if (len <= 0)
		return refuse(why, -EOPNOTSUPP, key,
			      "%s: cannot tell whether realtime throttling is on: %s cannot be read",
			      name, path);
	if (text[0] != '-')
		return 0;
	return refuse(why, -EINVAL, key,
		      "%s: realtime throttling is off (kernel.sched_rt_runtime_us is -1): a realtime thread could take its CPU for ever",
		      name);
}

/* The emulator and all that follows it, of the process, are kept somewhere. */
static bool is_emulator_kept(struct cordon_vm *vm,
			     const struct cordon_policy *p)
{
	struct cordon_vm *owner = vm->vmm->owner;

	/* The caller holds the policy mutex. */
	if (owner && owner != vm)
		p = rcu_dereference_protected(owner->policy, true);
	return p && (p->value[CORDON_A_POLICY_EMULATOR_CPUS] || p->plan);
}

static int check_rt_with(struct cordon_vm *vm, const struct cordon_policy *p,
			 bool again, struct rt_usage *mine,
			 struct rt_usage *theirs, struct cpumask *scratch,
			 struct refusal *why)
{
	int ret = usage_fill(mine, p, scratch, why);

	if (ret)
		return ret;
	if (mine->key && !again) {
		ret = check_rt_limit(mine->key, why);
		if (ret)
			return ret;
		if (!is_emulator_kept(vm, p))
			return refuse(why, -EINVAL, mine->key,
				      "%s: a realtime thread must be alone on its CPU: emulator-cpus must keep the others away",
				      policy_key_name(mine->key));
		if (rt_meets(mine->rt, mine->shared, why))
			return rt_refuse_shared(why, mine->key, 0);
	}
	return check_rt_others(vm, mine, theirs, scratch, why);
}

/**
 * check_rt() - are a policy's realtime threads alone on their CPUs?
 * @vm: the VM
 * @p: the policy, complete
 * @again: the VM had it before: look at other VMs' policies only
 * @why: filled if not
 *
 * Context: process, policy mutex held; the caller's own unless @again.
 * Return: 0 or a negative errno.
 */
int check_rt(struct cordon_vm *vm, const struct cordon_policy *p, bool again,
	     struct refusal *why)
{
	struct rt_usage mine, theirs;
	struct cpumask **slot[] = {
		&mine.rt, &mine.all, &mine.shared,
		&theirs.rt, &theirs.all, &theirs.shared,
	};
	size_t size = cpumask_size(), i;
	void *masks = kcalloc(ARRAY_SIZE(slot) + 1, size, GFP_KERNEL);
	int ret;

	if (!masks)
		return refuse(why, -ENOMEM, 0, "out of memory");
	for (i = 0; i < ARRAY_SIZE(slot); i++)
		*slot[i] = masks + i * size;
	ret = check_rt_with(vm, p, again, &mine, &theirs, masks + i * size,
			    why);
	kfree(masks);
	return ret;
}
