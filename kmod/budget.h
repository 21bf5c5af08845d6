/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_BUDGET_H
#define _CORDON_BUDGET_H

#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/types.h>

struct task_struct;

/* The longest slice: statistics lag behind by no more. */
#define BUDGET_SLICE_MAX_NS	(20 * NSEC_PER_MSEC)

/**
 * struct budget_limit - how much CPU time, and how often
 * @quota_ns: CPU time in each period; 0: no limit
 * @period_ns: the period
 * @burst_ns: what may be saved up beyond the quota
 */
struct budget_limit {
	u64 quota_ns;
	u64 period_ns;
	u64 burst_ns;
};

/**
 * struct budget_stats - what a budget has seen
 * @nr_periods: periods in which somebody used it
 * @nr_throttled: those of them in which somebody had to wait
 * @throttled_ns: how long, summed over those who waited
 * @time_ns: CPU time used
 */
struct budget_stats {
	u64 nr_periods;
	u64 nr_throttled;
	u64 throttled_ns;
	u64 time_ns;
};

/**
 * struct budget_waiter - a thread that waits for a budget
 * @node: on the budget's list; the budget's lock
 * @task: the thread
 * @began_ns: since when, by the monotonic clock
 */
struct budget_waiter {
	struct list_head node;
	struct task_struct *task;
	u64 began_ns;
};

/**
 * struct budget - CPU time that one thread, or several together, may use
 * @lock: all of the below. Taken under the runqueue lock, so with interrupts
 *	disabled and raw; nothing is taken and nobody woken under it.
 * @limit: how much
 * @left_ns: not yet given out; negative: debt
 * @period_end_ns: when the quota comes again, by the monotonic clock
 * @period: number of the current period
 * @users: threads that asked in the current period
 * @users_before: and in the one before
 * @throttled: one of them got nothing
 * @nr_waiting: threads that wait
 * @began_ns: the sum of the times when they began to
 * @waiters: those of them that sleep, first come first
 * @told: when the monitor was last told of a wait, in jiffies; 0: never
 * @wake: wakes the first of them: there is something again
 * @stats: see there
 */
struct budget {
	raw_spinlock_t lock; /* see above */
	struct budget_limit limit;
	s64 left_ns;
	u64 period_end_ns;
	u32 period;
	u32 users;
	u32 users_before;
	bool throttled;
	u32 nr_waiting;
	u64 began_ns;
	struct list_head waiters;
	unsigned long told;
	struct irq_work wake;
	struct budget_stats stats;
};

void budget_init(struct budget *b);
void budget_exit(struct budget *b);
void budget_set(struct budget *b, const struct budget_limit *limit);
bool budget_limits(const struct budget *b);
void budget_read(struct budget *b, struct budget_limit *limit,
		 struct budget_stats *stats);

s64 budget_take(struct budget *b, u32 *seen, u64 now_ns);
void budget_give(struct budget *b, s64 slice_ns, u64 used_ns);
u64 budget_next(struct budget *b, u64 now_ns);

u64 budget_wait_begin(struct budget *b, struct budget_waiter *w);
void budget_wait_end(struct budget *b, struct budget_waiter *w);
bool budget_may_tell(struct budget *b);

#endif /* _CORDON_BUDGET_H */
