/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_KEEPMASK_H
#define _CORDON_KEEPMASK_H

#include <linux/cpumask.h>
#include <linux/types.h>

struct task_struct;

int keepmask_over(int (*change)(void *arg), void *arg,
		  const struct cpumask *released);
bool keepmask_busy(void);
bool keepmask_lately(void);
u64 keepmask_cgroup(struct task_struct *task);
bool keepmask_hold(void);
void keepmask_let_go(bool held);

#endif /* _CORDON_KEEPMASK_H */
