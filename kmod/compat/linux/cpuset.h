/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_CPUSET_H
#define _CORDON_COMPAT_LINUX_CPUSET_H

#include_next <linux/cpuset.h>
#include <linux/version.h>

/*
 * 6.2 brought task_struct::user_cpus_ptr for all: what sched_setaffinity asked
 * for is kept when a cpuset changes. Before, each change gives all tasks of the
 * cpuset all of its CPUs.
 */
static inline bool compat_cpuset_keeps_user_masks(void)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0);
}

#endif /* _CORDON_COMPAT_LINUX_CPUSET_H */
