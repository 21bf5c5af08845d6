/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_SAFEPOINT_H
#define _CORDON_SAFEPOINT_H

#include <linux/sched.h>
#include <linux/task_work.h>

/**
 * struct safepoint - something to run in a thread at its next safe point
 * @head: on the task's list of work while @queued
 * @queued: bit 0: asked for and not begun
 * @fn: what runs, in the thread's own context: before it returns to user mode
 *	or enters the guest, or while it exits (then it may only drop what the
 *	requester took for it)
 */
struct safepoint {
	struct callback_head head;
	unsigned long queued;
	void (*fn)(struct safepoint *sp, bool exiting);
};

void safepoint_init(struct safepoint *sp,
		    void (*fn)(struct safepoint *sp, bool exiting));
bool safepoint_queued(const struct safepoint *sp);
int safepoint_request(struct task_struct *task, struct safepoint *sp,
		      enum task_work_notify_mode how);
void safepoint_drain(void);

#endif /* _CORDON_SAFEPOINT_H */
