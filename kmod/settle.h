/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_SETTLE_H
#define _CORDON_SETTLE_H

#include <linux/types.h>

struct cordon_policy;
struct cordon_thread;
struct cordon_vm;

u32 settle_class(const struct cordon_policy *p, struct cordon_thread *t);
int settle_thread(struct cordon_thread *t, bool *moved);
bool settle_governs(struct cordon_vm *vm, struct cordon_thread *t);
bool settle_holds(struct cordon_thread *t);
u32 settle_thread_state(struct cordon_thread *t);
u32 settle_vm_state(struct cordon_vm *vm);

#endif /* _CORDON_SETTLE_H */
