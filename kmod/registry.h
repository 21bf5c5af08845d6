/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_REGISTRY_H
#define _CORDON_REGISTRY_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct budget;
struct cordon_thread;
struct cordon_vm;
struct isolation_culprit;

/*
 * Guards every list and hash of the registry (VMMs, their VMs and threads).
 * Readers of the hashes use RCU. Nothing is allocated and nothing else is
 * taken under it; probes take it, so it is raw.
 */
extern raw_spinlock_t registry_lock;

/**
 * struct reap - something to be freed in process context, after RCU readers
 * @node: on the list of what waits
 * @free: frees the object that this is a part of; may sleep
 */
struct reap {
	struct llist_node node;
	void (*free)(struct reap *reap);
};

/**
 * struct drift - drifts of a VM's vCPUs or of a process's other threads
 * @count: how many
 * @last_ns: when the last one was, by the boot clock
 */
struct drift {
	atomic64_t count;
	u64 last_ns;
};

static inline void drift_count(struct drift *drift, u64 now_ns)
{
	atomic64_inc(&drift->count);
	WRITE_ONCE(drift->last_ns, now_ns);
}

/**
 * struct registry_ops - what must go up from the registry
 * @settle: a thread was found, or its class or VM changed: put it where it
 *	belongs. Process context, often the thread's own.
 * @vm_end: a VM ended: whatever was done for it is undone. Process context.
 */
struct registry_ops {
	void (*settle)(struct cordon_thread *t);
	void (*vm_end)(struct cordon_vm *vm);
};

/**
 * struct registry_events - what the monitor is told
 * @vm_new: a VM was found
 * @vm_del: a VM ended
 * @thread_new: a thread was found or changed its class
 * @drift: a thread was found, or allowed, on a wrong CPU
 * @throttled: a thread had to wait for a budget of a VM
 * @intrusion: a task was turned away from a CPU that a VM owns
 *
 * All in process context, no locks held.
 */
struct registry_events {
	void (*vm_new)(struct cordon_vm *vm);
	void (*vm_del)(struct cordon_vm *vm);
	void (*thread_new)(struct cordon_thread *t);
	void (*drift)(struct cordon_thread *t);
	void (*throttled)(struct cordon_thread *t, struct cordon_vm *vm,
			  struct budget *b);
	void (*intrusion)(unsigned int cpu, struct cordon_vm *owner,
			  const struct isolation_culprit *who);
};

extern const struct registry_ops *registry_ops;
extern const struct registry_events *registry_events;

void registry_reap(struct reap *reap, void (*free)(struct reap *reap));
void registry_bury(void);
u32 registry_generation(void);
void registry_changed(void);

void registry_init(const struct registry_ops *ops,
		   const struct registry_events *events);
void registry_exit(void);

#endif /* _CORDON_REGISTRY_H */
