// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy wants of cgroups, said in tasks: cgroup.c knows neither VMs nor
 * threads.
 *
 * All of it under the policy mutex.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "affinity.h"
#include "cgroup.h"
#include "check.h"
#include "isolation.h"
#include "notify.h"
#include "policy.h"
#include "policy_cgroup.h"
#include "settle.h"
#include "thread.h"
#include "value.h"
#include "vm.h"
#include "vmm.h"

/* Where a vCPU may run: by the policy, or else as it is. */
static void want_cpus_of(struct cordon_vm *vm, struct cgroup_want *want,
			 const struct cgroup_member *m, struct cpumask *cpus)
{
	char comm[TASK_COMM_LEN];

	strscpy_pad(comm, m->task->comm, sizeof(comm));
	if (policy_get_cpus(want->p, m->class, m->index, comm, cpus))
		isolation_strip(vm, cpus);
	else
		affinity_get_mask(m->task, cpus);
	cpumask_or(want->cpus, want->cpus, cpus);
}

static int want_cpus(struct cordon_vm *vm, struct cgroup_want *want)
{
	cpumask_var_t cpus;
	unsigned int i;

	want->cpus = kzalloc(cpumask_size(), GFP_KERNEL);
	if (!want->cpus || !alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	for (i = 0; i < want->nr; i++)
		if (want->member[i].ours &&
		    want->member[i].class == CORDON_CLASS_VCPU)
			want_cpus_of(vm, want, &want->member[i], cpus);
	free_cpumask_var(cpus);
	/* None has run yet. */
	if (cpumask_empty(want->cpus))
		cpumask_copy(want->cpus, cpu_possible_mask);
	cpumask_and(want->cpus, want->cpus, cpu_online_mask);
	return 0;
}

/* With a reference on each task. */
static int want_members(struct cordon_vm *vm, struct cgroup_want *want)
{
	struct cordon_thread **threads;
	struct cgroup_member *m;
	unsigned int nr, i;

	threads = vmm_get_threads(vm->vmm, &nr);
	if (!threads)
		return -ENOMEM;
	want->member = kvcalloc(max(nr, 1u), sizeof(*want->member), GFP_KERNEL);
	for (i = 0; want->member && i < nr; i++) {
		m = &want->member[want->nr++];
		m->task = get_task_struct(threads[i]->task);
		m->class = settle_class(want->p, threads[i]);
		m->index = READ_ONCE(threads[i]->vcpu_index);
		m->ours = settle_governs(vm, threads[i]);
		m->held = READ_ONCE(threads[i]->schedclass.held);
	}
	vmm_put_threads(threads, nr);
	return want->member ? 0 : -ENOMEM;
}

/* What the policy mutex keeps of another VM stays after the lock. */
static void want_see_others(struct cordon_vm *vm, struct cgroup_want *want)
{
	struct cordon_vm *other;

	raw_spin_lock_irq(&registry_lock);
	want->sole = list_is_singular(&vm->vmm->vms);
	list_for_each_entry(other, &vm->vmm->vms, in_vmm)
		if (other != vm && other->cgroups)
			want->beside = other->cgroups;
	raw_spin_unlock_irq(&registry_lock);
}

/* What @p, a policy that is not audited, wants; NULL: nothing. */
static int want_get(struct cordon_vm *vm, const struct cordon_policy *p,
		    struct cgroup_want *want)
{
	*want = (struct cgroup_want){ .vm_id = vm->id };
	if (!p || policy_audits(p) || !policy_cgroup_key(p))
		return 0;
	want->p = p;
	want_see_others(vm, want);
	want->leader = get_pid_task(vm->vmm->tgid, PIDTYPE_TGID);
	return want_members(vm, want) ?: want_cpus(vm, want);
}

static void want_put(struct cgroup_want *want)
{
	unsigned int i;

	for (i = 0; i < want->nr; i++)
		put_task_struct(want->member[i].task);
	kvfree(want->member);
	kfree(want->cpus);
	if (want->leader)
		put_task_struct(want->leader);
}

/**
 * policy_cgroup_check() - can a VM have what a policy asks of cgroups?
 * @vm: the VM
 * @p: the policy, complete, and checked by check_cgroup()
 * @why: filled if not
 *
 * Context: process, policy mutex held. Changes nothing.
 * Return: 0 or a negative errno.
 */
int policy_cgroup_check(struct cordon_vm *vm, const struct cordon_policy *p,
			struct refusal *why)
{
	struct cgroup_want want;
	int ret = want_get(vm, p, &want);

	if (ret)
		ret = refuse(why, ret, 0, "out of memory");
	else if (want.p)
		ret = cgroups_plan(vm->cgroups, &want, why);
	want_put(&want);
	return ret;
}

static int cgroup_commit(struct cordon_vm *vm, const struct cordon_policy *p,
			 bool strict, struct refusal *why)
{
	struct cgroup_want want;
	int ret = want_get(vm, p, &want);

	want.strict = strict;
	if (ret)
		ret = refuse(why, ret, 0, "out of memory");
	else
		ret = cgroups_apply(&vm->cgroups, &want, why);
	want_put(&want);
	return ret;
}

/**
 * policy_cgroup_commit() - have the cgroups of a VM as a policy wants them
 * @vm: the VM
 * @p: the policy, published, or NULL
 * @why: filled if it fails
 *
 * If it fails, the policy before is to be committed by policy_cgroup_undo().
 *
 * Context: process, policy mutex held.
 * Return: 0 or a negative errno.
 */
int policy_cgroup_commit(struct cordon_vm *vm, const struct cordon_policy *p,
			 struct refusal *why)
{
	return cgroup_commit(vm, p, true, why);
}

/**
 * policy_cgroup_undo() - have the cgroups of a VM as they were before a commit
 * @vm: the VM
 * @old: the policy that it had, published, or NULL
 *
 * Context: process, policy mutex held.
 */
void policy_cgroup_undo(struct cordon_vm *vm, const struct cordon_policy *old)
{
	struct refusal why = {};

	cgroup_commit(vm, old, false, &why);
}

/**
 * policy_cgroup_thread() - the thread that a cap is about
 * @vm: the VM
 * @r: the cap
 *
 * Context: process.
 * Return: the thread, with a reference; NULL if several share it, or it ended.
 */
struct cordon_thread *policy_cgroup_thread(struct cordon_vm *vm,
					   const struct cgroup_reading *r)
{
	struct cordon_thread **threads, *t = NULL;
	unsigned int nr, i;

	if (r->cap != CORDON_CAP_VCPU && r->cap != CORDON_CAP_IOTHREAD)
		return NULL;
	threads = vmm_get_threads(vm->vmm, &nr);
	for (i = 0; threads && !t && i < nr; i++)
		if (r->cap == CORDON_CAP_VCPU ?
		    rcu_access_pointer(threads[i]->vm) == vm &&
		    threads[i]->vcpu_index == r->key :
		    task_pid_nr(threads[i]->task) == r->key)
			t = thread_get(threads[i]);
	if (threads)
		vmm_put_threads(threads, nr);
	return t;
}

/**
 * policy_cgroup_each_cap() - call a function for each cap at the cgroup level
 * @vm: the VM
 * @fn: the function, called on another thread; ends it by returning not 0
 * @arg: its second argument
 *
 * Context: process; takes the policy mutex.
 * Return: 0, what @fn returned, or -EINTR.
 */
int policy_cgroup_each_cap(struct cordon_vm *vm,
			   int (*fn)(const struct cgroup_reading *r, void *arg),
			   void *arg)
{
	int ret;

	if (!READ_ONCE(vm->cgroups))
		return 0;
	if (mutex_lock_killable(&policy_mutex))
		return -EINTR;
	ret = cgroups_each_cap(vm->cgroups, false, fn, arg);
	mutex_unlock(&policy_mutex);
	return ret;
}

static int cgroup_tell(const struct cgroup_reading *r, void *arg)
{
	struct cordon_thread *t = policy_cgroup_thread(arg, r);

	notify_cap_reading(arg, t, r);
	if (t)
		thread_put(t);
	return 0;
}

/* Who had to wait is told of at most once a second. */
static void cgroup_tell_all(struct cordon_vm *vm)
{
	if (!vm->cgroups || !notify_is_heard() ||
	    (vm->cgroups_told && time_before(jiffies, vm->cgroups_told + HZ)))
		return;
	vm->cgroups_told = jiffies ?: 1;
	cgroups_each_cap(vm->cgroups, true, cgroup_tell, vm);
}

/**
 * policy_cgroup_settle() - put threads that came meanwhile where they belong
 * @vm: the VM
 *
 * What fails is tried again the next time.
 *
 * Context: process, policy mutex held.
 */
void policy_cgroup_settle(struct cordon_vm *vm)
{
	struct cordon_policy *p = policy_of(vm);
	struct refusal why = {};

	if (vm->cgroups || (p && policy_cgroup_key(p)))
		cgroup_commit(vm, p, false, &why);
	cgroup_tell_all(vm);
}
