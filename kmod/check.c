// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a policy can be had: each check names the key, and what is wrong.
 *
 * All run in process context under the policy mutex, before anything changes.
 */
#include <linux/cpumask.h>
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "admission.h"
#include "check.h"
#include "plan_check.h"
#include "policy_cgroup.h"
#include "topology.h"
#include "value.h"
#include "vm.h"
#include "vmm.h"

static const char * const key_names[POLICY_KEYS] = {
	[CORDON_A_POLICY_MODE] = "mode",
	[CORDON_A_POLICY_VCPU_PIN] = "vcpu-pin",
	[CORDON_A_POLICY_EMULATOR_CPUS] = "emulator-cpus",
	[CORDON_A_POLICY_IOTHREAD_CPUS] = "iothread-cpus",
	[CORDON_A_POLICY_IOTHREAD_PIN] = "iothread-pin",
	[CORDON_A_POLICY_IOTHREAD_MATCH] = "iothread-match",
	[CORDON_A_POLICY_IOTHREAD_TIDS] = "iothread-tids",
	[CORDON_A_POLICY_MIGRATION_CPUS] = "migration-cpus",
	[CORDON_A_POLICY_HELPER_CPUS] = "helper-cpus",
	[CORDON_A_POLICY_VCPU_SCHED] = "vcpu-sched",
	[CORDON_A_POLICY_IOTHREAD_SCHED] = "iothread-sched",
	[CORDON_A_POLICY_EMULATOR_SCHED] = "emulator-sched",
	[CORDON_A_POLICY_VCPU_QUOTA] = "vcpu-quota",
	[CORDON_A_POLICY_VCPU_PERIOD] = "vcpu-period",
	[CORDON_A_POLICY_VCPU_BURST] = "vcpu-burst",
	[CORDON_A_POLICY_EMULATOR_QUOTA] = "emulator-quota",
	[CORDON_A_POLICY_EMULATOR_PERIOD] = "emulator-period",
	[CORDON_A_POLICY_EMULATOR_BURST] = "emulator-burst",
	[CORDON_A_POLICY_IOTHREAD_QUOTA] = "iothread-quota",
	[CORDON_A_POLICY_IOTHREAD_PERIOD] = "iothread-period",
	[CORDON_A_POLICY_IOTHREAD_BURST] = "iothread-burst",
	[CORDON_A_POLICY_MIGRATION_QUOTA] = "migration-quota",
	[CORDON_A_POLICY_MIGRATION_PERIOD] = "migration-period",
	[CORDON_A_POLICY_MIGRATION_BURST] = "migration-burst",
	[CORDON_A_POLICY_GLOBAL_QUOTA] = "global-quota",
	[CORDON_A_POLICY_GLOBAL_PERIOD] = "global-period",
	[CORDON_A_POLICY_GLOBAL_BURST] = "global-burst",
	[CORDON_A_POLICY_CAP_BY] = "cap-by",
	[CORDON_A_POLICY_WEIGHT] = "weight",
	[CORDON_A_POLICY_MEMORY_MIN] = "memory-min",
	[CORDON_A_POLICY_MEMORY_LOW] = "memory-low",
	[CORDON_A_POLICY_MEMORY_HIGH] = "memory-high",
	[CORDON_A_POLICY_MEMORY_MAX] = "memory-max",
	[CORDON_A_POLICY_IO_MAX] = "io-max",
	[CORDON_A_POLICY_CPU_POLICY] = "cpu-policy",
	[CORDON_A_POLICY_PLACEMENT] = "placement",
	[CORDON_A_POLICY_THREAD_POLICY] = "thread-policy",
	[CORDON_A_POLICY_EMULATOR_POLICY] = "emulator-policy",
	[CORDON_A_POLICY_NUMA] = "numa",
	[CORDON_A_POLICY_NUMA_MAP] = "numa-map",
	[CORDON_A_POLICY_NUMA_PREFER] = "numa-prefer",
	[CORDON_A_POLICY_RESERVATION] = "reservation",
	[CORDON_A_POLICY_FORCE] = "force",
};

/**
 * policy_key_name() - the name of a key, as a user types it
 * @key: the key
 *
 * Context: any.
 * Return: its name, "policy" for what is no key.
 */
const char *policy_key_name(u32 key)
{
	return key < POLICY_KEYS && key_names[key] ? key_names[key] : "policy";
}

/**
 * refuse() - say why a request is refused
 * @why: filled; @why->cpu, owner and tid are left as the caller set them
 * @err: negative errno
 * @key: the attribute it is about, 0 if none
 * @fmt: the reason
 *
 * Context: any.
 * Return: @err.
 */
int refuse(struct refusal *why, int err, u32 key, const char *fmt, ...)
{
	va_list args;

	why->err = err;
	why->key = key;
	va_start(args, fmt);
	vscnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return err;
}

/**
 * check_is_new() - is a key's value not the one that the policy had before?
 * @p: the policy
 * @old: the one that it is to replace, or NULL
 * @key: the key
 *
 * An old value was checked when it was set. What it names may have gone since,
 * which must not keep anyone from setting another key.
 *
 * Context: any.
 * Return: true if so.
 */
bool check_is_new(const struct cordon_policy *p,
		  const struct cordon_policy *old, u32 key)
{
	return !old || p->value[key] != old->value[key];
}

static int check_cpus(const struct cordon_policy *p, u32 key,
		      const struct cpumask *cpus, bool new,
		      struct refusal *why)
{
	const char *name = policy_key_name(key);
	unsigned int cpu;
	int unbalanced = -1;

	if (cpumask_empty(cpus))
		return refuse(why, -EINVAL, key,
			      "%s: the CPU set is empty", name);
	for_each_cpu(cpu, cpus) {
		why->cpu = cpu;
		if (new && !cpu_online(cpu))
			return refuse(why, -EINVAL, key,
				      "%s: CPU %u is offline", name, cpu);
		if (unbalanced < 0 && topology_is_unbalanced(cpu))
			unbalanced = cpu;
	}
	why->cpu = unbalanced;
	if (unbalanced >= 0 && cpumask_weight(cpus) > 1 && !policy_forces(p))
		return refuse(why, -EBUSY, key,
			      "%s: CPU %d is isolated: nothing balances the load between the CPUs of this mask; force on accepts it",
			      name, why->cpu);
	why->cpu = -1;
	return 0;
}

/**
 * check_vcpu_ranges() - each range of vCPUs in order, and none in two of them?
 * @value: the value
 * @key: its key
 * @why: filled if not
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int check_vcpu_ranges(const struct policy_value *value, u32 key,
		      struct refusal *why)
{
	const char *name = policy_key_name(key);
	u32 i, k;

	for (i = 0; i < value->nr; i++) {
		const struct policy_rule *a = &value->rule[i];

		if (a->first > a->last)
			return refuse(why, -EINVAL, key,
				      "%s: vCPUs %u-%u: the range ends before it begins",
				      name, a->first, a->last);
		for (k = 0; k < i; k++) {
			const struct policy_rule *b = &value->rule[k];

			if (a->first <= b->last && b->first <= a->last)
				return refuse(why, -EINVAL, key,
					      "%s: vCPU %u is named twice",
					      name, max(a->first, b->first));
		}
	}
	return 0;
}

static int check_vcpu_pin(const struct cordon_policy *p,
			  const struct cordon_policy *old, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_VCPU_PIN;
	const struct policy_value *value = p->value[key];
	bool new = check_is_new(p, old, key);
	int ret;
	u32 i;

	if (!value)
		return 0;
	ret = check_vcpu_ranges(value, key, why);
	for (i = 0; !ret && i < value->nr; i++) {
		const struct policy_rule *rule = &value->rule[i];
		u32 vcpus = rule->last - rule->first + 1;
		u32 cpus = cpumask_weight(rule->cpus);

		ret = check_cpus(p, key, rule->cpus, new, why);
		if (!ret && rule->one_to_one && vcpus != cpus)
			ret = refuse(why, -EINVAL, key,
				     "vcpu-pin: %u vCPUs one to one on %u CPUs",
				     vcpus, cpus);
	}
	return ret;
}

static int check_masks(const struct cordon_policy *p,
		       const struct cordon_policy *old, struct refusal *why)
{
	static const u32 keys[] = {
		CORDON_A_POLICY_EMULATOR_CPUS, CORDON_A_POLICY_IOTHREAD_CPUS,
		CORDON_A_POLICY_IOTHREAD_PIN, CORDON_A_POLICY_MIGRATION_CPUS,
		CORDON_A_POLICY_HELPER_CPUS,
	};
	int ret = 0;
	size_t k;
	u32 i;

	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		const struct policy_value *value = p->value[keys[k]];
		bool new = check_is_new(p, old, keys[k]);

		for (i = 0; !ret && value && i < value->nr; i++)
			ret = check_cpus(p, keys[k], value->rule[i].cpus, new,
					 why);
	}
	return ret;
}

/* A name means one pin: the first would hide the second. */
static int check_names(const struct cordon_policy *p, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_IOTHREAD_PIN;
	const struct policy_value *value = p->value[key];
	u32 i, k;

	for (i = 0; value && i < value->nr; i++) {
		const char *name = value->rule[i].name;

		for (k = 0; k < i; k++)
			if (!strcmp(name, value->rule[k].name))
				return refuse(why, -EINVAL, key,
					      "iothread-pin: %s is named twice",
					      name);
	}
	return 0;
}

static int check_tids(struct cordon_vm *vm, const struct cordon_policy *p,
		      const struct cordon_policy *old, struct refusal *why)
{
	const u32 key = CORDON_A_POLICY_IOTHREAD_TIDS;
	const struct policy_value *value = p->value[key];
	struct task_struct *task;
	bool ours;
	u32 i;

	if (!check_is_new(p, old, key))
		return 0;
	for (i = 0; value && i < value->nr; i++) {
		rcu_read_lock();
		task = pid_task(find_pid_ns(value->rule[i].number,
					    &init_pid_ns), PIDTYPE_PID);
		ours = task && task_tgid(task) == vm->vmm->tgid;
		rcu_read_unlock();
		if (ours)
			continue;
		why->tid = value->rule[i].number;
		return refuse(why, -EINVAL, key,
			      "iothread-tids: %u is no thread of process %d",
			      why->tid, pid_nr(vm->vmm->tgid));
	}
	return 0;
}

/* emulator, iothreads and helpers belong to the process, so to one policy. */
static int check_owner(struct cordon_vm *vm, const struct cordon_policy *p,
		       struct refusal *why)
{
	struct cordon_vm *owner = vm->vmm->owner;
	u32 key = policy_process_key(p);

	if (!owner || owner == vm || !key)
		return 0;
	why->owner = owner->id;
	return refuse(why, -EBUSY, key,
		      "%s: id:%u, a VM of the same process, owns its emulator, iothreads and helpers",
		      policy_key_name(key), owner->id);
}

static int check_sched_rule(const struct policy_rule *rule, u32 key,
			    struct refusal *why)
{
	const char *name = policy_key_name(key);

	if (rule->number == CORDON_SCHED_DEADLINE)
		return refuse(why, -EINVAL, key,
			      "%s: deadline cannot be set by a policy", name);
	if (rule_is_rt(rule)) {
		if (key == CORDON_A_POLICY_EMULATOR_SCHED)
			return refuse(why, -EINVAL, key,
				      "%s: the emulator may have other, batch or idle only",
				      name);
		if (!rule->priority)
			return refuse(why, -EINVAL, key,
				      "%s: fifo and rr need a priority, 1 to %u",
				      name, CORDON_SCHED_PRIORITY_MAX);
		return 0;
	}
	if (rule->priority)
		return refuse(why, -EINVAL, key,
			      "%s: only fifo and rr have a priority", name);
	return 0;
}

static int check_scheds(const struct cordon_policy *p, struct refusal *why)
{
	static const u32 keys[] = {
		CORDON_A_POLICY_VCPU_SCHED, CORDON_A_POLICY_IOTHREAD_SCHED,
		CORDON_A_POLICY_EMULATOR_SCHED,
	};
	const struct policy_value *vcpus = p->value[CORDON_A_POLICY_VCPU_SCHED];
	int ret = 0;
	size_t k;
	u32 i;

	if (vcpus)
		ret = check_vcpu_ranges(vcpus, CORDON_A_POLICY_VCPU_SCHED, why);
	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		const struct policy_value *value = p->value[keys[k]];

		for (i = 0; !ret && value && i < value->nr; i++)
			ret = check_sched_rule(&value->rule[i], keys[k], why);
	}
	return ret;
}

/* Who waits longer than this for the emulator takes the VM for dead. */
#define CAP_STALL_MAX_NS	(200 * NSEC_PER_MSEC)
/* Below this share of a CPU, in percent, a guest does not get far. */
#define CAP_SHARE_MIN		5

static int check_cap_danger(u32 cap, const struct budget_limit *limit,
			    struct refusal *why)
{
	u32 key = policy_cap_key(cap, CORDON_A_POLICY_VCPU_QUOTA);
	u64 stall_ns = limit->period_ns - min(limit->period_ns, limit->quota_ns);

	if (limit->quota_ns * 100 < limit->period_ns * CAP_SHARE_MIN)
		return refuse(why, -EBUSY, key,
			      "%s: less than %u%% of a CPU may look like a hang; force on accepts it",
			      policy_key_name(key), CAP_SHARE_MIN);
	if (stall_ns > CAP_STALL_MAX_NS &&
	    (cap == CORDON_CAP_EMULATOR || cap == CORDON_CAP_GLOBAL))
		return refuse(why, -EBUSY, key,
			      "%s: the emulator may have to wait for %llu ms, more than 200 ms; force on accepts it",
			      policy_key_name(key),
			      div_u64(stall_ns, NSEC_PER_MSEC));
	return 0;
}

static int check_caps(const struct cordon_policy *p, struct refusal *why)
{
	struct budget_limit limit;
	int ret = 0;
	u32 cap, key;

	for (cap = CORDON_CAP_VCPU; !ret && cap <= CORDON_CAP_MAX; cap++) {
		policy_get_limit(p, cap, &limit);
		key = policy_cap_key(cap, CORDON_A_POLICY_VCPU_BURST);
		if (limit.burst_ns > limit.quota_ns)
			return refuse(why, -EINVAL, key,
				      limit.quota_ns ?
				      "%s: more than the quota" :
				      "%s: there is no quota that it could save up",
				      policy_key_name(key));
		if (limit.quota_ns && !policy_forces(p))
			ret = check_cap_danger(cap, &limit, why);
	}
	return ret;
}

/**
 * policy_check() - can a VM have this policy, as far as its keys say?
 * @vm: the VM
 * @p: the policy, complete
 * @old: the one that it is to replace, of which it may have values; or NULL
 * @why: filled if not
 *
 * Context: process, policy mutex held. Changes nothing.
 * Return: 0, or the negative errno of the first thing that is wrong.
 */
int policy_check(struct cordon_vm *vm, const struct cordon_policy *p,
		 const struct cordon_policy *old, struct refusal *why)
{
	return check_vcpu_pin(p, old, why) ?:
	       check_masks(p, old, why) ?:
	       check_names(p, why) ?:
	       check_place(p, old, why) ?:
	       check_tids(vm, p, old, why) ?:
	       check_scheds(p, why) ?:
	       check_caps(p, why) ?:
	       check_cgroup(p, old, why) ?:
	       check_owner(vm, p, why);
}

/**
 * policy_check_plan() - the same, for what depends on where it places the VM
 * @vm: the VM
 * @p: the policy, complete, with its plan if it has one
 * @old: the one that it is to replace, or NULL
 * @why: filled if not
 *
 * Context: process, policy mutex held. Changes nothing.
 * Return: 0, or the negative errno of the first thing that is wrong.
 */
int policy_check_plan(struct cordon_vm *vm, const struct cordon_policy *p,
		      const struct cordon_policy *old, struct refusal *why)
{
	return plan_check_masks(vm, p, old, why) ?:
	       admission_check(vm, p, old, why) ?:
	       check_rt(vm, p, false, why) ?:
	       policy_cgroup_check(vm, p, why);
}

/**
 * policy_check_again() - can a VM have the policy that it had before?
 * @vm: the VM
 * @p: the policy
 * @why: filled if not
 *
 * Only what other VMs may have taken meanwhile is looked at.
 *
 * Context: process, any thread, policy mutex held. Changes nothing.
 * Return: 0 or a negative errno.
 */
int policy_check_again(struct cordon_vm *vm, const struct cordon_policy *p,
		       struct refusal *why)
{
	return check_owner(vm, p, why) ?: plan_check_again(vm, p, why) ?:
	       check_rt(vm, p, true, why);
}
