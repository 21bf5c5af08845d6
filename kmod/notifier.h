/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_NOTIFIER_H
#define _CORDON_NOTIFIER_H

struct cordon_thread;

void notifier_init(struct cordon_thread *t);
int notifier_want(struct cordon_thread *t);
void notifier_drop(struct cordon_thread *t);
void notifier_unhook(struct cordon_thread *t);

#endif /* _CORDON_NOTIFIER_H */
