/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_NOTIFY_H
#define _CORDON_NOTIFY_H

#include <linux/types.h>

struct cgroup_reading;
struct cordon_thread;
struct cordon_vm;
struct registry_events;

extern const struct registry_events notify_registry_events;

bool notify_is_heard(void);
void notify_cap_reading(struct cordon_vm *vm, struct cordon_thread *t,
			const struct cgroup_reading *r);
void notify_stop(void);
void notify_policy(struct cordon_vm *vm, u32 event);

#endif /* _CORDON_NOTIFY_H */
