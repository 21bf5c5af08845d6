// SPDX-License-Identifier: GPL-2.0-only
/*
 * Core isolation: which VM owns which CPUs, and that nobody else is there.
 *
 * A transaction of policy.c gives a VM its CPUs here, or takes them: everybody
 * else is moved off (evict_all.c), and given back what he had (evicted.c).
 * While anything is owned, a probe on sched_switch sees whoever still arrives
 * (intruder.c) and keeps the receipts (receipt.c), and the watch looks again.
 */
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <uapi/linux/cordon.h>

#include "affinity.h"
#include "check.h"
#include "evict.h"
#include "evicted.h"
#include "hooks.h"
#include "intruder.h"
#include "isolation.h"
#include "newborn.h"
#include "owner.h"
#include "partition.h"
#include "receipt.h"
#include "registry.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/*
 * Who owns what. Inside the policy mutex; outside of threads' locks, notes'
 * locks, and the kernel's for tracepoints and hotplug. Not taken at safe points.
 */
static DEFINE_MUTEX(isolation_mutex);

/*
 * The receipts of CPUs that VMs gave up, and that none is counted twice, or not
 * at all, when it is. Inside the former; readers do not wait for tasks.
 */
static DEFINE_MUTEX(isolation_kept_mutex);

/* CPUs whose receipts begin anew when the transaction ends; under the mutex. */
static struct cpumask isolation_fresh;

/**
 * struct isolation_change - what one call changes
 * @mine: what the VM has
 * @fresh: what it gets
 * @gone: what it loses
 */
struct isolation_change {
	cpumask_var_t mine;
	cpumask_var_t fresh;
	cpumask_var_t gone;
};

/* Giving up CPUs must not fail. */
static void isolation_change_init(struct isolation_change *c)
{
	zalloc_cpumask_var(&c->mine, GFP_KERNEL | __GFP_NOFAIL);
	zalloc_cpumask_var(&c->fresh, GFP_KERNEL | __GFP_NOFAIL);
	zalloc_cpumask_var(&c->gone, GFP_KERNEL | __GFP_NOFAIL);
}

static void isolation_change_exit(struct isolation_change *c)
{
	free_cpumask_var(c->mine);
	free_cpumask_var(c->fresh);
	free_cpumask_var(c->gone);
}

static int isolation_refuse_owned(const struct cpumask *cpus,
				  struct refusal *why)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus) {
		if (!owner_has(cpu))
			continue;
		why->cpu = cpu;
		why->owner = isolation_owner(cpu);
		return refuse(why, -EBUSY, CORDON_A_POLICY_CPU_POLICY,
			      "cpu-policy: CPU %u is owned by id:%u", cpu,
			      why->owner);
	}
	return 0;
}

/* Threads that policies hold: their masks shrink and grow with what is owned. */
static void isolation_settle_governed(void)
{
	struct cordon_vmm **vmms;
	unsigned int nr_vmms, nr, i, k;

	vmms = vmm_get_all(&nr_vmms);
	if (!vmms)
		return;
	for (i = 0; i < nr_vmms; i++) {
		struct cordon_thread **threads = vmm_get_threads(vmms[i], &nr);

		if (!threads)
			continue;
		for (k = 0; k < nr; k++)
			if (affinity_wanted(&threads[k]->affinity))
				registry_ops->settle(threads[k]);
		vmm_put_threads(threads, nr);
	}
	vmm_put_all(vmms, nr_vmms);
}

/* The CPUs that are watched for the sake of these. */
static void isolation_get_around(const struct cpumask *cpus,
				 struct cpumask *around)
{
	unsigned int cpu;

	cpumask_copy(around, cpus);
	for_each_cpu(cpu, cpus)
		cpumask_or(around, around, topology_sibling_cpumask(cpu));
}

static void isolation_begin(const struct cpumask *cpus)
{
	cpumask_var_t around;
	unsigned int cpu;

	for_each_cpu(cpu, cpus)
		receipt_begin(cpu);
	/* Without memory, who runs there by now is seen at its next switch. */
	if (!alloc_cpumask_var(&around, GFP_KERNEL))
		return;
	isolation_get_around(cpus, around);
	receipt_sync(around);
	free_cpumask_var(around);
}

/* All CPUs that are owned now become the partition. */
static void isolation_fence(void)
{
	cpumask_var_t owned;

	/* Without memory, the masks have to do; the watch tries again. */
	if (!alloc_cpumask_var(&owned, GFP_KERNEL))
		return;
	owner_get_cpus(NULL, owned);
	partition_set(owned);
	free_cpumask_var(owned);
}

static void isolation_unpublish(struct cordon_vm *vm,
				const struct cpumask *cpus)
{
	struct isolation_receipt *one = kzalloc(sizeof(*one), GFP_KERNEL);
	unsigned int cpu;

	mutex_lock(&isolation_kept_mutex);
	for_each_cpu(cpu, cpus) {
		if (one && receipt_read(cpu, one)) {
			receipt_add(vm->kept, one);
			receipt_put(one);
		}
		receipt_end(cpu);
	}
	owner_set(cpus, NULL);
	mutex_unlock(&isolation_kept_mutex);
	kfree(one);
	cpumask_andnot(&isolation_fresh, &isolation_fresh, cpus);
	isolation_fence();
}

/* Returns how many masks were changed. */
static u32 isolation_give_back(void)
{
	u32 moved;

	isolation_settle_governed();
	moved = evict_give_back();
	/* Waits for the probe: so after everybody has what is his. */
	if (!owner_any())
		hooks_switch_off();
	return moved;
}

/* If nobody is in the way; who is and stays by force is known by then. */
static int isolation_publish(struct cordon_vm *vm, const struct cpumask *fresh,
			     bool force, struct isolation_result *res,
			     struct refusal *why)
{
	int ret = evict_check(vm->vmm->tgid, fresh, force, res, why);

	if (ret)
		return ret;
	if (!vm->kept)
		WRITE_ONCE(vm->kept, kzalloc(sizeof(*vm->kept), GFP_KERNEL));
	if (!vm->kept)
		return refuse(why, -ENOMEM, 0, "out of memory");
	ret = hooks_switch_on();
	if (ret)
		return refuse(why, ret, 0, "no probe on sched_switch");
	owner_set(fresh, vm);
	return 0;
}

static int isolation_take(struct cordon_vm *vm, const struct cpumask *fresh,
			  bool force, struct isolation_result *res,
			  struct refusal *why)
{
	int ret = isolation_refuse_owned(fresh, why);

	if (ret)
		return ret;
	evict_hold_notes();
	ret = isolation_publish(vm, fresh, force, res, why);
	evict_let_notes_go();
	if (ret)
		goto err_left;
	ret = evict_all(res, why);
	if (!ret) {
		owner_arm(fresh);
		/* Who arrived before that, and runs on, is seen by nobody else. */
		ret = evict_all(res, why);
	}
	if (!ret) {
		isolation_fence();
		cpumask_or(&isolation_fresh, &isolation_fresh, fresh);
		return 0;
	}
	isolation_unpublish(vm, fresh);
err_left:
	isolation_give_back();
	return ret;
}

static int isolation_own_locked(struct cordon_vm *vm,
				const struct cpumask *cpus, bool force,
				struct isolation_change *c,
				struct isolation_result *res,
				struct refusal *why)
{
	int ret = 0;

	owner_get_cpus(vm, c->mine);
	cpumask_andnot(c->fresh, cpus, c->mine);
	cpumask_andnot(c->gone, c->mine, cpus);
	if (!cpumask_empty(c->fresh)) {
		/* One reference for as long as it owns anything. */
		if (cpumask_empty(c->mine))
			vm_get(vm);
		ret = isolation_take(vm, c->fresh, force, res, why);
		if (ret && cpumask_empty(c->mine))
			vm_put(vm);
		if (ret)
			return ret;
		isolation_begin(c->fresh);
	}
	if (!cpumask_empty(c->gone)) {
		isolation_unpublish(vm, c->gone);
		res->evicted += isolation_give_back();
		if (cpumask_empty(cpus))
			vm_put(vm);
	}
	/* The end of a transaction, which got nothing new. */
	if (cpumask_empty(c->fresh)) {
		cpumask_and(c->fresh, &isolation_fresh, cpus);
		isolation_begin(c->fresh);
		cpumask_andnot(&isolation_fresh, &isolation_fresh, c->fresh);
	}
	return 0;
}

/**
 * isolation_own() - make exactly these CPUs a VM's
 * @vm: the VM
 * @cpus: which; none: it owns nothing any more
 * @force: leave tasks there that can be nowhere else
 * @res: filled with what was done
 * @why: filled if it is refused
 *
 * When it returns 0, whoever is not of the VM's process, nor works for it, is
 * off CPUs that are new, and has back what he had of those that are gone, as
 * far as nobody else owns them. A transaction first owns what it had and will
 * have, and in the end only what it will have: the receipts of CPUs that are
 * new begin with that second call.
 *
 * Giving up CPUs never fails.
 *
 * Context: process, policy mutex held; waits for tasks to be moved.
 * Return: 0; -EBUSY, naming a task that can be nowhere else, or the owner of a
 * CPU; -ETIMEDOUT, naming a task that cannot be moved in 2 s; -ENOMEM; another
 * negative errno if there is no probe. Then everything is as before.
 */
int isolation_own(struct cordon_vm *vm, const struct cpumask *cpus,
		  bool force, struct isolation_result *res,
		  struct refusal *why)
{
	struct isolation_change change;
	int ret;

	*res = (struct isolation_result){};
	isolation_change_init(&change);
	mutex_lock(&isolation_mutex);
	ret = isolation_own_locked(vm, cpus, force, &change, res, why);
	mutex_unlock(&isolation_mutex);
	isolation_change_exit(&change);
	return ret;
}

/**
 * isolation_any() - does any VM own a CPU?
 *
 * Context: any.
 * Return: true if so.
 */
bool isolation_any(void)
{
	return owner_any();
}

/**
 * isolation_owner() - who owns a CPU
 * @cpu: the CPU
 *
 * Context: any but NMI.
 * Return: the VM's id, 0 if nobody does.
 */
u32 isolation_owner(unsigned int cpu)
{
	struct cordon_vm *vm;
	u32 id;

	rcu_read_lock();
	vm = owner_vm(cpu);
	id = vm ? vm->id : 0;
	rcu_read_unlock();
	return id;
}

/**
 * isolation_get_owned() - CPUs that are owned
 * @vm: by this VM; NULL: by any
 * @cpus: filled with them
 *
 * Context: any.
 */
void isolation_get_owned(const struct cordon_vm *vm, struct cpumask *cpus)
{
	owner_get_cpus(vm, cpus);
}

/**
 * isolation_strip() - take CPUs off a mask that other VMs own
 * @vm: whose own CPUs stay; NULL: none do
 * @cpus: the mask
 *
 * VMs of the same process are no others to each other.
 *
 * Context: any.
 * Return: true; false if nothing would be left: then the mask is as it was.
 */
bool isolation_strip(const struct cordon_vm *vm, struct cpumask *cpus)
{
	struct pid *tgid = vm ? vm->vmm->tgid : NULL;
	unsigned int cpu;
	bool left = false;

	for_each_cpu(cpu, cpus)
		left |= !owner_is_foreign(cpu, tgid);
	if (!left)
		return cpumask_empty(cpus);
	for_each_cpu(cpu, cpus)
		if (owner_is_foreign(cpu, tgid))
			__cpumask_clear_cpu(cpu, cpus);
	return true;
}

/**
 * isolation_is_bound() - can a task be nowhere else than on these CPUs?
 * @task: the task, with a reference
 * @cpus: the CPUs
 *
 * Context: any but under a runqueue lock.
 * Return: true if so; never for kernel threads.
 */
bool isolation_is_bound(struct task_struct *task, const struct cpumask *cpus)
{
	unsigned long flags;
	bool bound;

	raw_spin_lock_irqsave(&task->pi_lock, flags);
	bound = evict_is_bound(task, &task->cpus_mask, cpus);
	raw_spin_unlock_irqrestore(&task->pi_lock, flags);
	return bound;
}

/**
 * isolation_adopt() - a policy is about to hold a task
 * @task: the task, with a reference
 *
 * What isolation has taken of its mask is given back, so that it is that which
 * the policy finds.
 *
 * Context: process, the lock of the task's thread held.
 */
void isolation_adopt(struct task_struct *task)
{
	if (evicted_any())
		evict_adopt(task);
}

/**
 * isolation_get_mask() - the mask of a task, with what isolation took of it
 * @task: the task, with a reference
 * @cpus: filled with it
 *
 * Context: any but NMI and under a runqueue lock.
 */
void isolation_get_mask(struct task_struct *task, struct cpumask *cpus)
{
	struct evicted *e = evicted_find_get(task);

	if (e && READ_ONCE(e->held))
		evicted_get_found(e, cpus);
	else
		affinity_get_mask(task, cpus);
	if (e)
		evicted_put(e);
}

/**
 * isolation_keep_off() - a policy holds a task no longer
 * @task: the task, with a reference
 *
 * Context: process, the lock of the task's thread held.
 */
void isolation_keep_off(struct task_struct *task)
{
	bool moved = false;

	if (owner_any() && evict_may_move(task))
		evict_note(task, &moved);
}

/**
 * isolation_must_heal() - is there anything for isolation_heal() to do?
 *
 * Context: any.
 * Return: true while a CPU is owned, or something is left of the partition.
 */
bool isolation_must_heal(void)
{
	return owner_any() || partition_is_left();
}

/**
 * isolation_heal() - look again whether anybody is where he has no business
 *
 * Not while a transaction is under way.
 *
 * Context: process.
 * Return: false if one is.
 */
bool isolation_heal(void)
{
	struct isolation_result res = {};

	if (!isolation_must_heal())
		return true;
	if (!mutex_trylock(&isolation_mutex))
		return false;
	owner_watch_all();
	isolation_fence();
	partition_heal();
	if (owner_any())
		evict_all(&res, NULL);
	mutex_unlock(&isolation_mutex);
	return true;
}

/**
 * isolation_how() - how others are kept off owned CPUs
 * @why: set to why it is no better, or to NULL
 *
 * Context: any.
 * Return: enum cordon_isolation.
 */
u32 isolation_how(const char **why)
{
	if (!partition_holds(why))
		return CORDON_ISOLATION_MASKS;
	*why = NULL;
	return CORDON_ISOLATION_PARTITION;
}

/**
 * isolation_read() - what was held so far, of a CPU
 * @cpu: the CPU
 * @receipt: filled; the caller gives back with isolation_put_receipt()
 *
 * Context: process.
 * Return: true; false if nobody owns the CPU.
 */
bool isolation_read(unsigned int cpu, struct isolation_receipt *receipt)
{
	return receipt_read(cpu, receipt);
}

/**
 * isolation_read_vm() - what was held so far, of all CPUs a VM ever owned
 * @vm: the VM
 * @receipt: filled; the caller gives back with isolation_put_receipt()
 *
 * Context: process.
 * Return: true; false if it never owned one.
 */
bool isolation_read_vm(struct cordon_vm *vm, struct isolation_receipt *receipt)
{
	struct isolation_receipt *one;
	unsigned int cpu;
	bool ever;

	one = kmalloc(sizeof(*one), GFP_KERNEL);
	if (!one)
		return false;
	mutex_lock(&isolation_kept_mutex);
	ever = READ_ONCE(vm->kept);
	if (ever)
		receipt_copy(receipt, vm->kept);
	for_each_possible_cpu(cpu) {
		if (!ever || !owner_is(cpu, vm) || !receipt_read(cpu, one))
			continue;
		receipt_add(receipt, one);
		receipt_put(one);
	}
	mutex_unlock(&isolation_kept_mutex);
	kfree(one);
	return ever;
}

/**
 * isolation_put_receipt() - give a receipt's references back
 * @receipt: the receipt
 *
 * Context: process.
 */
void isolation_put_receipt(struct isolation_receipt *receipt)
{
	receipt_put(receipt);
}

/**
 * isolation_free_vm() - nobody can find the VM any more
 * @vm: the VM
 *
 * Context: process.
 */
void isolation_free_vm(struct cordon_vm *vm)
{
	if (vm->kept)
		receipt_put(vm->kept);
	kfree(vm->kept);
}

/**
 * isolation_init() - prepare what probes need
 *
 * Context: process, before any probe.
 * Return: 0 or -ENOMEM.
 */
int isolation_init(void)
{
	int ret = evicted_init();

	if (ret)
		return ret;
	ret = newborn_init();
	if (ret)
		goto err_evicted;
	receipt_init();
	ret = intruder_init();
	if (ret)
		goto err_newborn;
	return 0;

err_newborn:
	newborn_exit();
err_evicted:
	evicted_module_exit();
	return ret;
}

/**
 * isolation_flush() - wait for the workers
 *
 * Context: process, after the last probe: nothing is handed to them any more.
 */
void isolation_flush(void)
{
	intruder_flush();
}

/**
 * isolation_exit() - give back what is left to give, and free everything
 *
 * Context: process, after the last probe and the last safe point; nothing is
 * owned.
 */
void isolation_exit(void)
{
	intruder_exit();
	evict_give_back();
	evicted_module_exit();
	newborn_exit();
	partition_exit();
	receipt_exit();
}
