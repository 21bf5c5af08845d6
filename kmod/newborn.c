// SPDX-License-Identifier: GPL-2.0-only
/*
 * Children whose birth overlaps a change of cpusets.
 *
 * A fork copies its parent's mask at its beginning, and shows the child to others
 * near its end: in between keepmask.c can set the parent's mask again, but not the
 * child's, which then has for good what the kernel gave the parent meanwhile. So a
 * child that is born during a change, or with another mask than its parent's soon
 * after one, gets its parent's at its safe point, before its first instruction in
 * user mode; a note of isolation's with it.
 *
 * User workers have no safe point, and keep what they got.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "affinity.h"
#include "evict.h"
#include "evicted.h"
#include "keepmask.h"
#include "newborn.h"
#include "safepoint.h"
#include "thread.h"

/* As many at a time: those that are born during one change. */
#define NEWBORN_MAX	1024

/**
 * struct newborn - a child that is looked at before it runs
 * @sp: where that is done
 * @parent: who made it, with a reference
 * @of: its note then, with a reference; NULL: it had none
 * @cgroup: the id of its cgroup
 * @in_change: born while cpusets changed: the kernel may change its mask too
 */
struct newborn {
	struct safepoint sp;
	struct task_struct *parent;
	struct evicted *of;
	u64 cgroup;
	bool in_change;
};

static DECLARE_BITMAP(newborn_used, NEWBORN_MAX);
static struct newborn *newborns;
/* Of each as many, cpumask_size() bytes apart. */
static void *newborn_masks;

/**
 * enum newborn_which - a child's masks
 * @NEWBORN_MASK: the one that it was born with
 * @NEWBORN_USER: what its user, or its parent's, had chosen then
 * @NEWBORN_NOW: room to work in, at its safe point
 * @NEWBORN_CHOSEN: the same
 * @NEWBORN_MASKS: how many
 */
enum newborn_which {
	NEWBORN_MASK,
	NEWBORN_USER,
	NEWBORN_NOW,
	NEWBORN_CHOSEN,
	NEWBORN_MASKS,
};

static struct cpumask *newborn_mask(const struct newborn *n,
				    enum newborn_which which)
{
	return newborn_masks +
	       ((n - newborns) * NEWBORN_MASKS + which) * cpumask_size();
}

static struct newborn *newborn_take(void)
{
	unsigned long i;

	do {
		i = find_first_zero_bit(newborn_used, NEWBORN_MAX);
		if (i == NEWBORN_MAX)
			return NULL;
	} while (test_and_set_bit(i, newborn_used));
	return &newborns[i];
}

static void newborn_give(struct newborn *n)
{
	put_task_struct(n->parent);
	if (n->of)
		evicted_put(n->of);
	clear_bit_unlock(n - newborns, newborn_used);
}

static u64 newborn_cgroup(struct task_struct *task)
{
	u64 id;

	rcu_read_lock();
	id = keepmask_cgroup(task);
	rcu_read_unlock();
	return id;
}

/*
 * Has nobody chosen another mask for a task since the birth, nor moved it? Its
 * mask is in NEWBORN_NOW then.
 */
static bool newborn_is_left_alone(struct newborn *n, struct task_struct *task)
{
	struct cpumask *chosen = newborn_mask(n, NEWBORN_CHOSEN);

	evicted_read(task, newborn_mask(n, NEWBORN_NOW), chosen);
	return cpumask_equal(chosen, newborn_mask(n, NEWBORN_USER)) &&
	       newborn_cgroup(task) == n->cgroup;
}

/*
 * Shall the current task have what its parent has? Its own mask tells more than
 * what its user has chosen, unless the kernel or owners may have changed it.
 */
static bool newborn_may_follow(void *arg)
{
	struct newborn *n = arg;
	struct cpumask *now = newborn_mask(n, NEWBORN_NOW);

	if (!newborn_is_left_alone(n, n->parent) ||
	    !newborn_is_left_alone(n, current))
		return false;
	return n->in_change ||
	       cpumask_equal(now, newborn_mask(n, NEWBORN_MASK)) ||
	       evicted_has(current, now);
}

/*
 * A VMM's child process has its parent's mask: a policy's, if one took hold of
 * the parent since the birth.
 */
static void newborn_disown(struct newborn *n)
{
	struct cordon_thread *t = thread_find_get(n->parent);

	if (!t)
		return;
	affinity_disown(t);
	thread_put(t);
}

static void newborn_at_safe_point(struct safepoint *sp, bool exiting)
{
	struct newborn *n = container_of(sp, struct newborn, sp);

	if (!exiting && evict_follow(current, n->parent, n->of,
				     newborn_may_follow, n))
		newborn_disown(n);
	newborn_give(n);
}

/* A change is over, and the child has what its parent has. */
static bool newborn_is_fine(const struct task_struct *child)
{
	return !keepmask_busy() &&
	       (!keepmask_lately() ||
		cpumask_equal(&child->cpus_mask, &current->cpus_mask));
}

/**
 * newborn_birth() - the current task has a child
 * @child: the child, which has not run yet; no kernel thread
 *
 * Asks for a safe point after the other probes for new tasks, as the last one that
 * is asked for is run first: theirs find the mask as it should be.
 *
 * Context: atomic, probe.
 */
void newborn_birth(struct task_struct *child)
{
	struct newborn *n;

	/*
	 * The child is on the list of tasks. Pairs with the one in
	 * keepmask_over(): it is noted there, or the change is seen here.
	 */
	smp_mb();
	if (newborn_is_fine(child) ||
	    child->flags & (PF_USER_WORKER | PF_IO_WORKER) ||
	    newborn_cgroup(child) != newborn_cgroup(current))
		return;
	n = newborn_take();
	if (!n) {
		pr_warn_ratelimited("cordon: too many births in a change of cpusets: %d may not have its parent's mask\n",
				    task_pid_nr(child));
		return;
	}
	n->parent = get_task_struct(current);
	n->of = evicted_find_get(current);
	n->cgroup = newborn_cgroup(child);
	n->in_change = keepmask_busy();
	evicted_read(child, newborn_mask(n, NEWBORN_MASK),
		     newborn_mask(n, NEWBORN_USER));
	safepoint_init(&n->sp, newborn_at_safe_point);
	if (safepoint_request(child, &n->sp, TWA_RESUME))
		newborn_give(n);
}

/**
 * newborn_init() - make room
 *
 * Context: process, before any probe.
 * Return: 0 or -ENOMEM.
 */
int newborn_init(void)
{
	newborns = kvcalloc(NEWBORN_MAX, sizeof(*newborns), GFP_KERNEL);
	newborn_masks = kvcalloc(NEWBORN_MAX, NEWBORN_MASKS * cpumask_size(),
				 GFP_KERNEL);
	if (newborns && newborn_masks)
		return 0;
	newborn_exit();
	return -ENOMEM;
}

/**
 * newborn_exit() - free it
 *
 * Context: process, after the last probe and the last safe point.
 */
void newborn_exit(void)
{
	kvfree(newborns);
	kvfree(newborn_masks);
}
