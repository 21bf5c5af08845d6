/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_POLICY_H
#define _CORDON_POLICY_H

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <uapi/linux/cordon.h>

#include "check.h"
#include "value.h"

struct cordon_plan;
struct cordon_thread;
struct cordon_vm;
struct registry_ops;

/*
 * One transaction at a time, over all VMs. Outermost of cordon's locks: a
 * thread's lock, key_mutex and registry_lock nest inside it. Not taken at
 * safe points.
 */
extern struct mutex policy_mutex;

extern const struct registry_ops policy_registry_ops;

/**
 * struct policy_request - what a user asks for
 * @keys: the keys that are named
 * @reset: bits of the keys to reset
 * @replace: keys that are not named are reset
 * @plan: change nothing
 * @replan: place its dedicated vCPUs anew
 * @confirm_s: go back after that many seconds, 0: never
 */
struct policy_request {
	struct cordon_policy *keys;
	u64 reset;
	bool replace;
	bool plan;
	bool replan;
	u32 confirm_s;
};

/**
 * struct policy_result - what was done
 * @threads: threads that the policy holds or watches
 * @moved: threads whose mask or class was changed or, in audit, whose mask
 *	would be
 * @uncapped: helpers, which the cap of the whole VM does not cover
 * @evicted: tasks of others that were moved off, or given back what they had
 * @left: tasks that are left on owned CPUs, by force
 * @plan: where the policy places the VM, with a reference; NULL if it does not
 * @audits: it only audits, and so owns nothing
 * @vcpus: of what is only planned: where the vCPUs would be, for the caller to
 *	kfree(); else NULL
 */
struct policy_result {
	u32 threads;
	u32 moved;
	u32 uncapped;
	u32 evicted;
	u32 left;
	struct cordon_plan *plan;
	bool audits;
	struct cpumask *vcpus;
};

struct cordon_policy *policy_of(struct cordon_vm *vm);
struct cordon_policy *policy_get(struct cordon_vm *vm);
int policy_set(struct cordon_vm *vm, const struct policy_request *req,
	       struct policy_result *res, struct refusal *why);
int policy_del(struct cordon_vm *vm, struct policy_result *res,
	       struct refusal *why);
int policy_commit(struct cordon_vm *vm, struct cordon_policy *p,
		  struct policy_result *res, struct refusal *why);
void policy_settle_all(void);
void policy_settle_cgroups(void);
bool policy_any(void);

#endif /* _CORDON_POLICY_H */
