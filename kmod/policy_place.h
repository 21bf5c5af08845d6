/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_POLICY_PLACE_H
#define _CORDON_POLICY_PLACE_H

struct cordon_policy;
struct cordon_vm;
struct policy_result;
struct refusal;

int policy_own(struct cordon_vm *vm, const struct cordon_policy *p,
	       const struct cordon_policy *old, struct policy_result *res,
	       struct refusal *why);
void policy_foresee(struct cordon_vm *vm, const struct cordon_policy *p,
		    struct policy_result *res);
void policy_release(struct cordon_vm *vm, const struct cordon_policy *p,
		    struct policy_result *res);

#endif /* _CORDON_POLICY_PLACE_H */
