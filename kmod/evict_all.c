// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walks: over all tasks of the host, to keep them off owned CPUs, and over
 * the notes, to give back what they had.
 *
 * In process context, one walk of a kind at a time; a task that is not seen
 * because it is just being born has its parent's mask, and its note, or is seen
 * by the probe on sched_switch.
 */
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <uapi/linux/cordon.h>

#include "affinity.h"
#include "check.h"
#include "evict.h"
#include "evicted.h"
#include "isolation.h"
#include "owner.h"

/* Walks until one finds nothing new; who forks faster is seen by the probe. */
#define EVICT_PASSES	16

/*
 * Walks over the notes: a note is seen once in each. Outside of notes' locks; a
 * transaction has it from evict_check() until the CPUs are published.
 */
static DEFINE_MUTEX(evict_notes_mutex);

/**
 * struct evict_walk - one walk over all tasks
 * @owner: the process whose tasks are of no concern, if it is not yet an owner
 * @fresh: what it is about to own
 * @force: leave who can be nowhere else
 * @foreign: room for a mask
 * @now: the same
 * @moved: masks that were changed
 * @res: what was done
 * @why: filled if it is refused; NULL: never is
 */
struct evict_walk {
	struct pid *owner;
	const struct cpumask *fresh;
	bool force;
	cpumask_var_t foreign;
	cpumask_var_t now;
	u32 moved;
	struct isolation_result *res;
	struct refusal *why;
};

/* The next task by its number in the initial namespace, with a reference. */
static struct task_struct *evict_next_task(int *nr)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	while (!task) {
		pid = idr_get_next(&init_pid_ns.idr, nr);
		if (!pid)
			break;
		++*nr;
		task = pid_task(pid, PIDTYPE_PID);
	}
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

static int evict_visit(int (*fn)(struct task_struct *task,
				 struct evict_walk *w), struct evict_walk *w)
{
	struct task_struct *task;
	int nr = 1, ret = 0;

	while (!ret && (task = evict_next_task(&nr))) {
		if (!(READ_ONCE(task->flags) & PF_EXITING))
			ret = fn(task, w);
		put_task_struct(task);
		cond_resched();
	}
	return ret;
}

static int evict_walk_init(struct evict_walk *w)
{
	if (zalloc_cpumask_var(&w->foreign, GFP_KERNEL) &&
	    zalloc_cpumask_var(&w->now, GFP_KERNEL))
		return 0;
	free_cpumask_var(w->foreign);
	return w->why ? refuse(w->why, -ENOMEM, 0, "out of memory") : -ENOMEM;
}

static void evict_walk_exit(struct evict_walk *w)
{
	free_cpumask_var(w->foreign);
	free_cpumask_var(w->now);
}

static int evict_refuse(struct evict_walk *w, struct task_struct *task, int err,
			const char *what)
{
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, task);
	w->why->tid = task_pid_nr(task);
	return refuse(w->why, err, CORDON_A_POLICY_CPU_POLICY,
		      "cpu-policy: task %u (%s) %s", w->why->tid, comm, what);
}

/**
 * evict_is_bound() - can the task be nowhere else than on these CPUs?
 * @task: the task
 * @now: its mask
 * @cpus: the CPUs
 *
 * A kernel thread is not asked: it is there for these CPUs, or for their node,
 * and counted as what it is.
 *
 * Context: any.
 * Return: true if so.
 */
bool evict_is_bound(const struct task_struct *task, const struct cpumask *now,
		    const struct cpumask *cpus)
{
	return !(task->flags & PF_KTHREAD) && cpumask_subset(now, cpus);
}

static int evict_check_task(struct task_struct *task, struct evict_walk *w)
{
	if (!cpumask_intersects(&task->cpus_mask, w->fresh) ||
	    owner_process(task) == w->owner)
		return 0;
	affinity_get_mask(task, w->now);
	owner_get_foreign(task, w->foreign);
	cpumask_or(w->foreign, w->foreign, w->fresh);
	if (!cpumask_intersects(w->now, w->fresh) ||
	    !evict_is_bound(task, w->now, w->foreign))
		return 0;
	if (!w->force)
		return evict_refuse(w, task, -EBUSY,
				    "may run nowhere else than on CPUs that the VM would own; force on leaves it there");
	evict_leave(task);
	w->res->left++;
	return 0;
}

/**
 * evict_hold_notes() - no walk over the notes until evict_let_notes_go()
 *
 * Whoever is left by force on CPUs that nobody owns yet has no need of it, as a
 * walk sees it, and would be moved off with all others once they are owned.
 *
 * Context: process.
 */
void evict_hold_notes(void)
{
	mutex_lock(&evict_notes_mutex);
}

/**
 * evict_let_notes_go() - walks may go on
 *
 * Context: process.
 */
void evict_let_notes_go(void)
{
	mutex_unlock(&evict_notes_mutex);
}

/**
 * evict_check() - is there anybody who can be nowhere else?
 * @owner: the process that is about to own CPUs
 * @fresh: which
 * @force: leave them
 * @res: counts those who are left
 * @why: filled if it is refused
 *
 * Before the CPUs are published: who looks for another CPU later is kept off.
 *
 * Context: process, between evict_hold_notes() and evict_let_notes_go().
 * Return: 0; -EBUSY, naming a task; -ENOMEM.
 */
int evict_check(struct pid *owner, const struct cpumask *fresh, bool force,
		struct isolation_result *res, struct refusal *why)
{
	struct evict_walk w = {
		.owner = owner, .fresh = fresh, .force = force, .res = res,
		.why = why,
	};
	int ret = evict_walk_init(&w);

	if (ret)
		return ret;
	ret = evict_visit(evict_check_task, &w);
	evict_walk_exit(&w);
	return ret;
}

static int evict_all_task(struct task_struct *task, struct evict_walk *w)
{
	bool moved = false;
	int ret;

	if (!evict_concerns(task, w->foreign) || !evict_may_move(task))
		return 0;
	rcu_read_lock();
	ret = evicted_is_left(task);
	rcu_read_unlock();
	if (ret)
		return 0;
	ret = evict_task(task, &moved);
	w->moved += moved;
	if (!w->why)
		return 0;
	if (ret == -ETIMEDOUT)
		return evict_refuse(w, task, ret,
				    "could not be moved off in 2 s");
	if (ret == -EINVAL)
		return evict_refuse(w, task, -EBUSY,
				    "has no other CPU that is active");
	return 0;
}

/**
 * evict_all() - move everybody off CPUs that others own
 * @res: counts those who were moved
 * @why: filled if it fails; NULL: whoever cannot be moved is left to the probe
 *
 * Context: process.
 * Return: 0; a negative errno, naming the task that cannot be moved.
 */
int evict_all(struct isolation_result *res, struct refusal *why)
{
	struct evict_walk w = { .why = why, .res = res };
	int ret = evict_walk_init(&w), pass;

	if (ret)
		return ret;
	for (pass = 0; pass < (why ? EVICT_PASSES : 1); pass++) {
		w.moved = 0;
		ret = evict_visit(evict_all_task, &w);
		res->evicted += w.moved;
		if (ret || !w.moved)
			break;
	}
	evict_walk_exit(&w);
	return ret;
}

static u32 evict_recheck_all(void)
{
	unsigned int bucket = 0, pass;
	struct evicted *e;
	u32 moved = 0;

	pass = evicted_new_pass();
	while ((e = evicted_get_next(&bucket, pass))) {
		moved += evict_recheck(e);
		evicted_put(e);
		cond_resched();
	}
	return moved;
}

/**
 * evict_give_back() - give back what nobody owns any more
 *
 * Context: process.
 * Return: how many masks were changed.
 */
u32 evict_give_back(void)
{
	u32 sum = 0, moved;
	int pass;

	mutex_lock(&evict_notes_mutex);
	for (pass = 0; pass < EVICT_PASSES; pass++) {
		moved = evict_recheck_all();
		sum += moved;
		if (!moved)
			break;
	}
	mutex_unlock(&evict_notes_mutex);
	return sum;
}

/**
 * evict_tidy() - bring all notes up to date, and drop those of no use
 *
 * For children that were born while what their parents had was given back, and
 * for masks that somebody sets who is not switched to.
 *
 * Context: process.
 */
void evict_tidy(void)
{
	mutex_lock(&evict_notes_mutex);
	evict_recheck_all();
	mutex_unlock(&evict_notes_mutex);
}

/* Is a task a child whose birth was missed? False if there was no memory. */
static bool evict_find_parent(struct task_struct *task)
{
	bool ok;

	rcu_read_lock();
	ok = evicted_note_missed(task, rcu_dereference(task->real_parent));
	ok &= evicted_note_missed(task, task->group_leader);
	rcu_read_unlock();
	return ok;
}

/**
 * evict_find_children() - look for children whose birth could not be noted
 *
 * Context: process.
 */
void evict_find_children(void)
{
	struct task_struct *task;
	bool all = true;
	int nr = 1;

	if (!evicted_take_missed())
		return;
	while ((task = evict_next_task(&nr))) {
		all &= evict_find_parent(task);
		put_task_struct(task);
		cond_resched();
	}
	if (!all)
		evicted_set_missed();
}
