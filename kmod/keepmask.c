// SPDX-License-Identifier: GPL-2.0-only
/*
 * Masks kept over a change of cpusets.
 *
 * When a cpuset changes, the kernel gives all tasks in it the cpuset's CPUs anew,
 * less what a user has left out (sched_setaffinity). Masks that the kernel or a
 * module set, cordon's among them, it forgets. So what each task had is noted
 * before, compared after, and set again. Called by partition.c, in the thread of
 * the cgroup files.
 */
#include <linux/cgroup.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "affinity.h"
#include "evicted.h"
#include "keepmask.h"
#include "thread.h"
#include "vmm.h"

/* Room for tasks that are born between counting and noting them. */
#define KEEPMASK_SPARE	64

/*
 * Whoever sets masks of managed threads reads, a change of cpusets writes:
 * nobody may take the kernel's masks for somebody's wish. Inside a thread's lock;
 * inside of it nothing but the kernel's own locks.
 *
 * A change takes the CPU hotplug lock, of which a safe point in KVM_RUN, under
 * vcpu->mutex, is the wrong side: so readers only try, and not for ever.
 */
static DECLARE_RWSEM(keepmask_sem);

/* For how long; a change takes some milliseconds for each thousand tasks. */
#define KEEPMASK_WAIT_MS	10000

/* A fork that began during a change is over by then. */
#define KEEPMASK_LATE_MS	60000

static bool at_work;
/* There was a change, and when it was over, in jiffies. */
static bool ever;
static unsigned long over_at;

/**
 * struct keepmask_note - a task and its masks
 * @task: the task, with a reference
 * @cgroup: the id of its cgroup
 */
struct keepmask_note {
	struct task_struct *task;
	u64 cgroup;
};

/**
 * struct keepmask - what all tasks had
 * @nr: how many
 * @room: notes that fit
 * @note: the notes
 * @masks: the mask of each, and what its user has chosen, cpumask_size() bytes
 *	apart
 * @now: room to work in
 * @user: the same
 */
struct keepmask {
	u32 nr;
	u32 room;
	struct keepmask_note *note;
	void *masks;
	cpumask_var_t now;
	cpumask_var_t user;
};

static struct cpumask *keepmask_of(const struct keepmask *k, u32 i)
{
	return k->masks + (size_t)i * 2 * cpumask_size();
}

static struct cpumask *keepmask_user(const struct keepmask *k, u32 i)
{
	return k->masks + ((size_t)i * 2 + 1) * cpumask_size();
}

static void keepmask_free(struct keepmask *k)
{
	while (k->nr)
		put_task_struct(k->note[--k->nr].task);
	kvfree(k->note);
	kvfree(k->masks);
	free_cpumask_var(k->now);
	free_cpumask_var(k->user);
}

static u32 keepmask_count_tasks(void)
{
	struct task_struct *p, *t;
	u32 nr = 0;

	rcu_read_lock();
	for_each_process(p)
		vmm_for_each_task(p, t)
			nr++;
	rcu_read_unlock();
	return nr;
}

static int keepmask_alloc(struct keepmask *k)
{
	memset(k, 0, sizeof(*k));
	k->room = keepmask_count_tasks();
	k->room += k->room / 4 + KEEPMASK_SPARE;
	k->note = kvcalloc(k->room, sizeof(*k->note), GFP_KERNEL);
	k->masks = kvcalloc(k->room, 2 * cpumask_size(), GFP_KERNEL);
	if (k->note && k->masks &&
	    alloc_cpumask_var(&k->now, GFP_KERNEL) &&
	    alloc_cpumask_var(&k->user, GFP_KERNEL))
		return 0;
	keepmask_free(k);
	return -ENOMEM;
}

/**
 * keepmask_cgroup() - where a task is
 * @task: the task
 *
 * Context: any, under rcu_read_lock().
 * Return: the id of its cgroup in the default hierarchy.
 */
u64 keepmask_cgroup(struct task_struct *task)
{
	return cgroup_id(task_dfl_cgroup(task));
}

static void keepmask_add(struct keepmask *k, struct task_struct *task)
{
	struct keepmask_note *note = &k->note[k->nr];

	note->task = get_task_struct(task);
	note->cgroup = keepmask_cgroup(task);
	evicted_read(task, keepmask_of(k, k->nr), keepmask_user(k, k->nr));
	k->nr++;
}

/*
 * Whom the kernel forbids to move it does not move either. Not who exits: a child
 * of his may be about to have his mask.
 */
static bool keepmask_may_move(const struct task_struct *task)
{
	return !(READ_ONCE(task->flags) & PF_NO_SETAFFINITY);
}

static void keepmask_note_all(struct keepmask *k)
{
	struct task_struct *p, *t;

	rcu_read_lock();
	for_each_process(p)
		vmm_for_each_task(p, t)
			if (keepmask_may_move(t) &&
			    !affinity_is_young_kthread(t) && k->nr < k->room)
				keepmask_add(k, t);
	rcu_read_unlock();
}

/*
 * Has the kernel only added CPUs that the change released? Then the mask was the
 * cpuset's and the user's, and it is so again.
 */
static bool keepmask_is_theirs(const struct cpumask *before,
			       const struct cpumask *now,
			       const struct cpumask *released)
{
	unsigned int cpu;

	if (!cpumask_subset(before, now))
		return false;
	for_each_cpu(cpu, now)
		if (!cpumask_test_cpu(cpu, before) &&
		    !cpumask_test_cpu(cpu, released))
			return false;
	return true;
}

/*
 * A policy holds it, or its mask is what owners have left of it: so it is no
 * cpuset's, and what was found is known, and given back by who knows it. Stable,
 * as who changes it waits.
 */
static bool keepmask_is_held(struct task_struct *task,
			     const struct cpumask *before)
{
	struct cordon_thread *t = thread_find_get(task);
	bool held = t && t->affinity.held;

	if (t)
		thread_put(t);
	return held || evicted_has(task, before);
}

/* Nobody has chosen a mask for it, nor moved it, since note @i. After a read. */
static bool keepmask_is_same(struct keepmask *k, struct task_struct *task,
			     u32 i)
{
	bool same;

	rcu_read_lock();
	same = keepmask_cgroup(task) == k->note[i].cgroup;
	rcu_read_unlock();
	return same && cpumask_equal(k->user, keepmask_user(k, i));
}

/* Set what note @i says. */
static void keepmask_restore(struct keepmask *k, u32 i,
			     const struct cpumask *released)
{
	const struct cpumask *before = keepmask_of(k, i);
	struct task_struct *task = k->note[i].task;

	/* Bound meanwhile: set_cpus_allowed_ptr() would move it all the same. */
	if (!keepmask_may_move(task))
		return;
	evicted_read(task, k->now, k->user);
	if (cpumask_equal(before, k->now) || !keepmask_is_same(k, task, i))
		return;
	if (keepmask_is_held(task, before) ||
	    !keepmask_is_theirs(before, k->now, released))
		/* Fails if no CPU of it is online: then it had none before. */
		set_cpus_allowed_ptr(task, before);
}

/**
 * keepmask_over() - do what changes cpusets, and keep all masks
 * @change: what to do
 * @arg: its argument
 * @released: CPUs that tasks may get by it
 *
 * Who was not noted for want of room has what the kernel gave it; who is born
 * meanwhile is newborn.c's.
 *
 * Context: process, in a function of cgroupfs_run().
 * Return: what @change returns, or -ENOMEM before it.
 */
int keepmask_over(int (*change)(void *arg), void *arg,
		  const struct cpumask *released)
{
	struct keepmask k;
	u32 i;
	int ret;

	ret = keepmask_alloc(&k);
	if (ret)
		return ret;
	down_write(&keepmask_sem);
	WRITE_ONCE(at_work, true);
	/* Who is not on the list yet sees that: see newborn_birth(). */
	smp_mb();
	keepmask_note_all(&k);
	ret = change(arg);
	for (i = 0; i < k.nr; i++)
		keepmask_restore(&k, i, released);
	WRITE_ONCE(over_at, jiffies);
	/* Pairs with the one in keepmask_lately(). */
	smp_store_release(&ever, true);
	/* Pairs with the one in keepmask_busy(): masks are set again by then. */
	smp_store_release(&at_work, false);
	up_write(&keepmask_sem);
	keepmask_free(&k);
	return ret;
}

/**
 * keepmask_busy() - are masks not what they shall be, just now?
 *
 * Context: any; what is seen meanwhile is no drift.
 * Return: true if so.
 */
bool keepmask_busy(void)
{
	/* Pairs with the one in keepmask_over(). */
	return smp_load_acquire(&at_work);
}

/**
 * keepmask_lately() - was a change over less than a minute ago?
 *
 * Context: any.
 * Return: true if so: a task that is born now may have been begun before.
 */
bool keepmask_lately(void)
{
	/* Pairs with the one in keepmask_over(). */
	return smp_load_acquire(&ever) &&
	       time_before(jiffies, READ_ONCE(over_at) +
				    msecs_to_jiffies(KEEPMASK_LATE_MS));
}

/**
 * keepmask_hold() - hold off changes of cpusets
 *
 * Context: process, also under a thread's lock and at safe points; waits for a
 * change that is under way.
 * Return: for keepmask_let_go(): false if that took too long; masks may be the
 * kernel's then.
 */
bool keepmask_hold(void)
{
	unsigned long until = jiffies + msecs_to_jiffies(KEEPMASK_WAIT_MS);

	while (!down_read_trylock(&keepmask_sem)) {
		if (time_after(jiffies, until))
			return false;
		usleep_range(200, 400);
	}
	return true;
}

/**
 * keepmask_let_go() - the counterpart of keepmask_hold()
 * @held: what it returned
 *
 * Context: process.
 */
void keepmask_let_go(bool held)
{
	if (held)
		up_read(&keepmask_sem);
}
