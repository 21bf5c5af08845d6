// SPDX-License-Identifier: GPL-2.0-only
/*
 * The threads of VMMs: found by a scan or by the probe for new tasks, gone
 * with the probe for exits. Each is found by its task under RCU.
 */
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "kvm.h"
#include "notifier.h"
#include "thread.h"
#include "trace.h"
#include "vm.h"
#include "vmm.h"

static DEFINE_HASHTABLE(thread_hash, 12);

/**
 * thread_lookup() - a task's thread object
 * @task: the task
 *
 * Context: any, under rcu_read_lock() or with preemption disabled.
 * Return: the thread, valid under RCU, or NULL.
 */
struct cordon_thread *thread_lookup(struct task_struct *task)
{
	struct cordon_thread *t;

	hash_for_each_possible_rcu(thread_hash, t, node, (unsigned long)task,
				   lockdep_is_held(&registry_lock) ||
				   rcu_read_lock_any_held())
		if (t->task == task)
			return t;
	return NULL;
}

/**
 * thread_find_get() - a task's thread object, to keep
 * @task: the task
 *
 * Context: any but NMI.
 * Return: with a reference, or NULL.
 */
struct cordon_thread *thread_find_get(struct task_struct *task)
{
	struct cordon_thread *t;

	rcu_read_lock();
	t = thread_lookup(task);
	if (t && !refcount_inc_not_zero(&t->ref))
		t = NULL;
	rcu_read_unlock();
	return t;
}

/**
 * thread_get() - take one more reference
 * @t: the thread
 *
 * Context: any.
 * Return: @t.
 */
struct cordon_thread *thread_get(struct cordon_thread *t)
{
	refcount_inc(&t->ref);
	return t;
}

static void thread_free(struct reap *reap)
{
	struct cordon_thread *t = container_of(reap, struct cordon_thread,
					       reap);
	struct cordon_vm *vm = rcu_access_pointer(t->vm);

	if (vm)
		vm_put(vm);
	bandwidth_free_thread(t);
	affinity_free(&t->affinity);
	put_task_struct(t->task);
	vmm_put(t->vmm);
	kfree(t);
}

/**
 * thread_put() - give a reference back
 * @t: the thread
 *
 * Context: any but NMI.
 */
void thread_put(struct cordon_thread *t)
{
	if (refcount_dec_and_test(&t->ref))
		registry_reap(&t->reap, thread_free);
}

/* In the thread itself. One that was found late may exit with its hook on. */
static void thread_at_safe_point(struct cordon_thread *t, bool exiting)
{
	if (exiting)
		notifier_unhook(t);
	else
		registry_ops->settle(t);
	thread_put(t);
}

static void thread_at_guard(struct safepoint *sp, bool exiting)
{
	thread_at_safe_point(container_of(sp, struct cordon_thread, guard),
			     exiting);
}

static void thread_at_nudge(struct safepoint *sp, bool exiting)
{
	thread_at_safe_point(container_of(sp, struct cordon_thread, nudge),
			     exiting);
}

static struct cordon_thread *thread_alloc(struct cordon_vmm *vmm,
					  struct task_struct *task)
{
	struct cordon_thread *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	if (affinity_alloc(&t->affinity)) {
		kfree(t);
		return NULL;
	}
	refcount_set(&t->ref, 2);
	t->task = get_task_struct(task);
	t->vmm = vmm_get(vmm);
	mutex_init(&t->lock);
	safepoint_init(&t->guard, thread_at_guard);
	safepoint_init(&t->nudge, thread_at_nudge);
	bandwidth_init_thread(t);
	notifier_init(t);
	return t;
}

/**
 * thread_add() - make a task known as a thread of a VMM
 * @vmm: the VMM
 * @task: the task, with a reference
 *
 * Context: process.
 * Return: the thread with a reference (it may have been known before); NULL if
 * it or the VMM is going, or memory is short.
 */
struct cordon_thread *thread_add(struct cordon_vmm *vmm,
				 struct task_struct *task)
{
	struct cordon_thread *t = thread_find_get(task), *known;
	bool dead;

	if (t)
		return t;
	t = thread_alloc(vmm, task);
	if (!t)
		return NULL;

	raw_spin_lock(&registry_lock);
	known = thread_lookup(task);
	dead = vmm->dead;
	if (known) {
		refcount_inc(&known->ref);
	} else if (!dead) {
		hash_add_rcu(thread_hash, &t->node, (unsigned long)task);
		list_add_tail(&t->in_vmm, &vmm->threads);
		vmm->nr_threads++;
	}
	raw_spin_unlock(&registry_lock);
	if (known || dead) {
		thread_free(&t->reap);
		return known;
	}
	registry_changed();

	/*
	 * A task that has passed the exit probe before the insertion was not
	 * seen by it. PF_EXITING is set before that probe: one of the two
	 * sides sees the other.
	 */
	smp_mb();
	if (READ_ONCE(task->flags) & PF_EXITING) {
		/*
		 * It may have found itself meanwhile, and have its hook on:
		 * the exit probe would not find it any more. Its last work
		 * does, and if that is over, so was the probe before.
		 */
		if (!thread_is_helper(t))
			thread_guard(t);
		thread_exit(t);
		thread_put(t);
		return NULL;
	}
	return t;
}

/**
 * thread_is_vcpu() - does the thread run a vCPU?
 * @t: the thread
 *
 * Context: any.
 * Return: true if so.
 */
bool thread_is_vcpu(struct cordon_thread *t)
{
	return rcu_access_pointer(t->vm);
}

/**
 * thread_is_helper() - is it a kernel-side thread?
 * @t: the thread
 *
 * Such a thread has no safe points.
 *
 * Context: any.
 * Return: true if so.
 */
bool thread_is_helper(const struct cordon_thread *t)
{
	return t->task->flags & (PF_KTHREAD | PF_USER_WORKER | PF_IO_WORKER);
}

/**
 * thread_is_fixed() - is it a thread whose mask is not ours to touch?
 * @t: the thread
 *
 * Context: any.
 * Return: true if the kernel forbids changes of its mask, or it is a kernel
 * thread bound to one CPU.
 */
bool thread_is_fixed(const struct cordon_thread *t)
{
	if (t->task->flags & PF_NO_SETAFFINITY)
		return true;
	return (t->task->flags & PF_KTHREAD) && t->task->nr_cpus_allowed == 1 &&
	       !t->affinity.held && nr_cpu_ids > 1;
}

/**
 * thread_set_vcpu() - the thread runs this vCPU now
 * @t: the thread
 * @vm: the VM
 * @vcpu: the vCPU
 * @index: its index
 *
 * Context: process.
 */
void thread_set_vcpu(struct cordon_thread *t, struct cordon_vm *vm,
		     struct kvm_vcpu *vcpu, u32 index)
{
	struct cordon_vm *old;

	mutex_lock(&t->lock);
	old = rcu_dereference_protected(t->vm, lockdep_is_held(&t->lock));
	if (old != vm)
		rcu_assign_pointer(t->vm, vm_get(vm));
	t->vcpu_index = index;
	guestcpu_expect(&vm->guestcpus, index);
	WRITE_ONCE(t->vcpu_known, false);
	WRITE_ONCE(t->vcpu, vcpu);
	mutex_unlock(&t->lock);
	if (old && old != vm)
		vm_put(old);
}

/**
 * thread_see_vcpu() - the thread runs its vCPU: look at its CPUID
 * @t: the current thread
 * @vcpu: the vCPU; thread_runs() says that it is the one
 *
 * Context: inside KVM_RUN, with preemption disabled.
 */
void thread_see_vcpu(struct cordon_thread *t, struct kvm_vcpu *vcpu)
{
	struct cordon_vm *vm;

	vm = rcu_dereference_check(t->vm, rcu_read_lock_any_held());
	if (vm && guestcpu_see(&vm->guestcpus, vcpu))
		WRITE_ONCE(t->vcpu_known, true);
}

/**
 * thread_leave_vm() - the VM ended: the thread runs no vCPU of it any more
 * @t: the thread
 * @vm: the VM
 *
 * Context: process.
 */
void thread_leave_vm(struct cordon_thread *t, struct cordon_vm *vm)
{
	bool mine;

	mutex_lock(&t->lock);
	mine = rcu_access_pointer(t->vm) == vm;
	if (mine) {
		WRITE_ONCE(t->vcpu, NULL);
		RCU_INIT_POINTER(t->vm, NULL);
	}
	mutex_unlock(&t->lock);
	if (mine)
		vm_put(vm);
}

/**
 * thread_get_vm() - the VM whose vCPU a thread runs
 * @t: the thread
 *
 * Context: any but NMI.
 * Return: with a reference; NULL if it is no vCPU.
 */
struct cordon_vm *thread_get_vm(struct cordon_thread *t)
{
	struct cordon_vm *vm;

	rcu_read_lock();
	vm = rcu_dereference(t->vm);
	if (vm && !refcount_inc_not_zero(&vm->ref))
		vm = NULL;
	rcu_read_unlock();
	return vm;
}

/**
 * thread_renamed() - the thread gets a new name
 * @t: the thread
 * @comm: the name, which the task itself may get only after this
 *
 * Context: atomic, probe.
 */
void thread_renamed(struct cordon_thread *t, const char *comm)
{
	raw_spin_lock(&registry_lock);
	strscpy_pad(t->renamed, comm, sizeof(t->renamed));
	t->renamed_at = jiffies ?: 1;
	raw_spin_unlock(&registry_lock);
}

/**
 * thread_name() - the thread's name
 * @t: the thread
 * @comm: filled with it
 *
 * A probe tells of a rename just before it is done; what it tells counts for
 * that while. It tells nothing of a thread that is not known yet, nor of the
 * name that a vhost worker gets after its birth: so the task's own name counts
 * else.
 *
 * Context: any but NMI.
 */
void thread_name(struct cordon_thread *t, char comm[TASK_COMM_LEN])
{
	raw_spin_lock(&registry_lock);
	strscpy_pad(comm, t->task->comm, TASK_COMM_LEN);
	if (t->renamed_at && (!strcmp(comm, t->renamed) ||
			      time_after(jiffies, t->renamed_at + HZ)))
		t->renamed_at = 0;
	if (t->renamed_at)
		memcpy(comm, t->renamed, TASK_COMM_LEN);
	raw_spin_unlock(&registry_lock);
}

/**
 * thread_guard() - settle the thread at its next safe point
 * @t: the thread; no helper
 *
 * Context: any but NMI and sched_out.
 * Return: as safepoint_request(), but 0 where a pending run will do.
 */
int thread_guard(struct cordon_thread *t)
{
	int ret;

	thread_get(t);
	ret = safepoint_request(t->task, &t->guard, TWA_RESUME);
	if (ret)
		thread_put(t);
	return ret == -EALREADY ? 0 : ret;
}

/**
 * thread_nudge() - settle the thread now, even if it sleeps interruptibly
 * @t: the thread; no helper
 *
 * A system call of it may return EINTR.
 *
 * Context: process.
 * Return: as thread_guard().
 */
int thread_nudge(struct cordon_thread *t)
{
	int ret;

	thread_get(t);
	ret = safepoint_request(t->task, &t->nudge, TWA_SIGNAL);
	if (ret)
		thread_put(t);
	return ret == -EALREADY ? 0 : ret;
}

/**
 * thread_detaching() - does a hook or callback wait for a safe point, though
 * no policy names the thread?
 * @t: the thread
 *
 * Context: any.
 * Return: true if so.
 */
bool thread_detaching(struct cordon_thread *t)
{
	return !affinity_wanted(&t->affinity) &&
	       !bandwidth_wanted(&t->bandwidth) &&
	       (READ_ONCE(t->hooked) || safepoint_queued(&t->guard) ||
		safepoint_queued(&t->nudge) ||
		safepoint_queued(&t->bandwidth.gate));
}

/**
 * thread_exit() - the thread is exiting, or was found to be
 * @t: the thread
 *
 * Its pending callbacks run, or are run by exit_task_work(), and drop their
 * references; the last one frees it.
 *
 * Context: any but NMI; the exit probe calls it in the thread itself.
 */
void thread_exit(struct cordon_thread *t)
{
	bool first;

	raw_spin_lock(&registry_lock);
	first = !t->dead;
	t->dead = true;
	if (first) {
		hash_del_rcu(&t->node);
		list_del(&t->in_vmm);
		t->vmm->nr_threads--;
	}
	raw_spin_unlock(&registry_lock);
	if (t->task == current)
		notifier_unhook(t);
	if (first) {
		registry_changed();
		thread_put(t);
	}
}

/**
 * thread_forget_all() - drop every thread, also of VMMs that ended
 *
 * Context: process, at module exit, when none of them is hooked.
 */
void thread_forget_all(void)
{
	struct cordon_thread *t;
	struct hlist_node *tmp;
	int bkt;

	/* Nothing adds to the hash any more, and nobody else takes off it. */
	hash_for_each_safe(thread_hash, bkt, tmp, t, node) {
		thread_get(t);
		thread_exit(t);
		thread_put(t);
	}
}
