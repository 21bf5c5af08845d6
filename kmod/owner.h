/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_OWNER_H
#define _CORDON_OWNER_H

#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/types.h>

struct cordon_vm;

/**
 * struct owner - whose a CPU is
 * @vm: the VM, NULL if it is nobody's; freed after RCU readers
 * @tgid: its process; only compared with
 * @armed: whoever else arrives is turned away
 * @watched: a switch on this CPU matters: it is owned, or a sibling is
 *
 * One for each CPU; written under isolation.c's mutex.
 */
struct owner {
	struct cordon_vm __rcu *vm;
	struct pid *tgid;
	bool armed;
	bool watched;
};

DECLARE_PER_CPU(struct owner, owner_of_cpu);

/**
 * owner_watches() - does a switch on this CPU matter?
 *
 * Context: preemption disabled; on each switch of the host while anything is
 * owned, so it is inline.
 * Return: true if so.
 */
static __always_inline bool owner_watches(void)
{
	return this_cpu_read(owner_of_cpu.watched);
}

void owner_set(const struct cpumask *cpus, struct cordon_vm *vm);
void owner_watch_all(void);
void owner_arm(const struct cpumask *cpus);
void owner_get_cpus(const struct cordon_vm *vm, struct cpumask *cpus);
bool owner_any(void);
bool owner_has_any(const struct cpumask *cpus);
bool owner_has(unsigned int cpu);
bool owner_is(unsigned int cpu, const struct cordon_vm *vm);
bool owner_is_foreign(unsigned int cpu, const struct pid *tgid);
struct cordon_vm *owner_vm(unsigned int cpu);
struct pid *owner_process(struct task_struct *task);
bool owner_get_foreign(struct task_struct *task, struct cpumask *cpus);

#endif /* _CORDON_OWNER_H */
