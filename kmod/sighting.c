// SPDX-License-Identifier: GPL-2.0-only
/*
 * From what a probe saw to what process context does about it.
 *
 * A probe may neither sleep nor, on PREEMPT_RT, allocate. It takes a sighting
 * from a pool, fills it, and hands it to the thread's own next safe point,
 * which comes before its next user or guest instruction; who has none, or none
 * soon, goes by way of a worker.
 */
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "kvm.h"
#include "sighting.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/* Kept ready for probes; the worker fills up to this. */
#define SIGHTING_POOL 256

/**
 * struct sighting - one thing that a probe saw
 * @sp: runs it in the thread
 * @node: in the pool, or on the list of remotes
 * @reap: lets it go where the thread cannot
 * @task: whom the worker settles, with a reference
 * @tgid: the process that @task works for, with a reference
 * @parent: who created the thread, with a reference
 * @vcpu: the vCPU that was entered; its VM is held
 */
struct sighting {
	struct safepoint sp;
	struct llist_node node;
	struct reap reap;
	struct task_struct *task;
	struct pid *tgid;
	struct cordon_thread *parent;
	struct kvm_vcpu *vcpu;
};

/* Taking one off an llist needs a lock; innermost, nothing is under it. */
static DEFINE_RAW_SPINLOCK(pool_lock);
static LLIST_HEAD(pool);
static atomic_t pool_size;
static LLIST_HEAD(remotes);
/* A new thread could not be handed over: the pool was empty. */
static atomic_t missed;

static void sighting_give(struct sighting *s)
{
	atomic_inc(&pool_size);
	llist_add(&s->node, &pool);
}

static int sighting_fill_pool(void)
{
	while (atomic_read(&pool_size) < SIGHTING_POOL) {
		struct sighting *s = kmalloc(sizeof(*s), GFP_KERNEL);

		if (!s)
			return -ENOMEM;
		sighting_give(s);
	}
	return 0;
}

static void sighting_run_remotes(void);

/* Threads that no sighting could be had for are found by looking at all. */
static void sighting_find_missed(void)
{
	struct cordon_vmm **vmms;
	unsigned int nr, i;

	if (!atomic_xchg(&missed, 0))
		return;
	vmms = vmm_get_all(&nr);
	if (!vmms) {
		atomic_set(&missed, 1);
		return;
	}
	for (i = 0; i < nr; i++)
		vmm_scan(vmms[i]);
	vmm_put_all(vmms, nr);
}

static void sighting_work_fn(struct work_struct *work)
{
	sighting_run_remotes();
	sighting_find_missed();
	sighting_fill_pool();
}

static DECLARE_WORK(sighting_work, sighting_work_fn);

static void sighting_irq_fn(struct irq_work *irq)
{
	queue_work(compat_unbound_wq, &sighting_work);
}

static DEFINE_IRQ_WORK(sighting_irq, sighting_irq_fn);

static void sighting_miss(void)
{
	atomic_set(&missed, 1);
	irq_work_queue(&sighting_irq);
}

static struct sighting *sighting_take(void (*fn)(struct safepoint *, bool))
{
	struct llist_node *node;
	struct sighting *s;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool_lock, flags);
	node = llist_del_first(&pool);
	raw_spin_unlock_irqrestore(&pool_lock, flags);
	if (node) {
		if (atomic_dec_return(&pool_size) < SIGHTING_POOL / 2)
			irq_work_queue(&sighting_irq);
		s = llist_entry(node, struct sighting, node);
	} else if (!IS_ENABLED(CONFIG_PREEMPT_RT)) {
		s = kmalloc(sizeof(*s), GFP_ATOMIC | __GFP_NOWARN);
	} else {
		s = NULL;
	}
	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	safepoint_init(&s->sp, fn);
	return s;
}

static void sighting_free(struct sighting *s)
{
	if (s->parent)
		thread_put(s->parent);
	if (s->task)
		put_task_struct(s->task);
	put_pid(s->tgid);
	if (s->vcpu)
		kvm_drop(kvm_of_vcpu(s->vcpu));
	if (atomic_read(&pool_size) < SIGHTING_POOL)
		sighting_give(s);
	else
		kfree(s);
}

static void sighting_reap(struct reap *reap)
{
	sighting_free(container_of(reap, struct sighting, reap));
}

static void sighting_request(struct task_struct *task, struct sighting *s)
{
	if (safepoint_request(task, &s->sp, TWA_RESUME))
		registry_reap(&s->reap, sighting_reap);
}

/* Who ran this vCPU before @t is a thread like any other again. */
static void sighting_displace(struct cordon_vm *vm, struct kvm_vcpu *vcpu,
			      struct cordon_thread *t)
{
	struct cordon_thread **threads;
	unsigned int nr, i;

	threads = vmm_get_threads(vm->vmm, &nr);
	if (!threads)
		return;
	for (i = 0; i < nr; i++) {
		if (threads[i] == t || READ_ONCE(threads[i]->vcpu) != vcpu)
			continue;
		thread_leave_vm(threads[i], vm);
		registry_ops->settle(threads[i]);
	}
	vmm_put_threads(threads, nr);
}

/* A guest that never leaves KVM_RUN again has to be looked at now. */
static void sighting_see(struct cordon_thread *t, struct kvm_vcpu *vcpu)
{
	preempt_disable();
	if (kvm_current_vcpu() == vcpu && thread_runs(t, vcpu))
		thread_see_vcpu(t, vcpu);
	preempt_enable();
}

/* Make the current thread known as the one that runs this vCPU. */
static void sighting_enter(struct kvm_vcpu *vcpu)
{
	struct kvm *kvm = kvm_of_vcpu(vcpu);
	struct cordon_thread *t;
	struct cordon_vmm *vmm;
	struct cordon_vm *vm;

	if (!kvm_fits(kvm, current->mm) || !kvm_vcpu_fits(vcpu)) {
		pr_warn_once("cordon: this kvm.ko is not the one it was built for (EOPNOTSUPP)\n");
		return;
	}
	vmm = vmm_get_or_create(current);
	if (!vmm)
		return;
	vm = vm_get_or_create(kvm, vmm);
	/* KVM lets in who shares the mm; it is the other process's VM. */
	if (vm && vm->vmm != vmm) {
		vm_put(vm);
		vm = NULL;
	}
	t = vm ? thread_add(vmm, current) : NULL;
	if (t) {
		thread_set_vcpu(t, vm, vcpu, kvm_vcpu_index(vcpu));
		sighting_see(t, vcpu);
		sighting_displace(vm, vcpu, t);
		registry_ops->settle(t);
		thread_put(t);
	}
	if (vm) {
		/* The first vCPU finds the threads that are there already. */
		if (!READ_ONCE(vm->scanned)) {
			WRITE_ONCE(vm->scanned, true);
			vm_scan(vm, kvm);
			vmm_scan(vmm);
		}
		vm_put(vm);
	}
	vmm_put(vmm);
}

static void sighting_run_vcpu(struct safepoint *sp, bool exiting)
{
	struct sighting *s = container_of(sp, struct sighting, sp);

	if (!exiting)
		sighting_enter(s->vcpu);
	sighting_free(s);
}

/**
 * sighting_vcpu() - the current thread enters a vCPU that is new to it
 * @vcpu: the vCPU
 *
 * Context: atomic, probe of kvm.ko inside KVM_RUN.
 */
void sighting_vcpu(struct kvm_vcpu *vcpu)
{
	struct sighting *s = sighting_take(sighting_run_vcpu);

	if (!s)
		return;
	if (kvm_hold(kvm_of_vcpu(vcpu)))
		s->vcpu = vcpu;
	if (s->vcpu)
		sighting_request(current, s);
	else
		registry_reap(&s->reap, sighting_reap);
}

/* Make a task known as a thread of its process's VMM. */
static void sighting_join(struct task_struct *task, struct pid *tgid,
			  struct cordon_thread *parent)
{
	struct cordon_vmm *vmm = vmm_find_get(tgid);
	struct cordon_thread *t;

	if (!vmm)
		return;
	t = thread_add(vmm, task);
	if (t) {
		if (parent) {
			affinity_inherit(t, parent);
			schedclass_inherit(t, parent);
		}
		registry_ops->settle(t);
		thread_put(t);
	}
	vmm_put(vmm);
}

static void sighting_run_newborn(struct safepoint *sp, bool exiting)
{
	struct sighting *s = container_of(sp, struct sighting, sp);

	if (!exiting)
		sighting_join(current, task_tgid(current), s->parent);
	sighting_free(s);
}

/**
 * sighting_newborn() - a VMM has a new thread
 * @task: the thread, which has not run yet
 * @parent: who created it, or NULL
 *
 * Context: atomic, probe, under rcu_read_lock().
 */
void sighting_newborn(struct task_struct *task, struct cordon_thread *parent)
{
	struct sighting *s = sighting_take(sighting_run_newborn);

	if (!s) {
		sighting_miss();
		return;
	}
	if (parent && refcount_inc_not_zero(&parent->ref))
		s->parent = parent;
	sighting_request(task, s);
}

static void sighting_run_child(struct safepoint *sp, bool exiting)
{
	struct sighting *s = container_of(sp, struct sighting, sp);

	if (!exiting) {
		schedclass_disown(s->parent);
		affinity_disown(s->parent);
	}
	sighting_free(s);
}

/**
 * sighting_child() - a VMM has a child process
 * @task: the child, which has not run yet
 * @parent: the thread that created it
 *
 * Context: atomic, probe, under rcu_read_lock().
 */
void sighting_child(struct task_struct *task, struct cordon_thread *parent)
{
	struct sighting *s;

	/* What was never held has nothing to hand down. */
	if (!READ_ONCE(parent->affinity.ever) &&
	    !READ_ONCE(parent->schedclass.ever))
		return;
	s = sighting_take(sighting_run_child);
	if (!s)
		return;
	if (refcount_inc_not_zero(&parent->ref)) {
		s->parent = parent;
		sighting_request(task, s);
	} else {
		registry_reap(&s->reap, sighting_reap);
	}
}

static void sighting_run_remotes(void)
{
	struct llist_node *list = llist_del_all(&remotes);
	struct sighting *s, *next;

	llist_for_each_entry_safe(s, next, list, node) {
		sighting_join(s->task, s->tgid, s->parent);
		sighting_free(s);
	}
}

/**
 * sighting_remote() - a thread that a worker shall settle
 * @task: a kernel-side thread that may work for a VM, or a thread that has no
 *	safe point soon
 * @tgid: the process that it works for
 * @parent: who created it, if it is new, or NULL
 *
 * Context: atomic, probe, under rcu_read_lock().
 */
void sighting_remote(struct task_struct *task, struct pid *tgid,
		     struct cordon_thread *parent)
{
	struct sighting *s = sighting_take(NULL);

	if (!s) {
		sighting_miss();
		return;
	}
	s->task = get_task_struct(task);
	s->tgid = get_pid(tgid);
	if (parent && refcount_inc_not_zero(&parent->ref))
		s->parent = parent;
	llist_add(&s->node, &remotes);
	irq_work_queue(&sighting_irq);
}

/**
 * sighting_init() - fill the pool
 *
 * Context: process, before any probe.
 * Return: 0 or -ENOMEM.
 */
int sighting_init(void)
{
	int ret = sighting_fill_pool();

	if (ret)
		sighting_exit();
	return ret;
}

/**
 * sighting_flush() - wait for the worker
 *
 * Context: process, after the last probe: nothing is handed to it any more.
 */
void sighting_flush(void)
{
	irq_work_sync(&sighting_irq);
	flush_work(&sighting_work);
}

/**
 * sighting_exit() - empty it
 *
 * Context: process, after the last probe and the last safe point.
 */
void sighting_exit(void)
{
	struct llist_node *list;
	struct sighting *s, *next;

	irq_work_sync(&sighting_irq);
	cancel_work_sync(&sighting_work);
	sighting_run_remotes();
	list = llist_del_all(&pool);
	llist_for_each_entry_safe(s, next, list, node)
		kfree(s);
	atomic_set(&pool_size, 0);
}
