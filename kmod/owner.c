// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose each CPU is. Written by isolation.c, one at a time; read everywhere,
 * also under the runqueue lock, so nothing here takes a lock.
 *
 * An owner is known by its process, not by its address space: that of a thread
 * in another process may be the same one.
 */
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/topology.h>

#include "owner.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

DEFINE_PER_CPU(struct owner, owner_of_cpu);

/* All CPUs that somebody owns. */
static struct cpumask owner_cpus;

static void owner_watch(unsigned int cpu)
{
	WRITE_ONCE(per_cpu(owner_of_cpu, cpu).watched,
		   cpumask_intersects(topology_sibling_cpumask(cpu),
				      &owner_cpus) || owner_has(cpu));
}

/**
 * owner_watch_all() - see which switches matter
 *
 * A CPU that comes online has siblings that it had not before.
 *
 * Context: process, isolation.c's mutex held.
 */
void owner_watch_all(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		owner_watch(cpu);
}

/**
 * owner_set() - give CPUs to a VM, or to nobody
 * @cpus: which
 * @vm: the VM, which the caller holds for as long as it has them; NULL: nobody
 *
 * Context: process, isolation.c's mutex held.
 */
void owner_set(const struct cpumask *cpus, struct cordon_vm *vm)
{
	unsigned int cpu;

	/* A CPU of the mask always has an owner, whom it is not foreign to. */
	if (!vm)
		cpumask_andnot(&owner_cpus, &owner_cpus, cpus);
	/* Of the mask first, when it loses its owner. */
	smp_wmb();
	for_each_cpu(cpu, cpus) {
		struct owner *owner = &per_cpu(owner_of_cpu, cpu);

		WRITE_ONCE(owner->armed, false);
		WRITE_ONCE(owner->tgid, vm ? vm->vmm->tgid : NULL);
		rcu_assign_pointer(owner->vm, vm);
	}
	/* Of the mask last, when it gets one. */
	smp_wmb();
	if (vm)
		cpumask_or(&owner_cpus, &owner_cpus, cpus);
	owner_watch_all();
	/* Who looks at the owners after a fork, or a walk, sees them. */
	smp_mb();
}

/**
 * owner_arm() - from now on whoever arrives there is turned away
 * @cpus: owned CPUs
 *
 * Context: process, isolation.c's mutex held.
 */
void owner_arm(const struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu(cpu, cpus)
		WRITE_ONCE(per_cpu(owner_of_cpu, cpu).armed, true);
	/* Whoever is not seen by the probe from here on is by the next walk. */
	smp_mb();
}

/**
 * owner_get_cpus() - the CPUs that a VM owns
 * @vm: the VM; NULL: any
 * @cpus: filled with them
 *
 * Context: any.
 */
void owner_get_cpus(const struct cordon_vm *vm, struct cpumask *cpus)
{
	unsigned int cpu;

	cpumask_copy(cpus, &owner_cpus);
	if (!vm)
		return;
	for_each_cpu(cpu, &owner_cpus)
		if (!owner_is(cpu, vm))
			__cpumask_clear_cpu(cpu, cpus);
}

/**
 * owner_any() - does anybody own a CPU?
 *
 * Context: any.
 * Return: true if so.
 */
bool owner_any(void)
{
	return !cpumask_empty(&owner_cpus);
}

/**
 * owner_has_any() - does anybody own one of these CPUs?
 * @cpus: the CPUs
 *
 * Context: any.
 * Return: true if so.
 */
bool owner_has_any(const struct cpumask *cpus)
{
	return cpumask_intersects(cpus, &owner_cpus);
}

/**
 * owner_has() - is the CPU somebody's?
 * @cpu: the CPU
 *
 * Context: any.
 * Return: true if so.
 */
bool owner_has(unsigned int cpu)
{
	return cpumask_test_cpu(cpu, &owner_cpus);
}

/**
 * owner_is() - is the CPU this VM's?
 * @cpu: the CPU
 * @vm: the VM
 *
 * Context: any.
 * Return: true if so.
 */
bool owner_is(unsigned int cpu, const struct cordon_vm *vm)
{
	return rcu_access_pointer(per_cpu(owner_of_cpu, cpu).vm) == vm;
}

/**
 * owner_is_foreign() - has a process no business on a CPU?
 * @cpu: the CPU
 * @tgid: the process; NULL: none that owns any
 *
 * Context: any.
 * Return: true if it is somebody else's.
 */
bool owner_is_foreign(unsigned int cpu, const struct pid *tgid)
{
	struct pid *owner;

	if (!owner_has(cpu))
		return false;
	owner = READ_ONCE(per_cpu(owner_of_cpu, cpu).tgid);
	return owner && owner != tgid;
}

/**
 * owner_vm() - the VM that owns a CPU
 * @cpu: the CPU
 *
 * Context: under rcu_read_lock() or with preemption disabled.
 * Return: the VM, valid under RCU, or NULL.
 */
struct cordon_vm *owner_vm(unsigned int cpu)
{
	return rcu_dereference_check(per_cpu(owner_of_cpu, cpu).vm,
				     rcu_read_lock_any_held());
}

/**
 * owner_process() - the process that a task is of, or works for
 * @task: the task
 *
 * A kernel thread is a VM's if it is known as a helper of its process.
 *
 * Context: any; also under the runqueue lock.
 * Return: a pointer to compare with; NULL for other kernel threads.
 */
struct pid *owner_process(struct task_struct *task)
{
	struct pid *tgid = NULL;
	struct cordon_thread *t;

	if (!(task->flags & PF_KTHREAD))
		return task_tgid(task);
	rcu_read_lock();
	t = thread_lookup(task);
	if (t)
		tgid = t->vmm->tgid;
	rcu_read_unlock();
	return tgid;
}

/**
 * owner_get_foreign() - the owned CPUs that a task has no business on
 * @task: the task
 * @cpus: filled with them
 *
 * Context: any.
 * Return: true if there are any.
 */
bool owner_get_foreign(struct task_struct *task, struct cpumask *cpus)
{
	struct pid *tgid = owner_process(task);
	unsigned int cpu;

	cpumask_copy(cpus, &owner_cpus);
	for_each_cpu(cpu, cpus)
		if (!owner_is_foreign(cpu, tgid))
			__cpumask_clear_cpu(cpu, cpus);
	return !cpumask_empty(cpus);
}
