// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notes that are kept ready for the probe on task_newtask, which may not sleep
 * and, on PREEMPT_RT, not allocate.
 */
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "evicted.h"
#include "evicted_pool.h"

/* The worker fills up to this. */
#define EVICTED_POOL 512

/* Taking one off an llist needs a lock; innermost, nothing is under it. */
static DEFINE_RAW_SPINLOCK(evicted_pool_lock);
static LLIST_HEAD(evicted_pool);
static atomic_t evicted_pool_size;

static size_t evicted_size(void)
{
	return sizeof(struct evicted) + EVICTED_MASKS * cpumask_size();
}

/**
 * evicted_alloc() - a note, all zero
 *
 * An intruder must not go on without one: there is nothing to go back to.
 *
 * Context: process.
 * Return: the note.
 */
struct evicted *evicted_alloc(void)
{
	return kzalloc(evicted_size(), GFP_KERNEL | __GFP_NOFAIL);
}

/**
 * evicted_pool_fill() - fill the pool up
 *
 * Context: process; one at a time.
 * Return: 0 or -ENOMEM.
 */
int evicted_pool_fill(void)
{
	while (atomic_read(&evicted_pool_size) < EVICTED_POOL) {
		struct evicted *e = kzalloc(evicted_size(), GFP_KERNEL);

		if (!e)
			return -ENOMEM;
		atomic_inc(&evicted_pool_size);
		llist_add(&e->dead, &evicted_pool);
	}
	return 0;
}

/**
 * evicted_pool_take() - a note from the pool, all zero
 * @irq: queued when the pool should be filled
 *
 * Context: any but NMI.
 * Return: the note, or NULL.
 */
struct evicted *evicted_pool_take(struct irq_work *irq)
{
	struct llist_node *node;
	struct evicted *e = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&evicted_pool_lock, flags);
	node = llist_del_first(&evicted_pool);
	raw_spin_unlock_irqrestore(&evicted_pool_lock, flags);
	if (node) {
		if (atomic_dec_return(&evicted_pool_size) < EVICTED_POOL / 2)
			irq_work_queue(irq);
		e = llist_entry(node, struct evicted, dead);
	} else if (!IS_ENABLED(CONFIG_PREEMPT_RT)) {
		e = kmalloc(evicted_size(), GFP_ATOMIC | __GFP_NOWARN);
	}
	if (e)
		memset(e, 0, evicted_size());
	return e;
}

/**
 * evicted_pool_exit() - empty the pool
 *
 * Context: process, when nobody takes from it any more.
 */
void evicted_pool_exit(void)
{
	struct llist_node *list = llist_del_all(&evicted_pool);
	struct evicted *e, *next;

	llist_for_each_entry_safe(e, next, list, dead)
		kfree(e);
	atomic_set(&evicted_pool_size, 0);
}
