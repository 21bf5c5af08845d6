/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kvm.c reads of struct kvm and kvm_vcpu and what moved between releases.
 */
#ifndef _CORDON_COMPAT_LINUX_KVM_HOST_H
#define _CORDON_COMPAT_LINUX_KVM_HOST_H

#include_next <linux/kvm_host.h>
#include <linux/version.h>

/*
 * 6.14 made vcpu->pid a plain pointer under vcpu->pid_lock; before, it was an
 * RCU pointer.
 */
static inline struct pid *compat_vcpu_get_pid(struct kvm_vcpu *vcpu)
{
	struct pid *pid;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	read_lock(&vcpu->pid_lock);
	pid = get_pid(vcpu->pid);
	read_unlock(&vcpu->pid_lock);
#else
	rcu_read_lock();
	pid = get_pid(rcu_dereference(vcpu->pid));
	rcu_read_unlock();
#endif
	return pid;
}

/*
 * Whether the vCPU was last entered by @pid. Only compares, so that a pointer
 * which changes meanwhile does no harm.
 */
static inline bool compat_vcpu_pid_is(struct kvm_vcpu *vcpu, struct pid *pid)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return READ_ONCE(vcpu->pid) == pid;
#else
	return rcu_access_pointer(vcpu->pid) == pid;
#endif
}

/*
 * Up to 6.11 the thread that recovers huge pages is a kernel thread that only
 * struct kvm names; later it is a thread of the VMM like any other.
 */
static inline struct task_struct *compat_kvm_nx_thread(struct kvm *kvm)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return NULL;
#else
	return READ_ONCE(kvm->arch.nx_lpage_recovery_thread);
#endif
}

#endif /* _CORDON_COMPAT_LINUX_KVM_HOST_H */
