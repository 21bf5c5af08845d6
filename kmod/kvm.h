/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_KVM_H
#define _CORDON_KVM_H

#include <linux/compiler.h>
#include <linux/types.h>

struct file;
struct kvm;
struct kvm_cpuid_entry2;
struct kvm_vcpu;
struct module;
struct task_struct;
struct mm_struct;

/**
 * struct kvm_weak - a pointer to a struct kvm that does not keep it alive
 * @kvm: set while the VM exists, NULL from the moment it is being destroyed
 *
 * Written and followed by the kvm_weak_*() functions only.
 */
struct kvm_weak {
	struct kvm *kvm;
};

/**
 * struct kvm_found - a VM that a process has a file of
 * @kvm: the VM
 * @file: a file that pins it
 */
struct kvm_found {
	struct kvm *kvm;
	struct file *file;
};

/**
 * struct kvm_range - a piece of a guest's memory, as its VMM has it
 * @addr: in the VMM's address space
 * @bytes: how much
 */
struct kvm_range {
	unsigned long addr;
	u64 bytes;
};

void kvm_module_set(struct module *mod);
void kvm_module_clear(struct module *mod);

struct kvm_vcpu *kvm_current_vcpu(void);
struct kvm *kvm_of_vcpu(struct kvm_vcpu *vcpu);
bool kvm_hold(struct kvm *kvm);
void kvm_drop(struct kvm *kvm);
bool kvm_fits(struct kvm *kvm, struct mm_struct *mm);
bool kvm_vcpu_fits(struct kvm_vcpu *vcpu);
u32 kvm_vcpu_index(struct kvm_vcpu *vcpu);
bool kvm_vcpu_has_run(struct kvm_vcpu *vcpu);
const struct kvm_cpuid_entry2 *kvm_vcpu_cpuid(struct kvm_vcpu *vcpu, u32 *nr);
struct task_struct *kvm_get_nx_thread(struct kvm *kvm);

/* Called for a vCPU, its index and the thread that ran it last. */
typedef int (*kvm_vcpu_fn)(struct kvm_vcpu *vcpu, u32 index,
			   struct task_struct *task, void *data);

int kvm_visit_vcpu_tasks(struct kvm *kvm, kvm_vcpu_fn fn, void *data);
unsigned int kvm_find_in_task(struct task_struct *task, struct kvm_found *vms,
			      unsigned int max);

void kvm_weak_set(struct kvm_weak *weak, struct kvm *kvm);
bool kvm_weak_clear(struct kvm_weak *weak, const struct kvm *kvm);
void kvm_weak_drop(struct kvm_weak *weak);
u32 kvm_weak_nr_vcpus(struct kvm_weak *weak);
unsigned int kvm_weak_ranges(struct kvm_weak *weak, struct kvm_range *range,
			     unsigned int max);

/**
 * kvm_weak_is() - does a weak pointer still point at this VM?
 * @weak: the weak pointer
 * @kvm: the VM
 *
 * Context: any; in each KVM_RUN, so it is inline.
 * Return: true if so; a destroyed VM is never equal, even if another one was
 * created at its address.
 */
static inline bool kvm_weak_is(const struct kvm_weak *weak,
			       const struct kvm *kvm)
{
	return READ_ONCE(weak->kvm) == kvm;
}

#endif /* _CORDON_KVM_H */
