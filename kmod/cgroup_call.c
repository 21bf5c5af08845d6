// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the rooms of the cgroup level ask of a policy and of what was done for
 * it so far.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup.h"
#include "cgroup_call.h"
#include "cgroup_group.h"
#include "cgroup_layout.h"
#include "cgroupfs.h"
#include "check.h"
#include "value.h"

/**
 * cgroup_fail() - say that the kernel refused something
 * @c: the call
 * @err: what it answered
 * @key: the attribute that it was for
 * @what: what was tried
 * @path: the cgroup
 *
 * Context: process.
 * Return: @err.
 */
int cgroup_fail(struct cgroup_call *c, int err, u32 key,
		const char *what, const char *path)
{
	return refuse(c->why, err, key, "%s: %s of cgroup %s: error %d",
		      policy_key_name(key), what, path, -err);
}

/**
 * cgroup_by_cgroup() - are the caps of a policy those of cgroups?
 * @p: the policy, or NULL
 *
 * Context: any.
 * Return: true if so.
 */
bool cgroup_by_cgroup(const struct cordon_policy *p)
{
	return p && policy_cap_by(p) == CORDON_CAP_BY_CGROUP;
}

/**
 * cgroup_limit() - the limit that a policy has for a cgroup
 * @p: the policy, or NULL
 * @cap: enum cordon_cap
 * @limit: filled; zero if there is none
 *
 * Context: any.
 * Return: true if there is one.
 */
bool cgroup_limit(const struct cordon_policy *p, u32 cap,
		  struct budget_limit *limit)
{
	*limit = (struct budget_limit){};
	return cgroup_by_cgroup(p) && policy_get_limit(p, cap, limit) &&
	       limit->quota_ns;
}

/**
 * cgroup_cap_of() - whose limit a thread is under, but for the whole VM's
 * @p: the policy, or NULL
 * @m: the thread
 *
 * Context: any.
 * Return: enum cordon_cap, 0: nobody's.
 */
u32 cgroup_cap_of(const struct cordon_policy *p,
		  const struct cgroup_member *m)
{
	return cgroup_by_cgroup(p) ? policy_cap_of(p, m->class) : 0;
}

/**
 * cgroup_wants_top() - is something written to the VM's topmost cgroup?
 * @c: the call, checked
 *
 * For a reservation only where the VM has a cgroup of its own: none is made for
 * it.
 *
 * Context: any.
 * Return: true if so.
 */
bool cgroup_wants_top(const struct cgroup_call *c)
{
	const struct cordon_policy *p = c->want->p;
	struct budget_limit limit;
	u32 value;

	if (!cgroup_by_cgroup(p))
		return false;
	return cgroup_limit(p, CORDON_CAP_GLOBAL, &limit) ||
	       policy_get_weight(p, &value) ||
	       (policy_get_reservation(p, &value) && c->g->layout.own &&
		c->want->sole);
}

/**
 * cgroup_bytes_text() - a size as memory.* has it
 * @value: bytes, or CORDON_UNLIMITED
 * @text: filled
 *
 * Context: any.
 */
void cgroup_bytes_text(u64 value, char text[CGROUP_TEXT_LEN])
{
	if (value == CORDON_UNLIMITED)
		strscpy(text, "max", CGROUP_TEXT_LEN);
	else
		scnprintf(text, CGROUP_TEXT_LEN, "%llu", value);
}

/**
 * cgroup_is_ours() - is a cgroup the one that the VMM was found in, or made by cordon?
 * @g: what was done
 * @id: of the cgroup
 *
 * Context: any.
 * Return: true if so; else who is there was put there by somebody else.
 */
bool cgroup_is_ours(const struct cgroups *g, u64 id)
{
	struct cgroup_group *grp;

	if (id == g->layout.home_id)
		return true;
	list_for_each_entry(grp, &g->groups, node)
		if (grp->made && grp->id == id)
			return true;
	return false;
}

/**
 * cgroup_is_placed() - is a thread where cordon put it, or found it?
 * @c: the call
 * @m: the thread
 *
 * The process has one home, whichever of its VMs a thread was moved for.
 *
 * Context: any.
 * Return: true if so.
 */
bool cgroup_is_placed(const struct cgroup_call *c,
		      const struct cgroup_member *m)
{
	u64 id = cgroupfs_id_of(m->task);

	return cgroup_is_ours(c->g, id) ||
	       (c->want->beside && cgroup_is_ours(c->want->beside, id));
}
