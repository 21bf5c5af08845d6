/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_SCHEDCLASS_H
#define _CORDON_SCHEDCLASS_H

#include <linux/types.h>

struct cordon_thread;
struct task_struct;

/**
 * struct schedparam - a scheduling class as the kernel writes it
 * @policy: SCHED_NORMAL, ...
 * @priority: realtime priority, 0 for the others
 */
struct schedparam {
	int policy;
	int priority;
};

/**
 * struct schedclass - the scheduling class that a thread is held to
 * @found: to give back
 * @applied: what we set: if it is another one now, someone else changed it
 * @before: what we had set before that
 * @held: @found is to be given back
 * @released_ns: when it was given back, by the monotonic clock
 * @ever: @found, @applied and @before have been filled, even if given back
 *	meanwhile
 *
 * All under the thread's lock.
 */
struct schedclass {
	struct schedparam found;
	struct schedparam applied;
	struct schedparam before;
	bool held;
	u64 released_ns;
	bool ever;
};

struct schedparam schedclass_of(const struct task_struct *task);
u32 schedclass_to_uapi(int policy);
int schedclass_from_uapi(u32 sched);
bool schedclass_is_rt(int policy);
bool schedclass_differs(const struct task_struct *task,
			const struct schedparam *want);

int schedclass_hold(struct cordon_thread *t, const struct schedparam *want,
		    bool *moved);
void schedclass_release(struct cordon_thread *t, bool *moved);
void schedclass_inherit(struct cordon_thread *t, struct cordon_thread *parent);
void schedclass_disown(struct cordon_thread *parent);

#endif /* _CORDON_SCHEDCLASS_H */
