// SPDX-License-Identifier: GPL-2.0-only
/*
 * Masks: commit from outside, guard from inside.
 *
 * affinity_hold() and affinity_release() act on any thread, remotely and at
 * once. The hook (a preempt notifier of the thread's own) then sees each
 * sched_in on a wrong CPU, or with a mask that allows one, before another
 * instruction of the guest or of user space runs, and asks for a safe point,
 * which comes back to affinity_hold().
 *
 * set_cpus_allowed_ptr() leaves no trace of who set a mask. What tells ours
 * from someone else's is that it is (@applied) or is not what we set last.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "affinity.h"
#include "evict.h"
#include "keepmask.h"
#include "thread.h"
#include "trace.h"
#include "vm.h"
#include "vmm.h"

/* How often a placement that someone else undoes at once is tried again. */
#define AFFINITY_TRIES 8

/**
 * affinity_alloc() - make room for a thread's masks
 * @a: zeroed
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int affinity_alloc(struct affinity *a)
{
	if (zalloc_cpumask_var(&a->found, GFP_KERNEL) &&
	    zalloc_cpumask_var(&a->applied, GFP_KERNEL) &&
	    zalloc_cpumask_var(&a->before, GFP_KERNEL) &&
	    zalloc_cpumask_var(&a->scratch, GFP_KERNEL))
		return 0;
	affinity_free(a);
	return -ENOMEM;
}

/**
 * affinity_free() - the counterpart of affinity_alloc()
 * @a: of a thread that nobody can find any more
 *
 * Context: process.
 */
void affinity_free(struct affinity *a)
{
	kfree(rcu_access_pointer(a->want));
	free_cpumask_var(a->found);
	free_cpumask_var(a->applied);
	free_cpumask_var(a->before);
	free_cpumask_var(a->scratch);
}

/**
 * affinity_wanted() - does a policy say where the thread shall be?
 * @a: the thread's
 *
 * Context: any.
 * Return: true if so.
 */
bool affinity_wanted(const struct affinity *a)
{
	return rcu_access_pointer(a->want);
}

/**
 * affinity_get_mask() - where a task may run now
 * @task: the task, with a reference
 * @mask: filled with it
 *
 * Context: any but under a runqueue lock. Whoever sets the mask holds pi_lock.
 */
void affinity_get_mask(struct task_struct *task, struct cpumask *mask)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&task->pi_lock, flags);
	cpumask_copy(mask, &task->cpus_mask);
	raw_spin_unlock_irqrestore(&task->pi_lock, flags);
}

/**
 * affinity_is_young_kthread() - a kernel thread that may be about to be bound?
 * @task: the task
 *
 * Whoever makes a kernel thread binds it, and marks it as one that nobody may
 * move, some time after (kthread_bind(), the workqueues): in between it looks
 * like one that may be anywhere, and whoever sets its mask then undoes that.
 *
 * Context: any but NMI.
 * Return: true for kernel threads of less than a second.
 */
bool affinity_is_young_kthread(const struct task_struct *task)
{
	return task->flags & PF_KTHREAD &&
	       ktime_get_ns() - task->start_time < NSEC_PER_SEC;
}

static struct affinity_want *affinity_want_of(struct cordon_thread *t)
{
	return rcu_dereference_protected(t->affinity.want,
					 lockdep_is_held(&t->lock));
}

static void affinity_set_want(struct cordon_thread *t,
			      struct affinity_want *want)
{
	struct affinity_want *old = affinity_want_of(t);

	rcu_assign_pointer(t->affinity.want, want);
	if (old)
		kfree_rcu(old, rcu);
}

static struct affinity_want *affinity_new_want(const struct cpumask *mask,
					       bool audit)
{
	struct affinity_want *want;

	want = kzalloc(offsetof(struct affinity_want, mask) + cpumask_size(),
		       GFP_KERNEL);
	if (!want)
		return NULL;
	want->audit = audit;
	cpumask_copy(&want->mask, mask);
	return want;
}

/*
 * Remember what to give back. A mask that is not what we set last is someone
 * else's and replaces what was found; but not one that the kernel chose
 * because no CPU of ours was active.
 */
static void affinity_note(struct affinity *a, const struct cpumask *now)
{
	if (!a->held)
		cpumask_copy(a->found, now);
	else if (!a->degraded && !cpumask_equal(now, a->applied))
		cpumask_copy(a->found, now);
}

/*
 * From 6.2 on the kernel intersects @mask with the mask that a user set, if
 * they overlap. If no CPU of what remains is active but one of @mask is, only
 * the active part, which does not overlap, will do.
 */
static int affinity_set(struct cordon_thread *t, const struct cpumask *mask)
{
	int ret = set_cpus_allowed_ptr(t->task, mask);

	if (ret == -EINVAL &&
	    cpumask_and(t->affinity.scratch, mask, cpu_active_mask))
		ret = set_cpus_allowed_ptr(t->task, t->affinity.scratch);
	return ret;
}

/* May it run only where it shall? Where it is then: affinity_arrives(). */
static bool affinity_fits(struct cordon_thread *t, const struct cpumask *mask)
{
	affinity_get_mask(t->task, t->affinity.scratch);
	return cpumask_subset(t->affinity.scratch, mask);
}

/* How long to wait for whoever moves the thread. */
#define AFFINITY_MOVE_MS	20

/*
 * A queued thread is moved with its mask, one that is not queued wakes up inside
 * of it: only who is on a run queue may have yet to be moved.
 */
static bool affinity_is_there(struct cordon_thread *t,
			      const struct cpumask *mask)
{
	return cpumask_test_cpu(task_cpu(t->task), mask) ||
	       (t->task != current && !READ_ONCE(t->task->on_rq));
}

/*
 * A mask is set first, and who runs outside of it is moved a moment later: by
 * someone else, the thread may still be on a wrong CPU with the right mask. It
 * must not go on there, and nobody may be told that it is where it should be.
 * Returns -EAGAIN if the mask is another one, -ETIME if nobody moves it.
 */
static int affinity_arrives(struct cordon_thread *t, const struct cpumask *mask)
{
	unsigned long until = jiffies + msecs_to_jiffies(AFFINITY_MOVE_MS);

	while (affinity_fits(t, mask)) {
		if (affinity_is_there(t, mask))
			return 0;
		if (time_after(jiffies, until))
			return -ETIME;
		usleep_range(20, 40);
	}
	return -EAGAIN;
}

/* Remember what we set; the kernel may have made it smaller. */
static void affinity_applied(struct cordon_thread *t,
			     const struct cpumask *mask)
{
	struct affinity *a = &t->affinity;

	affinity_get_mask(t->task, a->scratch);
	/* What is not within @mask is someone else's already. */
	if (!cpumask_subset(a->scratch, mask))
		cpumask_copy(a->scratch, mask);
	if (!cpumask_equal(a->scratch, a->applied)) {
		cpumask_copy(a->before, a->ever ? a->applied : a->scratch);
		cpumask_copy(a->applied, a->scratch);
	}
	a->held = true;
	a->ever = true;
}

static int affinity_place(struct cordon_thread *t, const struct cpumask *mask,
			  bool *moved)
{
	struct affinity *a = &t->affinity;
	int ret;

	/* A mask without an active CPU is replaced by the kernel at will. */
	if (a->held && !cpumask_intersects(a->applied, cpu_active_mask))
		WRITE_ONCE(a->degraded, true);
	affinity_get_mask(t->task, a->scratch);
	affinity_note(a, a->scratch);
	if (!cpumask_equal(a->scratch, mask))
		*moved = true;

	ret = affinity_set(t, mask);
	if (ret) {
		WRITE_ONCE(a->degraded,
			   !cpumask_intersects(mask, cpu_active_mask));
		return ret;
	}
	WRITE_ONCE(a->degraded, false);
	affinity_applied(t, mask);
	return 0;
}

static void affinity_give_back(struct cordon_thread *t, bool *moved)
{
	struct affinity *a = &t->affinity;

	if (!a->held)
		return;
	affinity_get_mask(t->task, a->scratch);
	/*
	 * An error means that no CPU of the old mask is active: then the
	 * kernel has nothing better than what it is now.
	 */
	if ((a->degraded || cpumask_equal(a->scratch, a->applied)) &&
	    !cpumask_equal(a->scratch, a->found) &&
	    !set_cpus_allowed_ptr(t->task, a->found))
		*moved = true;
	a->held = false;
	a->released_ns = ktime_get_ns();
	WRITE_ONCE(a->degraded, false);
}

/* A vCPU's drift is its VM's, any other thread's is the process's. */
static void affinity_count(struct cordon_thread *t, int cpu, bool audit)
{
	u64 now_ns = ktime_get_boot_fast_ns();
	struct cordon_vm *vm;

	trace_drift(t->task->pid, cpu, audit);
	atomic_long_inc(&t->drifts);
	WRITE_ONCE(t->affinity.drift_cpu, cpu);
	rcu_read_lock();
	vm = rcu_dereference(t->vm);
	drift_count(vm ? &vm->drift : &t->vmm->drift, now_ns);
	rcu_read_unlock();
}

/* cpumask_subset() without the call: this is on each switch to a thread. */
static __always_inline bool affinity_within(const struct cpumask *mask,
					    const struct cpumask *of)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nr_cpu_ids); i++)
		if (cpumask_bits(mask)[i] & ~cpumask_bits(of)[i])
			return false;
	return true;
}

/*
 * At a sched_in on a wrong CPU, or with a mask that allows one: each counts, as
 * each may be someone's doing. But nobody repairs
 * what is only audited, and nothing can be repaired until a CPU is active
 * (heal.c waits for that): then it is one drift as long as it lasts.
 */
static void affinity_drifted(struct cordon_thread *t,
			     const struct affinity_want *want, int cpu)
{
	bool repair = !want->audit &&
		      cpumask_intersects(&want->mask, cpu_active_mask);

	if (!repair && !want->audit)
		WRITE_ONCE(t->affinity.degraded, true);
	if (!repair && READ_ONCE(t->affinity.counted))
		return;
	affinity_count(t, cpu, want->audit);
	WRITE_ONCE(t->affinity.counted, true);
	if (repair || want->audit)
		thread_guard(t);
}

/* While cpusets change it is our own doing: it waits until that is over. */
static noinline void affinity_wrong(struct cordon_thread *t,
				    const struct affinity_want *want, int cpu)
{
	if (!keepmask_busy())
		affinity_drifted(t, want, cpu);
	else if (!want->audit)
		thread_guard(t);
}

/**
 * affinity_sched_in() - the thread was switched to
 * @t: the current thread, hooked
 * @cpu: where
 *
 * What is not armed is just being placed.
 *
 * Context: the hook's sched_in: atomic, an RCU reader.
 */
void affinity_sched_in(struct cordon_thread *t, int cpu)
{
	struct affinity_want *want = rcu_dereference_sched(t->affinity.want);

	if (!want || !READ_ONCE(want->armed))
		return;
	if (unlikely(!cpumask_test_cpu(cpu, &want->mask) ||
		     !affinity_within(&current->cpus_mask, &want->mask)))
		affinity_wrong(t, want, cpu);
	else if (unlikely(want->audit))
		WRITE_ONCE(t->affinity.counted, false);
}

/* It is where it should be: whatever comes now is news. */
static void affinity_settled(struct cordon_thread *t,
			     const struct cpumask *mask)
{
	WRITE_ONCE(t->affinity.degraded,
		   !cpumask_intersects(mask, cpu_active_mask));
	WRITE_ONCE(t->affinity.counted, false);
}

/*
 * Who looks counts, unless the hook has: a mask may be wrong without a
 * sched_in, and a helper has no hook.
 */
static bool affinity_check(struct cordon_thread *t,
			   const struct affinity_want *want)
{
	if (affinity_fits(t, &want->mask)) {
		affinity_settled(t, &want->mask);
		return true;
	}
	if (!READ_ONCE(t->affinity.counted)) {
		affinity_count(t, task_cpu(t->task), want->audit);
		WRITE_ONCE(t->affinity.counted, true);
	}
	return false;
}

/* While no cpuset changes: masks are what somebody wants. */
static int affinity_hold_still(struct cordon_thread *t,
			       const struct cpumask *mask, bool audit,
			       bool *moved)
{
	struct affinity_want *want = affinity_want_of(t);
	int ret, tries;

	if (!want || want->audit != audit ||
	    !cpumask_equal(&want->mask, mask)) {
		want = affinity_new_want(mask, audit);
		if (!want)
			return -ENOMEM;
		affinity_set_want(t, want);
		WRITE_ONCE(t->affinity.counted, false);
	}
	if (audit) {
		affinity_give_back(t, moved);
		WRITE_ONCE(want->armed, true);
		/* What would be moved. */
		if (!affinity_check(t, want))
			*moved = true;
		return 0;
	}
	if (want->armed)
		affinity_check(t, want);

	for (tries = 0;; tries++) {
		/* Someone else's mask within ours is theirs to choose. */
		ret = want->armed && t->affinity.held ?
		      affinity_arrives(t, mask) : -EAGAIN;
		if (ret != -EAGAIN || tries == AFFINITY_TRIES)
			break;
		ret = affinity_place(t, mask, moved);
		/* From here on the hook sees what we would not. */
		WRITE_ONCE(want->armed, true);
		if (ret)
			return ret;
	}
	if (!ret) {
		affinity_settled(t, mask);
		return 0;
	}
	/* At its own safe point it can sleep, and wake up where it should. */
	if (ret == -ETIME && t->task != current && !thread_is_helper(t))
		thread_guard(t);
	return -EAGAIN;
}

/**
 * affinity_hold() - hold a thread to a mask, or put it back
 * @t: the thread; its lock is held, its hook is on or asked for
 * @mask: where it shall be
 * @audit: only tell when it is elsewhere
 * @moved: set to true if its mask was changed or, with @audit, would be
 *
 * Context: process.
 * Return: 0; -EINVAL if no CPU of @mask is active (it is degraded then, and
 * held as soon as one is); -EAGAIN if someone else changes it all the time
 * (its hook will see to it); -ENOMEM.
 */
int affinity_hold(struct cordon_thread *t, const struct cpumask *mask,
		  bool audit, bool *moved)
{
	bool held = keepmask_hold();
	int ret = affinity_hold_still(t, mask, audit, moved);

	keepmask_let_go(held);
	return ret;
}

/**
 * affinity_release() - hold the thread no longer, and restore its mask
 * @t: the thread; its lock is held
 * @moved: set to true if its mask was changed
 *
 * Context: process.
 */
void affinity_release(struct cordon_thread *t, bool *moved)
{
	bool held;

	affinity_set_want(t, NULL);
	held = keepmask_hold();
	affinity_give_back(t, moved);
	keepmask_let_go(held);
}

/*
 * What a thread's children may have got from it: one of our masks, in place of
 * the one that was found.
 */
struct affinity_legacy {
	cpumask_var_t found;
	cpumask_var_t applied;
	cpumask_var_t before;
};

static void affinity_free_legacy(struct affinity_legacy *l)
{
	free_cpumask_var(l->found);
	free_cpumask_var(l->applied);
	free_cpumask_var(l->before);
}

static bool affinity_get_legacy(struct cordon_thread *parent,
				const struct task_struct *child,
				struct affinity_legacy *l)
{
	struct affinity *a = &parent->affinity;
	bool ever;

	memset(l, 0, sizeof(*l));
	if (!zalloc_cpumask_var(&l->found, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&l->applied, GFP_KERNEL) ||
	    !zalloc_cpumask_var(&l->before, GFP_KERNEL)) {
		affinity_free_legacy(l);
		return false;
	}
	mutex_lock(&parent->lock);
	ever = a->ever && (a->held || thread_is_older(child, a->released_ns));
	cpumask_copy(l->found, a->found);
	cpumask_copy(l->applied, a->applied);
	cpumask_copy(l->before, a->before);
	mutex_unlock(&parent->lock);
	if (!ever)
		affinity_free_legacy(l);
	return ever;
}

/* The policy may have changed between the birth and now. */
static bool affinity_is_legacy(const struct cpumask *mask, void *arg)
{
	const struct affinity_legacy *l = arg;

	return cpumask_equal(mask, l->applied) ||
	       cpumask_equal(mask, l->before);
}

/**
 * affinity_inherit() - a new thread has its parent's mask, perhaps ours
 * @t: the new thread
 * @parent: the thread that created it
 *
 * What is "as found" for the child is what was found at the parent.
 *
 * Context: process, before the thread is settled for the first time by itself.
 */
void affinity_inherit(struct cordon_thread *t, struct cordon_thread *parent)
{
	struct affinity *a = &t->affinity;
	struct affinity_legacy l;
	bool still;

	if (!affinity_get_legacy(parent, t->task, &l))
		return;
	mutex_lock(&t->lock);
	still = keepmask_hold();
	affinity_get_mask(t->task, a->scratch);
	keepmask_let_go(still);
	if (!a->held && affinity_is_legacy(a->scratch, &l)) {
		cpumask_copy(a->found, l.found);
		cpumask_copy(a->applied, a->scratch);
		cpumask_copy(a->before, a->scratch);
		a->held = true;
		a->ever = true;
	} else if (a->held && affinity_is_legacy(a->found, &l)) {
		cpumask_copy(a->found, l.found);
	}
	mutex_unlock(&t->lock);
	affinity_free_legacy(&l);
}

/**
 * affinity_disown() - the current task is a child process of a held thread
 * @parent: that thread
 *
 * It gets the mask that its parent had before cordon.
 *
 * Context: process, the child, before its first user instruction.
 */
void affinity_disown(struct cordon_thread *parent)
{
	struct affinity_legacy l;

	if (!affinity_get_legacy(parent, current, &l))
		return;
	evict_correct(current, affinity_is_legacy, &l, l.found);
	affinity_free_legacy(&l);
}
