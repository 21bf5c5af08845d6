// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever still arrives on a CPU that is somebody else's: seen by the probe on
 * sched_switch, and turned away at its own safe point, before it executes an
 * instruction in user mode.
 *
 * The probe runs under the runqueue lock: what it needs is taken from a pool,
 * and a task that is seen again before its safe point needs no more of it.
 */
#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <uapi/linux/cordon.h>

#include "evict.h"
#include "evicted.h"
#include "intruder.h"
#include "isolation.h"
#include "owner.h"
#include "receipt.h"
#include "registry.h"
#include "safepoint.h"
#include "vm.h"

/* Kept ready for the probe; the worker fills up to this. */
#define INTRUDER_POOL	1024

/* When all are looked for again, if that was not possible. */
#define INTRUDER_AGAIN_MS	10

/* For how long an intruder tries to go. */
#define INTRUDER_LEAVE_MS	2000

/**
 * struct intruder - a task that was seen where it has no business
 * @sp: turns it away
 * @node: in the hash by @task
 * @link: in the pool, or on the list of what the worker turns away
 * @task: which; with a reference only where the worker does it
 * @cpu: where
 * @vm: whose CPU that is, with a reference
 */
struct intruder {
	struct safepoint sp;
	struct hlist_node node;
	struct llist_node link;
	struct task_struct *task;
	unsigned int cpu;
	struct cordon_vm *vm;
};

/* The pool and the hash; raw, under the runqueue lock; nothing is under it. */
static DEFINE_RAW_SPINLOCK(intruder_lock);
static DEFINE_HASHTABLE(intruder_hash, 8);
static LLIST_HEAD(intruder_pool);
static atomic_t intruder_pool_size;
/* User workers, which have no safe points. */
static LLIST_HEAD(intruder_remotes);
/* The pool was empty: all are looked for. */
static atomic_t intruder_miss;

static int intruder_fill_pool(void)
{
	while (atomic_read(&intruder_pool_size) < INTRUDER_POOL) {
		struct intruder *i = kzalloc(sizeof(*i), GFP_KERNEL);

		if (!i)
			return -ENOMEM;
		atomic_inc(&intruder_pool_size);
		llist_add(&i->link, &intruder_pool);
	}
	return 0;
}

static void intruder_turn_away_remotes(void);

static void intruder_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(intruder_work, intruder_work_fn);

static void intruder_work_fn(struct work_struct *work)
{
	intruder_turn_away_remotes();
	intruder_fill_pool();
	if (!atomic_xchg(&intruder_miss, 0) || isolation_heal())
		return;
	/* A transaction is under way; it does not wait for this. */
	atomic_set(&intruder_miss, 1);
	queue_delayed_work(compat_unbound_wq, &intruder_work,
			   msecs_to_jiffies(INTRUDER_AGAIN_MS));
}

static void intruder_irq_fn(struct irq_work *irq)
{
	mod_delayed_work(compat_unbound_wq, &intruder_work, 0);
}

static DEFINE_IRQ_WORK(intruder_irq, intruder_irq_fn);

static struct intruder *intruder_find(struct task_struct *task)
{
	struct intruder *i;

	hash_for_each_possible(intruder_hash, i, node, (unsigned long)task)
		if (i->task == task)
			return i;
	return NULL;
}

/* One for a task that has none yet. */
static struct intruder *intruder_take(struct task_struct *task)
{
	struct llist_node *node = NULL;
	struct intruder *i = NULL;
	bool known;

	raw_spin_lock(&intruder_lock);
	known = intruder_find(task);
	if (!known)
		node = llist_del_first(&intruder_pool);
	if (node) {
		i = llist_entry(node, struct intruder, link);
		i->task = task;
		hash_add(intruder_hash, &i->node, (unsigned long)task);
	}
	raw_spin_unlock(&intruder_lock);
	if (known)
		return NULL;
	if (i) {
		if (atomic_dec_return(&intruder_pool_size) < INTRUDER_POOL / 2)
			irq_work_queue(&intruder_irq);
	} else {
		atomic_set(&intruder_miss, 1);
		irq_work_queue(&intruder_irq);
	}
	return i;
}

/* From here on the task is seen anew. */
static void intruder_forget(struct intruder *i)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&intruder_lock, flags);
	hash_del(&i->node);
	raw_spin_unlock_irqrestore(&intruder_lock, flags);
}

static void intruder_give(struct intruder *i)
{
	if (i->vm)
		vm_put(i->vm);
	i->vm = NULL;
	i->task = NULL;
	atomic_inc(&intruder_pool_size);
	llist_add(&i->link, &intruder_pool);
}

static void intruder_tell(struct intruder *i)
{
	struct isolation_culprit who;

	receipt_intrusion(i->cpu);
	if (!i->vm)
		return;
	receipt_describe(i->task, CORDON_CULPRIT_TURNED_AWAY, &who);
	who.count = 1;
	registry_events->intrusion(i->cpu, i->vm, &who);
	put_pid(who.pid);
}

static bool intruder_is_left(struct task_struct *task)
{
	bool left;

	rcu_read_lock();
	left = evicted_is_left(task);
	rcu_read_unlock();
	return left;
}

/*
 * It may not go on where it is, even if somebody fights for its mask. Who can
 * not be moved for so long that it looks like a hang goes on, and is seen when
 * it is switched to again.
 */
static void intruder_leave(void)
{
	unsigned long until = jiffies + msecs_to_jiffies(INTRUDER_LEAVE_MS);
	bool moved = false;

	do {
		if (evict_task(current, &moved) == -EINVAL)
			return;
		if (evict_is_off(current) || intruder_is_left(current))
			return;
		usleep_range(20, 40);
	} while (!fatal_signal_pending(current) && time_before(jiffies, until));
}

static void intruder_at_safe_point(struct safepoint *sp, bool exiting)
{
	struct intruder *i = container_of(sp, struct intruder, sp);
	bool was_left = intruder_is_left(current);

	if (!exiting && !was_left)
		intruder_leave();
	intruder_forget(i);
	/* Who was moved back before that was not seen again. */
	if (!exiting && !was_left && !evict_is_off(current))
		intruder_leave();
	if (!exiting && !was_left)
		intruder_tell(i);
	intruder_give(i);
}

static void intruder_turn_away_remotes(void)
{
	struct llist_node *list = llist_del_all(&intruder_remotes);
	struct intruder *i, *next;
	bool moved = false;

	llist_for_each_entry_safe(i, next, list, link) {
		struct task_struct *task = i->task;

		evict_task(task, &moved);
		intruder_forget(i);
		intruder_tell(i);
		intruder_give(i);
		put_task_struct(task);
	}
}

static void intruder_see(struct task_struct *task)
{
	struct intruder *i = intruder_take(task);
	struct cordon_vm *vm;

	if (!i)
		return;
	i->cpu = smp_processor_id();
	vm = owner_vm(i->cpu);
	i->vm = vm && refcount_inc_not_zero(&vm->ref) ? vm : NULL;
	if (task->flags & (PF_USER_WORKER | PF_IO_WORKER)) {
		get_task_struct(task);
		llist_add(&i->link, &intruder_remotes);
		irq_work_queue(&intruder_irq);
		return;
	}
	safepoint_init(&i->sp, intruder_at_safe_point);
	if (safepoint_request(task, &i->sp, TWA_RESUME)) {
		raw_spin_lock(&intruder_lock);
		hash_del(&i->node);
		raw_spin_unlock(&intruder_lock);
		intruder_give(i);
	}
}

/**
 * intruder_kind() - what is a task on this CPU?
 * @task: the task
 *
 * Context: preemption disabled; also under the runqueue lock.
 * Return: RECEIPT_IDLE; RECEIPT_OWNER, also if nobody owns the CPU; enum
 * cordon_culprit.
 */
u32 intruder_kind(struct task_struct *task)
{
	struct pid *owner = this_cpu_read(owner_of_cpu.tgid);

	if (is_idle_task(task))
		return RECEIPT_IDLE;
	if (!owner || owner_process(task) == owner)
		return RECEIPT_OWNER;
	if (task->flags & PF_KTHREAD)
		return CORDON_CULPRIT_KTHREAD;
	return evicted_is_left(task) ? CORDON_CULPRIT_LEFT :
				       CORDON_CULPRIT_TURNED_AWAY;
}

/**
 * intruder_switch() - a watched CPU is switched to another task
 * @next: which
 *
 * Context: probe of sched_switch: the runqueue lock is held.
 */
void intruder_switch(struct task_struct *next)
{
	u32 kind = intruder_kind(next);

	receipt_switch(next, kind);
	if (kind == CORDON_CULPRIT_TURNED_AWAY &&
	    this_cpu_read(owner_of_cpu.armed) &&
	    !(next->flags & PF_EXITING))
		intruder_see(next);
}

/**
 * intruder_init() - fill the pool
 *
 * Context: process, before any probe.
 * Return: 0 or -ENOMEM.
 */
int intruder_init(void)
{
	int ret = intruder_fill_pool();

	if (ret)
		intruder_exit();
	return ret;
}

/**
 * intruder_flush() - wait for the worker
 *
 * Context: process, without isolation.c's mutex; after the last probe nothing
 * is handed to it any more.
 */
void intruder_flush(void)
{
	irq_work_sync(&intruder_irq);
	flush_delayed_work(&intruder_work);
}

/**
 * intruder_exit() - empty the pool
 *
 * Context: process, after the last probe and the last safe point.
 */
void intruder_exit(void)
{
	struct intruder *i, *next;
	struct llist_node *list;

	irq_work_sync(&intruder_irq);
	cancel_delayed_work_sync(&intruder_work);
	intruder_turn_away_remotes();
	list = llist_del_all(&intruder_pool);
	llist_for_each_entry_safe(i, next, list, link)
		kfree(i);
	atomic_set(&intruder_pool_size, 0);
}
