// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry's lock, its generation, and the worker that does what probes
 * cannot: bury VMs that ended and free objects whose last reference went.
 *
 * A probe may run where waking a worker is forbidden (PREEMPT_RT), so both
 * jobs go by irq_work.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "registry.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

DEFINE_RAW_SPINLOCK(registry_lock);

const struct registry_ops *registry_ops;
const struct registry_events *registry_events;

static LLIST_HEAD(reap_list);
static atomic_t generation = ATOMIC_INIT(1);

static void reap_all(void)
{
	struct llist_node *list = llist_del_all(&reap_list);
	struct reap *reap, *next;

	if (!list)
		return;
	/* Whoever found one of them under RCU is done with it after this. */
	synchronize_rcu();
	llist_for_each_entry_safe(reap, next, list, node)
		reap->free(reap);
}

static void registry_work_fn(struct work_struct *work)
{
	vm_bury_ended();
	while (!llist_empty(&reap_list))
		reap_all();
}

static DECLARE_WORK(registry_work, registry_work_fn);

static void registry_irq_fn(struct irq_work *irq)
{
	queue_work(compat_unbound_wq, &registry_work);
}

static DEFINE_IRQ_WORK(registry_irq, registry_irq_fn);

/**
 * registry_reap() - free an object in process context, after RCU readers
 * @reap: part of the object, which nobody can find any more
 * @free: frees it; may sleep
 *
 * Context: any but NMI.
 */
void registry_reap(struct reap *reap, void (*free)(struct reap *reap))
{
	reap->free = free;
	if (llist_add(&reap->node, &reap_list))
		irq_work_queue(&registry_irq);
}

/**
 * registry_bury() - some VM has ended: take it off the lists soon
 *
 * Context: any, NMI-like too.
 */
void registry_bury(void)
{
	irq_work_queue(&registry_irq);
}

/**
 * registry_generation() - changes whenever a VM or thread comes or goes
 *
 * Context: any.
 * Return: never 0, as cb->seq of a consistent dump wants it.
 */
u32 registry_generation(void)
{
	return (u32)atomic_read(&generation) ?: 1;
}

/**
 * registry_changed() - a VM or thread came or went
 *
 * Context: any.
 */
void registry_changed(void)
{
	atomic_inc(&generation);
}

/**
 * registry_init() - start the registry
 * @ops: what commands the registry's threads
 * @events: whom it tells
 *
 * Context: process, before any hook.
 */
void registry_init(const struct registry_ops *ops,
		   const struct registry_events *events)
{
	registry_ops = ops;
	registry_events = events;
}

/**
 * registry_exit() - forget every VM
 *
 * Context: process, after the last hook: nothing is added any more.
 */
void registry_exit(void)
{
	thread_forget_all();
	vmm_forget_all();
	registry_bury();
	do {
		irq_work_sync(&registry_irq);
		flush_work(&registry_work);
	} while (!llist_empty(&reap_list));
}
