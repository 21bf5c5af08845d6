/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CPUSET_H
#define _CORDON_CPUSET_H

#include <linux/cpumask.h>
#include <linux/types.h>

struct task_struct;

/**
 * struct cpuset_search - a cpuset that lies in some CPUs
 * @leader: the process whose own cpusets do not count, with a reference; NULL:
 *	all count
 * @fresh: it has one of these
 * @within: and none but these
 * @path: set to its cgroup, for the caller to kfree(); NULL: there is none
 * @cpu: set to one of @fresh
 */
struct cpuset_search {
	struct task_struct *leader;
	const struct cpumask *fresh;
	const struct cpumask *within;
	char *path;
	unsigned int cpu;
};

int cpuset_find_within(struct cpuset_search *s);
int cpuset_get_allowed(struct task_struct *leader, const struct cpumask *owned,
		       struct cpumask *cpus);

#endif /* _CORDON_CPUSET_H */
