// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: one transaction (validate, commit or roll back).
 *
 * A policy is published first and the threads are put right after: a thread
 * that is born or starts a vCPU meanwhile either is on the list by then, or
 * comes to policy_settle() by itself and finds the new policy.
 */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "confirm.h"
#include "heal.h"
#include "hookkey.h"
#include "notify.h"
#include "plan.h"
#include "policy.h"
#include "policy_cgroup.h"
#include "policy_place.h"
#include "settle.h"
#include "thread.h"
#include "trace.h"
#include "vm.h"
#include "vmm.h"

/* What cannot be applied within this time is rolled back. */
#define POLICY_TIMEOUT_MS 2000

/* One transaction at a time; its nesting stands in policy.h. */
DEFINE_MUTEX(policy_mutex);

static atomic_t nr_policies;

/**
 * policy_of() - a VM's policy
 * @vm: the VM
 *
 * Context: process, policy mutex held.
 * Return: the policy, or NULL.
 */
struct cordon_policy *policy_of(struct cordon_vm *vm)
{
	return rcu_dereference_protected(vm->policy,
					 lockdep_is_held(&policy_mutex));
}

/**
 * policy_get() - a VM's policy
 * @vm: the VM
 *
 * Context: any but NMI.
 * Return: with a reference, or NULL.
 */
struct cordon_policy *policy_get(struct cordon_vm *vm)
{
	struct cordon_policy *p;

	rcu_read_lock();
	p = rcu_dereference(vm->policy);
	if (p && !refcount_inc_not_zero(&p->ref))
		p = NULL;
	rcu_read_unlock();
	return p;
}

/*
 * A thread was found, or is at a safe point. If that fails, its hook or
 * heal.c tries again.
 */
static void policy_settle(struct cordon_thread *t)
{
	bool moved = false;

	settle_thread(t, &moved);
	/* After exec this is a thread of no VMM. */
	if (READ_ONCE(t->vmm->dead) && t->task == current)
		thread_exit(t);
}

static int policy_refuse_thread(struct cordon_thread *t, int err,
				struct refusal *why)
{
	char comm[TASK_COMM_LEN];

	thread_name(t, comm);
	why->tid = task_pid_nr(t->task);
	if (err == -ETIMEDOUT)
		return refuse(why, err, 0,
			      "thread %u (%s) did not answer in 2 s; nothing changed",
			      why->tid, comm);
	return refuse(why, err, 0,
		      "thread %u (%s) could not be placed; nothing changed",
		      why->tid, comm);
}

/*
 * Settle all threads of a VM's process. With @why, the first one under this
 * VM's policy that cannot be placed in time ends it.
 */
static int policy_settle_vm(struct cordon_vm *vm, struct policy_result *res,
			    struct refusal *why)
{
	unsigned long until = jiffies + msecs_to_jiffies(POLICY_TIMEOUT_MS);
	struct cordon_thread **threads;
	unsigned int nr, i;
	int ret = 0;

	threads = vmm_get_threads(vm->vmm, &nr);
	if (!threads)
		return why ? refuse(why, -ENOMEM, 0, "out of memory") : -ENOMEM;
	for (i = 0; i < nr; i++) {
		struct cordon_thread *t = threads[i];
		bool degraded = READ_ONCE(t->affinity.degraded);
		bool moved = false;

		ret = settle_thread(t, &moved);
		res->moved += moved;
		res->threads += settle_governs(vm, t) && settle_holds(t);
		res->uncapped += budget_limits(&vm->budgets.global) &&
				 thread_is_helper(t);
		/*
		 * Who exits meanwhile, or fights with us, is no failure, nor
		 * is who waits for a CPU to come back anyway.
		 */
		if (!why || ret == -EAGAIN || (ret == -EINVAL && degraded) ||
		    READ_ONCE(t->dead) || !settle_governs(vm, t))
			ret = 0;
		else if (!ret && time_after(jiffies, until))
			ret = -ETIMEDOUT;
		if (ret) {
			policy_refuse_thread(t, ret, why);
			break;
		}
	}
	vmm_put_threads(threads, nr);
	return ret;
}

static bool policy_get_managed(void)
{
	if (!try_module_get(THIS_MODULE))
		return false;
	hookkey_get();
	if (atomic_inc_return(&nr_policies) == 1)
		heal_start();
	return true;
}

static void policy_put_managed(void)
{
	atomic_dec(&nr_policies);
	hookkey_put();
	module_put(THIS_MODULE);
}

/**
 * policy_any() - is any VM managed?
 *
 * Context: any.
 * Return: true if so.
 */
bool policy_any(void)
{
	return atomic_read(&nr_policies);
}

/* A budget that several threads share is the VM's, not theirs. */
static void policy_set_budget(const struct cordon_policy *p, u32 cap,
			      struct budget *budget)
{
	struct budget_limit limit = {};

	if (p && !policy_audits(p) && policy_cap_by(p) == CORDON_CAP_BY_CORDON)
		policy_get_limit(p, cap, &limit);
	budget_set(budget, &limit);
}

static void policy_publish(struct cordon_vm *vm, struct cordon_policy *p)
{
	struct cordon_vmm *vmm = vm->vmm;

	policy_set_budget(p, CORDON_CAP_EMULATOR, &vm->budgets.emulator);
	policy_set_budget(p, CORDON_CAP_MIGRATION, &vm->budgets.migration);
	policy_set_budget(p, CORDON_CAP_GLOBAL, &vm->budgets.global);
	rcu_assign_pointer(vm->policy, p);
	if (p && policy_process_key(p)) {
		WRITE_ONCE(vmm->owner, vm);
		rcu_assign_pointer(vmm->policy, p);
	} else if (vmm->owner == vm) {
		WRITE_ONCE(vmm->owner, NULL);
		RCU_INIT_POINTER(vmm->policy, NULL);
	}
	/* Pairs with the one in the probe for new tasks. */
	smp_mb();
}

/* Make every thread known that the probes have not seen yet. */
static void policy_scan(struct cordon_vm *vm)
{
	struct task_struct *leader = get_pid_task(vm->vmm->tgid, PIDTYPE_TGID);

	if (leader) {
		vm_scan_task(leader);
		put_task_struct(leader);
	}
	vmm_scan(vm->vmm);
}

/*
 * To the policy before. A thread that is realtime by the one that failed cannot
 * be capped by a cgroup, nor be given its mask before it is moved there.
 */
static void policy_go_back(struct cordon_vm *vm, struct cordon_policy *old)
{
	struct policy_result undone = {};

	policy_publish(vm, old);
	policy_settle_vm(vm, &undone, NULL);
	policy_cgroup_undo(vm, old);
	policy_settle_vm(vm, &undone, NULL);
	policy_release(vm, old, &undone);
}

/**
 * policy_commit() - give a VM another policy, or none
 * @vm: the VM
 * @p: the policy, checked, of which a reference is taken; NULL: none
 * @res: filled with what was done
 * @why: filled if it fails
 *
 * Context: process, policy mutex held.
 * Return: 0, or a negative errno; then everything is as before.
 */
int policy_commit(struct cordon_vm *vm, struct cordon_policy *p,
		  struct policy_result *res, struct refusal *why)
{
	struct cordon_policy *old;
	int ret;

	old = policy_of(vm);
	if (!old && !p)
		return 0;
	if (!old && !policy_get_managed())
		return refuse(why, -ENODEV, 0, "the module is being unloaded");
	/* Others are off before the VM comes; it keeps what it leaves till then. */
	ret = p ? policy_own(vm, p, old, res, why) : 0;
	if (ret) {
		if (!old)
			policy_put_managed();
		return ret;
	}
	if (p)
		refcount_inc(&p->ref);
	policy_publish(vm, p);
	if (p)
		policy_scan(vm);
	/* Cgroups first, as a move may rewrite masks. */
	ret = policy_cgroup_commit(vm, p, why);
	/* A deletion never fails: what cannot be restored now stays. */
	if (!ret || !p)
		ret = policy_settle_vm(vm, res, p ? why : NULL);
	if (ret && p) {
		policy_go_back(vm, old);
		policy_put(p);
		if (!old)
			policy_put_managed();
		return ret;
	}
	policy_release(vm, p, res);
	policy_put(old);
	if (!p)
		policy_put_managed();
	return 0;
}

/* All that is looked at before anything changes; the policy gets its plan. */
static int policy_prepare(struct cordon_vm *vm,
			  const struct policy_request *req,
			  struct cordon_policy *p,
			  const struct cordon_policy *old, struct refusal *why)
{
	if (req->replan && !(p && policy_is_placed(p)))
		return refuse(why, -EINVAL, 0,
			      "id:%u has no cpu-policy: nothing to replan",
			      vm->id);
	if (!p)
		return 0;
	/* Whose pins are to be adopted. */
	if (policy_is_placed(p))
		policy_scan(vm);
	return policy_check(vm, p, old, why) ?:
	       plan_make(vm, p, old, req->replan, why) ?:
	       policy_check_plan(vm, p, old, why);
}

static int policy_set_locked(struct cordon_vm *vm,
			     const struct policy_request *req,
			     struct policy_result *res, struct refusal *why)
{
	struct cordon_policy *old, *p;
	int ret;

	if (vm_ended(vm))
		return refuse(why, -ENOENT, 0,
			      "no VM with id:%u any more", vm->id);
	if (vm->confirming && !req->plan)
		return refuse(why, -EBUSY, 0,
			      "a policy of this VM waits to be confirmed: policy confirm, or policy del");
	old = policy_of(vm);
	p = policy_merge(req->replace ? NULL : old, req->keys, req->reset);
	if (!p)
		return refuse(why, -ENOMEM, 0, "out of memory");
	/* All keys reset: that is no policy. */
	if (policy_is_empty(p)) {
		policy_put(p);
		p = NULL;
	}
	ret = policy_prepare(vm, req, p, old, why);
	if (!ret && p) {
		res->plan = plan_get(p->plan);
		res->audits = policy_audits(p);
	}
	if (!ret && p && req->plan)
		policy_foresee(vm, p, res);
	if (ret || req->plan || (!p && !old))
		goto out;

	if (req->confirm_s && old)
		refcount_inc(&old->ref);
	ret = policy_commit(vm, p, res, why);
	if (!ret && req->confirm_s)
		confirm_start(vm, old, req->confirm_s);
	else if (req->confirm_s)
		policy_put(old);
	if (!ret) {
		trace_policy(vm->id, CORDON_POLICY_EVENT_SET, res->moved);
		notify_policy(vm, CORDON_POLICY_EVENT_SET);
	}
out:
	policy_put(p);
	return ret;
}

/**
 * policy_set() - one transaction
 * @vm: the VM
 * @req: what is asked for
 * @res: filled with what was done
 * @why: filled if it is refused
 *
 * When it returns 0, every thread of the VM is where it should be, and nobody
 * else is on CPUs that it owns. The caller puts what @res has, if it fails too.
 *
 * Context: process.
 * Return: 0, or a negative errno; then nothing has changed.
 */
int policy_set(struct cordon_vm *vm, const struct policy_request *req,
	       struct policy_result *res, struct refusal *why)
{
	int ret;

	if (mutex_lock_killable(&policy_mutex))
		return -EINTR;
	ret = policy_set_locked(vm, req, res, why);
	mutex_unlock(&policy_mutex);
	return ret;
}

/**
 * policy_del() - delete a VM's policy and restore everything
 * @vm: the VM
 * @res: filled with what was done
 * @why: filled if there is none
 *
 * Context: process.
 * Return: 0, -ENOENT if the VM has no policy, -EINTR.
 */
int policy_del(struct cordon_vm *vm, struct policy_result *res,
	       struct refusal *why)
{
	int ret = 0;

	if (mutex_lock_killable(&policy_mutex))
		return -EINTR;
	if (!rcu_access_pointer(vm->policy) && !vm->confirming) {
		ret = refuse(why, -ENOENT, 0, "id:%u has no policy", vm->id);
	} else {
		confirm_cancel(vm);
		policy_commit(vm, NULL, res, why);
		trace_policy(vm->id, CORDON_POLICY_EVENT_DEL, res->moved);
		notify_policy(vm, CORDON_POLICY_EVENT_DEL);
	}
	mutex_unlock(&policy_mutex);
	return ret;
}

/* Kernel threads outlive a process that exec'd, but not as its helpers. */
static void policy_drop_kthreads(struct cordon_thread **threads,
				 unsigned int nr)
{
	while (nr--)
		if (threads[nr]->task->flags & PF_KTHREAD)
			thread_exit(threads[nr]);
}

/* A VM ended: its policy goes, and its threads that live are restored. */
static void policy_vm_end(struct cordon_vm *vm)
{
	struct cordon_thread **threads;
	struct policy_result res = {};
	struct refusal why = {};
	unsigned int nr, i;

	mutex_lock(&policy_mutex);
	confirm_cancel(vm);
	threads = vmm_get_threads(vm->vmm, &nr);
	for (i = 0; threads && i < nr; i++)
		thread_leave_vm(threads[i], vm);
	if (rcu_access_pointer(vm->policy))
		policy_commit(vm, NULL, &res, &why);
	else if (threads)
		for (i = 0; i < nr; i++)
			policy_settle(threads[i]);
	if (threads) {
		if (vm->vmm->dead)
			policy_drop_kthreads(threads, nr);
		vmm_put_threads(threads, nr);
	}
	mutex_unlock(&policy_mutex);
}

const struct registry_ops policy_registry_ops = {
	.settle = policy_settle,
	.vm_end = policy_vm_end,
};

/**
 * policy_settle_all() - put every thread of every managed VM right
 *
 * For what no hook sees: CPUs that come back, helpers, threads that could not
 * be placed.
 *
 * Context: process.
 */
void policy_settle_all(void)
{
	struct policy_result res = {};
	struct cordon_vm *vm;
	u32 id = 0;

	while ((vm = vm_get_next(id + 1))) {
		id = vm->id;
		if (rcu_access_pointer(vm->policy))
			policy_settle_vm(vm, &res, NULL);
		vm_put(vm);
	}
}

/**
 * policy_settle_cgroups() - the same for their cgroups
 *
 * Not if a transaction is under way: that may wait for a cgroup's memory to be
 * reclaimed, and masks must not wait for it.
 *
 * Context: process.
 */
void policy_settle_cgroups(void)
{
	struct cordon_vm *vm;
	u32 id = 0;

	while ((vm = vm_get_next(id + 1))) {
		id = vm->id;
		if (mutex_trylock(&policy_mutex)) {
			policy_cgroup_settle(vm);
			mutex_unlock(&policy_mutex);
		}
		vm_put(vm);
	}
}
