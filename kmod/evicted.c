// SPDX-License-Identifier: GPL-2.0-only
/*
 * The notes: what each task had that is kept off owned CPUs by its mask.
 *
 * Found by the task. A task's children have its mask, so they get its note: the
 * probe for new tasks copies it, in the parent, before the child has run. The
 * exit probe takes a note off the hash, and a worker frees it.
 *
 * A note outlives what it is for by a second, for children that got their mask
 * before it was given back and are seen after.
 */
#include <linux/hashtable.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "affinity.h"
#include "evict.h"
#include "evicted.h"
#include "evicted_pool.h"

#define EVICTED_BITS 10

/*
 * The hash, and of each note what the probe copies. Raw, as probes take it;
 * only a task's pi_lock is taken under it, and nothing is allocated.
 */
static DEFINE_RAW_SPINLOCK(evicted_lock);
static DEFINE_HASHTABLE(evicted_hash, EVICTED_BITS);
static atomic_t evicted_nr;

static LLIST_HEAD(evicted_dead);
/* A child could not be noted: the pool was empty. */
static atomic_t evicted_miss;
static unsigned int evicted_passes;

/**
 * evicted_any() - is there a note?
 *
 * Context: any.
 * Return: true if so.
 */
bool evicted_any(void)
{
	return atomic_read(&evicted_nr);
}

static struct evicted *evicted_lookup(struct task_struct *task)
{
	struct evicted *e;

	hash_for_each_possible_rcu(evicted_hash, e, node, (unsigned long)task,
				   lockdep_is_held(&evicted_lock) ||
				   rcu_read_lock_any_held())
		if (e->task == task)
			return e;
	return NULL;
}

/**
 * evicted_find_get() - a task's note
 * @task: the task
 *
 * Context: any but NMI.
 * Return: with a reference, or NULL.
 */
struct evicted *evicted_find_get(struct task_struct *task)
{
	struct evicted *e;

	rcu_read_lock();
	e = evicted_lookup(task);
	if (e && !refcount_inc_not_zero(&e->ref))
		e = NULL;
	rcu_read_unlock();
	return e;
}

static void evicted_work_fn(struct work_struct *work);
static DECLARE_WORK(evicted_work, evicted_work_fn);

static void evicted_irq_fn(struct irq_work *irq)
{
	queue_work(compat_unbound_wq, &evicted_work);
}

static DEFINE_IRQ_WORK(evicted_irq, evicted_irq_fn);

/**
 * evicted_put() - give a reference back
 * @e: the note
 *
 * Context: any but NMI.
 */
void evicted_put(struct evicted *e)
{
	if (refcount_dec_and_test(&e->ref) && llist_add(&e->dead,
							&evicted_dead))
		irq_work_queue(&evicted_irq);
}

static void evicted_free_dead(void)
{
	struct llist_node *list = llist_del_all(&evicted_dead);
	struct evicted *e, *next;

	llist_for_each_entry_safe(e, next, list, dead) {
		put_task_struct(e->task);
		kfree_rcu(e, rcu);
	}
}

static void evicted_watch_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(evicted_watch, evicted_watch_fn);

static void evicted_work_fn(struct work_struct *work)
{
	evicted_free_dead();
	evicted_pool_fill();
	if (atomic_read(&evicted_miss))
		evict_find_children();
}

/* While there are notes: give back late ones, and drop what is of no use. */
static void evicted_watch_fn(struct work_struct *work)
{
	evict_tidy();
	if (evicted_any())
		queue_delayed_work(compat_unbound_wq, &evicted_watch, HZ / 2);
}

static void evicted_prepare(struct evicted *e, struct task_struct *task)
{
	refcount_set(&e->ref, 2);
	e->task = get_task_struct(task);
	mutex_init(&e->lock);
	e->given_at = jiffies;
}

/* Returns the task's note if it has one already, with a reference; locked. */
static struct evicted *evicted_add(struct evicted *e)
{
	struct evicted *known = evicted_lookup(e->task);

	if (known) {
		refcount_inc(&known->ref);
		return known;
	}
	hash_add_rcu(evicted_hash, &e->node, (unsigned long)e->task);
	atomic_inc(&evicted_nr);
	return NULL;
}

/**
 * evicted_drop() - nothing is to be given back to the task ever
 * @e: the note; the caller has a reference
 *
 * Context: any but NMI.
 */
void evicted_drop(struct evicted *e)
{
	unsigned long flags;
	bool first;

	raw_spin_lock_irqsave(&evicted_lock, flags);
	first = !e->gone;
	e->gone = true;
	if (first) {
		hash_del_rcu(&e->node);
		atomic_dec(&evicted_nr);
	}
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
	if (first)
		evicted_put(e);
}

/**
 * evicted_get_or_create() - a task's note, new if it has none
 * @task: the task, with a reference
 *
 * Context: process.
 * Return: with a reference; NULL if the task exits.
 */
struct evicted *evicted_get_or_create(struct task_struct *task)
{
	struct evicted *e = evicted_find_get(task), *known;
	unsigned long flags;

	if (e)
		return e;
	e = evicted_alloc();
	evicted_prepare(e, task);
	raw_spin_lock_irqsave(&evicted_lock, flags);
	known = evicted_add(e);
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
	if (known) {
		put_task_struct(e->task);
		kfree(e);
		return known;
	}
	queue_delayed_work(compat_unbound_wq, &evicted_watch, HZ / 2);
	/*
	 * PF_EXITING is set before the exit probe looks for a note: one of the
	 * two sides sees the other.
	 */
	smp_mb();
	if (READ_ONCE(task->flags) & PF_EXITING) {
		evicted_drop(e);
		evicted_put(e);
		return NULL;
	}
	return e;
}

/**
 * evicted_new_pass() - begin a walk over all notes
 *
 * Context: process; one walk at a time.
 * Return: its number, for evicted_get_next().
 */
unsigned int evicted_new_pass(void)
{
	return ++evicted_passes;
}

/**
 * evicted_get_next() - the next note of a walk
 * @bucket: where it is; 0 at first
 * @pass: its number
 *
 * Notes that are added behind it meanwhile may be left out.
 *
 * Context: process.
 * Return: with a reference, or NULL at the end.
 */
struct evicted *evicted_get_next(unsigned int *bucket, unsigned int pass)
{
	struct evicted *e, *found = NULL;
	unsigned long flags;

	for (; *bucket < HASH_SIZE(evicted_hash); ++*bucket) {
		if (hlist_empty(&evicted_hash[*bucket]))
			continue;
		raw_spin_lock_irqsave(&evicted_lock, flags);
		hlist_for_each_entry(e, &evicted_hash[*bucket], node) {
			if (e->pass == pass ||
			    !refcount_inc_not_zero(&e->ref))
				continue;
			e->pass = pass;
			found = e;
			break;
		}
		raw_spin_unlock_irqrestore(&evicted_lock, flags);
		if (found)
			break;
	}
	return found;
}

/**
 * evicted_read() - where a task may run, and what its user has chosen
 * @task: the task, with a reference
 * @mask: filled with its mask
 * @user: filled with what was chosen by sched_setaffinity(), of which the mask
 *	is a part; empty if nothing was, and before 6.2
 *
 * Context: any but under a runqueue lock.
 */
void evicted_read(struct task_struct *task, struct cpumask *mask,
		  struct cpumask *user)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&task->pi_lock, flags);
	cpumask_copy(mask, &task->cpus_mask);
	if (task->user_cpus_ptr)
		cpumask_copy(user, task->user_cpus_ptr);
	else
		cpumask_clear(user);
	raw_spin_unlock_irqrestore(&task->pi_lock, flags);
}

/**
 * evicted_set() - what a note says from now on
 * @e: the note; its lock is held
 * @found: the mask to give back; NULL: as it is
 * @applied: the mask that is, or was, set instead
 * @left: nothing is set: by force it is left where it is
 *
 * Before the mask is set, so that no child has it before the note says so.
 *
 * Context: process.
 */
void evicted_set(struct evicted *e, const struct cpumask *found,
		 const struct cpumask *applied, bool left)
{
	struct cpumask *last = evicted_mask(e, EVICTED_APPLIED);
	unsigned long flags;

	raw_spin_lock_irqsave(&evicted_lock, flags);
	if (found)
		cpumask_copy(evicted_mask(e, EVICTED_FOUND), found);
	if (!cpumask_equal(last, applied)) {
		cpumask_copy(evicted_mask(e, EVICTED_BEFORE), last);
		cpumask_copy(last, applied);
	}
	WRITE_ONCE(e->left, left);
	e->held = true;
	e->adopted = false;
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
}

/**
 * evicted_follow() - a note says what another task's does
 * @e: the note; its lock is held
 * @task: the other task, with a reference; it may be dead
 * @of: the note that it had, for when it is dead, with a reference; or NULL
 *
 * What is applied is the mask that the other one has; what is found is the same,
 * unless owners have left only that of it. Whose user has chosen something else
 * than the other's is seen by that later.
 *
 * Context: process.
 */
void evicted_follow(struct evicted *e, struct task_struct *task,
		    struct evicted *of)
{
	struct cpumask *mask = evicted_mask(e, EVICTED_APPLIED);
	struct evicted *note;
	unsigned long flags;
	bool ours;

	/* A note is set before the mask and cleared after: so they agree. */
	raw_spin_lock_irqsave(&evicted_lock, flags);
	note = evicted_lookup(task) ?: of;
	evicted_read(task, mask, evicted_mask(e, EVICTED_USER));
	ours = note && note->held &&
	       (cpumask_equal(mask, evicted_mask(note, EVICTED_APPLIED)) ||
		cpumask_equal(mask, evicted_mask(note, EVICTED_BEFORE)));
	cpumask_copy(evicted_mask(e, EVICTED_BEFORE), mask);
	cpumask_copy(evicted_mask(e, EVICTED_FOUND),
		     ours ? evicted_mask(note, EVICTED_FOUND) : mask);
	WRITE_ONCE(e->left, ours && note->left);
	e->held = true;
	e->adopted = false;
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
}

/**
 * evicted_get_found() - what is to be given back
 * @e: the note
 * @found: filled with it
 *
 * Context: any.
 */
void evicted_get_found(struct evicted *e, struct cpumask *found)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&evicted_lock, flags);
	cpumask_copy(found, evicted_mask(e, EVICTED_FOUND));
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
}

/**
 * evicted_clear() - there is nothing to give back from now on
 * @e: the note; its lock is held
 *
 * Context: process.
 */
void evicted_clear(struct evicted *e)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&evicted_lock, flags);
	WRITE_ONCE(e->left, false);
	e->held = false;
	e->given_at = jiffies;
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
}

/**
 * evicted_set_adopted() - a policy's mask is what the task has from now on
 * @e: the note; its lock is held; there is nothing to give back
 *
 * Children with a mask of ours were made before that, and are seen after.
 *
 * Context: process.
 */
void evicted_set_adopted(struct evicted *e)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&evicted_lock, flags);
	e->adopted = true;
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
}

/**
 * evicted_is_left() - is the task left on owned CPUs, by force?
 * @task: the task
 *
 * It is for as long as it has the mask that it had then.
 *
 * Context: any, under rcu_read_lock() or with preemption disabled.
 * Return: true if so.
 */
bool evicted_is_left(struct task_struct *task)
{
	struct evicted *e = evicted_lookup(task);

	return e && READ_ONCE(e->left) &&
	       cpumask_equal(&task->cpus_mask,
			     evicted_mask(e, EVICTED_APPLIED));
}

/**
 * evicted_has() - is a mask what a task was given on behalf of owners?
 * @task: the task
 * @mask: the mask
 *
 * Context: any but NMI.
 * Return: true if its note says so; false also if somebody changed it since.
 */
bool evicted_has(struct task_struct *task, const struct cpumask *mask)
{
	struct evicted *e;
	unsigned long flags;
	bool has;

	raw_spin_lock_irqsave(&evicted_lock, flags);
	e = evicted_lookup(task);
	has = e && e->held &&
	      cpumask_equal(mask, evicted_mask(e, EVICTED_APPLIED));
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
	return has;
}

/*
 * Has a child, whose mask is @mask, got it from its parent as we had set it? A
 * parent that was given back what it had is told from one whose mask someone
 * has changed since by @now, which it has.
 */
static bool evicted_is_ours(struct evicted *parent, const struct cpumask *mask,
			    const struct cpumask *now)
{
	if (!cpumask_equal(mask, evicted_mask(parent, EVICTED_APPLIED)) &&
	    !cpumask_equal(mask, evicted_mask(parent, EVICTED_BEFORE)))
		return false;
	return parent->held || parent->adopted ||
	       cpumask_equal(now, evicted_mask(parent, EVICTED_FOUND));
}

/* A walk was faster than the probe, and took our own mask for what was found. */
static void evicted_correct(struct evicted *child, struct evicted *parent,
			    const struct cpumask *mask)
{
	struct cpumask *found = evicted_mask(child, EVICTED_FOUND);

	if (!child->held)
		return;
	if (cpumask_equal(found, mask) ||
	    cpumask_equal(found, evicted_mask(parent, EVICTED_APPLIED)) ||
	    cpumask_equal(found, evicted_mask(parent, EVICTED_BEFORE)))
		cpumask_copy(found, evicted_mask(parent, EVICTED_FOUND));
}

/*
 * Give a child its parent's note; @e is a new one, with both masks. Returns
 * whether it is in the hash; under the lock.
 */
static bool evicted_inherit(struct evicted *e, struct evicted *parent)
{
	struct cpumask *mask = evicted_mask(e, EVICTED_NOW);
	struct cpumask *found = evicted_mask(parent, EVICTED_FOUND);
	struct evicted *known;

	if (!evicted_is_ours(parent, mask, evicted_mask(e, EVICTED_WANT)) ||
	    (!parent->left && cpumask_equal(mask, found)))
		return false;
	cpumask_copy(evicted_mask(e, EVICTED_FOUND), found);
	cpumask_copy(evicted_mask(e, EVICTED_APPLIED), mask);
	cpumask_copy(evicted_mask(e, EVICTED_BEFORE), mask);
	e->left = parent->left;
	e->held = true;
	known = evicted_add(e);
	if (!known)
		return true;
	evicted_correct(known, parent, mask);
	/* The hash has its own; this is the one that was just taken. */
	refcount_dec(&known->ref);
	return false;
}

static void evicted_note_child(struct evicted *e, struct task_struct *child,
			       struct task_struct *parent)
{
	struct evicted *of;
	unsigned long flags;
	bool noted = false;

	evicted_read(child, evicted_mask(e, EVICTED_NOW),
		     evicted_mask(e, EVICTED_USER));
	evicted_prepare(e, child);
	raw_spin_lock_irqsave(&evicted_lock, flags);
	/* Here: so that it fits to what the note says. */
	affinity_get_mask(parent, evicted_mask(e, EVICTED_WANT));
	of = evicted_lookup(parent);
	if (of)
		noted = evicted_inherit(e, of);
	raw_spin_unlock_irqrestore(&evicted_lock, flags);
	if (!noted)
		evicted_put(e);
	evicted_put(e);
}

/**
 * evicted_birth() - the current task has a child
 * @child: the child, which has not run yet
 *
 * Context: atomic, probe, under rcu_read_lock(); there is a note.
 */
void evicted_birth(struct task_struct *child)
{
	struct evicted *e;

	if (!evicted_lookup(current))
		return;
	e = evicted_pool_take(&evicted_irq);
	if (!e) {
		atomic_set(&evicted_miss, 1);
		irq_work_queue(&evicted_irq);
		return;
	}
	evicted_note_child(e, child, current);
}

/**
 * evicted_note_missed() - look whether a task is a child that was missed
 * @task: the task, with a reference
 * @parent: who may be its parent
 *
 * Context: process, under rcu_read_lock().
 * Return: false if there was no memory.
 */
bool evicted_note_missed(struct task_struct *task, struct task_struct *parent)
{
	struct evicted *e;

	if (parent == task || !evicted_lookup(parent) || evicted_lookup(task))
		return true;
	e = evicted_pool_take(&evicted_irq);
	if (!e)
		return false;
	evicted_note_child(e, task, parent);
	return true;
}

/**
 * evicted_take_missed() - have children been missed since it was last asked?
 *
 * Context: any.
 * Return: true if so.
 */
bool evicted_take_missed(void)
{
	return atomic_xchg(&evicted_miss, 0);
}

/**
 * evicted_set_missed() - look for missed children again
 *
 * Context: any.
 */
void evicted_set_missed(void)
{
	atomic_set(&evicted_miss, 1);
}

/**
 * evicted_exit() - the current task exits: nothing is given back to it
 * @task: the task
 *
 * Context: atomic, probe, under rcu_read_lock(); there is a note.
 */
void evicted_exit(struct task_struct *task)
{
	struct evicted *e = evicted_find_get(task);

	if (!e)
		return;
	evicted_drop(e);
	evicted_put(e);
}

/**
 * evicted_is_useless() - may the note be dropped?
 * @e: the note
 *
 * Context: any.
 * Return: true if the task exits, or has had its mask back for a while.
 */
bool evicted_is_useless(const struct evicted *e)
{
	if (READ_ONCE(e->task->flags) & PF_EXITING)
		return true;
	return !READ_ONCE(e->held) && time_after(jiffies, e->given_at + HZ);
}

/**
 * evicted_init() - fill the pool
 *
 * Context: process, before any probe.
 * Return: 0 or -ENOMEM.
 */
int evicted_init(void)
{
	int ret = evicted_pool_fill();

	if (ret)
		evicted_module_exit();
	return ret;
}

/**
 * evicted_module_exit() - drop all notes, and empty the pool
 *
 * Context: process, after the last probe; all is given back.
 */
void evicted_module_exit(void)
{
	unsigned int bucket = 0;
	struct evicted *e;

	cancel_delayed_work_sync(&evicted_watch);
	while ((e = evicted_get_next(&bucket, evicted_new_pass()))) {
		evicted_drop(e);
		evicted_put(e);
	}
	irq_work_sync(&evicted_irq);
	cancel_work_sync(&evicted_work);
	evicted_free_dead();
	evicted_pool_exit();
}
