/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_EVICTED_H
#define _CORDON_EVICTED_H

#include <linux/cpumask.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/types.h>

/**
 * struct evicted - a note of what a task had before it was kept off owned CPUs
 * @node: in the hash by @task
 * @dead: on the list of what is to be freed
 * @rcu: freed after the probes
 * @ref: one for the hash, one for each user
 * @task: with a reference
 * @lock: what is done to the task's mask on owners' behalf. Outside: the policy
 *	mutex, isolation.c's, a thread's. Inside: the scheduler's own locks.
 * @gone: it is not in the hash any more; set under @lock, but when it exits
 * @held: @found is to be given back
 * @left: by force it is left where it was; @found is what it has
 * @adopted: a policy holds the task since it was given back what it had
 * @degraded: no CPU of @applied was active; the kernel chose a mask itself
 * @given_at: since when there is nothing to give back, in jiffies
 * @pass: the last walk over all notes that has seen it
 * @bits: room for the masks, see evicted_mask()
 *
 * The masks found, applied and before, @held, @left and @adopted are written under
 * evicted.c's raw lock; who holds @lock is the only one to write all but found.
 */
struct evicted {
	struct hlist_node node;
	struct llist_node dead;
	struct rcu_head rcu;
	refcount_t ref;
	struct task_struct *task;
	struct mutex lock; /* nesting: above */
	bool gone;
	bool held;
	bool left;
	bool adopted;
	bool degraded;
	unsigned long given_at;
	unsigned int pass;
	unsigned long bits[];
};

/**
 * enum evicted_which - a note's masks
 * @EVICTED_FOUND: the mask to give back
 * @EVICTED_APPLIED: the mask after it was set: if it is another one now,
 *	someone else has changed it
 * @EVICTED_BEFORE: the one that was set before it
 * @EVICTED_USER: what its user had chosen when @EVICTED_FOUND was found, as far
 *	as the kernel keeps that; empty: nothing
 * @EVICTED_NOW: room to work in, under the note's lock: what it has
 * @EVICTED_CHOSEN: the same: what its user has chosen by now
 * @EVICTED_FOREIGN: the same: CPUs that it must leave
 * @EVICTED_WANT: the same: what it shall have
 * @EVICTED_NARROW: the same: a part of that
 */
enum evicted_which {
	EVICTED_FOUND,
	EVICTED_APPLIED,
	EVICTED_BEFORE,
	EVICTED_USER,
	EVICTED_NOW,
	EVICTED_CHOSEN,
	EVICTED_FOREIGN,
	EVICTED_WANT,
	EVICTED_NARROW,
	EVICTED_MASKS,
};

static inline struct cpumask *evicted_mask(struct evicted *e,
					   enum evicted_which which)
{
	return to_cpumask(e->bits + which * cpumask_size() / sizeof(long));
}

bool evicted_any(void);
struct evicted *evicted_find_get(struct task_struct *task);
struct evicted *evicted_get_or_create(struct task_struct *task);
struct evicted *evicted_get_next(unsigned int *bucket, unsigned int pass);
unsigned int evicted_new_pass(void);
void evicted_put(struct evicted *e);
void evicted_drop(struct evicted *e);
void evicted_read(struct task_struct *task, struct cpumask *mask,
		  struct cpumask *user);
void evicted_set(struct evicted *e, const struct cpumask *found,
		 const struct cpumask *applied, bool left);
void evicted_follow(struct evicted *e, struct task_struct *task,
		    struct evicted *of);
void evicted_get_found(struct evicted *e, struct cpumask *found);
void evicted_clear(struct evicted *e);
void evicted_set_adopted(struct evicted *e);
bool evicted_has(struct task_struct *task, const struct cpumask *mask);
bool evicted_is_left(struct task_struct *task);
bool evicted_is_useless(const struct evicted *e);

void evicted_birth(struct task_struct *child);
void evicted_exit(struct task_struct *task);
bool evicted_note_missed(struct task_struct *task, struct task_struct *parent);
bool evicted_take_missed(void);
void evicted_set_missed(void);

int evicted_init(void);
void evicted_module_exit(void);

#endif /* _CORDON_EVICTED_H */
