/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_TASK_WORK_H
#define _CORDON_COMPAT_LINUX_TASK_WORK_H

#include_next <linux/task_work.h>
#include <linux/version.h>

/*
 * Kernels with KASAN may allocate when work is queued, which the runqueue lock
 * forbids. 6.12 lets one say so, and 6.14 never allocates.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define COMPAT_TWAF_NO_ALLOC TWAF_NO_ALLOC
#else
#define COMPAT_TWAF_NO_ALLOC 0
#endif

#endif /* _CORDON_COMPAT_LINUX_TASK_WORK_H */
