// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy's placement in a transaction: the VM owns what it had and what it
 * will have while its threads move, and in the end only what it will have.
 *
 * Called by policy_commit(), in its context.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>

#include "affinity.h"
#include "isolation.h"
#include "plan.h"
#include "plan_check.h"
#include "policy.h"
#include "policy_place.h"
#include "settle.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/* An audit owns nothing. */
static void policy_add_owned(const struct cordon_policy *p,
			     struct cpumask *cpus)
{
	if (p && p->plan && !policy_audits(p))
		cpumask_or(cpus, cpus, p->plan->owned);
}

/**
 * policy_own() - the VM gets the CPUs that its next policy wants
 * @vm: the VM
 * @p: the next policy
 * @old: the one so far, whose CPUs it keeps; or NULL
 * @res: what was done is added
 * @why: filled if it fails
 *
 * Context: process, policy mutex held.
 * Return: 0, or a negative errno; then everything is as before.
 */
int policy_own(struct cordon_vm *vm, const struct cordon_policy *p,
	       const struct cordon_policy *old, struct policy_result *res,
	       struct refusal *why)
{
	struct isolation_result done = {};
	cpumask_var_t cpus;
	int ret = 0;

	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL))
		return refuse(why, -ENOMEM, 0, "out of memory");
	policy_add_owned(p, cpus);
	policy_add_owned(old, cpus);
	if (!cpumask_empty(cpus))
		ret = isolation_own(vm, cpus, policy_forces(p), &done, why);
	res->evicted += done.evicted;
	res->left += done.left;
	free_cpumask_var(cpus);
	return ret;
}

/**
 * policy_release() - the VM gives up the CPUs that its policy does not want
 * @vm: the VM, whose threads have left them
 * @p: the policy that it has now, or NULL
 * @res: what was done is added
 *
 * Context: process, policy mutex held.
 */
void policy_release(struct cordon_vm *vm, const struct cordon_policy *p,
		    struct policy_result *res)
{
	struct isolation_result done = {};
	struct refusal why = {};
	cpumask_var_t cpus;

	/* Small, and the VM must not own for ever what it does not want. */
	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL | __GFP_NOFAIL))
		return;
	isolation_get_owned(vm, cpus);
	if (cpumask_empty(cpus))
		goto out;
	cpumask_clear(cpus);
	policy_add_owned(p, cpus);
	isolation_own(vm, cpus, true, &done, &why);
	res->evicted += done.evicted;
out:
	free_cpumask_var(cpus);
}

/* Would the thread be under this policy? */
static bool policy_would_govern(struct cordon_vm *vm,
				const struct cordon_policy *p,
				struct cordon_thread *t)
{
	struct cordon_vm *of = rcu_access_pointer(t->vm);

	return of ? of == vm : policy_process_key(p);
}

/* Count a thread as settling it would; its mask alone is looked at. */
static void policy_foresee_thread(struct cordon_vm *vm,
				  const struct cordon_policy *p,
				  struct cordon_thread *t,
				  struct cpumask *scratch,
				  struct policy_result *res)
{
	u32 class = settle_class(p, t);
	struct schedparam sched;
	char comm[TASK_COMM_LEN];
	bool placed, same;

	thread_name(t, comm);
	placed = !thread_is_fixed(t) &&
		 policy_get_cpus(p, class, t->vcpu_index, comm, scratch);
	if (placed && !policy_audits(p))
		isolation_strip(vm, scratch);
	same = !placed || cpumask_equal(scratch, &t->task->cpus_mask);
	res->moved += !same;
	res->threads += placed || policy_cap_of(p, class) ||
			policy_get_sched(p, class, t->vcpu_index, comm, &sched);
	if (class != CORDON_CLASS_VCPU || !res->vcpus)
		return;
	if (!placed || policy_audits(p))
		affinity_get_mask(t->task, scratch);
	cpumask_or(res->vcpus, res->vcpus, scratch);
}

/**
 * policy_foresee() - what a policy would do, for `policy plan`
 * @vm: the VM
 * @p: the policy, with its plan
 * @res: filled, as far as it can be told
 *
 * Context: process, policy mutex held. Changes nothing.
 */
void policy_foresee(struct cordon_vm *vm, const struct cordon_policy *p,
		    struct policy_result *res)
{
	struct cordon_thread **threads;
	cpumask_var_t scratch;
	unsigned int nr, i;

	if (p->plan)
		res->evicted = plan_count_moved(vm, p, &res->left);
	if (!alloc_cpumask_var(&scratch, GFP_KERNEL))
		return;
	res->vcpus = kzalloc(cpumask_size(), GFP_KERNEL);
	threads = vmm_get_threads(vm->vmm, &nr);
	for (i = 0; threads && i < nr; i++)
		if (policy_would_govern(vm, p, threads[i]))
			policy_foresee_thread(vm, p, threads[i], scratch, res);
	if (threads)
		vmm_put_threads(threads, nr);
	free_cpumask_var(scratch);
}
