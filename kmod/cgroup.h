/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CGROUP_H
#define _CORDON_CGROUP_H

struct cordon_policy;
struct cordon_vm;
struct refusal;

int cgroup_check(struct cordon_vm *vm, const struct cordon_policy *p,
		 struct refusal *why);

#endif /* _CORDON_CGROUP_H */
