/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_NEWBORN_H
#define _CORDON_NEWBORN_H

struct task_struct;

void newborn_birth(struct task_struct *child);
int newborn_init(void);
void newborn_exit(void);

#endif /* _CORDON_NEWBORN_H */
