// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a plan would do to others: who is bound to the CPUs that it takes, and
 * what is left to the host.
 *
 * All run in process context under the policy mutex, and change nothing.
 */
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "check.h"
#include "cpuset.h"
#include "isolation.h"
#include "plan.h"
#include "plan_check.h"
#include "policy.h"
#include "pool.h"
#include "settle.h"
#include "thread.h"
#include "topology.h"
#include "vm.h"
#include "vmm.h"

/**
 * struct plan_danger - a look at everybody whom a plan concerns
 * @vm: the VM
 * @fresh: CPUs that it would own, and does not yet
 * @others: those, and what other VMs own
 * @scratch: room for a mask
 * @moved: tasks that would be moved off
 * @why: filled if somebody can be nowhere else
 */
struct plan_danger {
	struct cordon_vm *vm;
	cpumask_var_t fresh;
	cpumask_var_t others;
	cpumask_var_t scratch;
	u32 moved;
	struct refusal *why;
};

static void plan_danger_end(struct plan_danger *d)
{
	free_cpumask_var(d->fresh);
	free_cpumask_var(d->others);
	free_cpumask_var(d->scratch);
}

static int plan_danger_begin(struct plan_danger *d, struct cordon_vm *vm,
			     const struct cordon_policy *p, struct refusal *why)
{
	memset(d, 0, sizeof(*d));
	d->vm = vm;
	d->why = why;
	if (!zalloc_cpumask_var(&d->fresh, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&d->others, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&d->scratch, GFP_KERNEL)) {
		plan_danger_end(d);
		return refuse(why, -ENOMEM, 0, "out of memory");
	}
	if (!p->plan || policy_audits(p))
		return 0;
	isolation_get_owned(vm, d->scratch);
	cpumask_andnot(d->fresh, p->plan->owned, d->scratch);
	isolation_get_owned(NULL, d->others);
	cpumask_andnot(d->others, d->others, d->scratch);
	cpumask_or(d->others, d->others, d->fresh);
	return 0;
}

/* A thread that a policy holds is looked at by that; an audited one is not. */
static bool plan_is_held(struct cordon_thread *t)
{
	struct affinity_want *want = rcu_dereference(t->affinity.want);

	return want && !want->audit;
}

/* Is it somebody else, whom masks keep off? Under RCU. */
static bool plan_concerns(struct plan_danger *d, struct task_struct *task)
{
	struct cordon_thread *t;

	if (task->flags & PF_EXITING || task_tgid(task) == d->vm->vmm->tgid)
		return false;
	t = thread_lookup(task);
	return !t || (t->vmm != d->vm->vmm && !plan_is_held(t));
}

/* A kernel thread that is for these CPUs stays there. */
static bool plan_may_move(const struct plan_danger *d,
			  const struct task_struct *task)
{
	return !(task->flags & PF_KTHREAD) ||
	       (!(task->flags & PF_NO_SETAFFINITY) &&
		!cpumask_subset(&task->cpus_mask, d->others));
}

static int plan_danger_task(struct plan_danger *d, struct task_struct *task)
{
	char comm[TASK_COMM_LEN];
	unsigned int cpu;

	if (!cpumask_intersects(&task->cpus_mask, d->fresh) ||
	    !plan_concerns(d, task))
		return 0;
	if (!isolation_is_bound(task, d->others)) {
		d->moved += plan_may_move(d, task);
		return 0;
	}
	/* It may change its mask just now. */
	cpu = cpumask_any_and(&task->cpus_mask, d->fresh);
	if (cpu >= nr_cpu_ids)
		return 0;
	d->why->cpu = cpu;
	d->why->tid = task_pid_nr(task);
	get_task_comm(comm, task);
	return refuse(d->why, -EBUSY, CORDON_A_POLICY_CPU_POLICY,
		      "cpu-policy: task %u (%s) is bound to CPU %u; force on leaves it there",
		      d->why->tid, comm, cpu);
}

static int plan_danger_tasks(struct plan_danger *d)
{
	struct task_struct *p, *t;
	int ret = 0;

	rcu_read_lock();
	for_each_process(p) {
		vmm_for_each_task(p, t) {
			ret = plan_danger_task(d, t);
			if (ret)
				goto out;
		}
	}
out:
	rcu_read_unlock();
	return ret;
}

/* Would anything be left of where another VM's policy has this thread? */
static int plan_danger_thread(struct plan_danger *d, struct cordon_vm *other,
			      const struct cordon_policy *p,
			      struct cordon_thread *t)
{
	char comm[TASK_COMM_LEN];
	unsigned int cpu;

	thread_name(t, comm);
	if (thread_is_fixed(t) ||
	    !policy_get_cpus(p, t->class, t->vcpu_index, comm, d->scratch) ||
	    !isolation_strip(other, d->scratch))
		return 0;
	cpu = cpumask_any_and(d->scratch, d->fresh);
	if (cpu >= nr_cpu_ids || !cpumask_subset(d->scratch, d->fresh))
		return 0;
	d->why->cpu = cpu;
	d->why->owner = other->id;
	d->why->tid = task_pid_nr(t->task);
	return refuse(d->why, -EBUSY, CORDON_A_POLICY_CPU_POLICY,
		      "cpu-policy: the policy of id:%u has its thread %u (%s) on CPU %u and nowhere else; force on leaves it there",
		      other->id, d->why->tid, comm, cpu);
}

static int plan_danger_vm(struct plan_danger *d, struct cordon_vm *other)
{
	const struct cordon_policy *p = policy_of(other);
	struct cordon_thread **threads;
	unsigned int nr, i;
	int ret = 0;

	if (!p || policy_audits(p) || other->vmm == d->vm->vmm)
		return 0;
	threads = vmm_get_threads(other->vmm, &nr);
	if (!threads)
		return refuse(d->why, -ENOMEM, 0, "out of memory");
	for (i = 0; !ret && i < nr; i++)
		if (settle_governs(other, threads[i]))
			ret = plan_danger_thread(d, other, p, threads[i]);
	vmm_put_threads(threads, nr);
	return ret;
}

static int plan_danger_vms(struct plan_danger *d)
{
	struct cordon_vm *other;
	int ret = 0;
	u32 id = 0;

	while (!ret && (other = vm_get_next(id + 1))) {
		id = other->id;
		if (other != d->vm)
			ret = plan_danger_vm(d, other);
		vm_put(other);
	}
	return ret;
}

/* A cpuset in which nobody could run any more, even if nobody is in it. */
static int plan_danger_cpusets(struct plan_danger *d)
{
	struct cpuset_search s = { .fresh = d->fresh, .within = d->others };
	int ret;

	s.leader = get_pid_task(d->vm->vmm->tgid, PIDTYPE_TGID);
	ret = cpuset_find_within(&s);
	if (s.leader)
		put_task_struct(s.leader);
	if (ret)
		return refuse(d->why, ret, CORDON_A_POLICY_CPU_POLICY,
			      "cpu-policy: the host's cpusets could not be read: error %d",
			      -ret);
	if (!s.path)
		return 0;
	d->why->cpu = s.cpu;
	ret = refuse(d->why, -EBUSY, CORDON_A_POLICY_CPU_POLICY,
		     "cpu-policy: CPU %u: the cpuset of %s has no other CPUs; force on takes it",
		     s.cpu, s.path);
	kfree(s.path);
	return ret;
}

/**
 * plan_check_bound() - can somebody be nowhere else than where a plan wants to
 *	be alone?
 * @vm: the VM
 * @p: its policy, with the plan
 * @why: filled if so: a CPU, and who it is
 *
 * Context: process, policy mutex held.
 * Return: 0; -EBUSY, which may be accepted by force; -ENOMEM.
 */
int plan_check_bound(struct cordon_vm *vm, const struct cordon_policy *p,
		     struct refusal *why)
{
	struct plan_danger d;
	int ret = plan_danger_begin(&d, vm, p, why);

	if (ret)
		return ret;
	if (!cpumask_empty(d.fresh))
		ret = plan_danger_tasks(&d) ?: plan_danger_vms(&d) ?:
		      plan_danger_cpusets(&d);
	plan_danger_end(&d);
	return ret;
}

/**
 * plan_count_moved() - how many tasks of others would be moved off?
 * @vm: the VM
 * @p: its policy, with the plan
 * @left: set to those that would be left, by force
 *
 * Context: process, policy mutex held.
 * Return: their number; 0 if there is no memory.
 */
u32 plan_count_moved(struct cordon_vm *vm, const struct cordon_policy *p,
		     u32 *left)
{
	struct task_struct *task, *t;
	struct refusal why = {};
	struct plan_danger d;

	*left = 0;
	if (plan_danger_begin(&d, vm, p, &why))
		return 0;
	rcu_read_lock();
	for_each_process(task) {
		vmm_for_each_task(task, t) {
			if (plan_danger_task(&d, t))
				(*left)++;
		}
	}
	rcu_read_unlock();
	plan_danger_end(&d);
	return d.moved;
}

static int plan_check_reserve(struct plan_danger *d,
			      const struct cordon_policy *p)
{
	u32 online = num_online_cpus(), reserve = pool_reserve();
	u32 owned, wanted = cpumask_weight(p->plan->owned);
	struct refusal *why = d->why;

	if (cpumask_empty(d->fresh))
		return 0;
	isolation_get_owned(d->vm, d->scratch);
	cpumask_or(d->others, d->others, d->scratch);
	cpumask_or(d->others, d->others, p->plan->owned);
	owned = cpumask_weight(d->others);
	/* What it had, and will not have, is still counted as its own. */
	cpumask_andnot(d->scratch, d->scratch, p->plan->owned);
	owned -= cpumask_weight(d->scratch);
	if (owned < online && (owned + reserve <= online || policy_forces(p)))
		return 0;
	/* By force all but one may go. */
	if (policy_forces(p))
		reserve = 1;
	why->wanted = wanted;
	why->free = wanted - min(wanted, owned + min(reserve, online) - online);
	why->cpu = cpumask_first(d->fresh);
	if (owned >= online && policy_forces(p))
		return refuse(why, -EBUSY, CORDON_A_POLICY_CPU_POLICY,
			      "cpu-policy: no CPU would be left for the host: %u wanted, %u free",
			      wanted, why->free);
	return refuse(why, -EBUSY, CORDON_A_POLICY_CPU_POLICY,
		      "cpu-policy: the reserve is %u CPUs: %u wanted, %u free; cpu set reserve, or force on accepts it",
		      reserve, why->wanted, why->free);
}

/* Nothing would balance the load between the CPUs of such a mask. */
static int plan_check_balance(struct plan_danger *d,
			      const struct cordon_policy *p, u32 key)
{
	unsigned int cpu;

	if (policy_forces(p) || cpumask_weight(d->scratch) < 2)
		return 0;
	for_each_cpu(cpu, d->scratch) {
		if (!topology_is_unbalanced(cpu))
			continue;
		d->why->cpu = cpu;
		return refuse(d->why, -EBUSY, key,
			      "%s: CPU %u is isolated: nothing balances the load between the CPUs that this gives; force on accepts it",
			      policy_key_name(key), cpu);
	}
	return 0;
}

static int plan_check_where(struct plan_danger *d,
			    const struct cordon_policy *p)
{
	int ret = 0;

	if (!p->value[CORDON_A_POLICY_EMULATOR_CPUS]) {
		plan_get_emulator(p->plan, d->scratch);
		ret = plan_check_balance(d, p, CORDON_A_POLICY_EMULATOR_POLICY);
	}
	if (ret || !plan_uses_shared(p->plan))
		return ret;
	pool_get_shared(d->scratch);
	if (!cpumask_intersects(d->scratch, cpu_online_mask))
		return refuse(d->why, -ENOSPC, CORDON_A_POLICY_CPU_POLICY,
			      "cpu-policy: the shared pool has no online CPU, and this policy needs one: cpu set shared");
	return plan_check_balance(d, p, CORDON_A_POLICY_CPU_POLICY);
}

/* Who has a CPU of its own is alone on it, among vCPUs too. */
static int plan_check_alone(struct plan_danger *d,
			    const struct cordon_policy *p)
{
	const struct cordon_plan *plan = p->plan;
	unsigned int cpu;
	u32 i;

	for (i = 0; i < plan->nr_vcpus; i++) {
		if (plan->cpu[i] != PLAN_NONE ||
		    !policy_get_cpus(p, CORDON_CLASS_VCPU, i, "", d->scratch))
			continue;
		cpu = cpumask_any_and(d->scratch, plan->owned);
		if (cpu >= nr_cpu_ids)
			continue;
		d->why->cpu = cpu;
		return refuse(d->why, -EINVAL, CORDON_A_POLICY_VCPU_PIN,
			      "vcpu-pin: vCPU %u may not use CPU %u, which a dedicated vCPU has for itself",
			      i, cpu);
	}
	return 0;
}

/**
 * plan_check_host() - does a plan leave the host what it needs?
 * @vm: the VM
 * @p: its policy, with the plan
 * @why: filled if not
 *
 * Context: process, policy mutex held.
 * Return: 0 or a negative errno.
 */
int plan_check_host(struct cordon_vm *vm, const struct cordon_policy *p,
		    struct refusal *why)
{
	struct plan_danger d;
	int ret = plan_danger_begin(&d, vm, p, why);

	if (ret)
		return ret;
	ret = plan_check_reserve(&d, p) ?: plan_check_where(&d, p) ?:
	      plan_check_alone(&d, p);
	plan_danger_end(&d);
	return ret;
}

static int plan_refuse_mask(u32 key, unsigned int cpu, struct refusal *why)
{
	why->cpu = cpu;
	why->owner = isolation_owner(cpu);
	return refuse(why, -EBUSY, key, "%s: CPU %u is owned by id:%u",
		      policy_key_name(key), cpu, why->owner);
}

static int plan_check_rule(struct cordon_vm *vm, u32 key,
			   const struct policy_rule *rule,
			   struct cpumask *scratch, struct refusal *why)
{
	unsigned int cpu;

	cpumask_copy(scratch, rule->cpus);
	if (!isolation_strip(vm, scratch))
		return plan_refuse_mask(key, cpumask_first(rule->cpus), why);
	if (!rule->one_to_one)
		return 0;
	for_each_cpu(cpu, rule->cpus)
		if (!cpumask_test_cpu(cpu, scratch))
			return plan_refuse_mask(key, cpu, why);
	return 0;
}

static int plan_check_keys(struct cordon_vm *vm, const struct cordon_policy *p,
			   const struct cordon_policy *old,
			   struct cpumask *scratch, struct refusal *why)
{
	static const u32 keys[] = {
		CORDON_A_POLICY_VCPU_PIN, CORDON_A_POLICY_EMULATOR_CPUS,
		CORDON_A_POLICY_IOTHREAD_CPUS, CORDON_A_POLICY_IOTHREAD_PIN,
		CORDON_A_POLICY_MIGRATION_CPUS, CORDON_A_POLICY_HELPER_CPUS,
	};
	int ret = 0;
	size_t k;
	u32 i;

	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		const struct policy_value *value = p->value[keys[k]];

		if (!check_is_new(p, old, keys[k]))
			continue;
		for (i = 0; !ret && value && i < value->nr; i++)
			ret = plan_check_rule(vm, keys[k], &value->rule[i],
					      scratch, why);
	}
	return ret;
}

/**
 * plan_check_masks() - is anything left of a policy's explicit masks?
 * @vm: the VM
 * @p: its policy
 * @old: the one before, whose masks were looked at; NULL: look at all
 * @why: filled if other VMs own all CPUs of one
 *
 * Context: process, policy mutex held.
 * Return: 0, -EBUSY, -ENOMEM.
 */
int plan_check_masks(struct cordon_vm *vm, const struct cordon_policy *p,
		     const struct cordon_policy *old, struct refusal *why)
{
	cpumask_var_t scratch;
	int ret;

	if (!isolation_any() || policy_audits(p))
		return 0;
	if (!alloc_cpumask_var(&scratch, GFP_KERNEL))
		return refuse(why, -ENOMEM, 0, "out of memory");
	ret = plan_check_keys(vm, p, old, scratch, why);
	free_cpumask_var(scratch);
	return ret;
}

/**
 * plan_check_again() - can a VM have the CPUs that it had before?
 * @vm: the VM
 * @p: the policy, with its plan
 * @why: filled if not
 *
 * Context: process, policy mutex held.
 * Return: 0, -EBUSY, -ENOMEM.
 */
int plan_check_again(struct cordon_vm *vm, const struct cordon_policy *p,
		     struct refusal *why)
{
	unsigned int cpu;

	if (!p->plan || policy_audits(p))
		return plan_check_masks(vm, p, NULL, why);
	for_each_cpu(cpu, p->plan->owned) {
		u32 owner = isolation_owner(cpu);

		if (owner && owner != vm->id)
			return plan_refuse_mask(CORDON_A_POLICY_CPU_POLICY,
						cpu, why);
		why->cpu = cpu;
		if (pool_of(cpu) != CORDON_POOL_DEDICATED)
			return refuse(why, -EBUSY, CORDON_A_POLICY_CPU_POLICY,
				      "cpu-policy: CPU %u is not in the dedicated pool any more",
				      cpu);
	}
	why->cpu = -1;
	return plan_check_masks(vm, p, NULL, why);
}
