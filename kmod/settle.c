// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a thread is held to: which policy is about it, what class it is, and its
 * CPUs, scheduling class and caps by that. From outside, and at its own safe
 * points.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "isolation.h"
#include "notifier.h"
#include "policy.h"
#include "settle.h"
#include "thread.h"
#include "trace.h"
#include "vm.h"
#include "vmm.h"

/*
 * The policy that is about a thread: of its vCPU's VM, or of its process. With
 * it the VM that has it, with a reference; NULL if that is just changing.
 */
static struct cordon_policy *settle_get_policy(struct cordon_thread *t,
					       struct cordon_vm **vm)
{
	struct cordon_policy *p = NULL;

	rcu_read_lock();
	*vm = rcu_dereference(t->vm);
	if (!READ_ONCE(t->vmm->dead))
		p = *vm ? rcu_dereference((*vm)->policy) :
			  rcu_dereference(t->vmm->policy);
	if (p && !refcount_inc_not_zero(&p->ref))
		p = NULL;
	if (!*vm)
		*vm = READ_ONCE(t->vmm->owner);
	if (*vm && !refcount_inc_not_zero(&(*vm)->ref))
		*vm = NULL;
	rcu_read_unlock();
	return p;
}

static u32 settle_classify(const struct cordon_policy *p,
			   struct cordon_thread *t, const char *comm)
{
	if (thread_is_helper(t))
		return CORDON_CLASS_HELPER;
	if (thread_is_vcpu(t))
		return CORDON_CLASS_VCPU;
	return policy_class_of_name(p, comm, task_pid_nr(t->task));
}

/**
 * settle_class() - what a thread is for, by a policy
 * @p: the policy, or NULL
 * @t: the thread
 *
 * Context: process.
 * Return: enum cordon_class.
 */
u32 settle_class(const struct cordon_policy *p, struct cordon_thread *t)
{
	char comm[TASK_COMM_LEN];

	thread_name(t, comm);
	return settle_classify(p, t, comm);
}

/*
 * Where the policy wants it, less what other VMs own. What would be nothing
 * then was accepted by force.
 */
static bool settle_get_cpus(struct cordon_thread *t,
			    const struct cordon_policy *p,
			    const struct cordon_vm *vm, const char *comm,
			    struct cpumask *cpus)
{
	if (!policy_get_cpus(p, t->class, t->vcpu_index, comm, cpus))
		return false;
	if (!policy_audits(p))
		isolation_strip(vm, cpus);
	return true;
}

static int settle_cpus(struct cordon_thread *t,
		       const struct cordon_policy *p,
		       const struct cordon_vm *vm, const char *comm,
		       bool *moved)
{
	bool held = t->affinity.held;
	cpumask_var_t cpus;
	int ret = 0;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (!p || thread_is_fixed(t) ||
	    !settle_get_cpus(t, p, vm, comm, cpus)) {
		affinity_release(t, moved);
	} else {
		/* What isolation took of its mask is not what is found. */
		if (!held && !policy_audits(p))
			isolation_adopt(t->task);
		ret = notifier_want(t) ?:
		      affinity_hold(t, cpus, policy_audits(p), moved);
	}
	free_cpumask_var(cpus);
	/* And what was found may name CPUs that others own by now. */
	if (held && !t->affinity.held)
		isolation_keep_off(t->task);
	return ret;
}

static int settle_sched(struct cordon_thread *t,
			const struct cordon_policy *p, const char *comm,
			bool *moved)
{
	struct schedparam param;
	bool wanted = p && policy_get_sched(p, t->class, t->vcpu_index, comm,
					    &param);

	if (wanted && !policy_audits(p))
		return schedclass_hold(t, &param, moved);
	schedclass_release(t, moved);
	if (wanted && schedclass_differs(t->task, &param))
		*moved = true;
	return 0;
}

/* What a policy wants a thread to be under. */
static void settle_get_caps(const struct cordon_policy *p,
			    struct cordon_vm *vm, u32 class,
			    struct bandwidth_want *want)
{
	u32 cap = policy_cap_of(p, class);

	*want = (struct bandwidth_want){ .vm = vm };
	switch (cap) {
	case CORDON_CAP_VCPU:
	case CORDON_CAP_IOTHREAD:
		policy_get_limit(p, cap, &want->own);
		break;
	case CORDON_CAP_MIGRATION:
		want->shared = &vm->budgets.migration;
		break;
	case CORDON_CAP_EMULATOR:
		want->shared = &vm->budgets.emulator;
		break;
	}
}

/* cgroup.c limits it; where to, it knows. */
static bool settle_is_grouped(const struct cordon_policy *p, u32 class)
{
	struct budget_limit limit;

	if (!p || policy_audits(p) || policy_cap_by(p) != CORDON_CAP_BY_CGROUP)
		return false;
	return policy_get_limit(p, CORDON_CAP_GLOBAL, &limit) ||
	       policy_cap_of(p, class);
}

/* A helper has no safe point to wait at; cgroup.c needs none. */
static int settle_caps(struct cordon_thread *t,
		       const struct cordon_policy *p,
		       struct cordon_vm *vm)
{
	struct bandwidth_want want;

	WRITE_ONCE(t->grouped, settle_is_grouped(p, t->class));
	if (!p || !vm || policy_audits(p) || thread_is_helper(t) ||
	    policy_cap_by(p) == CORDON_CAP_BY_CGROUP) {
		bandwidth_release(t);
		return 0;
	}
	settle_get_caps(p, vm, t->class, &want);
	if (!want.own.quota_ns &&
	    !(want.shared && budget_limits(want.shared)) &&
	    !budget_limits(&vm->budgets.global)) {
		bandwidth_release(t);
		return 0;
	}
	return notifier_want(t) ?: bandwidth_hold(t, &want);
}

/* Put a thread where its policy wants it; under its lock. */
static int settle_locked(struct cordon_thread *t, bool *moved)
{
	struct cordon_vm *vm;
	struct cordon_policy *p = settle_get_policy(t, &vm);
	char comm[TASK_COMM_LEN];
	int ret, err;

	thread_name(t, comm);
	t->class = settle_classify(p, t, comm);
	ret = settle_cpus(t, p, vm, comm, moved);
	/* Someone who fights for the mask does not cost it the class. */
	if (!ret || ret == -EAGAIN)
		ret = settle_sched(t, p, comm, moved) ?: ret;
	/* Who cannot be placed must not escape its cap. */
	err = settle_caps(t, p, vm);
	ret = err ?: ret;
	if (!affinity_wanted(&t->affinity) && !bandwidth_wanted(&t->bandwidth))
		notifier_drop(t);
	policy_put(p);
	if (vm)
		vm_put(vm);
	return ret;
}

/**
 * settle_thread() - put a thread where its policy wants it
 * @t: the thread
 * @moved: set if its mask or class was changed or, in audit, would be
 *
 * Context: process; takes the thread's lock.
 * Return: 0, or a negative errno; -EAGAIN if somebody fights for its mask.
 */
int settle_thread(struct cordon_thread *t, bool *moved)
{
	bool other_class, drifted;
	long drifts;
	u32 class;
	int ret;

	mutex_lock(&t->lock);
	class = t->class;
	ret = settle_locked(t, moved);
	other_class = t->class != class;
	drifts = atomic_long_read(&t->drifts);
	drifted = drifts != t->told;
	t->told = drifts;
	mutex_unlock(&t->lock);

	if (other_class) {
		trace_thread_new(task_pid_nr(t->task), t->class,
				 t->vcpu_index);
		registry_events->thread_new(t);
	}
	if (drifted)
		registry_events->drift(t);
	return ret;
}

/**
 * settle_governs() - is it this VM's policy that the thread is under?
 * @vm: the VM
 * @t: the thread
 *
 * Context: any.
 * Return: true if so.
 */
bool settle_governs(struct cordon_vm *vm, struct cordon_thread *t)
{
	struct cordon_vm *of = rcu_access_pointer(t->vm);

	return of ? of == vm : READ_ONCE(vm->vmm->owner) == vm;
}

/**
 * settle_holds() - does a policy hold the thread, or watch it?
 * @t: the thread
 *
 * Context: any.
 * Return: true if so.
 */
bool settle_holds(struct cordon_thread *t)
{
	return affinity_wanted(&t->affinity) || t->schedclass.held ||
	       bandwidth_wanted(&t->bandwidth) || READ_ONCE(t->grouped);
}

/**
 * settle_thread_state() - how a thread fares
 * @t: the thread
 *
 * Context: process.
 * Return: enum cordon_thread_state.
 */
u32 settle_thread_state(struct cordon_thread *t)
{
	struct affinity_want *want;
	bool audit;

	if (thread_is_fixed(t))
		return CORDON_THREAD_STATE_EXEMPT;
	rcu_read_lock();
	want = rcu_dereference(t->affinity.want);
	audit = want && want->audit;
	rcu_read_unlock();
	if (audit)
		return CORDON_THREAD_STATE_AUDIT;
	if (want)
		return READ_ONCE(t->affinity.degraded) ?
		       CORDON_THREAD_STATE_DEGRADED : CORDON_THREAD_STATE_HELD;
	if (settle_holds(t))
		return CORDON_THREAD_STATE_HELD;
	return thread_detaching(t) ? CORDON_THREAD_STATE_DETACHING :
				     CORDON_THREAD_STATE_FREE;
}

static bool settle_vm_degraded(struct cordon_vm *vm)
{
	struct cordon_thread **threads;
	bool degraded = false;
	unsigned int nr, i;

	threads = vmm_get_threads(vm->vmm, &nr);
	if (!threads)
		return false;
	for (i = 0; i < nr; i++)
		if (settle_governs(vm, threads[i]))
			degraded |= READ_ONCE(threads[i]->affinity.degraded);
	vmm_put_threads(threads, nr);
	return degraded;
}

/**
 * settle_vm_state() - how a VM fares
 * @vm: the VM
 *
 * Context: process.
 * Return: enum cordon_vm_state.
 */
u32 settle_vm_state(struct cordon_vm *vm)
{
	struct cordon_policy *p = policy_get(vm);
	u32 state = CORDON_VM_STATE_OK;

	if (!p)
		return CORDON_VM_STATE_UNMANAGED;
	if (policy_audits(p))
		state = CORDON_VM_STATE_AUDIT;
	else if (settle_vm_degraded(vm))
		state = CORDON_VM_STATE_DEGRADED;
	else if (READ_ONCE(vm->confirming))
		state = CORDON_VM_STATE_PENDING;
	policy_put(p);
	return state;
}
