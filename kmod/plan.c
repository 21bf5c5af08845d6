// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a policy's placement puts a VM.
 *
 * A plan is made before its policy is published, shown by `policy plan` or
 * committed by policy.c, and read by whoever settles a thread. It is not changed
 * any more by then.
 */
#include <linux/slab.h>

#include "check.h"
#include "plan.h"
#include "plan_ask.h"
#include "plan_check.h"
#include "pool.h"
#include "value.h"
#include "vm.h"

/**
 * plan_alloc() - a plan that places nobody
 * @nr_vcpus: vCPUs of the VM
 *
 * Context: process.
 * Return: the plan with one reference, or NULL.
 */
struct cordon_plan *plan_alloc(u32 nr_vcpus)
{
	struct cordon_plan *plan;
	u32 i;

	plan = kvzalloc(struct_size(plan, cpu, nr_vcpus), GFP_KERNEL);
	if (!plan)
		return NULL;
	refcount_set(&plan->ref, 1);
	plan->emulator_cpu = PLAN_NONE;
	plan->emulator_policy = CORDON_EMULATOR_POLICY_SHARE;
	plan->nr_vcpus = nr_vcpus;
	for (i = 0; i < nr_vcpus; i++)
		plan->cpu[i] = PLAN_NONE;
	if (zalloc_cpumask_var(&plan->owned, GFP_KERNEL) &&
	    zalloc_cpumask_var(&plan->idle, GFP_KERNEL) &&
	    zalloc_cpumask_var(&plan->vcpus, GFP_KERNEL))
		return plan;
	plan_put(plan);
	return NULL;
}

/**
 * plan_get() - take a reference
 * @plan: the plan, or NULL
 *
 * Context: any.
 * Return: @plan.
 */
struct cordon_plan *plan_get(struct cordon_plan *plan)
{
	if (plan)
		refcount_inc(&plan->ref);
	return plan;
}

/**
 * plan_put() - give a reference back
 * @plan: the plan, or NULL
 *
 * Context: process.
 */
void plan_put(struct cordon_plan *plan)
{
	if (!plan || !refcount_dec_and_test(&plan->ref))
		return;
	free_cpumask_var(plan->owned);
	free_cpumask_var(plan->idle);
	free_cpumask_var(plan->vcpus);
	kvfree(plan);
}

/**
 * plan_use() - what the VM has a CPU for
 * @plan: its plan
 * @cpu: the CPU
 *
 * Context: any.
 * Return: enum cordon_cpu_use, 0 if the VM does not own it.
 */
u32 plan_use(const struct cordon_plan *plan, unsigned int cpu)
{
	if (cpu == plan->emulator_cpu)
		return CORDON_CPU_USE_EMULATOR;
	if (cpumask_test_cpu(cpu, plan->idle))
		return CORDON_CPU_USE_IDLE;
	return cpumask_test_cpu(cpu, plan->owned) ? CORDON_CPU_USE_VCPU : 0;
}

/**
 * plan_get_vcpu() - where a vCPU shall be
 * @plan: the plan
 * @index: the vCPU's index; one that came after the plan was made is on the
 *	shared pool until the next one
 * @cpus: filled with it
 *
 * Context: any.
 */
void plan_get_vcpu(const struct cordon_plan *plan, u32 index,
		   struct cpumask *cpus)
{
	if (index >= plan->nr_vcpus || plan->cpu[index] == PLAN_NONE) {
		pool_get_shared(cpus);
		return;
	}
	cpumask_clear(cpus);
	cpumask_set_cpu(plan->cpu[index], cpus);
}

/**
 * plan_get_emulator() - where emulator, iothreads and helpers shall be
 * @plan: the plan
 * @cpus: filled with it
 *
 * Context: any.
 */
void plan_get_emulator(const struct cordon_plan *plan, struct cpumask *cpus)
{
	cpumask_clear(cpus);
	if (plan->emulator_policy == CORDON_EMULATOR_POLICY_SHARE ||
	    plan->emulator_policy == CORDON_EMULATOR_POLICY_BOTH)
		pool_get_shared(cpus);
	if (plan->emulator_policy == CORDON_EMULATOR_POLICY_OWN ||
	    plan->emulator_policy == CORDON_EMULATOR_POLICY_BOTH)
		cpumask_or(cpus, cpus, plan->vcpus);
	if (plan->emulator_cpu != PLAN_NONE)
		cpumask_set_cpu(plan->emulator_cpu, cpus);
	/* Nobody has a CPU of its own yet. */
	if (cpumask_empty(cpus))
		pool_get_shared(cpus);
}

/**
 * plan_uses_shared() - is any thread of the VM put on the shared pool?
 * @plan: the plan
 *
 * Context: any.
 * Return: true if so.
 */
bool plan_uses_shared(const struct cordon_plan *plan)
{
	u32 i;

	for (i = 0; i < plan->nr_vcpus; i++)
		if (plan->cpu[i] == PLAN_NONE)
			return true;
	return !plan->nr_vcpus ||
	       plan->emulator_policy == CORDON_EMULATOR_POLICY_SHARE ||
	       plan->emulator_policy == CORDON_EMULATOR_POLICY_BOTH;
}

/* The solver's answer as a plan. */
static struct cordon_plan *plan_of(const struct plan_ask *ask)
{
	struct cordon_plan *plan = plan_alloc(ask->nr_vcpus);
	unsigned int cpu;
	u32 i;

	if (!plan)
		return NULL;
	if (!ask->req.nr_vcpus)
		return plan;
	for (i = 0; i < ask->req.nr_vcpus; i++)
		plan->cpu[ask->index[i]] = ask->res.vcpu_cpu[i];
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		u8 use = ask->res.owned[cpu];

		if (use)
			cpumask_set_cpu(cpu, plan->owned);
		if (use == CORDON_CPU_USE_VCPU)
			cpumask_set_cpu(cpu, plan->vcpus);
		else if (use == CORDON_CPU_USE_IDLE)
			cpumask_set_cpu(cpu, plan->idle);
	}
	if (ask->req.emulator)
		plan->emulator_cpu = ask->res.emulator_cpu;
	plan->emulator_policy = policy_emulator_policy(ask->p);
	plan->siblings_match = ask->res.siblings_match;
	plan->guest_known = ask->guest;
	return plan;
}

/*
 * Solve once, with the pins and the CPUs to avoid as they are. Sets @refused
 * where the solver refused.
 */
static int plan_try(struct plan_ask *ask, struct cordon_policy *p,
		    bool *refused, struct refusal *why)
{
	*refused = ask->req.nr_vcpus && plan_ask_solve(ask) != PLACEMENT_OK;
	if (*refused)
		return plan_refuse(ask, why);
	plan_put(p->plan);
	p->plan = plan_of(ask);
	if (!p->plan)
		return refuse(why, -ENOMEM, 0, "out of memory");
	return plan_check_host(ask->vm, p, why);
}

/*
 * Where cordon chooses, it chooses around whoever is bound to a CPU; only if
 * there is nothing else the danger is refused, or accepted by force. Each turn
 * avoids one CPU more, gives up what is kept, or is the last.
 */
static int plan_choose(struct plan_ask *ask, struct cordon_policy *p,
		       struct refusal *why)
{
	struct refusal clear = *why, danger = *why;
	bool refused;
	int ret;

	for (;;) {
		*why = clear;
		ret = plan_try(ask, p, &refused, why);
		if (refused && ask->kept) {
			plan_ask_drop_kept(ask);
			continue;
		}
		if (refused && !cpumask_empty(ask->avoid)) {
			*why = danger;
			if (!policy_forces(p))
				return why->err;
			*why = clear;
			cpumask_clear(ask->avoid);
			return plan_try(ask, p, &refused, why);
		}
		if (ret)
			return ret;
		ret = plan_check_bound(ask->vm, p, why);
		if (ret != -EBUSY)
			return ret;
		/* Told is the first one: what cordon would have liked best. */
		if (cpumask_empty(ask->avoid))
			danger = *why;
		cpumask_set_cpu(why->cpu, ask->avoid);
	}
}

/**
 * plan_make() - choose where a policy's placement puts a VM
 * @vm: the VM
 * @p: the policy, not published yet, its keys checked; its plan is filled, and
 *	stays NULL if it has no cpu-policy
 * @old: the policy that it replaces, or NULL
 * @replan: place its vCPUs anew, as if they had never been placed
 * @why: filled if there is no place
 *
 * Context: process, policy mutex held. Changes nothing but @p.
 * Return: 0; -ENOSPC if there are too few CPUs, -EBUSY if somebody else is on
 * those that it must have, -EINVAL if it contradicts itself or the host;
 * -E2BIG, -ENOMEM.
 */
int plan_make(struct cordon_vm *vm, struct cordon_policy *p,
	      const struct cordon_policy *old, bool replan,
	      struct refusal *why)
{
	struct plan_ask ask = {
		.vm = vm,
		.p = p,
		.old = old,
		.replan = replan,
	};
	int ret;

	if (!policy_is_placed(p))
		return 0;
	ret = plan_ask_begin(&ask, why);
	if (!ret)
		ret = plan_choose(&ask, p, why);
	plan_ask_end(&ask);
	return ret;
}
