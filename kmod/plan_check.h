/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_PLAN_CHECK_H
#define _CORDON_PLAN_CHECK_H

#include <linux/types.h>

struct cordon_policy;
struct cordon_vm;
struct refusal;

int plan_check_bound(struct cordon_vm *vm, const struct cordon_policy *p,
		     struct refusal *why);
int plan_check_host(struct cordon_vm *vm, const struct cordon_policy *p,
		    struct refusal *why);
u32 plan_count_moved(struct cordon_vm *vm, const struct cordon_policy *p,
		     u32 *left);
int plan_check_masks(struct cordon_vm *vm, const struct cordon_policy *p,
		     const struct cordon_policy *old, struct refusal *why);
int plan_check_again(struct cordon_vm *vm, const struct cordon_policy *p,
		     struct refusal *why);

#endif /* _CORDON_PLAN_CHECK_H */
