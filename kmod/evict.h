/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_EVICT_H
#define _CORDON_EVICT_H

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/types.h>

struct evicted;
struct isolation_result;
struct pid;
struct refusal;

bool evict_may_move(struct task_struct *task);
bool evict_concerns(struct task_struct *task, struct cpumask *scratch);
int evict_note(struct task_struct *task, bool *moved);
int evict_task(struct task_struct *task, bool *moved);
void evict_leave(struct task_struct *task);
void evict_adopt(struct task_struct *task);
void evict_correct(struct task_struct *task,
		   bool (*is_ours)(const struct cpumask *mask, void *arg),
		   void *arg, const struct cpumask *found);
bool evict_follow(struct task_struct *child, struct task_struct *parent,
		  struct evicted *of, bool (*may)(void *arg), void *arg);
bool evict_recheck(struct evicted *e);
bool evict_is_off(struct task_struct *task);

void evict_hold_notes(void);
void evict_let_notes_go(void);
int evict_check(struct pid *owner, const struct cpumask *fresh, bool force,
		struct isolation_result *res, struct refusal *why);
int evict_all(struct isolation_result *res, struct refusal *why);
bool evict_is_bound(const struct task_struct *task, const struct cpumask *now,
		    const struct cpumask *cpus);
u32 evict_give_back(void);
void evict_tidy(void);
void evict_find_children(void);

#endif /* _CORDON_EVICT_H */
