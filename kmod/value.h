/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_VALUE_H
#define _CORDON_VALUE_H

#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <uapi/linux/cordon.h>

#include "budget.h"
#include "registry.h"
#include "schedclass.h"

struct cordon_plan;
struct cordon_thread;

/* The attributes of a policy that are keys. */
#define POLICY_KEY_FIRST	CORDON_A_POLICY_MODE
#define POLICY_KEY_LAST		CORDON_A_POLICY_FORCE
#define POLICY_KEYS		(POLICY_KEY_LAST + 1)

/* A request resets keys by their bits. */
static_assert(POLICY_KEYS <= 64);

/* The longest name or glob; a comm is shorter. */
#define POLICY_NAME_LEN		32

/* Entries that one key may have. */
#define POLICY_RULES_MAX	4096

/**
 * struct policy_io - how fast a disk may be used
 * @major: the disk's number
 * @minor: the rest of it
 * @rbps: bytes read in a second; as in the three that follow, 0: not named,
 *	CORDON_UNLIMITED: no limit
 * @wbps: bytes written in a second
 * @riops: reads in a second
 * @wiops: writes in a second
 */
struct policy_io {
	u32 major;
	u32 minor;
	u64 rbps;
	u64 wbps;
	u64 riops;
	u64 wiops;
};

/**
 * struct policy_rule - one entry of a key's value; each key uses some of it
 * @first: the first vCPU that it is for
 * @last: the last one
 * @number: an enum, a tid or, for scheduling classes, enum cordon_sched
 * @amount: a time in microseconds, or bytes
 * @priority: realtime priority
 * @one_to_one: the n-th vCPU on the n-th CPU
 * @name: a name or glob
 * @io: limits of a disk
 * @cpus: a CPU set, or NULL
 */
struct policy_rule {
	u32 first;
	u32 last;
	u32 number;
	u64 amount;
	u32 priority;
	bool one_to_one;
	char name[POLICY_NAME_LEN];
	struct policy_io io;
	struct cpumask *cpus;
};

/**
 * struct policy_value - a key's value; never changed once a policy has it
 * @ref: policies that share it
 * @nr: entries
 * @rule: the entries
 */
struct policy_value {
	refcount_t ref;
	u32 nr;
	struct policy_rule rule[];
};

/**
 * struct cordon_policy - what a VM is held to; never changed once published
 * @reap: freed after RCU readers
 * @ref: one for the VM, one for each user
 * @plan: where its placement puts the VM, with a reference; NULL if it has no
 *	placement. Filled by plan_make(), before it is published.
 * @value: by key; NULL: not set
 */
struct cordon_policy {
	struct reap reap;
	refcount_t ref;
	struct cordon_plan *plan;
	struct policy_value *value[POLICY_KEYS];
};

struct policy_value *value_alloc(u32 nr);
void value_put(struct policy_value *value);
int value_add_cpus(struct policy_rule *rule);

struct cordon_policy *policy_alloc(void);
struct cordon_policy *policy_merge(const struct cordon_policy *old,
				   const struct cordon_policy *keys,
				   u64 reset);
void policy_put(struct cordon_policy *p);
bool policy_is_empty(const struct cordon_policy *p);

const struct policy_rule *policy_rule(const struct cordon_policy *p, u32 key);
bool policy_audits(const struct cordon_policy *p);
bool policy_forces(const struct cordon_policy *p);
u32 policy_process_key(const struct cordon_policy *p);
bool policy_is_iothread(const struct cordon_policy *p, const char *comm,
			u32 tid);
u32 policy_class_of_name(const struct cordon_policy *p, const char *comm,
			 u32 tid);
bool policy_get_cpus(const struct cordon_policy *p, u32 class, u32 index,
		     const char *comm, struct cpumask *cpus);
bool policy_get_sched(const struct cordon_policy *p, u32 class, u32 index,
		      const char *comm, struct schedparam *param);
u32 policy_cap_key(u32 cap, u32 key);
bool policy_get_limit(const struct cordon_policy *p, u32 cap,
		      struct budget_limit *limit);
u32 policy_cap_of(const struct cordon_policy *p, u32 class);
u32 policy_cap_by(const struct cordon_policy *p);
bool policy_get_weight(const struct cordon_policy *p, u32 *weight);
bool policy_get_memory(const struct cordon_policy *p, u32 key, u64 *bytes);
const struct policy_io *policy_get_io(const struct cordon_policy *p, u32 i);
u32 policy_cgroup_key(const struct cordon_policy *p);
u32 policy_cpu_policy(const struct cordon_policy *p);
bool policy_is_placed(const struct cordon_policy *p);
bool policy_is_dedicated(const struct cordon_policy *p, u32 index);
bool policy_adopts(const struct cordon_policy *p, bool *said);
u32 policy_thread_policy(const struct cordon_policy *p);
u32 policy_emulator_policy(const struct cordon_policy *p);
u32 policy_numa(const struct cordon_policy *p);
bool policy_names_node(const struct cordon_policy *p, u32 node);
bool policy_get_node(const struct cordon_policy *p, u32 index, u32 *node);
bool policy_prefers_node(const struct cordon_policy *p, u32 node);
bool policy_get_reservation(const struct cordon_policy *p, u32 *milli_cpus);
bool rule_is_rt(const struct policy_rule *rule);

#endif /* _CORDON_VALUE_H */
