// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scheduling classes: set from outside, given back as found. Unlike masks they
 * are not guarded: whoever changes one has the right to, and keeps it.
 */
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <uapi/linux/sched.h>
#include <uapi/linux/sched/types.h>

#include "schedclass.h"
#include "thread.h"

static const struct {
	u32 uapi;
	int policy;
} schedclass_names[] = {
	{ CORDON_SCHED_OTHER, SCHED_NORMAL },
	{ CORDON_SCHED_BATCH, SCHED_BATCH },
	{ CORDON_SCHED_IDLE, SCHED_IDLE },
	{ CORDON_SCHED_FIFO, SCHED_FIFO },
	{ CORDON_SCHED_RR, SCHED_RR },
	{ CORDON_SCHED_DEADLINE, SCHED_DEADLINE },
};

/**
 * schedclass_to_uapi() - the name of a scheduling class
 * @policy: SCHED_*
 *
 * Context: any.
 * Return: enum cordon_sched, 0 for one that has no name there.
 */
u32 schedclass_to_uapi(int policy)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(schedclass_names); i++)
		if (schedclass_names[i].policy == policy)
			return schedclass_names[i].uapi;
	return 0;
}

/**
 * schedclass_from_uapi() - the counterpart of schedclass_to_uapi()
 * @sched: enum cordon_sched
 *
 * Context: any.
 * Return: SCHED_*, or -EINVAL.
 */
int schedclass_from_uapi(u32 sched)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(schedclass_names); i++)
		if (schedclass_names[i].uapi == sched)
			return schedclass_names[i].policy;
	return -EINVAL;
}

/**
 * schedclass_is_rt() - is it a realtime class?
 * @policy: SCHED_*
 *
 * Context: any.
 * Return: true for FIFO and RR.
 */
bool schedclass_is_rt(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/**
 * schedclass_of() - the scheduling class of a task, now
 * @task: the task, with a reference
 *
 * Context: any.
 * Return: its class.
 */
struct schedparam schedclass_of(const struct task_struct *task)
{
	return (struct schedparam){
		.policy = READ_ONCE(task->policy),
		.priority = READ_ONCE(task->rt_priority),
	};
}

static bool schedparam_equal(const struct schedparam *a,
			     const struct schedparam *b)
{
	return a->policy == b->policy && a->priority == b->priority;
}

/**
 * schedclass_differs() - has a task another class than this?
 * @task: the task, with a reference
 * @want: the class
 *
 * Context: any.
 * Return: true if so.
 */
bool schedclass_differs(const struct task_struct *task,
			const struct schedparam *want)
{
	struct schedparam now = schedclass_of(task);

	return !schedparam_equal(&now, want);
}

/* The nice value and reset-on-fork are not ours: they stay as they are. */
static int schedclass_set(struct task_struct *task,
			  const struct schedparam *param)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = param->policy,
		.sched_priority = param->priority,
		.sched_nice = task_nice(task),
	};

	if (task->sched_reset_on_fork)
		attr.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
	return sched_setattr_nocheck(task, &attr);
}

/**
 * schedclass_hold() - give a thread a scheduling class
 * @t: the thread; its lock is held
 * @want: the class
 * @moved: set to true if it was changed
 *
 * Context: process.
 * Return: 0 or what sched_setattr_nocheck() returns.
 */
int schedclass_hold(struct cordon_thread *t, const struct schedparam *want,
		    bool *moved)
{
	struct schedclass *s = &t->schedclass;
	struct schedparam now = schedclass_of(t->task);
	int ret;

	if (s->held && schedparam_equal(&s->applied, want))
		return 0;
	/* Its runtime and deadline could not be given back: leave it alone. */
	if (now.policy == SCHED_DEADLINE)
		return 0;
	if (!s->held || !schedparam_equal(&now, &s->applied))
		s->found = now;
	if (!schedparam_equal(&now, want)) {
		ret = schedclass_set(t->task, want);
		if (ret)
			return ret;
		*moved = true;
	}
	s->before = s->ever ? s->applied : *want;
	s->applied = *want;
	s->held = true;
	s->ever = true;
	return 0;
}

/**
 * schedclass_release() - give a thread back the class that was found
 * @t: the thread; its lock is held
 * @moved: set to true if it was changed
 *
 * Context: process.
 */
void schedclass_release(struct cordon_thread *t, bool *moved)
{
	struct schedclass *s = &t->schedclass;
	struct schedparam now = schedclass_of(t->task);

	if (!s->held)
		return;
	s->held = false;
	s->released_ns = ktime_get_ns();
	if (schedparam_equal(&now, &s->applied) &&
	    !schedparam_equal(&now, &s->found) &&
	    !schedclass_set(t->task, &s->found))
		*moved = true;
}

/* What a child may have got from a thread; false if nothing of ours. */
static bool schedclass_get_legacy(struct cordon_thread *parent,
				  const struct task_struct *child,
				  struct schedclass *legacy)
{
	mutex_lock(&parent->lock);
	*legacy = parent->schedclass;
	mutex_unlock(&parent->lock);
	return legacy->ever && (legacy->held ||
				thread_is_older(child, legacy->released_ns));
}

/* The policy may have changed between the birth and now. */
static bool schedclass_is_legacy(const struct schedclass *legacy,
				 const struct schedparam *param)
{
	return schedparam_equal(param, &legacy->applied) ||
	       schedparam_equal(param, &legacy->before);
}

/**
 * schedclass_inherit() - a new thread has its parent's class, perhaps ours
 * @t: the new thread
 * @parent: the thread that created it
 *
 * Context: process, before the thread is settled for the first time by itself.
 */
void schedclass_inherit(struct cordon_thread *t, struct cordon_thread *parent)
{
	struct schedparam now = schedclass_of(t->task);
	struct schedclass *s = &t->schedclass;
	struct schedclass legacy;

	if (!schedclass_get_legacy(parent, t->task, &legacy))
		return;
	mutex_lock(&t->lock);
	if (!s->held && schedclass_is_legacy(&legacy, &now)) {
		*s = legacy;
		s->applied = now;
		s->held = true;
	} else if (s->held && schedclass_is_legacy(&legacy, &s->found)) {
		s->found = legacy.found;
	}
	mutex_unlock(&t->lock);
}

/**
 * schedclass_disown() - the current task is a child process of a held thread
 * @parent: that thread
 *
 * It gets the class that its parent had before cordon.
 *
 * Context: process, the child, before its first user instruction.
 */
void schedclass_disown(struct cordon_thread *parent)
{
	struct schedparam now = schedclass_of(current);
	struct schedclass legacy;

	if (schedclass_get_legacy(parent, current, &legacy) &&
	    schedclass_is_legacy(&legacy, &now))
		schedclass_set(current, &legacy.found);
}
