/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_ISOLATION_H
#define _CORDON_ISOLATION_H

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/types.h>

struct cordon_plan;
struct cordon_vm;
struct refusal;

/* Who is told of in a receipt. */
#define ISOLATION_CULPRITS	8

/**
 * struct isolation_culprit - who ran on an owned CPU
 * @kind: enum cordon_culprit
 * @pid: its thread, a reference for whoever reads a receipt; NULL: none
 * @comm: its name by then
 * @uid: in the initial user namespace
 * @count: how often
 * @time_ns: for how long
 * @longest_ns: the longest time without a break
 */
struct isolation_culprit {
	u32 kind;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
	u32 uid;
	u64 count;
	u64 time_ns;
	u64 longest_ns;
};

/**
 * struct isolation_receipt - what isolation held, of a CPU or of a VM's
 * @kept_ns: for how long it was kept
 * @intrusions: tasks turned away
 * @last_ns: when the last one was, by the boot clock; 0: none
 * @foreign_ns: time of tasks that are not the owner's
 * @longest_ns: the longest of it without a break
 * @irq_ns: time in interrupts
 * @softirq_ns: time in softirqs
 * @irq_known: the kernel accounts for these two
 * @sibling_ns: time in which somebody else ran on a sibling while the owner ran
 * @has_siblings: the CPU has some, or one of them
 * @nr_culprits: entries of @culprit
 * @culprit: the worst first
 */
struct isolation_receipt {
	u64 kept_ns;
	u64 intrusions;
	u64 last_ns;
	u64 foreign_ns;
	u64 longest_ns;
	u64 irq_ns;
	u64 softirq_ns;
	bool irq_known;
	u64 sibling_ns;
	bool has_siblings;
	u32 nr_culprits;
	struct isolation_culprit culprit[ISOLATION_CULPRITS];
};

/**
 * struct isolation_result - what owning CPUs, or giving them up, has done
 * @evicted: tasks of others whose masks were changed, or given back
 * @left: tasks that are left on owned CPUs, by force
 */
struct isolation_result {
	u32 evicted;
	u32 left;
};

int isolation_init(void);
void isolation_flush(void);
void isolation_exit(void);

int isolation_own(struct cordon_vm *vm, const struct cpumask *cpus,
		  bool force, struct isolation_result *res,
		  struct refusal *why);
bool isolation_any(void);
u32 isolation_owner(unsigned int cpu);
void isolation_get_owned(const struct cordon_vm *vm, struct cpumask *cpus);
bool isolation_strip(const struct cordon_vm *vm, struct cpumask *cpus);
bool isolation_must_heal(void);
bool isolation_heal(void);
void isolation_adopt(struct task_struct *task);
void isolation_get_mask(struct task_struct *task, struct cpumask *cpus);
void isolation_keep_off(struct task_struct *task);
void isolation_free_vm(struct cordon_vm *vm);
bool isolation_is_bound(struct task_struct *task, const struct cpumask *cpus);

u32 isolation_how(const char **why);
bool isolation_read(unsigned int cpu, struct isolation_receipt *receipt);
bool isolation_read_vm(struct cordon_vm *vm, struct isolation_receipt *receipt);
void isolation_put_receipt(struct isolation_receipt *receipt);

#endif /* _CORDON_ISOLATION_H */
