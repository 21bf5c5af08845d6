/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_AFFINITY_H
#define _CORDON_AFFINITY_H

#include <linux/cpumask.h>
#include <linux/types.h>

struct cordon_thread;
struct task_struct;

/**
 * struct affinity_want - where a thread shall be; never changed but for @armed
 * @rcu: freed after the hook's readers
 * @audit: only tell of drifts
 * @armed: the thread was placed: from now on anything else is a drift
 * @mask: cpumask_size() bytes
 */
struct affinity_want {
	struct rcu_head rcu;
	bool audit;
	bool armed;
	struct cpumask mask;
};

/**
 * struct affinity - where a thread is held
 * @want: what the hook compares with; NULL: nothing. Written under the
 *	thread's lock.
 * @found: the mask to give back
 * @applied: the mask after we set it: if it is another one now, someone else
 *	has changed it
 * @before: the one that we had set before it
 * @scratch: room to work in
 * @held: @found is to be given back
 * @released_ns: when it was given back, by the monotonic clock
 * @ever: @found, @applied and @before have been filled, even if given back
 *	meanwhile
 * @degraded: no CPU of @want is active; the kernel chose a mask itself
 * @counted: the hook has counted a drift that is not repaired yet
 * @drift_cpu: where the thread was at its last drift
 *
 * All under the thread's lock; the last three are also set by the hook.
 */
struct affinity {
	struct affinity_want __rcu *want;
	cpumask_var_t found;
	cpumask_var_t applied;
	cpumask_var_t before;
	cpumask_var_t scratch;
	bool held;
	u64 released_ns;
	bool ever;
	bool degraded;
	bool counted;
	int drift_cpu;
};

int affinity_alloc(struct affinity *a);
void affinity_free(struct affinity *a);
bool affinity_wanted(const struct affinity *a);
bool affinity_is_young_kthread(const struct task_struct *task);
void affinity_get_mask(struct task_struct *task, struct cpumask *mask);

int affinity_hold(struct cordon_thread *t, const struct cpumask *mask,
		  bool audit, bool *moved);
void affinity_release(struct cordon_thread *t, bool *moved);
void affinity_inherit(struct cordon_thread *t, struct cordon_thread *parent);
void affinity_disown(struct cordon_thread *parent);

void affinity_sched_in(struct cordon_thread *t, int cpu);

#endif /* _CORDON_AFFINITY_H */
