/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CGROUP_CALL_H
#define _CORDON_CGROUP_CALL_H

#include <linux/list.h>

#include "cgroup.h"
#include "cgroup_group.h"
#include "cgroup_layout.h"
#include "shares.h"

/* Between the rooms of the cgroup level: cgroup.c, cgroup_*.c. */

/**
 * struct cgroups - what was done to the cgroups of a VM
 * @node: on the list of those that nobody wants and that are not empty yet
 * @layout: how it was found
 * @top: the VM's own, or the one made for it; NULL if there is none yet
 * @turn: counts cgroups_apply()
 * @files: files that were written to
 * @groups: groups with limits
 * @shares: the share of CPU that the VM has beside others
 */
struct cgroups {
	struct list_head node;
	struct cgroup_layout layout;
	struct cgroup_group *top;
	u32 turn;
	struct list_head files;
	struct list_head groups;
	struct shares_member shares;
};

/* A call of cgroups_apply(). */
struct cgroup_call {
	struct cgroups *g;
	const struct cgroup_want *want;
	struct refusal *why;
	bool ran;
};

int cgroup_fail(struct cgroup_call *c, int err, u32 key, const char *what,
		const char *path);
void cgroup_bytes_text(u64 value, char text[CGROUP_TEXT_LEN]);
bool cgroup_by_cgroup(const struct cordon_policy *p);
bool cgroup_limit(const struct cordon_policy *p, u32 cap,
		  struct budget_limit *limit);
u32 cgroup_cap_of(const struct cordon_policy *p, const struct cgroup_member *m);
bool cgroup_wants_top(const struct cgroup_call *c);
bool cgroup_is_ours(const struct cgroups *g, u64 id);
bool cgroup_is_placed(const struct cgroup_call *c,
		      const struct cgroup_member *m);

int cgroup_can(struct cgroup_call *c);
int cgroup_want_memory(struct cgroup_call *c);
int cgroup_want_disks(struct cgroup_call *c);
int cgroup_want_top(struct cgroup_call *c);
int cgroup_want_member(struct cgroup_call *c, const struct cgroup_member *m);

#endif /* _CORDON_CGROUP_CALL_H */
