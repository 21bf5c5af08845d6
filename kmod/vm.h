/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_VM_H
#define _CORDON_VM_H

#include <linux/refcount.h>
#include <linux/workqueue.h>

#include "bandwidth.h"
#include "guestcpu.h"
#include "kvm.h"
#include "registry.h"

struct cgroups;
struct cordon_policy;
struct cordon_vmm;
struct isolation_receipt;

/**
 * struct cordon_vm - one struct kvm
 * @node: in the hash by the struct kvm's address
 * @in_vmm: on the VMM's list
 * @reap: freed after RCU readers
 * @ref: one for the registry, one for each user and each vCPU thread
 * @id: cordon's own number, never reused
 * @kvm: weak; NULL from the moment the VM is destroyed
 * @vmm: its process, with a reference
 * @scanned: the threads that served it before its first vCPU were looked for
 * @born_ns: when it was found (ktime_get_boottime_ns())
 * @guestcpus: what was seen of its vCPUs' CPUID
 * @drift: of its vCPUs
 * @budgets: CPU time that its threads share
 * @cgroups: what was done to its cgroups, NULL if nothing; policy mutex
 * @cgroups_told: when the monitor was last told of waits there, in jiffies
 * @kept: what isolation held of CPUs that it owned and gave up; NULL if it
 *	never owned one; see isolation.c
 * @policy: what it is held to, NULL if it is not managed; written under the
 *	policy mutex
 * @confirm: goes back to @fallback when the confirm time is over; holds a
 *	reference while it is queued
 * @confirm_until: when that is, in jiffies
 * @fallback: the policy before the one that waits to be confirmed
 * @confirming: a confirm time runs; policy mutex, as the two before
 */
struct cordon_vm {
	struct hlist_node node;
	struct list_head in_vmm;
	struct reap reap;
	refcount_t ref;
	u32 id;
	struct kvm_weak kvm;
	struct cordon_vmm *vmm;
	bool scanned;
	u64 born_ns;
	struct guestcpus guestcpus;
	struct drift drift;
	struct vm_budgets budgets;
	struct cgroups *cgroups;
	unsigned long cgroups_told;
	struct isolation_receipt *kept;
	struct cordon_policy __rcu *policy;
	struct delayed_work confirm;
	unsigned long confirm_until;
	struct cordon_policy *fallback;
	bool confirming;
};

struct cordon_vm *vm_get_or_create(struct kvm *kvm, struct cordon_vmm *vmm);
struct cordon_vm *vm_get(struct cordon_vm *vm);
void vm_put(struct cordon_vm *vm);
struct cordon_vm *vm_get_by_id(u32 id);
struct cordon_vm *vm_get_next(u32 id);
struct cordon_vm *vm_get_by_process(struct task_struct *task, int *err);
void vm_kvm_destroyed(struct kvm *kvm);
void vm_bury_ended(void);
bool vm_ended(struct cordon_vm *vm);
void vm_scan(struct cordon_vm *vm, struct kvm *kvm);
void vm_scan_task(struct task_struct *task);
void vm_scan_all(void);

#endif /* _CORDON_VM_H */
