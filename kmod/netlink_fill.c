// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs, threads, policies and refusals to the wire: one fill helper for each
 * object, used by get, dump and notification. No logic.
 */
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>

#include "check.h"
#include "confirm.h"
#include "kvm.h"
#include "isolation.h"
#include "netlink.h"
#include "plan.h"
#include "policy.h"
#include "settle.h"
#include "shares.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/**
 * fill_cpus() - a CPU set as repeated ranges
 * @skb: the message
 * @attr: the attribute that each range is
 * @cpus: the set
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int fill_cpus(struct sk_buff *skb, int attr, const struct cpumask *cpus)
{
	unsigned int first = cpumask_first(cpus), last;

	while (first < nr_cpu_ids) {
		struct nlattr *nest = nla_nest_start(skb, attr);

		last = find_next_zero_bit(cpumask_bits(cpus), nr_cpu_ids,
					  first) - 1;
		if (!nest ||
		    nla_put_u32(skb, CORDON_A_CPU_RANGE_FIRST, first) ||
		    nla_put_u32(skb, CORDON_A_CPU_RANGE_LAST, last))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
		first = cpumask_next(last, cpus);
	}
	return 0;
}

/**
 * fill_vcpu_cpus() - where a VM's vCPUs may run now
 * @skb: the message
 * @attr: the attribute that each range is
 * @vm: the VM
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int fill_vcpu_cpus(struct sk_buff *skb, int attr, struct cordon_vm *vm)
{
	struct cordon_thread **threads;
	cpumask_var_t all, one;
	unsigned int nr, i;
	int ret;

	if (!zalloc_cpumask_var(&all, GFP_KERNEL))
		return -ENOMEM;
	if (!zalloc_cpumask_var(&one, GFP_KERNEL)) {
		free_cpumask_var(all);
		return -ENOMEM;
	}
	threads = vmm_get_threads(vm->vmm, &nr);
	for (i = 0; threads && i < nr; i++) {
		if (rcu_access_pointer(threads[i]->vm) != vm)
			continue;
		affinity_get_mask(threads[i]->task, one);
		cpumask_or(all, all, one);
	}
	if (threads)
		vmm_put_threads(threads, nr);
	ret = fill_cpus(skb, attr, all);
	free_cpumask_var(one);
	free_cpumask_var(all);
	return ret;
}

static int fill_vm_drifts(struct sk_buff *skb, struct cordon_vm *vm)
{
	u64 count = atomic64_read(&vm->drift.count);
	u64 last_ns = READ_ONCE(vm->drift.last_ns);

	/* Emulator, iothreads and helpers are their policy's owner's. */
	if (READ_ONCE(vm->vmm->owner) == vm) {
		count += atomic64_read(&vm->vmm->drift.count);
		last_ns = max(last_ns, READ_ONCE(vm->vmm->drift.last_ns));
	}
	return nla_put_uint(skb, CORDON_A_VM_DRIFTS, count) ||
	       (count && nla_put_uint(skb, CORDON_A_VM_DRIFT_AGE_NS,
				      ktime_get_boottime_ns() - last_ns));
}

/**
 * fill_nr() - a pid or tid
 * @skb: the message
 * @attr: the attribute
 * @nr: the number in the reader's namespace; 0 if it has none there, which is
 *	told by the attribute's absence
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int fill_nr(struct sk_buff *skb, int attr, pid_t nr)
{
	return nr ? nla_put_u32(skb, attr, nr) : 0;
}

static int fill_vm_policy(struct sk_buff *skb, struct cordon_vm *vm,
			  const struct cordon_policy *p)
{
	u32 cpu_policy = policy_cpu_policy(p);

	return nla_put_u32(skb, CORDON_A_VM_MODE, policy_audits(p) ?
			   CORDON_MODE_AUDIT : CORDON_MODE_ENFORCE) ||
	       (policy_is_placed(p) &&
		nla_put_u32(skb, CORDON_A_VM_CPU_POLICY, cpu_policy)) ||
	       (cpu_policy != CORDON_CPU_POLICY_SHARED &&
		nla_put_u32(skb, CORDON_A_VM_THREAD_POLICY,
			    policy_thread_policy(p))) ||
	       (p->plan && !policy_audits(p) &&
		fill_cpus(skb, CORDON_A_VM_OWNED, p->plan->owned));
}

static int fill_vm_receipt(struct sk_buff *skb, struct cordon_vm *vm,
			   struct pid_namespace *ns)
{
	struct isolation_receipt *r = kmalloc(sizeof(*r), GFP_KERNEL);
	int ret = 0;

	if (!r)
		return -ENOMEM;
	if (isolation_read_vm(vm, r)) {
		ret = fill_receipt(skb, CORDON_A_VM_RECEIPT, r, ns);
		isolation_put_receipt(r);
	}
	kfree(r);
	return ret;
}

/**
 * fill_vm() - a VM
 * @skb: the message
 * @vm: the VM
 * @ns: the reader's pid namespace
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int fill_vm(struct sk_buff *skb, struct cordon_vm *vm, struct pid_namespace *ns)
{
	struct cordon_policy *p = policy_get(vm);
	char comm[TASK_COMM_LEN] = "";
	struct task_struct *leader;
	u64 left_ms;
	int ret;

	leader = get_pid_task(vm->vmm->tgid, PIDTYPE_TGID);
	if (leader) {
		get_task_comm(comm, leader);
		put_task_struct(leader);
	}
	ret = nla_put_u32(skb, CORDON_A_VM_ID, vm->id) ||
	    fill_nr(skb, CORDON_A_VM_PID, pid_nr_ns(vm->vmm->tgid, ns)) ||
	    (comm[0] && nla_put_string(skb, CORDON_A_VM_COMM, comm)) ||
	    nla_put_u32(skb, CORDON_A_VM_VCPUS, kvm_weak_nr_vcpus(&vm->kvm)) ||
	    nla_put_u32(skb, CORDON_A_VM_THREADS,
			READ_ONCE(vm->vmm->nr_threads)) ||
	    nla_put_u32(skb, CORDON_A_VM_STATE, settle_vm_state(vm)) ||
	    (p && fill_vm_policy(skb, vm, p)) ||
	    fill_vcpu_cpus(skb, CORDON_A_VM_CPUS, vm) ||
	    fill_vm_drifts(skb, vm) ||
	    nla_put_uint(skb, CORDON_A_VM_AGE_NS,
			 ktime_get_boottime_ns() - vm->born_ns) ||
	    (confirm_left_ms(vm, &left_ms) &&
	     nla_put_uint(skb, CORDON_A_VM_CONFIRM_MS, left_ms)) ||
	    fill_vm_receipt(skb, vm, ns) ||
	    fill_guest_cpu(skb, vm, p ? p->plan : NULL);
	policy_put(p);
	return ret ? -EMSGSIZE : 0;
}

static int fill_thread_masks(struct sk_buff *skb, struct cordon_thread *t)
{
	struct affinity_want *want;
	cpumask_var_t cpus;
	int ret;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	affinity_get_mask(t->task, cpus);
	ret = fill_cpus(skb, CORDON_A_THREAD_CPUS, cpus);
	rcu_read_lock();
	want = rcu_dereference(t->affinity.want);
	if (!ret && want)
		ret = fill_cpus(skb, CORDON_A_THREAD_WANT, &want->mask);
	rcu_read_unlock();
	free_cpumask_var(cpus);
	return ret;
}

static int fill_thread_sched(struct sk_buff *skb, struct cordon_thread *t)
{
	struct schedparam param = schedclass_of(t->task);
	u32 sched = schedclass_to_uapi(param.policy);

	return (sched && nla_put_u32(skb, CORDON_A_THREAD_SCHED, sched)) ||
	       (schedclass_is_rt(param.policy) &&
		nla_put_u32(skb, CORDON_A_THREAD_PRIORITY, param.priority));
}

/**
 * fill_thread() - a thread
 * @skb: the message
 * @t: the thread
 * @vm_id: the VM that it is shown for, 0 if none
 * @cpu: where it runs, ran last, or was found
 * @ns: the reader's pid namespace
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int fill_thread(struct sk_buff *skb, struct cordon_thread *t, u32 vm_id,
		u32 cpu, struct pid_namespace *ns)
{
	u32 class = READ_ONCE(t->class) ?: CORDON_CLASS_EMULATOR;
	char comm[TASK_COMM_LEN];

	thread_name(t, comm);
	if ((vm_id && nla_put_u32(skb, CORDON_A_THREAD_VM_ID, vm_id)) ||
	    fill_nr(skb, CORDON_A_THREAD_TID, task_pid_nr_ns(t->task, ns)) ||
	    nla_put_string(skb, CORDON_A_THREAD_COMM, comm) ||
	    nla_put_u32(skb, CORDON_A_THREAD_CLASS, class) ||
	    (class == CORDON_CLASS_VCPU &&
	     nla_put_u32(skb, CORDON_A_THREAD_VCPU, t->vcpu_index)) ||
	    nla_put_u32(skb, CORDON_A_THREAD_STATE, settle_thread_state(t)) ||
	    nla_put_u32(skb, CORDON_A_THREAD_CPU, cpu) ||
	    fill_thread_masks(skb, t) ||
	    fill_thread_sched(skb, t) ||
	    nla_put_uint(skb, CORDON_A_THREAD_DRIFTS,
			 atomic_long_read(&t->drifts)))
		return -EMSGSIZE;
	return 0;
}

static int fill_vcpu_pin(struct sk_buff *skb, int key,
			 const struct policy_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, key);

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_VCPU_PIN_FIRST, rule->first) ||
	    nla_put_u32(skb, CORDON_A_VCPU_PIN_LAST, rule->last) ||
	    fill_cpus(skb, CORDON_A_VCPU_PIN_CPUS, rule->cpus) ||
	    (rule->one_to_one &&
	     nla_put_flag(skb, CORDON_A_VCPU_PIN_ONE_TO_ONE)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_iothread_pin(struct sk_buff *skb, int key,
			     const struct policy_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, key);

	if (!nest ||
	    nla_put_string(skb, CORDON_A_IOTHREAD_PIN_NAME, rule->name) ||
	    fill_cpus(skb, CORDON_A_IOTHREAD_PIN_CPUS, rule->cpus))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_sched(struct sk_buff *skb, int key,
		      const struct policy_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, key);

	if (!nest ||
	    (key == CORDON_A_POLICY_VCPU_SCHED &&
	     (nla_put_u32(skb, CORDON_A_SCHED_FIRST, rule->first) ||
	      nla_put_u32(skb, CORDON_A_SCHED_LAST, rule->last))) ||
	    nla_put_u32(skb, CORDON_A_SCHED_POLICY, rule->number) ||
	    (rule->priority &&
	     nla_put_u32(skb, CORDON_A_SCHED_PRIORITY, rule->priority)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_name(struct sk_buff *skb, int key,
		     const struct policy_rule *rule)
{
	return nla_put_string(skb, key, rule->name);
}

static int fill_number(struct sk_buff *skb, int key,
		       const struct policy_rule *rule)
{
	return nla_put_u32(skb, key, rule->number);
}

/* As wide as it is asked for. */
static int fill_amount(struct sk_buff *skb, int key,
		       const struct policy_rule *rule)
{
	if (policy_set_policy[key].type == NLA_U32)
		return nla_put_u32(skb, key, rule->amount);
	return nla_put(skb, key, sizeof(rule->amount), &rule->amount);
}

static int fill_rate(struct sk_buff *skb, int type, u64 rate)
{
	return rate ? nla_put(skb, type, sizeof(rate), &rate) : 0;
}

static int fill_io_max(struct sk_buff *skb, int key,
		       const struct policy_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, key);
	const struct policy_io *io = &rule->io;

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_IO_MAX_MAJOR, io->major) ||
	    nla_put_u32(skb, CORDON_A_IO_MAX_MINOR, io->minor) ||
	    fill_rate(skb, CORDON_A_IO_MAX_RBPS, io->rbps) ||
	    fill_rate(skb, CORDON_A_IO_MAX_WBPS, io->wbps) ||
	    fill_rate(skb, CORDON_A_IO_MAX_RIOPS, io->riops) ||
	    fill_rate(skb, CORDON_A_IO_MAX_WIOPS, io->wiops))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_rule_cpus(struct sk_buff *skb, int key,
			  const struct policy_rule *rule)
{
	return fill_cpus(skb, key, rule->cpus);
}

static int fill_cpu_policy(struct sk_buff *skb, int key,
			   const struct policy_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, key);

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_CPU_POLICY_KIND, rule->number) ||
	    (rule->number == CORDON_CPU_POLICY_MIXED &&
	     (nla_put_u32(skb, CORDON_A_CPU_POLICY_FIRST, rule->first) ||
	      nla_put_u32(skb, CORDON_A_CPU_POLICY_LAST, rule->last))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_numa(struct sk_buff *skb, int key,
		     const struct policy_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, key);

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_NUMA_KIND, rule->number) ||
	    (rule->number == CORDON_NUMA_NODES &&
	     (nla_put_u32(skb, CORDON_A_NUMA_FIRST, rule->first) ||
	      nla_put_u32(skb, CORDON_A_NUMA_LAST, rule->last))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_numa_map(struct sk_buff *skb, int key,
			 const struct policy_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, key);

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_NUMA_MAP_FIRST, rule->first) ||
	    nla_put_u32(skb, CORDON_A_NUMA_MAP_LAST, rule->last) ||
	    nla_put_u32(skb, CORDON_A_NUMA_MAP_NODE, rule->number))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int (* const fillers[POLICY_KEYS])(struct sk_buff *skb, int key,
					  const struct policy_rule *rule) = {
	[CORDON_A_POLICY_MODE] = fill_number,
	[CORDON_A_POLICY_VCPU_PIN] = fill_vcpu_pin,
	[CORDON_A_POLICY_EMULATOR_CPUS] = fill_rule_cpus,
	[CORDON_A_POLICY_IOTHREAD_CPUS] = fill_rule_cpus,
	[CORDON_A_POLICY_IOTHREAD_PIN] = fill_iothread_pin,
	[CORDON_A_POLICY_IOTHREAD_MATCH] = fill_name,
	[CORDON_A_POLICY_IOTHREAD_TIDS] = fill_number,
	[CORDON_A_POLICY_MIGRATION_CPUS] = fill_rule_cpus,
	[CORDON_A_POLICY_HELPER_CPUS] = fill_rule_cpus,
	[CORDON_A_POLICY_VCPU_SCHED] = fill_sched,
	[CORDON_A_POLICY_IOTHREAD_SCHED] = fill_sched,
	[CORDON_A_POLICY_EMULATOR_SCHED] = fill_sched,
	[CORDON_A_POLICY_VCPU_QUOTA] = fill_amount,
	[CORDON_A_POLICY_VCPU_PERIOD] = fill_amount,
	[CORDON_A_POLICY_VCPU_BURST] = fill_amount,
	[CORDON_A_POLICY_EMULATOR_QUOTA] = fill_amount,
	[CORDON_A_POLICY_EMULATOR_PERIOD] = fill_amount,
	[CORDON_A_POLICY_EMULATOR_BURST] = fill_amount,
	[CORDON_A_POLICY_IOTHREAD_QUOTA] = fill_amount,
	[CORDON_A_POLICY_IOTHREAD_PERIOD] = fill_amount,
	[CORDON_A_POLICY_IOTHREAD_BURST] = fill_amount,
	[CORDON_A_POLICY_MIGRATION_QUOTA] = fill_amount,
	[CORDON_A_POLICY_MIGRATION_PERIOD] = fill_amount,
	[CORDON_A_POLICY_MIGRATION_BURST] = fill_amount,
	[CORDON_A_POLICY_GLOBAL_QUOTA] = fill_amount,
	[CORDON_A_POLICY_GLOBAL_PERIOD] = fill_amount,
	[CORDON_A_POLICY_GLOBAL_BURST] = fill_amount,
	[CORDON_A_POLICY_CAP_BY] = fill_number,
	[CORDON_A_POLICY_WEIGHT] = fill_number,
	[CORDON_A_POLICY_MEMORY_MIN] = fill_amount,
	[CORDON_A_POLICY_MEMORY_LOW] = fill_amount,
	[CORDON_A_POLICY_MEMORY_HIGH] = fill_amount,
	[CORDON_A_POLICY_MEMORY_MAX] = fill_amount,
	[CORDON_A_POLICY_IO_MAX] = fill_io_max,
	[CORDON_A_POLICY_CPU_POLICY] = fill_cpu_policy,
	[CORDON_A_POLICY_PLACEMENT] = fill_number,
	[CORDON_A_POLICY_THREAD_POLICY] = fill_number,
	[CORDON_A_POLICY_EMULATOR_POLICY] = fill_number,
	[CORDON_A_POLICY_NUMA] = fill_numa,
	[CORDON_A_POLICY_NUMA_MAP] = fill_numa_map,
	[CORDON_A_POLICY_NUMA_PREFER] = fill_number,
	[CORDON_A_POLICY_RESERVATION] = fill_number,
	[CORDON_A_POLICY_FORCE] = fill_number,
};

static int fill_keys(struct sk_buff *skb, const struct cordon_policy *p)
{
	u32 key, i;

	for (key = POLICY_KEY_FIRST; key < POLICY_KEYS; key++) {
		const struct policy_value *value = p->value[key];

		for (i = 0; value && i < value->nr; i++)
			if (fillers[key](skb, key, &value->rule[i]))
				return -EMSGSIZE;
	}
	return 0;
}

static int fill_guarantee(struct sk_buff *skb, struct cordon_vm *vm)
{
	u32 milli_cpus;

	return shares_guarantee(vm, &milli_cpus) ?
	       nla_put_u32(skb, CORDON_A_POLICY_GUARANTEE, milli_cpus) : 0;
}

/**
 * fill_policy() - a VM's policy
 * @skb: the message
 * @vm: the VM
 * @ns: the reader's pid namespace
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_policy(struct sk_buff *skb, struct cordon_vm *vm,
		struct pid_namespace *ns)
{
	struct cordon_policy *p = policy_get(vm);
	u64 left_ms;
	int ret;

	ret = nla_put_u32(skb, CORDON_A_POLICY_VM_ID, vm->id) ||
	      fill_nr(skb, CORDON_A_POLICY_PID, pid_nr_ns(vm->vmm->tgid, ns)) ||
	      (p && fill_keys(skb, p)) ||
	      (p && p->plan && fill_plan(skb, vm, p->plan, policy_audits(p))) ||
	      fill_guarantee(skb, vm) ||
	      (confirm_left_ms(vm, &left_ms) &&
	       nla_put_uint(skb, CORDON_A_POLICY_CONFIRM_MS, left_ms));
	policy_put(p);
	return ret ? -EMSGSIZE : 0;
}

/**
 * fill_refusal() - why a request would be refused
 * @skb: the message
 * @why: the reason
 *
 * Context: process.
 * Return: 0 or -EMSGSIZE.
 */
int fill_refusal(struct sk_buff *skb, const struct refusal *why)
{
	struct nlattr *nest = nla_nest_start(skb, CORDON_A_POLICY_REFUSAL);

	if (!nest ||
	    nla_put_u32(skb, CORDON_A_REFUSAL_ERRNO, -why->err) ||
	    nla_put_string(skb, CORDON_A_REFUSAL_TEXT, why->text) ||
	    (why->key && nla_put_u32(skb, CORDON_A_REFUSAL_KEY, why->key)) ||
	    (why->cpu >= 0 &&
	     nla_put_u32(skb, CORDON_A_REFUSAL_CPU, why->cpu)) ||
	    (why->owner &&
	     nla_put_u32(skb, CORDON_A_REFUSAL_OWNER, why->owner)) ||
	    (why->tid && nla_put_u32(skb, CORDON_A_REFUSAL_TID, why->tid)) ||
	    (why->wanted &&
	     (nla_put_u32(skb, CORDON_A_REFUSAL_WANTED, why->wanted) ||
	      nla_put_u32(skb, CORDON_A_REFUSAL_FREE, why->free))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
