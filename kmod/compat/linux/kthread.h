/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_KTHREAD_H
#define _CORDON_COMPAT_LINUX_KTHREAD_H

#include_next <linux/kthread.h>

/* 6.14 gave it this name; kthread_create_worker() no longer wakes it. */
#ifndef kthread_run_worker
#define kthread_run_worker kthread_create_worker
#endif

#endif /* _CORDON_COMPAT_LINUX_KTHREAD_H */
