// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one file that looks into struct kvm and struct kvm_vcpu.
 *
 * cordon does not depend on kvm.ko: it is told by hooks.c when kvm.ko comes
 * and goes, borrows the two functions it needs (kvm_get_kvm_safe and
 * kvm_put_kvm) by symbol_get() and gives the module reference back at once.
 * They are used only by a thread that has just entered KVM_RUN, whose vCPU's
 * file pins the vendor module and that kvm.ko. (From 6.8 on a struct kvm by
 * itself pins neither.) Whoever else looks at a VM holds a file of it, or
 * kvm_weak_lock, under which a struct kvm cannot go.
 *
 * As no symbol version guards the layout, what can be checked at first sight
 * is checked (kvm_fits(), kvm_vcpu_fits()).
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched/task.h>
#include <linux/xarray.h>

#include "kvm.h"

/* kvm.ko while it is loaded; set and cleared under the module notifier. */
static struct module *kvm_module;
/* KVM's preempt notifier operations, once they were seen to be KVM's. */
static const struct preempt_ops *kvm_ops;
static bool (*kvm_get_fn)(struct kvm *kvm);
static void (*kvm_put_fn)(struct kvm *kvm);

/*
 * Guards every weak pointer against the VM's end. Innermost: nothing is taken
 * under it. The clearing side runs in a kprobe handler, which may be an NMI
 * for lockdep (int3), so it only ever tries; see kvm_weak_clear().
 */
static DEFINE_RAW_SPINLOCK(kvm_weak_lock);

/**
 * kvm_module_set() - kvm.ko has come
 * @mod: kvm.ko
 *
 * Context: process, module notifier; no VM exists that we could have seen.
 */
void kvm_module_set(struct module *mod)
{
	/* Of a kvm.ko that was there before; no VM of it is left. */
	WRITE_ONCE(kvm_ops, NULL);
	WRITE_ONCE(kvm_put_fn, NULL);
	WRITE_ONCE(kvm_get_fn, NULL);
	WRITE_ONCE(kvm_module, mod);
}

/**
 * kvm_module_clear() - kvm.ko goes, or we do
 * @mod: kvm.ko
 *
 * What was borrowed stays: who holds a VM still may drop it.
 *
 * Context: process, module notifier, after its probe was taken off.
 */
void kvm_module_clear(struct module *mod)
{
	if (kvm_module == mod)
		WRITE_ONCE(kvm_module, NULL);
}

/*
 * symbol_get() refuses while kvm.ko is still initialising, so this is done
 * when the first VM is seen: kvm.ko is live then, and pinned by that VM.
 */
static bool kvm_borrow(void)
{
	if (likely(READ_ONCE(kvm_get_fn) && READ_ONCE(kvm_put_fn)))
		return true;
	if (!READ_ONCE(kvm_put_fn)) {
		void (*put)(struct kvm *kvm) = symbol_get(kvm_put_kvm);

		if (!put)
			return false;
		WRITE_ONCE(kvm_put_fn, put);
		symbol_put(kvm_put_kvm);
	}
	if (!READ_ONCE(kvm_get_fn)) {
		bool (*get)(struct kvm *kvm) = symbol_get(kvm_get_kvm_safe);

		if (!get)
			return false;
		WRITE_ONCE(kvm_get_fn, get);
		symbol_put(kvm_get_kvm_safe);
	}
	return true;
}

/* At first sight; then the operations are known. */
static noinline bool kvm_owns_ops(const struct preempt_ops *ops)
{
	struct module *mod = READ_ONCE(kvm_module);

	if (!mod || !within_module((unsigned long)ops, mod))
		return false;
	WRITE_ONCE(kvm_ops, ops);
	return true;
}

/**
 * kvm_current_vcpu() - the vCPU that the current thread has loaded
 *
 * Of all that loads a vCPU only KVM_RUN makes it this thread's own: other
 * vCPU ioctls leave vcpu->pid as it was.
 *
 * Context: the thread itself, with preemption disabled: in a probe of kvm.ko or
 * at a safe point.
 * Return: the vCPU, or NULL if the thread does not run one.
 */
struct kvm_vcpu *kvm_current_vcpu(void)
{
	struct preempt_notifier *pn;

	hlist_for_each_entry(pn, &current->preempt_notifiers, link) {
		struct kvm_vcpu *vcpu;

		if (pn->ops != READ_ONCE(kvm_ops) && !kvm_owns_ops(pn->ops))
			continue;
		vcpu = container_of(pn, struct kvm_vcpu, preempt_notifier);
		return compat_vcpu_pid_is(vcpu, task_pid(current)) ? vcpu : NULL;
	}
	return NULL;
}

/**
 * kvm_of_vcpu() - the VM of a vCPU
 * @vcpu: a vCPU that cannot go away now
 *
 * Context: any.
 * Return: its struct kvm.
 */
struct kvm *kvm_of_vcpu(struct kvm_vcpu *vcpu)
{
	return vcpu->kvm;
}

/**
 * kvm_hold() - keep a VM alive for a moment
 * @kvm: a VM that is known to exist
 *
 * Context: any; kvm_drop() it soon, in process context.
 * Return: false if it is being destroyed.
 */
bool kvm_hold(struct kvm *kvm)
{
	return kvm_borrow() && READ_ONCE(kvm_get_fn)(kvm);
}

/**
 * kvm_drop() - the counterpart of kvm_hold()
 * @kvm: the VM; may be destroyed here
 *
 * Context: process, may sleep, no locks held.
 */
void kvm_drop(struct kvm *kvm)
{
	READ_ONCE(kvm_put_fn)(kvm);
}

/**
 * kvm_fits() - is this a struct kvm of the layout that we were built for?
 * @kvm: pinned by the caller
 * @mm: the address space of the process that owns it
 *
 * Context: any.
 * Return: true if it looks like one that @mm owns.
 */
bool kvm_fits(struct kvm *kvm, struct mm_struct *mm)
{
	return kvm->mm == mm;
}

/**
 * kvm_vcpu_fits() - is this a vCPU of the layout that we were built for?
 * @vcpu: a vCPU whose VM the caller holds
 *
 * Context: any.
 * Return: true if its VM lists it where it says it is.
 */
bool kvm_vcpu_fits(struct kvm_vcpu *vcpu)
{
	return vcpu->vcpu_idx >= 0 &&
	       xa_load(&vcpu->kvm->vcpu_array, vcpu->vcpu_idx) == vcpu;
}

/**
 * kvm_vcpu_index() - index of a vCPU, in order of creation
 * @vcpu: a vCPU whose VM cannot go away now
 *
 * Context: any.
 * Return: the index.
 */
u32 kvm_vcpu_index(struct kvm_vcpu *vcpu)
{
	return vcpu->vcpu_idx;
}

/**
 * kvm_vcpu_has_run() - has a vCPU been in the guest?
 * @vcpu: a vCPU whose VM cannot go away now
 *
 * Context: any.
 * Return: true if so: its CPUID does not change any more.
 */
bool kvm_vcpu_has_run(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.last_vmentry_cpu != -1;
}

/**
 * kvm_vcpu_cpuid() - the CPUID that a vCPU was given
 * @vcpu: a vCPU that the current thread runs
 * @nr: set to how many entries it has
 *
 * Context: inside KVM_RUN, whose vcpu->mutex keeps it from being replaced.
 * Return: the entries, valid as long as that; NULL if there are none.
 */
const struct kvm_cpuid_entry2 *kvm_vcpu_cpuid(struct kvm_vcpu *vcpu, u32 *nr)
{
	const struct kvm_cpuid_entry2 *entries = vcpu->arch.cpuid_entries;
	int nent = vcpu->arch.cpuid_nent;

	/* No more fit: it is not of the layout that we were built for. */
	*nr = entries && nent > 0 && nent <= KVM_MAX_CPUID_ENTRIES ? nent : 0;
	return *nr ? entries : NULL;
}

/**
 * kvm_get_nx_thread() - the kernel thread that recovers a VM's huge pages
 * @kvm: pinned by the caller, which keeps that thread alive
 *
 * Context: any.
 * Return: the task with a reference, or NULL where it is a thread of the VMM.
 */
struct task_struct *kvm_get_nx_thread(struct kvm *kvm)
{
	struct task_struct *task = compat_kvm_nx_thread(kvm);

	return task ? get_task_struct(task) : NULL;
}

/**
 * kvm_visit_vcpu_tasks() - call @fn for each vCPU that has run
 * @kvm: pinned by the caller
 * @fn: gets the vCPU, its index and the thread that ran it last; a value
 *	other than 0 ends the walk
 * @data: handed to @fn
 *
 * Context: process, may sleep if @fn does.
 * Return: what @fn returned last, or 0.
 */
int kvm_visit_vcpu_tasks(struct kvm *kvm, kvm_vcpu_fn fn, void *data)
{
	int ret = 0;
	int i;

	/* What is stored beyond may be freed at once: KVM_CREATE_VCPU failed. */
	for (i = 0; i < atomic_read(&kvm->online_vcpus); i++) {
		struct kvm_vcpu *vcpu = kvm_get_vcpu(kvm, i);
		struct task_struct *task;
		struct pid *pid;

		if (!vcpu || !kvm_vcpu_fits(vcpu))
			continue;
		pid = compat_vcpu_get_pid(vcpu);
		task = get_pid_task(pid, PIDTYPE_PID);
		put_pid(pid);
		if (!task)
			continue;
		ret = fn(vcpu, i, task, data);
		put_task_struct(task);
		if (ret)
			break;
	}
	return ret;
}

struct kvm_search {
	struct kvm_found *vms;
	unsigned int max;
	unsigned int nr;
};

static struct kvm *kvm_of_file(struct file *file)
{
	struct module *mod = READ_ONCE(kvm_module);
	const char *name = file->f_path.dentry->d_name.name;

	if (!mod || !file->private_data ||
	    !within_module((unsigned long)file->f_op, mod))
		return NULL;
	if (!strcmp(name, "kvm-vm"))
		return file->private_data;
	if (!strncmp(name, "kvm-vcpu:", 9))
		return ((struct kvm_vcpu *)file->private_data)->kvm;
	return NULL;
}

static int kvm_search_file(const void *data, struct file *file, unsigned int fd)
{
	struct kvm_search *search = (struct kvm_search *)data;
	struct kvm *kvm = kvm_of_file(file);
	unsigned int i;

	if (!kvm)
		return 0;
	for (i = 0; i < search->nr; i++)
		if (search->vms[i].kvm == kvm)
			return 0;
	search->vms[search->nr++] = (struct kvm_found){
		.kvm = kvm,
		.file = get_file(file),
	};
	return search->nr == search->max;
}

/**
 * kvm_find_in_task() - the VMs that a task has file descriptors of
 * @task: the task, with a reference
 * @vms: filled with VMs and a file of each, which pins it; the caller gives
 *	each file back with fput()
 * @max: room in @vms
 *
 * A VM's own descriptor may be closed while its vCPUs live: those count too.
 *
 * Context: process.
 * Return: how many were found; @max means that there may be more.
 */
unsigned int kvm_find_in_task(struct task_struct *task, struct kvm_found *vms,
			      unsigned int max)
{
	struct kvm_search search = { .vms = vms, .max = max };

	if (!READ_ONCE(kvm_module) || !max)
		return 0;
	task_lock(task);
	if (task->files)
		iterate_fd(task->files, 0, kvm_search_file, &search);
	task_unlock(task);
	return search.nr;
}

/**
 * kvm_weak_set() - point a new weak pointer at a VM
 * @weak: not yet visible to anyone else
 * @kvm: pinned by the caller until @weak can be found by kvm_weak_clear()'s
 *	caller
 *
 * Context: process.
 */
void kvm_weak_set(struct kvm_weak *weak, struct kvm *kvm)
{
	WRITE_ONCE(weak->kvm, kvm);
}

/**
 * kvm_weak_clear() - the VM is being destroyed
 * @weak: the weak pointer
 * @kvm: the VM
 *
 * Runs in a kprobe handler. Where the probe is an int3, lockdep takes it for
 * an NMI and objects to any lock that others take outside NMIs. Nothing under
 * kvm_weak_lock can hit that probe (no VM is destroyed there), so waiting is
 * safe; trying in a loop says so to lockdep.
 *
 * Context: any, NMI-like too.
 * Return: true if @weak pointed at @kvm.
 */
bool kvm_weak_clear(struct kvm_weak *weak, const struct kvm *kvm)
{
	unsigned long flags;
	bool mine;

	local_irq_save(flags);
	while (!raw_spin_trylock(&kvm_weak_lock))
		cpu_relax();
	mine = weak->kvm == kvm;
	if (mine)
		WRITE_ONCE(weak->kvm, NULL);
	raw_spin_unlock(&kvm_weak_lock);
	local_irq_restore(flags);
	return mine;
}

/**
 * kvm_weak_drop() - forget the VM: nobody will tell us of its end any more
 * @weak: the weak pointer
 *
 * Context: process.
 */
void kvm_weak_drop(struct kvm_weak *weak)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kvm_weak_lock, flags);
	WRITE_ONCE(weak->kvm, NULL);
	raw_spin_unlock_irqrestore(&kvm_weak_lock, flags);
}

/**
 * kvm_weak_nr_vcpus() - vCPUs that have been created
 * @weak: the weak pointer
 *
 * Reads under the lock instead of holding the VM: a last reference must not be
 * ours.
 *
 * Context: any.
 * Return: their number, 0 if the VM is gone.
 */
u32 kvm_weak_nr_vcpus(struct kvm_weak *weak)
{
	unsigned long flags;
	u32 nr = 0;

	raw_spin_lock_irqsave(&kvm_weak_lock, flags);
	if (weak->kvm)
		nr = atomic_read(&weak->kvm->online_vcpus);
	raw_spin_unlock_irqrestore(&kvm_weak_lock, flags);
	return nr;
}

/* Under kvm_weak_lock: the VM still has its memslots. */
static unsigned int kvm_read_ranges(struct kvm *kvm, struct kvm_range *range,
				    unsigned int max)
{
	struct kvm_memory_slot *slot;
	unsigned int nr = 0;
	int bkt, idx;

	idx = srcu_read_lock(&kvm->srcu);
	kvm_for_each_memslot(slot, bkt, __kvm_memslots(kvm, 0)) {
		if (nr == max)
			break;
		range[nr++] = (struct kvm_range){
			.addr = slot->userspace_addr,
			.bytes = (u64)slot->npages << PAGE_SHIFT,
		};
	}
	srcu_read_unlock(&kvm->srcu, idx);
	return nr;
}

/**
 * kvm_weak_ranges() - where a guest's memory is in its VMM
 * @weak: the weak pointer
 * @range: filled
 * @max: entries of @range
 *
 * Context: process.
 * Return: how many were filled, 0 if the VM is gone.
 */
unsigned int kvm_weak_ranges(struct kvm_weak *weak, struct kvm_range *range,
			     unsigned int max)
{
	unsigned int nr = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&kvm_weak_lock, flags);
	if (weak->kvm)
		nr = kvm_read_ranges(weak->kvm, range, max);
	raw_spin_unlock_irqrestore(&kvm_weak_lock, flags);
	return nr;
}
