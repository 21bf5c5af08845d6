/* SPDX-License-Identifier: GPL-2.0-only */
/* VMs and threads as the kernel tells of them. */
#ifndef _CORDON_VMS_H
#define _CORDON_VMS_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/msg.h>

#include "attr.h"
#include "cpulist.h"
#include "guestinfo.h"
#include "receipt.h"
#include "vmname.h"

/**
 * struct vm_info - one VM
 * @has: a bit for each attribute (CORDON_A_VM_*) that the kernel sent
 * @name: from the command line, else @comm; never NULL
 * @uuid: from the command line, or NULL
 * The rest is as in enum cordon_vm_attr.
 */
struct vm_info {
	uint64_t has;
	uint32_t id;
	uint32_t pid;
	uint32_t vcpus;
	uint32_t threads;
	uint32_t state;
	uint32_t mode;
	uint64_t drifts;
	uint64_t drift_age_ns;
	uint64_t age_ns;
	uint64_t confirm_ms;
	uint64_t lost;
	uint32_t cpu_policy;
	uint32_t thread_policy;
	char *comm;
	char *name;
	char *uuid;
	struct cpulist cpus;
	struct cpulist owned;
	struct receipt_info receipt;
	struct guest_info guest;
};

/**
 * struct vm_list - VMs, in the kernel's order
 * @vm: each of them
 * @n: how many
 */
struct vm_list {
	struct vm_info *vm;
	size_t n;
};

/**
 * struct thread_info - one thread
 * @has: a bit for each attribute (CORDON_A_THREAD_*) that the kernel sent
 * The rest is as in enum cordon_thread_attr.
 */
struct thread_info {
	uint64_t has;
	uint32_t vm_id;
	uint32_t tid;
	uint32_t class;
	uint32_t vcpu;
	uint32_t state;
	uint32_t cpu;
	uint32_t sched;
	uint32_t priority;
	uint64_t drifts;
	uint64_t lost;
	char *comm;
	struct cpulist cpus;
	struct cpulist want;
};

/**
 * struct thread_list - threads: by VM, vCPUs first, then by class and tid
 * @thread: each of them
 * @n: how many
 */
struct thread_list {
	struct thread_info *thread;
	size_t n;
};

/* From a message or a nest: its attributes, and how many bytes they have. */
void vm_info_parse(struct nlattr *attrs, int len, struct vm_info *vm);
void vm_info_free(struct vm_info *vm);
void thread_info_parse(struct nlattr *attrs, int len, struct thread_info *thread);
void thread_info_free(struct thread_info *thread);

/* One VM as it is now: 0, or the errno, which is not told. */
int vm_get(uint32_t id, struct vm_info *vm);
/* Dumps; an exit status, after the error was told. */
int vm_list_get(struct vm_list *list);
void vm_list_free(struct vm_list *list);
/* @vm_id 0: the threads of every VM. */
int thread_list_get(uint32_t vm_id, struct thread_list *list);
void thread_list_free(struct thread_list *list);

/* The one VM that was meant; tells what is wrong if there is none, or two. */
int vm_find(const struct vm_ref *ref, const struct vm_list *list,
	    const struct vm_info **found);
/*
 * A command about the VM that was typed, or `all`: @run gets who is meant, and
 * every VM. An exit status.
 */
int vm_run(const char *word, int (*run)(const struct vm_ref *ref,
					const struct vm_list *list));
const struct vm_info *vm_by_id(const struct vm_list *list, uint32_t id);
const struct vm_info *vm_by_pid(const struct vm_list *list, uint32_t pid);

/* How to type that VM, for a command that is shown: its name, else id:N. */
void vm_word(const struct vm_info *vm, const struct vm_list *list,
	     struct text *t);

/* The fields that JSON and text show of them. */
void vm_fields(const struct vm_info *vm);
void thread_fields(const struct thread_info *thread, const struct vm_info *vm);
/* "fifo:1", "other" */
void sched_print(uint32_t sched, bool has_priority, uint32_t priority,
		 struct text *t);
/*
 * May it run where its policy does not want it? One that the kernel forbids to
 * move is not wrong.
 */
bool thread_is_wrong(const struct thread_info *thread);

#endif /* _CORDON_VMS_H */
