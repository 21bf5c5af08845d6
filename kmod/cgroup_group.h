/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CGROUP_GROUP_H
#define _CORDON_CGROUP_GROUP_H

#include <linux/list.h>
#include <linux/types.h>

#include "budget.h"
#include "cgroup_file.h"

/**
 * struct cgroup_group - a cgroup with a limit
 * @node: on a list, those further up first
 * @turn: when it was last wanted
 * @cap: enum cordon_cap
 * @key: the vCPU's index or the iothread's tid
 * @path: where
 * @id: its id
 * @made: by cordon
 * @limit: how much, as it was last written
 * @known: it had a limit, and what follows is known
 * @max: what cpu.max said before, if it was found
 * @burst: and cpu.max.burst
 * @base: what cpu.stat said when the limit was first set
 * @told: periods in which somebody had to wait, when that was last told
 */
struct cgroup_group {
	struct list_head node;
	u32 turn;
	u32 cap;
	u32 key;
	char *path;
	u64 id;
	bool made;
	struct budget_limit limit;
	bool known;
	char max[CGROUP_TEXT_LEN];
	char burst[CGROUP_TEXT_LEN];
	struct budget_stats base;
	u64 told;
};

char *cgroup_join(const char *dir, const char *name);

struct cgroup_group *cgroup_group_found(const char *path);
struct cgroup_group *cgroup_group_make(const char *dir, const char *name,
				       int *err);
bool cgroup_group_is_removed(const struct cgroup_group *grp);
bool cgroup_group_is_off(struct cgroup_group *grp);
void cgroup_group_see(struct cgroup_group *grp);
int cgroup_group_limit(struct cgroup_group *grp,
		       const struct budget_limit *limit);
int cgroup_group_read(const struct cgroup_group *grp,
		      struct budget_stats *stats);
int cgroup_group_drop(struct cgroup_group *grp, const char *home);
void cgroup_group_free(struct cgroup_group *grp);

#endif /* _CORDON_CGROUP_GROUP_H */
