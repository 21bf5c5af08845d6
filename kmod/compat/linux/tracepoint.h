/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_TRACEPOINT_H
#define _CORDON_COMPAT_LINUX_TRACEPOINT_H

#include_next <linux/tracepoint.h>
#include <linux/version.h>

/* The same in all of them, since 5.18. */
#define COMPAT_PROTO_SCHED_SWITCH \
	void *data, bool preempt, struct task_struct *prev, \
	struct task_struct *next, unsigned int prev_state

/* 6.16 gave sched_process_exit a second argument. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define COMPAT_PROTO_SCHED_PROCESS_EXIT \
	void *data, struct task_struct *task, bool group_dead
#else
#define COMPAT_PROTO_SCHED_PROCESS_EXIT \
	void *data, struct task_struct *task
#endif

/* 6.18 made the clone flags of task_newtask 64 bits wide everywhere. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define COMPAT_PROTO_TASK_NEWTASK \
	void *data, struct task_struct *task, u64 clone_flags
#else
#define COMPAT_PROTO_TASK_NEWTASK \
	void *data, struct task_struct *task, unsigned long clone_flags
#endif

#endif /* _CORDON_COMPAT_LINUX_TRACEPOINT_H */
