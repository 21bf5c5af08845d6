/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_SCHED_H
#define _CORDON_COMPAT_LINUX_SCHED_H

#include_next <linux/sched.h>

/* 6.4 brought user workers that are no io workers (vhost). */
#ifndef PF_USER_WORKER
#define PF_USER_WORKER 0
#endif

#endif /* _CORDON_COMPAT_LINUX_SCHED_H */
