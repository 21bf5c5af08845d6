/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CGROUP_H
#define _CORDON_CGROUP_H

#include <linux/types.h>
#include <uapi/linux/cordon.h>

#include "budget.h"

struct cgroups;
struct cordon_policy;
struct cpumask;
struct refusal;
struct task_struct;

/**
 * struct cgroup_member - a thread that a policy may have a cgroup for
 * @task: the thread, with a reference
 * @class: enum cordon_class, by that policy
 * @index: of the vCPU that it runs, if it does
 * @ours: the policy is about it
 * @held: its scheduling class is one that cordon gave it
 */
struct cgroup_member {
	struct task_struct *task;
	u32 class;
	u32 index;
	bool ours;
	bool held;
};

/**
 * struct cgroup_want - what a policy wants of the cgroups of a VM
 * @p: the policy; NULL: nothing
 * @leader: the VMM, with a reference; NULL if it is gone
 * @vm_id: the VM
 * @sole: the process runs no other VM
 * @beside: what was done to the cgroups of another VM of the process, or NULL
 * @strict: it fails if a thread cannot be where it should, else that one is
 *	left out
 * @member: its threads, helpers too
 * @nr: how many
 * @cpus: where its vCPUs may run
 */
struct cgroup_want {
	const struct cordon_policy *p;
	struct task_struct *leader;
	u32 vm_id;
	bool sole;
	const struct cgroups *beside;
	bool strict;
	struct cgroup_member *member;
	unsigned int nr;
	struct cpumask *cpus;
};

/**
 * struct cgroup_reading - a cap, and what the kernel has seen of it
 * @cap: enum cordon_cap
 * @key: the vCPU's index or the iothread's tid
 * @limit: how much
 * @stats: since it was set
 */
struct cgroup_reading {
	u32 cap;
	u32 key;
	struct budget_limit limit;
	struct budget_stats stats;
};

int cgroups_plan(const struct cgroups *g, const struct cgroup_want *want,
		 struct refusal *why);
int cgroups_apply(struct cgroups **g, const struct cgroup_want *want,
		  struct refusal *why);
int cgroups_each_cap(struct cgroups *g, bool fresh,
		     int (*fn)(const struct cgroup_reading *r, void *arg),
		     void *arg);
bool cgroups_left(void);
void cgroups_exit(void);

#endif /* _CORDON_CGROUP_H */
