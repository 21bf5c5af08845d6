// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMs: one for each struct kvm that was seen.
 *
 * A VM is found at its first KVM_RUN (sighting.c), by a scan of all processes
 * when the module is loaded or kvm.ko comes, and by a scan of one process when
 * a policy names it. It ends when its struct kvm is destroyed (a kprobe clears
 * the weak pointer) or its process exits or execs; the registry's worker then
 * takes it off the lists.
 */
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/xarray.h>

#include "confirm.h"
#include "isolation.h"
#include "thread.h"
#include "trace.h"
#include "vm.h"
#include "vmm.h"

/* How many VMs of one process a scan finds. */
#define VM_SCAN_MAX 64

static DEFINE_HASHTABLE(vm_hash, 8);
/* By id, so that a dump can go on where it was. */
static DEFINE_XARRAY(vms);
static atomic_t last_id;

static struct cordon_vm *vm_lookup(const struct kvm *kvm)
{
	struct cordon_vm *vm;

	hash_for_each_possible_rcu(vm_hash, vm, node, (unsigned long)kvm,
				   lockdep_is_held(&registry_lock))
		if (kvm_weak_is(&vm->kvm, kvm))
			return vm;
	return NULL;
}

static struct cordon_vm *vm_find_get(const struct kvm *kvm)
{
	struct cordon_vm *vm;

	rcu_read_lock();
	vm = vm_lookup(kvm);
	if (vm && !refcount_inc_not_zero(&vm->ref))
		vm = NULL;
	rcu_read_unlock();
	return vm;
}

static struct cordon_vm *vm_alloc(struct kvm *kvm, struct cordon_vmm *vmm)
{
	struct cordon_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);

	if (!vm)
		return NULL;
	vm->id = atomic_inc_return(&last_id);
	if (xa_reserve(&vms, vm->id, GFP_KERNEL)) {
		kfree(vm);
		return NULL;
	}
	refcount_set(&vm->ref, 2);
	kvm_weak_set(&vm->kvm, kvm);
	vm->vmm = vmm_get(vmm);
	vm->born_ns = ktime_get_boottime_ns();
	guestcpu_init(&vm->guestcpus);
	confirm_init(vm);
	bandwidth_init_vm(vm);
	return vm;
}

static void vm_free(struct reap *reap)
{
	struct cordon_vm *vm = container_of(reap, struct cordon_vm, reap);

	bandwidth_free_vm(vm);
	isolation_free_vm(vm);
	guestcpu_free(&vm->guestcpus);
	vmm_put(vm->vmm);
	kfree(vm);
}

/**
 * vm_get_or_create() - the VM of a struct kvm
 * @kvm: pinned by the caller, so that it is not destroyed before it is found
 * @vmm: the process it belongs to
 *
 * Context: process.
 * Return: with a reference; NULL if the process is going or memory is short.
 */
struct cordon_vm *vm_get_or_create(struct kvm *kvm, struct cordon_vmm *vmm)
{
	struct cordon_vm *vm = vm_find_get(kvm), *known;
	bool dead;

	if (vm)
		return vm;
	vm = vm_alloc(kvm, vmm);
	if (!vm)
		return NULL;

	raw_spin_lock(&registry_lock);
	known = vm_lookup(kvm);
	dead = vmm->dead;
	if (known) {
		refcount_inc(&known->ref);
	} else if (!dead) {
		hash_add_rcu(vm_hash, &vm->node, (unsigned long)kvm);
		list_add_tail(&vm->in_vmm, &vmm->vms);
	}
	raw_spin_unlock(&registry_lock);
	if (known || dead) {
		xa_release(&vms, vm->id);
		vm_free(&vm->reap);
		return known;
	}

	xa_store(&vms, vm->id, vm, GFP_KERNEL);
	registry_changed();
	trace_vm_new(vm->id, pid_nr(vmm->tgid));
	registry_events->vm_new(vm);
	/* The process may have ended between the lists and the xarray. */
	smp_mb();
	if (READ_ONCE(vmm->dead))
		registry_bury();
	return vm;
}

/**
 * vm_get() - take one more reference
 * @vm: the VM
 *
 * Context: any.
 * Return: @vm.
 */
struct cordon_vm *vm_get(struct cordon_vm *vm)
{
	refcount_inc(&vm->ref);
	return vm;
}

/**
 * vm_put() - give a reference back
 * @vm: the VM
 *
 * Context: any but NMI.
 */
void vm_put(struct cordon_vm *vm)
{
	if (refcount_dec_and_test(&vm->ref))
		registry_reap(&vm->reap, vm_free);
}

/**
 * vm_get_next() - the VM with the lowest id that is not below @id
 * @id: where to begin
 *
 * Context: any but NMI.
 * Return: with a reference, or NULL.
 */
struct cordon_vm *vm_get_next(u32 id)
{
	unsigned long index = id;
	struct cordon_vm *vm;

	rcu_read_lock();
	vm = xa_find(&vms, &index, ULONG_MAX, XA_PRESENT);
	while (vm && (vm_ended(vm) || !refcount_inc_not_zero(&vm->ref)))
		vm = xa_find_after(&vms, &index, ULONG_MAX, XA_PRESENT);
	rcu_read_unlock();
	return vm;
}

/**
 * vm_get_by_id() - the VM with this id
 * @id: cordon's own number
 *
 * Context: any but NMI.
 * Return: with a reference, or NULL.
 */
struct cordon_vm *vm_get_by_id(u32 id)
{
	struct cordon_vm *vm = vm_get_next(id);

	if (vm && vm->id != id) {
		vm_put(vm);
		return NULL;
	}
	return vm;
}

/**
 * vm_get_by_process() - the one VM of a process
 * @task: any thread of it, with a reference
 * @err: set to -ENOENT if it has none, -ENOTUNIQ if it has several
 *
 * Looks at its file descriptors, so that a VM is found before a vCPU has run.
 *
 * Context: process.
 * Return: with a reference, or NULL.
 */
struct cordon_vm *vm_get_by_process(struct task_struct *task, int *err)
{
	struct cordon_vm *vm, *found = NULL;
	struct cordon_vmm *vmm;

	vm_scan_task(task);
	*err = -ENOENT;
	vmm = vmm_find_get(task_tgid(task));
	if (!vmm)
		return NULL;
	raw_spin_lock(&registry_lock);
	list_for_each_entry(vm, &vmm->vms, in_vmm) {
		if (vm_ended(vm))
			continue;
		*err = found ? -ENOTUNIQ : 0;
		found = vm;
		if (*err)
			break;
	}
	if (*err || !refcount_inc_not_zero(&found->ref))
		found = NULL;
	raw_spin_unlock(&registry_lock);
	vmm_put(vmm);
	return found;
}

/**
 * vm_ended() - is the VM gone, even if not yet buried?
 * @vm: the VM
 *
 * Context: any.
 * Return: true if it will never run again.
 */
bool vm_ended(struct cordon_vm *vm)
{
	return kvm_weak_is(&vm->kvm, NULL) || READ_ONCE(vm->vmm->dead);
}

/**
 * vm_kvm_destroyed() - a struct kvm is being destroyed
 * @kvm: which; never looked into
 *
 * Context: kprobe handler, NMI-like.
 */
void vm_kvm_destroyed(struct kvm *kvm)
{
	struct cordon_vm *vm;
	bool ours = false;

	rcu_read_lock();
	hash_for_each_possible_rcu(vm_hash, vm, node, (unsigned long)kvm)
		ours |= kvm_weak_clear(&vm->kvm, kvm);
	rcu_read_unlock();
	if (ours)
		registry_bury();
}

static void vm_bury(struct cordon_vm *vm)
{
	/* A VM whose process ended may outlive it, and is not found then. */
	kvm_weak_drop(&vm->kvm);
	raw_spin_lock(&registry_lock);
	hash_del_rcu(&vm->node);
	list_del(&vm->in_vmm);
	raw_spin_unlock(&registry_lock);
	xa_erase(&vms, vm->id);
	registry_changed();

	registry_ops->vm_end(vm);
	trace_vm_del(vm->id, pid_nr(vm->vmm->tgid));
	registry_events->vm_del(vm);
	vm_put(vm);
}

/**
 * vm_bury_ended() - take the VMs that ended off the lists
 *
 * Context: process, the registry's worker only: so no VM is buried twice.
 */
void vm_bury_ended(void)
{
	struct cordon_vm *vm;
	unsigned long index;

	xa_for_each(&vms, index, vm)
		if (vm_ended(vm))
			vm_bury(vm);
}

static int vm_scan_vcpu(struct kvm_vcpu *vcpu, u32 index,
			struct task_struct *task, void *data)
{
	struct cordon_vm *vm = data;
	struct cordon_thread *t;

	if (task_tgid(task) != vm->vmm->tgid)
		return 0;
	t = thread_add(vm->vmm, task);
	if (!t)
		return 0;
	/* Who runs a vCPU already was seen by the probe, or ran this one. */
	if (!thread_is_vcpu(t)) {
		thread_set_vcpu(t, vm, vcpu, index);
		registry_ops->settle(t);
	}
	thread_put(t);
	return 0;
}

/**
 * vm_scan() - find the threads that run, or ran, a VM's vCPUs
 * @vm: the VM
 * @kvm: its struct kvm, pinned by the caller
 *
 * Context: process.
 */
void vm_scan(struct cordon_vm *vm, struct kvm *kvm)
{
	struct task_struct *nx = kvm_get_nx_thread(kvm);

	kvm_visit_vcpu_tasks(kvm, vm_scan_vcpu, vm);
	if (nx) {
		struct cordon_thread *t = thread_add(vm->vmm, nx);

		if (t) {
			registry_ops->settle(t);
			thread_put(t);
		}
		put_task_struct(nx);
	}
}

static void vm_scan_kvm(struct task_struct *task, struct kvm *kvm)
{
	struct cordon_vmm *vmm;
	struct cordon_vm *vm;

	/* Someone else's VM, whose descriptor this process only inherited? */
	if (!kvm_fits(kvm, vmm_mm(task)))
		return;
	vmm = vmm_get_or_create(task);
	if (!vmm)
		return;
	vm = vm_get_or_create(kvm, vmm);
	if (vm) {
		vm_scan(vm, kvm);
		vmm_scan(vmm);
		vm_put(vm);
	}
	vmm_put(vmm);
}

/**
 * vm_scan_task() - find the VMs of a process by its file descriptors
 * @task: any of its threads, with a reference
 *
 * Context: process.
 */
void vm_scan_task(struct task_struct *task)
{
	struct kvm_found *found;
	unsigned int nr;

	found = kmalloc_array(VM_SCAN_MAX, sizeof(*found), GFP_KERNEL);
	if (!found)
		return;
	nr = kvm_find_in_task(task, found, VM_SCAN_MAX);
	while (nr--) {
		vm_scan_kvm(task, found[nr].kvm);
		fput(found[nr].file);
	}
	kfree(found);
}

static unsigned int vm_snapshot_processes(struct task_struct **tasks,
					  unsigned int max)
{
	struct task_struct *p, *t;
	unsigned int nr = 0;

	rcu_read_lock();
	for_each_process(p) {
		/* The leader may have exited; any thread has the files. */
		vmm_for_each_task(p, t) {
			if (t->flags & PF_KTHREAD || !READ_ONCE(t->files))
				continue;
			if (nr < max)
				tasks[nr] = get_task_struct(t);
			nr++;
			break;
		}
	}
	rcu_read_unlock();
	return nr;
}

/**
 * vm_scan_all() - find the VMs that already exist
 *
 * Context: process, once the probes are on, so that none is missed.
 */
void vm_scan_all(void)
{
	struct task_struct **tasks;
	unsigned int max = 512, nr, i;

	for (;;) {
		tasks = kvmalloc_array(max, sizeof(*tasks), GFP_KERNEL);
		if (!tasks)
			return;
		nr = vm_snapshot_processes(tasks, max);
		for (i = 0; i < min(nr, max); i++) {
			vm_scan_task(tasks[i]);
			put_task_struct(tasks[i]);
		}
		kvfree(tasks);
		if (nr <= max)
			return;
		max = nr + 128;
	}
}
