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
 * @emulator_cpu: the one that is the emulator's alone, PLAN_NONE if none
 * @emulator: where emulator, iothreads and helpers shall be
 * @shared: where its vCPUs without a CPU of their own shall be
 * @siblings_match: the guest's siblings are siblings of the host
 * @guest_known: the guest's topology was known
 * @nr_vcpus: entries of @cpu
 * @cpu: by index of the vCPU: its CPU, or PLAN_NONE
 */
struct cordon_plan {
	refcount_t ref;
	cpumask_var_t owned;
	cpumask_var_t idle;
	u32 emulator_cpu;
	cpumask_var_t emulator;
	cpumask_var_t shared;
	bool siblings_match;
	bool guest_known;
	u32 nr_vcpus;
	u32 cpu[];
};

struct cordon_plan *plan_get(struct cordon_plan *plan);
void plan_put(struct cordon_plan *plan);
int plan_make(struct cordon_vm *vm, struct cordon_policy *p,
	      const struct cordon_policy *old, bool replan,
	      struct refusal *why);
int plan_check(struct cordon_vm *vm, const struct cordon_policy *p,
	       const struct cordon_policy *old, struct refusal *why);
u32 plan_use(const struct cordon_plan *plan, unsigned int cpu);

#endif /* _CORDON_PLAN_H */
