// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes that run VMs: each holds its VMs and all of its threads.
 *
 * Created in process context when a VM is first seen; ended by the probes for
 * exit and exec; freed when the last VM and thread of it let go.
 */
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "kvm.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

static DEFINE_HASHTABLE(vmm_hash, 8);

static struct cordon_vmm *vmm_lookup(struct pid *tgid)
{
	struct cordon_vmm *vmm;

	hash_for_each_possible_rcu(vmm_hash, vmm, node, (unsigned long)tgid,
				   lockdep_is_held(&registry_lock))
		if (vmm->tgid == tgid)
			return vmm;
	return NULL;
}

/**
 * vmm_find_get() - the VMM of a process, if it is known
 * @tgid: the process
 *
 * Context: any but NMI.
 * Return: with a reference, or NULL.
 */
struct cordon_vmm *vmm_find_get(struct pid *tgid)
{
	struct cordon_vmm *vmm;

	rcu_read_lock();
	vmm = vmm_lookup(tgid);
	if (vmm && !refcount_inc_not_zero(&vmm->ref))
		vmm = NULL;
	rcu_read_unlock();
	return vmm;
}

/**
 * vmm_knows() - is this process a known VMM?
 * @tgid: the process
 *
 * Context: any; for probes, which look before they do more.
 * Return: true if so.
 */
bool vmm_knows(struct pid *tgid)
{
	bool known;

	rcu_read_lock();
	known = vmm_lookup(tgid);
	rcu_read_unlock();
	return known;
}

/**
 * vmm_get() - take one more reference
 * @vmm: the VMM
 *
 * Context: any.
 * Return: @vmm.
 */
struct cordon_vmm *vmm_get(struct cordon_vmm *vmm)
{
	refcount_inc(&vmm->ref);
	return vmm;
}

static void vmm_free(struct reap *reap)
{
	struct cordon_vmm *vmm = container_of(reap, struct cordon_vmm, reap);

	put_pid(vmm->tgid);
	kfree(vmm);
}

/**
 * vmm_put() - give a reference back
 * @vmm: the VMM
 *
 * Context: any but NMI.
 */
void vmm_put(struct cordon_vmm *vmm)
{
	if (refcount_dec_and_test(&vmm->ref))
		registry_reap(&vmm->reap, vmm_free);
}

/**
 * vmm_mm() - the address space of a process, even if its leader has exited
 * @task: any thread of it, with a reference
 *
 * Context: any.
 * Return: a pointer to compare with; no reference is taken.
 */
struct mm_struct *vmm_mm(struct task_struct *task)
{
	struct mm_struct *mm = NULL;
	struct task_struct *t;

	rcu_read_lock();
	vmm_for_each_task(task, t) {
		mm = READ_ONCE(t->mm);
		if (mm)
			break;
	}
	rcu_read_unlock();
	return mm;
}

/**
 * vmm_get_or_create() - the VMM of a task's process
 * @task: any of its threads, with a reference
 *
 * Context: process.
 * Return: with a reference; NULL if the process is going or memory is short.
 */
struct cordon_vmm *vmm_get_or_create(struct task_struct *task)
{
	struct pid *tgid = get_task_pid(task, PIDTYPE_TGID);
	struct cordon_vmm *vmm, *known;

	if (!tgid)
		return NULL;
	known = vmm_find_get(tgid);
	if (known) {
		put_pid(tgid);
		return known;
	}
	vmm = kzalloc(sizeof(*vmm), GFP_KERNEL);
	if (!vmm) {
		put_pid(tgid);
		return NULL;
	}
	refcount_set(&vmm->ref, 2);
	vmm->tgid = tgid;
	vmm->mm = vmm_mm(task);
	INIT_LIST_HEAD(&vmm->threads);
	INIT_LIST_HEAD(&vmm->vms);

	raw_spin_lock(&registry_lock);
	known = vmm_lookup(tgid);
	if (known)
		refcount_inc(&known->ref);
	else
		hash_add_rcu(vmm_hash, &vmm->node, (unsigned long)tgid);
	raw_spin_unlock(&registry_lock);
	if (known) {
		vmm_free(&vmm->reap);
		return known;
	}

	/*
	 * Its last thread may have passed the exit probe before the VMM could
	 * be found. The probe looks after live has dropped to 0, we look after
	 * the insertion: one of the two sees the other.
	 */
	smp_mb();
	if (!atomic_read(&task->signal->live))
		vmm_end(vmm);
	return vmm;
}

/**
 * vmm_get_vm() - the VM that a process's other threads are shown for
 * @vmm: the VMM
 *
 * Context: any but NMI.
 * Return: the VM whose policy owns them, else its first one, with a reference;
 * NULL if it has none.
 */
struct cordon_vm *vmm_get_vm(struct cordon_vmm *vmm)
{
	struct cordon_vm *vm, *found = NULL;

	raw_spin_lock(&registry_lock);
	list_for_each_entry(vm, &vmm->vms, in_vmm)
		if (!found || READ_ONCE(vmm->owner) == vm)
			found = vm;
	if (found && !refcount_inc_not_zero(&found->ref))
		found = NULL;
	raw_spin_unlock(&registry_lock);
	return found;
}

/**
 * vmm_end() - the process exited or exec'd: none of its VMs can run again
 * @vmm: the VMM
 *
 * Context: any but NMI.
 */
void vmm_end(struct cordon_vmm *vmm)
{
	bool first;

	raw_spin_lock(&registry_lock);
	first = !vmm->dead;
	vmm->dead = true;
	if (first)
		hash_del_rcu(&vmm->node);
	raw_spin_unlock(&registry_lock);
	if (first) {
		registry_bury();
		vmm_put(vmm);
	}
}

/**
 * vmm_tgid_of_name() - the process that a kernel thread works for, by its name
 * @comm: the kernel thread's name
 *
 * vhost workers on 6.1 ("vhost-PID") and the PIT ("kvm-pit/PID") carry the pid
 * of the thread that asked for them.
 *
 * Context: any, under rcu_read_lock().
 * Return: the process, valid under RCU, or NULL.
 */
struct pid *vmm_tgid_of_name(const char *comm)
{
	struct task_struct *of;
	pid_t nr;

	if (sscanf(comm, "vhost-%d", &nr) != 1 &&
	    sscanf(comm, "kvm-pit/%d", &nr) != 1)
		return NULL;
	of = pid_task(find_pid_ns(nr, &init_pid_ns), PIDTYPE_PID);
	return of ? task_tgid(of) : NULL;
}

static bool vmm_has_kthread(struct cordon_vmm *vmm, struct task_struct *kthread)
{
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, kthread);
	return vmm_tgid_of_name(comm) == vmm->tgid;
}

/* Fill @tasks with up to @max threads of @vmm, with references. */
static unsigned int vmm_snapshot(struct cordon_vmm *vmm,
				 struct task_struct **tasks, unsigned int max)
{
	struct task_struct *leader, *p;
	unsigned int nr = 0;

	rcu_read_lock();
	leader = pid_task(vmm->tgid, PIDTYPE_TGID);
	if (leader) {
		vmm_for_each_task(leader, p) {
			if (nr < max)
				tasks[nr] = get_task_struct(p);
			nr++;
		}
	}
	for_each_process(p) {
		if (!(p->flags & PF_KTHREAD) || !vmm_has_kthread(vmm, p))
			continue;
		if (nr < max)
			tasks[nr] = get_task_struct(p);
		nr++;
	}
	rcu_read_unlock();
	return nr;
}

static void vmm_scan_thread(struct cordon_vmm *vmm, struct task_struct *task)
{
	struct cordon_thread *t = thread_add(vmm, task);

	if (!t)
		return;
	if (!READ_ONCE(t->class))
		registry_ops->settle(t);
	thread_put(t);
}

/**
 * vmm_scan() - make every thread of a VMM known
 * @vmm: the VMM
 *
 * Threads that are born meanwhile come by the probe for new tasks.
 *
 * Context: process.
 */
void vmm_scan(struct cordon_vmm *vmm)
{
	unsigned int max = 64, nr, i;
	struct task_struct **tasks;

	for (;;) {
		tasks = kvmalloc_array(max, sizeof(*tasks), GFP_KERNEL);
		if (!tasks)
			return;
		nr = vmm_snapshot(vmm, tasks, max);
		for (i = 0; i < min(nr, max); i++) {
			vmm_scan_thread(vmm, tasks[i]);
			put_task_struct(tasks[i]);
		}
		kvfree(tasks);
		if (nr <= max)
			return;
		max = nr + 64;
	}
}

/**
 * vmm_get_threads() - all threads of a VMM, as they are now
 * @vmm: the VMM
 * @nr: set to their number
 *
 * Context: process.
 * Return: an array of references for vmm_put_threads(), or NULL (no memory).
 */
struct cordon_thread **vmm_get_threads(struct cordon_vmm *vmm,
				       unsigned int *nr)
{
	unsigned int max = READ_ONCE(vmm->nr_threads) + 16;

	for (;;) {
		struct cordon_thread **threads, *t;
		unsigned int want;

		threads = kvmalloc_array(max, sizeof(*threads), GFP_KERNEL);
		if (!threads)
			return NULL;
		*nr = 0;
		raw_spin_lock(&registry_lock);
		want = vmm->nr_threads;
		if (want <= max)
			list_for_each_entry(t, &vmm->threads, in_vmm)
				threads[(*nr)++] = thread_get(t);
		raw_spin_unlock(&registry_lock);
		if (want <= max)
			return threads;
		kvfree(threads);
		max = want + 16;
	}
}

/**
 * vmm_put_threads() - the counterpart of vmm_get_threads()
 * @threads: the array
 * @nr: its length
 *
 * Context: process.
 */
void vmm_put_threads(struct cordon_thread **threads, unsigned int nr)
{
	while (nr)
		thread_put(threads[--nr]);
	kvfree(threads);
}

/**
 * vmm_get_all() - all VMMs, as they are now
 * @nr: set to their number
 *
 * Context: process.
 * Return: an array of references for vmm_put_all(), or NULL (no memory).
 */
struct cordon_vmm **vmm_get_all(unsigned int *nr)
{
	unsigned int max = 64;

	for (;;) {
		struct cordon_vmm **vmms, *vmm;
		unsigned int want = 0;
		int bkt;

		vmms = kvmalloc_array(max, sizeof(*vmms), GFP_KERNEL);
		if (!vmms)
			return NULL;
		*nr = 0;
		raw_spin_lock(&registry_lock);
		hash_for_each(vmm_hash, bkt, vmm, node)
			if (want++ < max)
				vmms[(*nr)++] = vmm_get(vmm);
		raw_spin_unlock(&registry_lock);
		if (want <= max)
			return vmms;
		vmm_put_all(vmms, *nr);
		max = want + 16;
	}
}

/**
 * vmm_put_all() - the counterpart of vmm_get_all()
 * @vmms: the array
 * @nr: its length
 *
 * Context: process.
 */
void vmm_put_all(struct cordon_vmm **vmms, unsigned int nr)
{
	while (nr)
		vmm_put(vmms[--nr]);
	kvfree(vmms);
}

/**
 * vmm_forget_all() - drop every VMM and its VMs
 *
 * Context: process, at module exit, when nothing is managed or hooked.
 */
void vmm_forget_all(void)
{
	struct cordon_vmm *vmm;
	struct hlist_node *tmp;
	int bkt;

	/* Nothing adds to the hash any more, and vmm_end() takes one off. */
	hash_for_each_safe(vmm_hash, bkt, tmp, vmm, node) {
		vmm_get(vmm);
		vmm_end(vmm);
		vmm_put(vmm);
	}
}
