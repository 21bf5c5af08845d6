/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_POLICY_H
#define _CORDON_POLICY_H

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <uapi/linux/cordon.h>

#include "check.h"
#include "value.h"

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
 * @confirm_s: go back after that many seconds, 0: never
 */
struct policy_request {
	struct cordon_policy *keys;
	u64 reset;
	bool replace;
	bool plan;
	u32 confirm_s;
};

/**
 * struct policy_result - what was done
 * @threads: threads that the policy holds or watches
 * @moved: threads whose mask or class was changed or, in audit, whose mask
 *	would be
 * @uncapped: helpers, which the cap of the whole VM does not cover
 */
struct policy_result {
	u32 threads;
	u32 moved;
	u32 uncapped;
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
