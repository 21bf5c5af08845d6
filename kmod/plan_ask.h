/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_PLAN_ASK_H
#define _CORDON_PLAN_ASK_H

#include <linux/cpumask.h>
#include <linux/types.h>

#include "placement.h"

struct cordon_policy;
struct cordon_vm;
struct guestcpu;
struct refusal;

/* Between the rooms of the plan: plan.c, plan_ask.c, plan_refuse.c. */

/**
 * enum plan_pin - why a vCPU must be on a CPU
 * @PLAN_PIN_NONE: it need not
 * @PLAN_PIN_SAID: a key names it
 * @PLAN_PIN_KEPT: it is placed there
 * @PLAN_PIN_ADOPTED: somebody else has pinned it there
 */
enum plan_pin {
	PLAN_PIN_NONE,
	PLAN_PIN_SAID,
	PLAN_PIN_KEPT,
	PLAN_PIN_ADOPTED,
};

/**
 * struct plan_ask - what is asked of the solver, and what it answers
 * @vm: the VM
 * @p: the policy that is to have a plan
 * @old: the one that it replaces, or NULL
 * @replan: its vCPUs are placed anew
 * @nr_vcpus: vCPUs of the VM
 * @guest: what the guest knows of its CPUs, or NULL
 * @host: the host
 * @req: the request
 * @res: the answer
 * @allowed: where the VM may be at all
 * @avoid: CPUs that somebody is bound to
 * @kept: some vCPU, or the emulator, is to stay where it is placed
 * @cpu: @host's CPUs
 * @vcpu: @req's vCPUs
 * @index: by place in the request: index of the vCPU
 * @pin: by place in the request: enum plan_pin
 * @emulator_pin: the emulator's
 * @node_id: by the solver's number of a node: the kernel's
 * @score: by the solver's number of a node: how much the VM prefers it
 * @node_allowed: by the solver's number of a node
 * @room: for the solver to work in
 */
struct plan_ask {
	struct cordon_vm *vm;
	const struct cordon_policy *p;
	const struct cordon_policy *old;
	bool replan;
	u32 nr_vcpus;
	struct guestcpu *guest;
	struct placement_host host;
	struct placement_request req;
	struct placement_result res;
	cpumask_var_t allowed;
	cpumask_var_t avoid;
	bool kept;
	struct placement_cpu *cpu;
	struct placement_vcpu *vcpu;
	u32 *index;
	u8 *pin;
	u8 emulator_pin;
	u32 *node_id;
	u64 *score;
	bool *node_allowed;
	void *room;
};

int plan_ask_begin(struct plan_ask *ask, struct refusal *why);
void plan_ask_end(struct plan_ask *ask);
enum placement_refusal plan_ask_solve(struct plan_ask *ask);
void plan_ask_drop_kept(struct plan_ask *ask);
int plan_refuse(const struct plan_ask *ask, struct refusal *why);

#endif /* _CORDON_PLAN_ASK_H */
