// SPDX-License-Identifier: GPL-2.0-only
/*
 * One task and the owned CPUs that it has no business on: kept off by its mask,
 * and given back what it had.
 *
 * Called for whoever a walk over all tasks finds (evict_all.c), and by an
 * intruder at its own safe point, which must not wait for others: there is no
 * lock but the task's own note's.
 *
 * What tells a mask of ours from someone else's is that it is, or is not, what
 * was set last (see affinity.c).
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "affinity.h"
#include "evict.h"
#include "evicted.h"
#include "keepmask.h"
#include "owner.h"
#include "registry.h"
#include "thread.h"

/* How often a mask that someone else undoes at once is set again. */
#define EVICT_TRIES	8
/* How long a task is waited for that cannot be moved now. */
#define EVICT_MOVE_MS	2000

static bool evict_is_kthread(const struct task_struct *task)
{
	return task->flags & PF_KTHREAD;
}

static bool evict_is_held(struct task_struct *task)
{
	struct evicted *e = evicted_find_get(task);
	bool held = e && READ_ONCE(e->held);

	if (e)
		evicted_put(e);
	return held;
}

/*
 * A task's note, locked, with a reference: new if it has none and @create. One
 * that is not in the hash any more says nothing, and nobody would find it.
 */
static struct evicted *evict_lock(struct task_struct *task, bool create)
{
	struct evicted *e;

	while ((e = create ? evicted_get_or_create(task) :
			     evicted_find_get(task))) {
		mutex_lock(&e->lock);
		if (!e->gone)
			return e;
		mutex_unlock(&e->lock);
		evicted_put(e);
	}
	return NULL;
}

/* The counterpart; what is of no use goes before anybody else fills it. */
static void evict_unlock(struct evicted *e)
{
	if (evicted_is_useless(e))
		evicted_drop(e);
	mutex_unlock(&e->lock);
	evicted_put(e);
}

/*
 * Not woken by who made it: it does not run. A kernel thread may be about to be
 * bound; of another task the probe has yet to note what it inherits, and it is
 * seen when it is switched to.
 */
static bool evict_is_unborn(const struct task_struct *task)
{
	unsigned int state = READ_ONCE(task->__state);

	return state == TASK_NEW || (state == TASK_UNINTERRUPTIBLE &&
				     affinity_is_young_kthread(task));
}

/**
 * evict_may_move() - is the task's mask anybody's to set?
 * @task: the task, with a reference
 *
 * Context: any but NMI.
 * Return: false for who has not been woken yet, and for kernel threads that are
 * bound to a CPU or that the kernel lets nobody move.
 */
bool evict_may_move(struct task_struct *task)
{
	if (evict_is_unborn(task))
		return false;
	if (!evict_is_kthread(task))
		return true;
	if (task->flags & PF_NO_SETAFFINITY)
		return false;
	return READ_ONCE(task->nr_cpus_allowed) > 1 || evict_is_held(task);
}

/**
 * evict_is_off() - is the task off the CPUs that it has no business on?
 * @task: the task
 *
 * Context: process.
 * Return: true if it is, and will not run there by itself.
 */
bool evict_is_off(struct task_struct *task)
{
	if (!owner_is_foreign(task_cpu(task), owner_process(task)))
		return true;
	return task != current && !READ_ONCE(task->on_rq);
}

/**
 * evict_concerns() - may the task be, or is it, where it has no business?
 * @task: the task
 * @scratch: room for a mask
 *
 * Looks without the task's lock, so that a walk over all tasks costs little.
 *
 * Context: process.
 * Return: true if so.
 */
bool evict_concerns(struct task_struct *task, struct cpumask *scratch)
{
	if (READ_ONCE(task->flags) & PF_EXITING)
		return false;
	if (!owner_has_any(&task->cpus_mask) && !owner_has(task_cpu(task)))
		return false;
	return !evict_is_off(task) ||
	       (owner_get_foreign(task, scratch) &&
		cpumask_intersects(scratch, &task->cpus_mask));
}

/* As affinity_set(): an active CPU that the task's user did not name will do. */
static int evict_set_found(struct evicted *e, const struct cpumask *mask)
{
	struct cpumask *active = evicted_mask(e, EVICTED_NARROW);
	int ret = set_cpus_allowed_ptr(e->task, mask);

	if (ret == -EINVAL && cpumask_and(active, mask, cpu_active_mask))
		ret = set_cpus_allowed_ptr(e->task, active);
	return ret;
}

/*
 * What does the task have, and is it someone else's doing? Not what the kernel
 * chose because no CPU of ours was active. The mask that somebody else set just
 * before ours, which nobody has seen, is known by what the user has chosen.
 */
static bool evict_look(struct evicted *e)
{
	struct cpumask *now = evicted_mask(e, EVICTED_NOW);
	struct cpumask *applied = evicted_mask(e, EVICTED_APPLIED);
	struct cpumask *chosen = evicted_mask(e, EVICTED_CHOSEN);

	evicted_read(e->task, now, chosen);
	if (!e->held)
		return true;
	if (!e->left && !cpumask_intersects(applied, cpu_active_mask))
		e->degraded = true;
	if (!cpumask_equal(chosen, evicted_mask(e, EVICTED_USER)))
		return true;
	return !e->degraded && !cpumask_equal(now, applied);
}

/* What is it that someone else set? After evict_look(). */
static struct cpumask *evict_get_theirs(struct evicted *e)
{
	struct cpumask *now = evicted_mask(e, EVICTED_NOW);
	struct cpumask *chosen = evicted_mask(e, EVICTED_CHOSEN);
	bool ours = e->held &&
		    cpumask_equal(now, evicted_mask(e, EVICTED_APPLIED));

	cpumask_copy(evicted_mask(e, EVICTED_USER), chosen);
	return ours && !cpumask_empty(chosen) ? chosen : now;
}

/* Set what was found; or, if the user chooses at the same time, his choice. */
static int evict_restore(struct evicted *e)
{
	struct cpumask *want = evicted_mask(e, EVICTED_WANT);
	struct cpumask *chosen = evicted_mask(e, EVICTED_CHOSEN);
	int tries, ret;

	evicted_get_found(e, want);
	for (tries = 0; tries < EVICT_TRIES; tries++) {
		ret = evict_set_found(e, want);
		if (ret)
			return ret;
		evicted_read(e->task, evicted_mask(e, EVICTED_NOW), chosen);
		if (cpumask_equal(chosen, evicted_mask(e, EVICTED_USER)) ||
		    cpumask_empty(chosen))
			return 0;
		cpumask_copy(evicted_mask(e, EVICTED_USER), chosen);
		cpumask_copy(want, chosen);
		evicted_set(e, want, evicted_mask(e, EVICTED_APPLIED), false);
	}
	return 0;
}

/* Its mask names no CPU that it must leave any more. */
static int evict_release(struct evicted *e, const struct cpumask *theirs,
			 bool *moved)
{
	struct cpumask *want = evicted_mask(e, EVICTED_WANT);
	struct cpumask *now = evicted_mask(e, EVICTED_NOW);
	bool held = e->held;
	int ret = 0;

	if (theirs)
		evicted_set(e, theirs, now, false);
	evicted_get_found(e, want);
	e->degraded = false;
	/* Who was left where it was has what was found. */
	if (held && !cpumask_equal(now, want)) {
		ret = evict_restore(e);
		*moved |= !ret;
	}
	/* After it is set: a child that has ours is told by the note till then. */
	evicted_clear(e);
	return ret;
}

/*
 * Where shall it be? All but what it must leave, if nothing else remains; less
 * what the kernel itself will take off by what the user has chosen, unless no
 * active CPU would remain: so that what is set is what there will be.
 */
static void evict_get_want(struct evicted *e, const struct cpumask *found)
{
	struct cpumask *want = evicted_mask(e, EVICTED_WANT);
	struct cpumask *foreign = evicted_mask(e, EVICTED_FOREIGN);
	struct cpumask *user = evicted_mask(e, EVICTED_USER);
	struct cpumask *narrow = evicted_mask(e, EVICTED_NARROW);

	if (!cpumask_andnot(want, found, foreign) ||
	    !cpumask_intersects(want, cpu_active_mask))
		cpumask_andnot(want, cpu_possible_mask, foreign);
	if (!cpumask_intersects(want, user))
		return;
	cpumask_and(narrow, want, user);
	if (cpumask_intersects(narrow, cpu_active_mask))
		cpumask_copy(want, narrow);
	else
		cpumask_and(want, want, cpu_active_mask);
}

/*
 * Make the task's mask what it should be: what was found, less what it must
 * leave. Under the note's lock.
 */
static int evict_update(struct evicted *e, bool *moved)
{
	struct cpumask *now = evicted_mask(e, EVICTED_NOW);
	struct cpumask *foreign = evicted_mask(e, EVICTED_FOREIGN);
	struct cpumask *want = evicted_mask(e, EVICTED_WANT);
	struct cpumask *found = want, *theirs = NULL;
	int ret;

	owner_get_foreign(e->task, foreign);
	if (evict_look(e)) {
		theirs = evict_get_theirs(e);
		found = theirs;
	} else {
		evicted_get_found(e, found);
	}
	/* By force: until there is somewhere else to be. */
	if (e->left && cpumask_subset(found, foreign) &&
	    cpumask_equal(now, evicted_mask(e, EVICTED_APPLIED)))
		return 0;
	if (!cpumask_intersects(found, foreign))
		return evict_release(e, theirs, moved);
	/* A node's own threads are on no other node, if need be on owned CPUs. */
	if (evict_is_kthread(e->task) && cpumask_subset(found, foreign))
		return evict_release(e, theirs, moved) ?: -EPERM;
	evict_get_want(e, found);
	if (!theirs && !e->left && cpumask_equal(now, want))
		return 0;
	evicted_set(e, theirs, want, false);
	ret = set_cpus_allowed_ptr(e->task, want);
	if (ret)
		return ret;
	*moved = true;
	e->degraded = false;
	return 0;
}

/* Does its mask name a CPU that it has no business on? Under the lock. */
static bool evict_fits(struct evicted *e)
{
	struct cpumask *now = evicted_mask(e, EVICTED_NOW);

	affinity_get_mask(e->task, now);
	owner_get_foreign(e->task, evicted_mask(e, EVICTED_FOREIGN));
	return !cpumask_intersects(now, evicted_mask(e, EVICTED_FOREIGN));
}

/*
 * A mask is set first, and who runs is moved a moment later: where someone else
 * has set it, that may be yet to come.
 */
static int evict_arrives(struct evicted *e, unsigned long until)
{
	while (!evict_is_off(e->task)) {
		if (!evict_fits(e))
			return -EAGAIN;
		if (time_after(jiffies, until))
			return -ETIMEDOUT;
		usleep_range(20, 40);
	}
	return evict_fits(e) ? 0 : -EAGAIN;
}

/* Who may not be moved now would make whoever sets its mask wait for ever. */
static int evict_may_now(struct task_struct *task, unsigned long until)
{
	while (task != current && READ_ONCE(task->migration_disabled)) {
		if (time_after(jiffies, until))
			return -ETIMEDOUT;
		usleep_range(100, 200);
	}
	return 0;
}

/* While no cpuset changes: masks are what somebody wants. */
static int evict_update_still(struct evicted *e, bool *moved)
{
	bool held = keepmask_hold();
	int ret = evict_update(e, moved);

	keepmask_let_go(held);
	return ret;
}

static int evict_note_locked(struct evicted *e, bool *moved)
{
	unsigned long until = jiffies + msecs_to_jiffies(EVICT_MOVE_MS);
	int tries, ret;

	for (tries = 0; tries < EVICT_TRIES; tries++) {
		ret = evict_may_now(e->task, until) ?:
		      evict_update_still(e, moved);
		if (ret || e->left)
			return ret;
		ret = evict_arrives(e, until);
		/* Did someone else set his just before ours? */
		if (!ret && e->held && evict_look(e))
			continue;
		if (ret != -EAGAIN)
			return ret;
	}
	return -EAGAIN;
}

/**
 * evict_note() - keep a task off CPUs that it has no business on, or give it
 * back what it had, as things are now
 * @task: the task, with a reference; of a thread that is known, its lock is
 *	held, and nobody wants it to be anywhere
 * @moved: set to true if its mask was changed
 *
 * When it returns 0 the task is off them, unless it is left by force.
 *
 * Context: process; may wait for the task to be moved.
 * Return: 0; -EAGAIN if someone else changes its mask all the time (the probe
 * sees it then); -ETIMEDOUT if it cannot be moved; -EINVAL if no other CPU is
 * active; -EPERM for a kernel thread that can be nowhere else; -ESRCH if it
 * exits.
 */
int evict_note(struct task_struct *task, bool *moved)
{
	struct evicted *e = evict_lock(task, true);
	int ret;

	if (!e)
		return -ESRCH;
	ret = evict_note_locked(e, moved);
	evict_unlock(e);
	return ret;
}

static bool evict_is_known(struct task_struct *task)
{
	struct cordon_thread *t = thread_find_get(task);

	if (t)
		thread_put(t);
	return t;
}

/*
 * A task that is no known thread. It may become one meanwhile: either that is
 * seen here, under the note's lock, or evict_adopt() finds the note, and waits.
 * Returns -ESTALE in the former case.
 */
static int evict_note_unknown(struct task_struct *task, bool *moved)
{
	struct evicted *e = evict_lock(task, true);
	int ret;

	if (!e)
		return -ESRCH;
	ret = evict_is_known(task) ? -ESTALE : evict_note_locked(e, moved);
	evict_unlock(e);
	return ret;
}

/* A policy holds the thread: it knows which CPUs are owned. */
static bool evict_is_governed(struct cordon_thread *t)
{
	struct affinity_want *want;
	bool governed;

	rcu_read_lock();
	want = rcu_dereference(t->affinity.want);
	governed = want && !want->audit;
	rcu_read_unlock();
	return governed;
}

static int evict_thread(struct cordon_thread *t, bool *moved)
{
	int ret = 0;

	mutex_lock(&t->lock);
	if (!evict_is_governed(t)) {
		ret = evict_note(t->task, moved);
		mutex_unlock(&t->lock);
		return ret;
	}
	mutex_unlock(&t->lock);
	registry_ops->settle(t);
	return evict_is_off(t->task) ? 0 : -EAGAIN;
}

/**
 * evict_task() - the same for any task, also one that a policy holds
 * @task: the task, with a reference
 * @moved: set to true if its mask was changed on owners' behalf
 *
 * Context: process; takes the lock of a thread that is known.
 * Return: as evict_note().
 */
int evict_task(struct task_struct *task, bool *moved)
{
	struct cordon_thread *t;
	int ret;

	do {
		t = thread_find_get(task);
		if (t) {
			ret = evict_thread(t, moved);
			thread_put(t);
			return ret;
		}
		ret = evict_note_unknown(task, moved);
	} while (ret == -ESTALE);
	return ret;
}

/**
 * evict_leave() - by force, leave a task on CPUs that others own
 * @task: the task, with a reference
 *
 * Its children stay too, and whoever it becomes by exec.
 *
 * Context: process.
 */
void evict_leave(struct task_struct *task)
{
	struct evicted *e = evict_lock(task, true);
	struct cpumask *theirs;

	if (!e)
		return;
	/* What it had before it was kept off others' CPUs is not forgotten. */
	theirs = evict_look(e) ? evict_get_theirs(e) : NULL;
	evicted_set(e, theirs, evicted_mask(e, EVICTED_NOW), true);
	evict_unlock(e);
}

/**
 * evict_adopt() - a policy is about to hold the task: give back what it had
 * @task: the task, with a reference; its thread's lock is held
 *
 * But not who is left by force: it stays so.
 *
 * Context: process.
 */
void evict_adopt(struct task_struct *task)
{
	struct evicted *e = evict_lock(task, false);
	bool moved = false, held;

	if (!e)
		return;
	held = keepmask_hold();
	if (!e->left) {
		evict_release(e, evict_look(e) ? evict_get_theirs(e) : NULL,
			      &moved);
		evicted_set_adopted(e);
	}
	keepmask_let_go(held);
	evict_unlock(e);
}

/**
 * evict_correct() - a task has a policy's mask that was never its own
 * @task: the task, with a reference
 * @is_ours: is a mask such a one?
 * @arg: its argument
 * @found: what it shall have instead
 *
 * Or had it when it was kept off owned CPUs, which may be before or after this.
 *
 * Context: process.
 */
void evict_correct(struct task_struct *task,
		   bool (*is_ours)(const struct cpumask *mask, void *arg),
		   void *arg, const struct cpumask *found)
{
	struct evicted *e = evict_lock(task, true);
	struct cpumask *now;
	bool moved = false, held;

	if (!e)
		return;
	held = keepmask_hold();
	now = evicted_mask(e, EVICTED_NOW);
	if (e->held) {
		evicted_get_found(e, now);
		if (is_ours(now, arg))
			evicted_set(e, found,
				    evicted_mask(e, EVICTED_APPLIED), e->left);
	} else {
		affinity_get_mask(task, now);
		if (is_ours(now, arg))
			set_cpus_allowed_ptr(task, found);
	}
	keepmask_let_go(held);
	if (e->held)
		evict_note_locked(e, &moved);
	evict_unlock(e);
}

/* What the parent has into the child's note and mask; under the note's lock. */
static void evict_copy(struct evicted *e, struct task_struct *parent,
		       struct evicted *of)
{
	evicted_follow(e, parent, of);
	evict_set_found(e, evicted_mask(e, EVICTED_APPLIED));
}

/**
 * evict_follow() - a child may have a mask that was never its parent's own
 * @child: the child, with a reference
 * @parent: its parent, with a reference; may be dead by now
 * @of: its parent's note when the child was born, with a reference; NULL: it had
 *	none
 * @may: asked, while no cpuset changes, whether the child is still to follow
 * @arg: its argument
 *
 * It gets what its parent has, and will be given back what that will. If it is
 * known as a VMM's thread by now, it is left to that.
 *
 * Context: process.
 * Return: true if it follows.
 */
bool evict_follow(struct task_struct *child, struct task_struct *parent,
		  struct evicted *of, bool (*may)(void *arg), void *arg)
{
	struct evicted *e = evict_lock(child, true);
	bool moved = false, held, follows;

	if (!e)
		return false;
	held = keepmask_hold();
	follows = held && !evict_is_known(child) && may(arg);
	if (follows)
		evict_copy(e, parent, of);
	keepmask_let_go(held);
	/* What somebody chose for it meanwhile is seen here. */
	if (follows)
		evict_note_locked(e, &moved);
	evict_unlock(e);
	return follows;
}

/**
 * evict_recheck() - bring a note up to date with whose the CPUs are
 * @e: the note
 *
 * Context: process; takes the lock of a thread that is known.
 * Return: true if the task's mask was changed.
 */
bool evict_recheck(struct evicted *e)
{
	struct cordon_thread *t = thread_find_get(e->task);
	bool moved = false;

	if (t)
		mutex_lock(&t->lock);
	mutex_lock(&e->lock);
	if (!e->gone && e->held && !(READ_ONCE(e->task->flags) & PF_EXITING))
		evict_note_locked(e, &moved);
	if (evicted_is_useless(e))
		evicted_drop(e);
	mutex_unlock(&e->lock);
	if (t) {
		mutex_unlock(&t->lock);
		thread_put(t);
	}
	return moved;
}
