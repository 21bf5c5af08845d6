/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_INTRUDER_H
#define _CORDON_INTRUDER_H

#include <linux/sched.h>
#include <linux/types.h>

u32 intruder_kind(struct task_struct *task);
void intruder_switch(struct task_struct *next);

int intruder_init(void);
void intruder_flush(void);
void intruder_exit(void);

#endif /* _CORDON_INTRUDER_H */
