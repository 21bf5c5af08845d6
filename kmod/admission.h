/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_ADMISSION_H
#define _CORDON_ADMISSION_H

struct cordon_policy;
struct cordon_vm;
struct refusal;

int admission_check(struct cordon_vm *vm, const struct cordon_policy *p,
		    const struct cordon_policy *old, struct refusal *why);

#endif /* _CORDON_ADMISSION_H */
