// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU time by the period: what is left of it, who gets how much of that, and
 * who waits for more.
 *
 * A thread takes a slice when it is switched to and gives back what it did not
 * use, or owes what it used beyond, when it is switched away. All that is ever
 * used was given out, or is debt that the next periods pay: over time nobody
 * gets more than a quota for each period, whatever the timers do.
 *
 * Periods pass by themselves: whoever asks first in a new one refills. So
 * nothing runs while nobody asks.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "budget.h"

/* A slice, unless the quota has less left. */
#define SLICE_MAX_NS	BUDGET_SLICE_MAX_NS
#define SLICE_MIN_NS	(100 * NSEC_PER_USEC)
/* In how many slices each of several threads gets its part of a quota. */
#define CHUNKS		4
/* The least that a slice is worth an interrupt. */
#define SLICE_FLOOR_NS	(10 * NSEC_PER_USEC)
/* What must be left over before somebody is woken for it. */
#define WAKE_MIN_NS	(500 * NSEC_PER_USEC)

static u64 budget_most(const struct budget *b)
{
	return b->limit.quota_ns + b->limit.burst_ns;
}

/* Wake up to @nr of those who sleep; no lock is held, as waking takes others. */
static void budget_wake(struct budget *b, unsigned int nr)
{
	struct budget_waiter *w;
	struct task_struct *task;
	unsigned long flags;

	while (nr--) {
		task = NULL;
		raw_spin_lock_irqsave(&b->lock, flags);
		w = list_first_entry_or_null(&b->waiters, struct budget_waiter,
					     node);
		if (w) {
			list_del_init(&w->node);
			task = get_task_struct(w->task);
		}
		raw_spin_unlock_irqrestore(&b->lock, flags);
		if (!task)
			return;
		wake_up_process(task);
		put_task_struct(task);
	}
}

static void budget_wake_fn(struct irq_work *work)
{
	budget_wake(container_of(work, struct budget, wake), 1);
}

/**
 * budget_init() - a budget without a limit
 * @b: zeroed
 *
 * Context: any.
 */
void budget_init(struct budget *b)
{
	raw_spin_lock_init(&b->lock);
	INIT_LIST_HEAD(&b->waiters);
	init_irq_work(&b->wake, budget_wake_fn);
}

/**
 * budget_exit() - the budget is to be freed
 * @b: nobody uses it any more
 *
 * Context: process.
 */
void budget_exit(struct budget *b)
{
	irq_work_sync(&b->wake);
}

/* The periods that have begun since; under the lock. */
static void budget_refill(struct budget *b, u64 now_ns)
{
	u64 room, n;

	if (now_ns < b->period_end_ns)
		return;
	n = div64_u64(now_ns - b->period_end_ns, b->limit.period_ns) + 1;
	b->period_end_ns += n * b->limit.period_ns;
	b->stats.nr_periods += b->nr_waiting ? n : 1;
	b->stats.nr_throttled += b->nr_waiting ? n : b->throttled;
	/* Who comes back after a rest begins a period of his own. */
	if (n > 1 && !b->nr_waiting)
		b->period_end_ns = now_ns + b->limit.period_ns;

	room = budget_most(b) - b->left_ns;
	if (n > div64_u64(room, b->limit.quota_ns))
		b->left_ns = budget_most(b);
	else
		b->left_ns += n * b->limit.quota_ns;

	b->period++;
	b->users_before = n == 1 ? b->users : 0;
	b->users = 0;
	b->throttled = false;
}

/* A new limit in the middle of a period; under the lock. */
static void budget_change(struct budget *b, const struct budget_limit *limit,
			  u64 now_ns)
{
	u64 ahead_ns, unearned_ns;

	if (!b->limit.quota_ns) {
		/* What was owed when the limit went is not, periods later. */
		if (now_ns >= b->period_end_ns)
			b->left_ns = 0;
		b->left_ns += limit->quota_ns;
		b->period_end_ns = now_ns + limit->period_ns;
	} else if (limit->quota_ns) {
		/*
		 * The old period ends here: what it gave for the rest of it is
		 * taken back, else each change would give another quota.
		 */
		budget_refill(b, now_ns);
		ahead_ns = b->period_end_ns - now_ns;
		unearned_ns = mul_u64_u64_div_u64(b->limit.quota_ns, ahead_ns,
						  b->limit.period_ns);
		b->left_ns += (s64)limit->quota_ns - (s64)unearned_ns;
		b->period_end_ns = now_ns + limit->period_ns;
	}
	b->limit = *limit;
	b->left_ns = min_t(s64, b->left_ns, budget_most(b));
}

/**
 * budget_set() - give a budget another limit
 * @b: the budget
 * @limit: the limit, with a period; a quota of 0: none
 *
 * Debt stays, and so does the count of what was used.
 *
 * Context: process.
 */
void budget_set(struct budget *b, const struct budget_limit *limit)
{
	unsigned int waiting;
	unsigned long flags;
	bool changed;

	raw_spin_lock_irqsave(&b->lock, flags);
	waiting = b->nr_waiting;
	changed = b->limit.quota_ns != limit->quota_ns ||
		  (limit->quota_ns && (b->limit.period_ns != limit->period_ns ||
				       b->limit.burst_ns != limit->burst_ns));
	if (changed)
		budget_change(b, limit, ktime_get_ns());
	raw_spin_unlock_irqrestore(&b->lock, flags);
	if (changed)
		budget_wake(b, waiting);
}

/**
 * budget_limits() - has it a limit?
 * @b: the budget
 *
 * Context: any.
 * Return: true if so.
 */
bool budget_limits(const struct budget *b)
{
	return READ_ONCE(b->limit.quota_ns);
}

/**
 * budget_read() - its limit and what it has seen
 * @b: the budget
 * @limit: filled
 * @stats: filled
 *
 * Context: any.
 */
void budget_read(struct budget *b, struct budget_limit *limit,
		 struct budget_stats *stats)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	*limit = b->limit;
	*stats = b->stats;
	/* With what those have waited who still do. */
	stats->throttled_ns += b->nr_waiting * ktime_get_ns() - b->began_ns;
	raw_spin_unlock_irqrestore(&b->lock, flags);
}

/*
 * What one thread gets at a time: all that is left if it is alone, else a part
 * so small that each of the others gets as much.
 */
static u64 budget_chunk(const struct budget *b)
{
	u32 users = max(b->users, b->users_before);
	u64 chunk_ns = b->limit.quota_ns;

	if (users > 1)
		chunk_ns = div_u64(chunk_ns, CHUNKS * users);
	return clamp_t(u64, chunk_ns, SLICE_MIN_NS, SLICE_MAX_NS);
}

/**
 * budget_take() - take a slice
 * @b: the budget
 * @seen: the period in which this thread asked last
 * @now_ns: by the monotonic clock
 *
 * Context: any but NMI; also under the runqueue lock.
 * Return: the slice in ns, S64_MAX without a limit, 0 if nothing is left.
 */
s64 budget_take(struct budget *b, u32 *seen, u64 now_ns)
{
	s64 slice_ns = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	if (!b->limit.quota_ns) {
		slice_ns = S64_MAX;
		goto out;
	}
	budget_refill(b, now_ns);
	if (*seen != b->period) {
		*seen = b->period;
		b->users++;
	}
	if (b->left_ns <= 0) {
		b->throttled = true;
		goto out;
	}
	slice_ns = min_t(s64, b->left_ns, budget_chunk(b));
	slice_ns = max_t(s64, slice_ns, SLICE_FLOOR_NS);
	b->left_ns -= slice_ns;
out:
	raw_spin_unlock_irqrestore(&b->lock, flags);
	return slice_ns;
}

/**
 * budget_give() - give a slice back
 * @b: the budget
 * @slice_ns: what was taken
 * @used_ns: what was used; what it is more than the slice is owed
 *
 * Context: any but NMI; also under the runqueue lock.
 */
void budget_give(struct budget *b, s64 slice_ns, u64 used_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	b->stats.time_ns += used_ns;
	if (b->limit.quota_ns && slice_ns != S64_MAX) {
		b->left_ns = min_t(s64, b->left_ns + slice_ns - used_ns,
				   budget_most(b));
		if (b->left_ns >= WAKE_MIN_NS && !list_empty(&b->waiters))
			irq_work_queue(&b->wake);
	}
	raw_spin_unlock_irqrestore(&b->lock, flags);
}

/* When there will be something, 0: now; under the lock. */
static u64 budget_until(struct budget *b, u64 now_ns)
{
	u64 debts;

	if (!b->limit.quota_ns)
		return 0;
	budget_refill(b, now_ns);
	if (b->left_ns > 0)
		return 0;
	debts = div64_u64(-b->left_ns, b->limit.quota_ns);
	return b->period_end_ns + debts * b->limit.period_ns;
}

/**
 * budget_next() - when there will be something to take
 * @b: the budget
 * @now_ns: by the monotonic clock
 *
 * Context: any but NMI.
 * Return: the time by the monotonic clock; 0: now.
 */
u64 budget_next(struct budget *b, u64 now_ns)
{
	unsigned long flags;
	u64 until_ns;

	raw_spin_lock_irqsave(&b->lock, flags);
	until_ns = budget_until(b, now_ns);
	raw_spin_unlock_irqrestore(&b->lock, flags);
	return until_ns;
}

/**
 * budget_wait_begin() - the current thread is about to sleep for a budget
 * @b: the budget
 * @w: the thread's
 *
 * Whoever adds to the budget, or changes its limit, after this wakes it.
 *
 * Context: process; the task's state is set.
 * Return: when there will be something, by the monotonic clock; 0: now, and it
 * does not wait.
 */
u64 budget_wait_begin(struct budget *b, struct budget_waiter *w)
{
	u64 now_ns = ktime_get_ns(), until_ns;
	unsigned long flags;

	w->task = current;
	w->began_ns = now_ns;
	raw_spin_lock_irqsave(&b->lock, flags);
	until_ns = budget_until(b, now_ns);
	if (until_ns) {
		b->nr_waiting++;
		b->began_ns += now_ns;
		list_add_tail(&w->node, &b->waiters);
	}
	raw_spin_unlock_irqrestore(&b->lock, flags);
	return until_ns;
}

/**
 * budget_wait_end() - the counterpart of budget_wait_begin()
 * @b: the budget
 * @w: the thread's
 *
 * Context: process.
 */
void budget_wait_end(struct budget *b, struct budget_waiter *w)
{
	u64 now_ns = ktime_get_ns();
	unsigned long flags;

	raw_spin_lock_irqsave(&b->lock, flags);
	/* The period that ends the wait was one of waiting. */
	if (b->limit.quota_ns)
		budget_refill(b, now_ns);
	b->nr_waiting--;
	b->began_ns -= w->began_ns;
	list_del_init(&w->node);
	b->stats.throttled_ns += now_ns - w->began_ns;
	raw_spin_unlock_irqrestore(&b->lock, flags);
}

/**
 * budget_may_tell() - is it time to tell the monitor that somebody waited?
 * @b: the budget
 *
 * Context: any.
 * Return: true at most once a second.
 */
bool budget_may_tell(struct budget *b)
{
	unsigned long flags;
	bool may;

	raw_spin_lock_irqsave(&b->lock, flags);
	may = !b->told || time_after(jiffies, b->told + HZ);
	if (may)
		b->told = jiffies ?: 1;
	raw_spin_unlock_irqrestore(&b->lock, flags);
	return may;
}
