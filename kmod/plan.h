/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_PLAN_H
#define _CORDON_PLAN_H

#include <linux/cpumask.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct cordon_policy;
struct cordon_vm;
struct refusal;

/* A vCPU that has no CPU of its own. */
#define PLAN_NONE	U32_MAX

/**
 * struct cordon_plan - where a policy's placement puts a VM; never changed once
 *	a policy has it
 * @ref: policies that share it
 * @owned: CPUs that the VM owns; a subset of the dedicated pool
 * @idle: those of them that are held idle
 * @vcpus: those of them that are its dedicated vCPUs'
 * @emulator_cpu: the one that is the emulator's alone, PLAN_NONE if none
 * @emulator_policy: enum cordon_emulator_policy; where the emulator is by that,
 *	plan_get_emulator() says
 * @siblings_match: the guest's siblings are siblings of the host
 * @guest_known: the guest's topology was known
 * @nr_vcpus: entries of @cpu
 * @cpu: by index of the vCPU: its CPU, or PLAN_NONE: it is on the shared pool
 *
 * The shared pool may change: where it is, is looked up whenever it is needed.
 */
struct cordon_plan {
	refcount_t ref;
	cpumask_var_t owned;
	cpumask_var_t idle;
	cpumask_var_t vcpus;
	u32 emulator_cpu;
	u32 emulator_policy;
	bool siblings_match;
	bool guest_known;
	u32 nr_vcpus;
	u32 cpu[];
};

struct cordon_plan *plan_alloc(u32 nr_vcpus);
struct cordon_plan *plan_get(struct cordon_plan *plan);
void plan_put(struct cordon_plan *plan);
int plan_make(struct cordon_vm *vm, struct cordon_policy *p,
	      const struct cordon_policy *old, bool replan,
	      struct refusal *why);
u32 plan_use(const struct cordon_plan *plan, unsigned int cpu);
void plan_get_vcpu(const struct cordon_plan *plan, u32 index,
		   struct cpumask *cpus);
void plan_get_emulator(const struct cordon_plan *plan, struct cpumask *cpus);
bool plan_uses_shared(const struct cordon_plan *plan);

#endif /* _CORDON_PLAN_H */
