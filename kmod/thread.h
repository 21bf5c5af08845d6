/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_THREAD_H
#define _CORDON_THREAD_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <uapi/linux/cordon.h>

#include "affinity.h"
#include "bandwidth.h"
#include "registry.h"
#include "safepoint.h"
#include "schedclass.h"
#include "vm.h"

struct cordon_vmm;
struct kvm_vcpu;

/**
 * struct cordon_thread - one thread of a VMM, or a helper of it
 * @node: in the hash by task
 * @in_vmm: on the VMM's list
 * @reap: freed after RCU readers
 * @ref: one for the registry, one for each user, each pending callback and
 *	the hook
 * @task: with a reference
 * @vmm: its process, with a reference
 * @renamed: the name that the probe for renames saw last; registry_lock
 * @renamed_at: when, in jiffies, until the task has that name; 0: it has
 * @dead: it exited; registry_lock
 * @vm: the VM whose vCPU it runs, with a reference; NULL if it is no vCPU.
 *	Written under @lock, freed after RCU readers.
 * @vcpu: that vCPU, only compared with
 * @vcpu_index: its index
 * @vcpu_known: its CPUID was seen, and will not change
 * @class: enum cordon_class, as it was last settled; under @lock
 * @lock: what is done to the thread. Outside: the policy mutex, and at a safe
 *	point of KVM_RUN the vcpu->mutex. Inside: registry_lock and the
 *	scheduler's own locks.
 * @guard: the safe point that settles the thread
 * @nudge: the safe point by which `off` wakes a sleeper
 * @notifier: the hook
 * @hooked: @notifier is registered; written by the thread itself only
 * @affinity: where it is held; see affinity.c
 * @bandwidth: what limits its CPU time; see bandwidth.c
 * @schedclass: its scheduling class; see schedclass.c
 * @grouped: a cgroup limits its CPU time, by its policy; under @lock
 * @drifts: how often it was found, or allowed, on a wrong CPU
 * @told: @drifts when the monitor was last told; under @lock
 */
struct cordon_thread {
	struct hlist_node node;
	struct list_head in_vmm;
	struct reap reap;
	refcount_t ref;
	struct task_struct *task;
	struct cordon_vmm *vmm;
	char renamed[TASK_COMM_LEN];
	unsigned long renamed_at;
	bool dead;
	struct cordon_vm __rcu *vm;
	struct kvm_vcpu *vcpu;
	u32 vcpu_index;
	bool vcpu_known;
	u32 class;
	struct mutex lock; /* what is done to it; nesting: above */
	struct safepoint guard;
	struct safepoint nudge;
	struct preempt_notifier notifier;
	bool hooked;
	struct affinity affinity;
	struct bandwidth bandwidth;
	struct schedclass schedclass;
	bool grouped;
	atomic_long_t drifts;
	long told;
};

struct cordon_thread *thread_add(struct cordon_vmm *vmm,
				 struct task_struct *task);
struct cordon_thread *thread_get(struct cordon_thread *t);
void thread_put(struct cordon_thread *t);
struct cordon_thread *thread_lookup(struct task_struct *task);
struct cordon_thread *thread_find_get(struct task_struct *task);

bool thread_is_vcpu(struct cordon_thread *t);
bool thread_is_helper(const struct cordon_thread *t);
bool thread_is_fixed(const struct cordon_thread *t);
void thread_set_vcpu(struct cordon_thread *t, struct cordon_vm *vm,
		     struct kvm_vcpu *vcpu, u32 index);
void thread_see_vcpu(struct cordon_thread *t, struct kvm_vcpu *vcpu);
void thread_leave_vm(struct cordon_thread *t, struct cordon_vm *vm);
struct cordon_vm *thread_get_vm(struct cordon_thread *t);
void thread_renamed(struct cordon_thread *t, const char *comm);
void thread_name(struct cordon_thread *t, char comm[TASK_COMM_LEN]);

/*
 * Whether a task got its mask and class from its parent before @then_ns. Its
 * start time is taken a little later than those are copied.
 */
static inline bool thread_is_older(const struct task_struct *task, u64 then_ns)
{
	return task->start_time < then_ns + NSEC_PER_SEC;
}

int thread_guard(struct cordon_thread *t);
int thread_nudge(struct cordon_thread *t);
bool thread_detaching(struct cordon_thread *t);

void thread_exit(struct cordon_thread *t);
void thread_forget_all(void);

/**
 * thread_runs() - is this the vCPU that the thread is known to run?
 * @t: the thread
 * @vcpu: the vCPU that it runs now
 *
 * A vCPU at a reused address is not taken for the old one: the weak pointer of
 * the old one's VM was cleared before that vCPU was freed.
 *
 * Context: any, under rcu_read_lock() or with preemption disabled; in each
 * KVM_RUN, so it is inline.
 * Return: true if so.
 */
static inline bool thread_runs(struct cordon_thread *t, struct kvm_vcpu *vcpu)
{
	struct cordon_vm *vm;

	if (READ_ONCE(t->vcpu) != vcpu)
		return false;
	vm = rcu_dereference_check(t->vm, rcu_read_lock_any_held());
	return vm && !kvm_weak_is(&vm->kvm, NULL);
}

#endif /* _CORDON_THREAD_H */
