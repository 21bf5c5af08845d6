// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reservations: what VMs are sure of together is no more than there is.
 *
 * A VM claims what it reserves, or the CPUs that it owns if they are more; there
 * are the online CPUs of both pools. Called by policy_check_plan(), in its
 * context.
 */
#include <linux/slab.h>

#include "admission.h"
#include "check.h"
#include "plan.h"
#include "policy.h"
#include "pool.h"
#include "vm.h"

/* Thousandths of a CPU, as in the key. */
#define ADMISSION_CPU	1000

static u64 admission_owned(const struct cordon_policy *p)
{
	return p->plan ? cpumask_weight(p->plan->owned) * ADMISSION_CPU : 0;
}

static u64 admission_claim(const struct cordon_policy *p)
{
	u32 reserved = 0;

	if (!p || policy_audits(p))
		return 0;
	policy_get_reservation(p, &reserved);
	return max_t(u64, reserved, admission_owned(p));
}

static u64 admission_others(const struct cordon_vm *vm)
{
	struct cordon_vm *other;
	u64 sum = 0;
	u32 id = 0;

	while ((other = vm_get_next(id + 1))) {
		id = other->id;
		if (other != vm)
			sum += admission_claim(policy_of(other));
		vm_put(other);
	}
	return sum;
}

static int admission_room(u64 *room)
{
	cpumask_var_t cpus, shared;
	int ret = -ENOMEM;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return ret;
	if (alloc_cpumask_var(&shared, GFP_KERNEL)) {
		pool_get_dedicated(cpus);
		pool_get_shared(shared);
		cpumask_or(cpus, cpus, shared);
		cpumask_and(cpus, cpus, cpu_online_mask);
		*room = cpumask_weight(cpus) * ADMISSION_CPU;
		free_cpumask_var(shared);
		ret = 0;
	}
	free_cpumask_var(cpus);
	return ret;
}

/**
 * admission_check() - is there room for what a VM reserves?
 * @vm: the VM
 * @p: its policy, with the plan
 * @old: the one before, or NULL: who claims no more than it had is not refused
 * @why: filled if not
 *
 * Context: process, policy mutex held.
 * Return: 0, -ENOSPC, -ENOMEM.
 */
int admission_check(struct cordon_vm *vm, const struct cordon_policy *p,
		    const struct cordon_policy *old, struct refusal *why)
{
	u64 claim = admission_claim(p), others, room;
	u32 key;

	if (claim <= admission_claim(old))
		return 0;
	if (admission_room(&room))
		return refuse(why, -ENOMEM, 0, "out of memory");
	others = admission_others(vm);
	if (claim + others <= room)
		return 0;
	key = claim > admission_owned(p) ? CORDON_A_POLICY_RESERVATION :
					   CORDON_A_POLICY_CPU_POLICY;
	why->wanted = claim;
	why->free = room - min(room, others);
	return refuse(why, -ENOSPC, key,
		      "%s: of the pools' %llum CPUs %llum are reserved or owned: %um wanted, %um free",
		      policy_key_name(key), room, others, why->wanted,
		      why->free);
}
