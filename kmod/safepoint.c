// SPDX-License-Identifier: GPL-2.0-only
/*
 * "Run this in that thread before it returns to user or guest mode."
 *
 * Pending task work cannot be cancelled, so each request holds a module
 * reference until its callback ends; safepoint_drain() then waits for the last
 * instructions of such a callback.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "safepoint.h"

static void safepoint_run(struct callback_head *head)
{
	struct safepoint *sp = container_of(head, struct safepoint, head);

	clear_bit(0, &sp->queued);
	/*
	 * Who asks again from here on gets another run; what was asked for
	 * before is seen by this one.
	 */
	smp_mb__after_atomic();
	sp->fn(sp, current->flags & PF_EXITING);
	module_put(THIS_MODULE);
}

/**
 * safepoint_init() - prepare a safe point
 * @sp: the safe point
 * @fn: what to run; may ask for @sp again only by way of an event that is not
 *	of its own making (task_work_run() loops until its list is empty)
 *
 * Context: any.
 */
void safepoint_init(struct safepoint *sp,
		    void (*fn)(struct safepoint *sp, bool exiting))
{
	sp->queued = 0;
	sp->fn = fn;
	init_task_work(&sp->head, safepoint_run);
}

/**
 * safepoint_queued() - was it asked for, and has not begun?
 * @sp: the safe point
 *
 * Context: any.
 * Return: true if so.
 */
bool safepoint_queued(const struct safepoint *sp)
{
	return test_bit(0, &sp->queued);
}

/**
 * safepoint_request() - run @sp at the next safe point of @task
 * @task: no kernel thread and no user worker: these have no safe points
 * @sp: the safe point; must stay until it has run
 * @how: TWA_RESUME leaves a sleeper asleep; TWA_SIGNAL wakes it, and its
 *	system call may return EINTR
 *
 * Context: any but NMI and sched_out; with TWA_SIGNAL no probe or notifier.
 * Return: 0 if it will run for this request; -EALREADY if it was asked for
 * and has not begun (then that run serves); -ESRCH if the task is past its
 * last safe point; -ENODEV if the module is going.
 */
int safepoint_request(struct task_struct *task, struct safepoint *sp,
		      enum task_work_notify_mode how)
{
	if (test_and_set_bit(0, &sp->queued))
		return -EALREADY;
	if (!try_module_get(THIS_MODULE)) {
		clear_bit(0, &sp->queued);
		return -ENODEV;
	}
	if (task_work_add(task, &sp->head, how | COMPAT_TWAF_NO_ALLOC)) {
		clear_bit(0, &sp->queued);
		module_put(THIS_MODULE);
		return -ESRCH;
	}
	return 0;
}

/**
 * safepoint_drain() - wait until no thread is inside a callback's last lines
 *
 * Context: process, at module exit, when no request is pending.
 */
void safepoint_drain(void)
{
	synchronize_rcu_tasks();
}
