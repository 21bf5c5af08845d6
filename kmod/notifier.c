// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread's hook: a preempt notifier of its own, which only the thread itself
 * registers and unregisters, never inside the notifier.
 *
 * Each switch to a hooked thread, and away from it, passes here to the
 * enforcers. The hook holds the thread, the module and the static key.
 */
#include <linux/module.h>
#include <linux/preempt.h>

#include "affinity.h"
#include "bandwidth.h"
#include "hookkey.h"
#include "notifier.h"
#include "thread.h"

/* Preemption is disabled and the runqueue lock is not held: an RCU reader. */
static void notifier_sched_in(struct preempt_notifier *pn, int cpu)
{
	struct cordon_thread *t = container_of(pn, struct cordon_thread,
					       notifier);

	affinity_sched_in(t, cpu);
	if (bandwidth_wanted(&t->bandwidth))
		bandwidth_sched_in(t);
}

/* Under the runqueue lock, with interrupts disabled. */
static void notifier_sched_out(struct preempt_notifier *pn,
			       struct task_struct *next)
{
	struct cordon_thread *t = container_of(pn, struct cordon_thread,
					       notifier);

	if (t->bandwidth.on)
		bandwidth_sched_out(t);
}

static struct preempt_ops notifier_ops = {
	.sched_in = notifier_sched_in,
	.sched_out = notifier_sched_out,
};

/**
 * notifier_init() - prepare a thread's hook
 * @t: a new thread
 *
 * Context: process.
 */
void notifier_init(struct cordon_thread *t)
{
	preempt_notifier_init(&t->notifier, &notifier_ops);
}

/* In the thread itself, outside of its notifiers. */
static void notifier_hook(struct cordon_thread *t)
{
	if (t->hooked || !hookkey_tryget())
		return;
	if (!try_module_get(THIS_MODULE)) {
		hookkey_put();
		return;
	}
	thread_get(t);
	preempt_disable();
	preempt_notifier_register(&t->notifier);
	WRITE_ONCE(t->hooked, true);
	preempt_enable();
}

/**
 * notifier_want() - put the hook on, now or at the thread's next safe point
 * @t: the thread; its lock is held
 *
 * Context: process.
 * Return: 0, also for a thread that exits or has no safe points; -ENODEV if
 * the module is going.
 */
int notifier_want(struct cordon_thread *t)
{
	int ret = 0;

	if (t->task == current)
		notifier_hook(t);
	else if (!thread_is_helper(t) && !READ_ONCE(t->hooked))
		ret = thread_guard(t);
	return ret == -ESRCH ? 0 : ret;
}

/**
 * notifier_drop() - take the hook off, now or at the thread's next safe point
 * @t: the thread; its lock is held, and no enforcer wants it
 *
 * Context: process.
 */
void notifier_drop(struct cordon_thread *t)
{
	if (t->task == current)
		notifier_unhook(t);
	else if (READ_ONCE(t->hooked))
		thread_guard(t);
}

/**
 * notifier_unhook() - take the thread's hook off, if it has one
 * @t: the current thread
 *
 * Context: the thread itself, outside of its notifiers; may be atomic.
 */
void notifier_unhook(struct cordon_thread *t)
{
	if (!t->hooked)
		return;
	preempt_disable();
	bandwidth_leave(t);
	preempt_notifier_unregister(&t->notifier);
	WRITE_ONCE(t->hooked, false);
	preempt_enable();
	hookkey_put();
	thread_put(t);
	module_put(THIS_MODULE);
}
