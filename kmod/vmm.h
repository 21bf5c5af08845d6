/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_VMM_H
#define _CORDON_VMM_H

#include <linux/list.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "registry.h"

struct cordon_policy;
struct cordon_thread;
struct cordon_vm;

/**
 * struct cordon_vmm - a process that runs VMs
 * @node: in the hash by @tgid
 * @reap: freed after RCU readers
 * @ref: one for the hash, one for each VM and thread of it
 * @tgid: the process, with a reference
 * @mm: its address space; only compared with
 * @dead: it exited or exec'd; nothing is added any more
 * @threads: its threads, helpers too
 * @nr_threads: how many
 * @vms: its VMs
 * @drift: of its threads that are no vCPUs
 * @owner: the VM whose policy names emulator, iothreads or helpers: these
 *	belong to the process, so one policy has them. Policy mutex.
 * @policy: that policy
 *
 * @node, @dead, @threads, @nr_threads and @vms are under registry_lock.
 */
struct cordon_vmm {
	struct hlist_node node;
	struct reap reap;
	refcount_t ref;
	struct pid *tgid;
	struct mm_struct *mm;
	bool dead;
	struct list_head threads;
	unsigned int nr_threads;
	struct list_head vms;
	struct drift drift;
	struct cordon_vm *owner;
	struct cordon_policy __rcu *policy;
};

/*
 * The threads of @task's process, under RCU. for_each_thread() does the same,
 * but where RCU lists are proved it names tasklist_lock, which is not exported.
 */
#define vmm_for_each_task(task, t) \
	list_for_each_entry_rcu(t, &(task)->signal->thread_head, thread_node)

struct mm_struct *vmm_mm(struct task_struct *task);
struct cordon_vmm *vmm_get_or_create(struct task_struct *task);
struct cordon_vmm *vmm_find_get(struct pid *tgid);
bool vmm_knows(struct pid *tgid);
struct pid *vmm_tgid_of_name(const char *comm);
struct cordon_vmm *vmm_get(struct cordon_vmm *vmm);
void vmm_put(struct cordon_vmm *vmm);
struct cordon_vm *vmm_get_vm(struct cordon_vmm *vmm);
void vmm_end(struct cordon_vmm *vmm);
void vmm_scan(struct cordon_vmm *vmm);
void vmm_forget_all(void);
struct cordon_vmm **vmm_get_all(unsigned int *nr);
void vmm_put_all(struct cordon_vmm **vmms, unsigned int nr);
struct cordon_thread **vmm_get_threads(struct cordon_vmm *vmm,
				       unsigned int *nr);
void vmm_put_threads(struct cordon_thread **threads, unsigned int nr);

#endif /* _CORDON_VMM_H */
