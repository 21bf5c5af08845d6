// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caps at the scheduler level: who has used up a budget waits at a safe point,
 * where it holds no lock of the kernel that a vCPU could need.
 *
 * The hook takes slices when the thread is switched to, and gives back what is
 * left, by the thread's own CPU clock, when it is switched away. One timer for
 * each CPU is armed for the end of the shortest slice that was taken there; a
 * shot that comes too early for who runs by then only arms it again. A shot at
 * the end of a slice asks for the thread's gate, a safe point of its own: there
 * it takes new slices, or sleeps until there are some.
 *
 * The sleep ends at any signal, as a kick, a stop, a tracer or the freezer must
 * not wait; what the thread uses then is debt. A vCPU's thread sleeps where it
 * enters its guest, rather than where it returns to user mode: there it may hold
 * a lock of its VMM's, for which all others would wait with it.
 */
#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/rt.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "bandwidth.h"
#include "kvm.h"
#include "thread.h"
#include "vm.h"

/*
 * What a thread may use to answer a signal before it comes back to its gate: so
 * long takes a VMM to see that its vCPU was kicked, and to stop it.
 */
#define GRACE_NS	(5 * NSEC_PER_MSEC)

/*
 * What a vCPU's thread may use to come to its guest. So long does nobody hold a
 * lock for which all others wait: who takes longer is at work.
 */
#define SPARE_NS	(20 * NSEC_PER_MSEC)

#define NEVER_NS	U64_MAX

/**
 * struct bandwidth_cpu - the timer of a CPU
 * @timer: armed for @deadline_ns or earlier
 * @thread: who runs here under a cap, while @deadline_ns is set
 * @deadline_ns: when its slice ends, by the monotonic clock
 *
 * Written by the thread that runs here with preemption disabled, and read by
 * the timer's interrupt on the same CPU.
 */
struct bandwidth_cpu {
	struct hrtimer timer;
	struct cordon_thread *thread;
	u64 deadline_ns;
};

static DEFINE_PER_CPU(struct bandwidth_cpu, bandwidth_cpus);

/* ---- the gate, asked for ---- */

static void bandwidth_ask(struct cordon_thread *t)
{
	thread_get(t);
	if (safepoint_request(t->task, &t->bandwidth.gate, TWA_RESUME))
		thread_put(t);
}

/*
 * In hard interrupt context. A timer that fires elsewhere was taken from a CPU
 * that went offline, where nobody runs.
 */
static enum hrtimer_restart bandwidth_shot(struct hrtimer *timer)
{
	struct bandwidth_cpu *c = this_cpu_ptr(&bandwidth_cpus);

	if (&c->timer != timer || c->deadline_ns == NEVER_NS)
		return HRTIMER_NORESTART;
	if (ktime_get_ns() < c->deadline_ns) {
		hrtimer_set_expires(timer, ns_to_ktime(c->deadline_ns));
		return HRTIMER_RESTART;
	}
	c->deadline_ns = NEVER_NS;
	bandwidth_ask(c->thread);
	return HRTIMER_NORESTART;
}

static void bandwidth_disarm(void)
{
	this_cpu_write(bandwidth_cpus.deadline_ns, NEVER_NS);
}

/* Preemption is disabled. */
static void bandwidth_arm(struct cordon_thread *t, u64 deadline_ns)
{
	struct bandwidth_cpu *c = this_cpu_ptr(&bandwidth_cpus);
	ktime_t deadline = ns_to_ktime(deadline_ns);

	c->thread = t;
	barrier();
	WRITE_ONCE(c->deadline_ns, deadline_ns);
	if (!hrtimer_is_queued(&c->timer) ||
	    hrtimer_get_expires(&c->timer) > deadline)
		hrtimer_start(&c->timer, deadline,
			      HRTIMER_MODE_ABS_PINNED_HARD);
}

/* ---- slices ---- */

static void caps_free(struct reap *reap)
{
	struct caps *caps = container_of(reap, struct caps, reap);

	vm_put(caps->vm);
	kfree(caps);
}

static void caps_put(struct caps *caps)
{
	if (refcount_dec_and_test(&caps->ref))
		registry_reap(&caps->reap, caps_free);
}

/* The current thread runs, and took slices. Preemption is disabled. */
static void bandwidth_run(struct cordon_thread *t, struct caps *caps,
			  u64 now_ns)
{
	struct bandwidth *bw = &t->bandwidth;

	bw->on = caps;
	bw->since_ns = now_ns;
	/* It may be ahead, see bandwidth_used(), or of before the caps. */
	bw->clock_ns = max(bw->clock_ns, current->se.sum_exec_runtime);
}

/*
 * Take slices for the current thread; with preemption disabled. Returns false
 * if there is nothing for it.
 */
static bool bandwidth_take(struct cordon_thread *t)
{
	struct bandwidth *bw = &t->bandwidth;
	u64 now_ns = ktime_get_ns();
	s64 least_ns = S64_MAX;
	struct caps *caps;
	unsigned int i;

	/* Caps without a reference are replaced already. */
	do
		caps = rcu_dereference_sched(bw->caps);
	while (caps && !refcount_inc_not_zero(&caps->ref));
	if (!caps) {
		bw->spare_ns = 0;
		return true;
	}
	for (i = 0; i < caps->nr; i++) {
		bw->slice_ns[i] = budget_take(caps->budget[i], &bw->seen[i],
					      now_ns);
		least_ns = min(least_ns, bw->slice_ns[i]);
	}
	bandwidth_run(t, caps, now_ns);
	if (least_ns > 0)
		bw->spare_ns = 0;
	/* A budget without a limit may get one at any time. */
	if (least_ns > 0)
		bandwidth_arm(t, now_ns + min_t(s64, least_ns,
						BUDGET_SLICE_MAX_NS));
	return least_ns > 0;
}

/* Give slices back, of which @used_ns was used; with preemption disabled. */
static void bandwidth_give(struct cordon_thread *t, u64 used_ns)
{
	struct bandwidth *bw = &t->bandwidth;
	struct caps *caps = bw->on;
	unsigned int i;

	bandwidth_disarm();
	bw->on = NULL;
	bw->clock_ns += used_ns;
	for (i = 0; i < caps->nr; i++)
		budget_give(caps->budget[i], bw->slice_ns[i], used_ns);
	caps_put(caps);
}

/*
 * What the current thread has used by its CPU clock. Who was charged by another
 * clock meanwhile is ahead of it.
 */
static u64 bandwidth_used(const struct cordon_thread *t)
{
	u64 clock_ns = current->se.sum_exec_runtime;

	return clock_ns - min(clock_ns, t->bandwidth.clock_ns);
}

/* The same by the monotonic clock: it has run all the time since it took. */
static u64 bandwidth_elapsed(const struct cordon_thread *t)
{
	return ktime_get_ns() - t->bandwidth.since_ns;
}

/**
 * bandwidth_sched_in() - the thread was switched to
 * @t: the current thread, hooked, that has caps
 *
 * Context: the hook's sched_in: atomic, an RCU reader.
 */
void bandwidth_sched_in(struct cordon_thread *t)
{
	struct bandwidth *bw = &t->bandwidth;

	if (bandwidth_take(t) || bw->waiting)
		return;
	if (ktime_get_ns() < bw->grace_ns)
		bandwidth_arm(t, bw->grace_ns);
	else
		bandwidth_ask(t);
}

/**
 * bandwidth_guest_in() - the thread enters its guest, in debt
 * @t: the current thread
 *
 * Context: atomic, in a probe of kvm.ko.
 */
void bandwidth_guest_in(struct cordon_thread *t)
{
	bandwidth_ask(t);
}

/**
 * bandwidth_sched_out() - the thread is being switched away
 * @t: the current thread, hooked, that took slices; the scheduler has brought
 *	its clock up to date
 *
 * Context: the hook's sched_out: under the runqueue lock.
 */
void bandwidth_sched_out(struct cordon_thread *t)
{
	bandwidth_give(t, bandwidth_used(t));
}

/**
 * bandwidth_leave() - the thread's hook comes off while it runs
 * @t: the current thread
 *
 * It may have run for a while since the scheduler looked at its clock last.
 *
 * Context: the thread itself, preemption disabled.
 */
void bandwidth_leave(struct cordon_thread *t)
{
	if (t->bandwidth.on)
		bandwidth_give(t, bandwidth_elapsed(t));
	t->bandwidth.spare_ns = 0;
}

/* ---- the gate ---- */

/*
 * What to charge in the gate: schedule() has brought the CPU clock up to date,
 * but that of a realtime thread only if it was switched away.
 */
static u64 bandwidth_due(const struct cordon_thread *t)
{
	u64 used_ns = bandwidth_used(t);

	return rt_task(current) ? max(used_ns, bandwidth_elapsed(t)) : used_ns;
}

/*
 * New slices for those that the thread has; false if there are none. If there
 * are, it waits no longer: who is switched to from here on and finds nothing
 * asks for the gate again.
 */
static bool bandwidth_again(struct cordon_thread *t)
{
	bool more;

	preempt_disable();
	if (t->bandwidth.on)
		bandwidth_give(t, bandwidth_due(t));
	more = bandwidth_take(t);
	if (more)
		WRITE_ONCE(t->bandwidth.waiting, false);
	preempt_enable();
	return more;
}

/*
 * There is something to do that must not wait: the gate comes again a little
 * later, and when the thread enters its guest.
 */
static void bandwidth_grace(struct cordon_thread *t)
{
	struct bandwidth *bw = &t->bandwidth;

	preempt_disable();
	bw->grace_ns = ktime_get_ns() + GRACE_NS;
	if (!bw->spare_ns)
		bw->spare_ns = bw->clock_ns + SPARE_NS;
	if (bw->on)
		bandwidth_arm(t, bw->grace_ns);
	WRITE_ONCE(bw->waiting, false);
	preempt_enable();
}

/*
 * The budget that keeps the thread longest of those that had no slice for it,
 * and the caps that it is of, with a reference. NULL if it is to look again.
 */
static struct budget *bandwidth_blocker(struct cordon_thread *t,
					struct caps **caps)
{
	struct bandwidth *bw = &t->bandwidth;
	u64 next_ns, until_ns = 0;
	struct budget *blocker = NULL;
	unsigned int i;

	preempt_disable();
	*caps = bw->on;
	for (i = 0; *caps && i < (*caps)->nr; i++) {
		if (bw->slice_ns[i] > 0)
			continue;
		next_ns = budget_next((*caps)->budget[i], ktime_get_ns());
		if (next_ns <= until_ns)
			continue;
		until_ns = next_ns;
		blocker = (*caps)->budget[i];
	}
	/* Others' caps by now: whoever changed them may have woken it before. */
	if (*caps != rcu_access_pointer(bw->caps))
		blocker = NULL;
	if (blocker)
		refcount_inc(&(*caps)->ref);
	preempt_enable();
	return blocker;
}

/*
 * Sleep until there may be something again. The state is set before the caps and
 * the budget are looked at: whoever changes them after that wakes the thread.
 */
static void bandwidth_sleep(struct cordon_thread *t)
{
	struct budget_waiter *waiter = &t->bandwidth.waiter;
	struct budget *blocker;
	struct caps *caps;
	ktime_t until = 0;

	set_current_state(TASK_INTERRUPTIBLE);
	blocker = bandwidth_blocker(t, &caps);
	if (blocker)
		until = ns_to_ktime(budget_wait_begin(blocker, waiter));
	if (until) {
		schedule_hrtimeout(&until, HRTIMER_MODE_ABS);
		budget_wait_end(blocker, waiter);
	}
	__set_current_state(TASK_RUNNING);
	if (!blocker)
		return;
	if (until && budget_may_tell(blocker))
		registry_events->throttled(t, caps->vm, blocker);
	caps_put(caps);
}

/*
 * Other work of the thread waits for it to leave this one. It is run right
 * after, and then the gate comes again: what was asked for is done by then.
 */
static void bandwidth_step_aside(struct cordon_thread *t)
{
	clear_notify_signal();
	WRITE_ONCE(t->bandwidth.waiting, false);
	bandwidth_ask(t);
}

/* Is it on its way to its guest, and not for too long? */
static bool bandwidth_is_spared(const struct cordon_thread *t)
{
	const struct bandwidth *bw = &t->bandwidth;
	bool inside;

	if (READ_ONCE(t->class) != CORDON_CLASS_VCPU)
		return false;
	/* So that kvm.ko does not go while it is looked into. */
	preempt_disable();
	inside = kvm_current_vcpu();
	preempt_enable();
	return !inside && (!bw->spare_ns || bw->clock_ns < bw->spare_ns);
}

/* Until the thread may go on. */
static void bandwidth_wait(struct cordon_thread *t)
{
	while (!bandwidth_again(t)) {
		if (task_sigpending(current) || bandwidth_is_spared(t)) {
			bandwidth_grace(t);
			return;
		}
		if (signal_pending(current)) {
			bandwidth_step_aside(t);
			return;
		}
		bandwidth_sleep(t);
	}
}

static void bandwidth_at_gate(struct safepoint *sp, bool exiting)
{
	struct cordon_thread *t = container_of(sp, struct cordon_thread,
					       bandwidth.gate);
	struct bandwidth *bw = &t->bandwidth;

	/* Who exits runs task work early, too: it does not wait any more. */
	exiting |= current->flags & PF_POSTCOREDUMP;
	if (!exiting && t->hooked) {
		WRITE_ONCE(bw->waiting, true);
		/* This brings the thread's CPU clock up to date. */
		schedule();
		bandwidth_wait(t);
		/*
		 * Pairs with the one in bandwidth_set_caps(): who saw the
		 * thread wait has only waked it.
		 */
		smp_mb();
		if (rcu_access_pointer(bw->caps) != READ_ONCE(bw->on))
			bandwidth_ask(t);
	}
	thread_put(t);
}

/* ---- commit ---- */

static struct caps *bandwidth_caps_of(struct cordon_thread *t)
{
	return rcu_dereference_protected(t->bandwidth.caps,
					 lockdep_is_held(&t->lock));
}

/* Whoever sleeps, or runs on slices of before or on none, looks again. */
static void bandwidth_poke(struct cordon_thread *t)
{
	if (READ_ONCE(t->bandwidth.waiting))
		wake_up_process(t->task);
	else if (READ_ONCE(t->hooked))
		bandwidth_ask(t);
}

static void bandwidth_set_caps(struct cordon_thread *t, struct caps *caps)
{
	struct caps *old = bandwidth_caps_of(t);

	rcu_assign_pointer(t->bandwidth.caps, caps);
	/* Pairs with those in bandwidth_sleep() and bandwidth_at_gate(). */
	smp_mb();
	bandwidth_poke(t);
	if (old)
		caps_put(old);
}

/* Which budgets those are. */
static void bandwidth_list(struct cordon_thread *t,
			   const struct bandwidth_want *want, struct caps *caps)
{
	struct budget *global = &want->vm->budgets.global;

	caps->vm = want->vm;
	caps->nr = 0;
	if (want->own.quota_ns)
		caps->budget[caps->nr++] = &t->bandwidth.own;
	else if (want->shared && budget_limits(want->shared))
		caps->budget[caps->nr++] = want->shared;
	if (budget_limits(global))
		caps->budget[caps->nr++] = global;
}

static bool caps_equal(const struct caps *a, const struct caps *b)
{
	return a->vm == b->vm && a->nr == b->nr &&
	       !memcmp(a->budget, b->budget, a->nr * sizeof(a->budget[0]));
}

/**
 * bandwidth_hold() - put a thread under its caps
 * @t: the thread; its lock is held, its hook is on or asked for; no helper
 * @want: what the policy wants; the limits of shared budgets are set
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int bandwidth_hold(struct cordon_thread *t, const struct bandwidth_want *want)
{
	struct caps *old = bandwidth_caps_of(t), *caps, listed = {};

	budget_set(&t->bandwidth.own, &want->own);
	bandwidth_list(t, want, &listed);
	if (!listed.nr) {
		bandwidth_release(t);
		return 0;
	}
	if (old && caps_equal(old, &listed)) {
		/* Its hook may be new. */
		if (t->task == current && !t->bandwidth.on)
			bandwidth_poke(t);
		return 0;
	}
	caps = kmemdup(&listed, sizeof(listed), GFP_KERNEL);
	if (!caps)
		return -ENOMEM;
	refcount_set(&caps->ref, 1);
	vm_get(caps->vm);
	bandwidth_set_caps(t, caps);
	return 0;
}

/**
 * bandwidth_release() - let a thread run as it will
 * @t: the thread; its lock is held
 *
 * Context: process.
 */
void bandwidth_release(struct cordon_thread *t)
{
	static const struct budget_limit none;

	budget_set(&t->bandwidth.own, &none);
	if (bandwidth_caps_of(t))
		bandwidth_set_caps(t, NULL);
}

/**
 * bandwidth_is_own() - has a thread a budget of its own, by a VM's policy?
 * @t: the thread
 * @vm: the VM
 *
 * Context: any.
 * Return: true if so.
 */
bool bandwidth_is_own(struct cordon_thread *t, const struct cordon_vm *vm)
{
	struct caps *caps;
	bool own;

	rcu_read_lock();
	caps = rcu_dereference(t->bandwidth.caps);
	own = caps && caps->vm == vm && caps->budget[0] == &t->bandwidth.own;
	rcu_read_unlock();
	return own;
}

/**
 * bandwidth_cap() - whom a budget is for
 * @t: the thread whose it is, or NULL
 * @vm: the VM
 * @b: the budget
 *
 * Context: any.
 * Return: enum cordon_cap.
 */
u32 bandwidth_cap(const struct cordon_thread *t, const struct cordon_vm *vm,
		  const struct budget *b)
{
	if (b == &vm->budgets.emulator)
		return CORDON_CAP_EMULATOR;
	if (b == &vm->budgets.migration)
		return CORDON_CAP_MIGRATION;
	if (b == &vm->budgets.global)
		return CORDON_CAP_GLOBAL;
	return READ_ONCE(t->class) == CORDON_CLASS_VCPU ? CORDON_CAP_VCPU :
							  CORDON_CAP_IOTHREAD;
}

/**
 * bandwidth_init_thread() - prepare a new thread
 * @t: the thread
 *
 * Context: process.
 */
void bandwidth_init_thread(struct cordon_thread *t)
{
	budget_init(&t->bandwidth.own);
	INIT_LIST_HEAD(&t->bandwidth.waiter.node);
	safepoint_init(&t->bandwidth.gate, bandwidth_at_gate);
}

/**
 * bandwidth_free_thread() - the counterpart of bandwidth_init_thread()
 * @t: a thread that nobody can find any more
 *
 * Context: process.
 */
void bandwidth_free_thread(struct cordon_thread *t)
{
	struct caps *caps = rcu_access_pointer(t->bandwidth.caps);

	if (caps)
		caps_put(caps);
	budget_exit(&t->bandwidth.own);
}

/**
 * bandwidth_init_vm() - prepare a new VM
 * @vm: the VM
 *
 * Context: process.
 */
void bandwidth_init_vm(struct cordon_vm *vm)
{
	budget_init(&vm->budgets.emulator);
	budget_init(&vm->budgets.migration);
	budget_init(&vm->budgets.global);
}

/**
 * bandwidth_free_vm() - the counterpart of bandwidth_init_vm()
 * @vm: a VM that nobody can find any more
 *
 * Context: process.
 */
void bandwidth_free_vm(struct cordon_vm *vm)
{
	budget_exit(&vm->budgets.emulator);
	budget_exit(&vm->budgets.migration);
	budget_exit(&vm->budgets.global);
}

/*
 * A timer that was armed when its CPU went offline was left to another CPU, and
 * would keep this one from arming it. The CPU is not active yet.
 */
static int bandwidth_cpu_online(unsigned int cpu)
{
	hrtimer_cancel(&per_cpu_ptr(&bandwidth_cpus, cpu)->timer);
	return 0;
}

static int bandwidth_state;

/**
 * bandwidth_init() - make the timers
 *
 * Context: process, before any hook.
 * Return: 0 or a negative errno.
 */
int bandwidth_init(void)
{
	struct bandwidth_cpu *c;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(&bandwidth_cpus, cpu);
		c->deadline_ns = NEVER_NS;
		hrtimer_setup(&c->timer, bandwidth_shot, CLOCK_MONOTONIC,
			      HRTIMER_MODE_ABS_PINNED_HARD);
	}
	bandwidth_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
						    "cordon:bandwidth",
						    bandwidth_cpu_online,
						    NULL);
	return bandwidth_state < 0 ? bandwidth_state : 0;
}

/**
 * bandwidth_exit() - the counterpart of bandwidth_init()
 *
 * Context: process, at module exit, when no hook is left.
 */
void bandwidth_exit(void)
{
	unsigned int cpu;

	cpuhp_remove_state_nocalls(bandwidth_state);
	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&bandwidth_cpus, cpu)->timer);
}
