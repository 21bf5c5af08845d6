// SPDX-License-Identifier: GPL-2.0-only
/*
 * What policies ask of cgroups. This module enforces nothing there, so what
 * would need it is refused.
 */
#include "cgroup.h"
#include "check.h"
#include "value.h"

/**
 * cgroup_check() - can a VM have what a policy asks of its cgroup?
 * @vm: the VM
 * @p: the policy, complete, and checked by check_cgroup()
 * @why: filled if not
 *
 * Context: process, policy mutex held. Changes nothing.
 * Return: 0 or a negative errno.
 */
int cgroup_check(struct cordon_vm *vm, const struct cordon_policy *p,
		 struct refusal *why)
{
	u32 key = policy_cgroup_key(p);

	if (!key || policy_audits(p))
		return 0;
	return refuse(why, -EOPNOTSUPP, key,
		      "%s: this version enforces nothing through cgroups",
		      policy_key_name(key));
}
