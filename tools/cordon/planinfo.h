/* SPDX-License-Identifier: GPL-2.0-only */
/* A placement as the kernel tells of it, done or only planned. Pure. */
#ifndef _CORDON_PLANINFO_H
#define _CORDON_PLANINFO_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <netlink/msg.h>

#include "cpuinfo.h"
#include "cpulist.h"
#include "hosttask.h"
#include "text.h"

/**
 * struct place_info - where one dedicated vCPU is
 * @has: a bit for each attribute (CORDON_A_PLACE_*) that the kernel sent
 * The rest is as in enum cordon_place_attr.
 */
struct place_info {
	uint64_t has;
	uint32_t vcpu;
	uint32_t cpu;
	uint32_t node;
	uint32_t guest_core;
};

/**
 * struct plan_info - a placement
 * @has: a bit for each attribute (CORDON_A_POLICY_*) that the kernel sent
 * @place: each dedicated vCPU
 * @n: how many
 * @emulator: where the emulator runs
 * @owned: the CPUs that the VM owns
 * @idle: those of them that are held idle
 */
struct plan_info {
	uint64_t has;
	struct place_info *place;
	size_t n;
	struct cpulist emulator;
	struct cpulist owned;
	struct cpulist idle;
};

/**
 * struct refusal_info - why something is, or would be, refused
 * @has: a bit for each attribute (CORDON_A_REFUSAL_*) that the kernel sent
 * The rest is as in enum cordon_refusal_attr.
 */
struct refusal_info {
	uint64_t has;
	uint32_t err;
	char *text;
	uint32_t key;
	uint32_t cpu;
	uint32_t owner;
	uint32_t tid;
	uint32_t wanted;
	uint32_t free;
};

/**
 * struct plan_load - how busy CPUs are before a plan is done
 * @owned: CPUs that it would take
 * @owned_busy: thousandths of a CPU that they are busy now, all together
 * @others: CPUs that would be left to all others
 * @others_busy: the same of these
 */
struct plan_load {
	unsigned int owned;
	uint64_t owned_busy;
	unsigned int others;
	uint64_t others_busy;
};

void plan_parse(struct nl_msg *msg, struct plan_info *plan);
void plan_free(struct plan_info *plan);
/* Its fields, JSON only. */
void plan_fields(const struct plan_info *plan);

/* False if the message holds no refusal. */
bool refusal_parse(struct nl_msg *msg, struct refusal_info *refusal);
void refusal_free(struct refusal_info *refusal);
json_t *refusal_json(const struct refusal_info *refusal);
/* The reason, with the numbers if it does not have them. */
void refusal_print(const struct refusal_info *refusal, struct text *t);

/*
 * The other vCPUs that are on the core of @place, by the host's CPUs; that are on
 * its core by what the guest sees.
 */
void plan_siblings(const struct plan_info *plan, const struct cpu_list *cpus,
		   const struct place_info *place, struct cpulist *vcpus);
void plan_guest_siblings(const struct plan_info *plan,
			 const struct place_info *place, struct cpulist *vcpus);

/* "84 tasks may run there now; busiest: make (pid 12, uid 0) 34%": of @ms. */
void plan_tasks_print(const struct host_tasks *tasks, unsigned int ms,
		      long ticks_per_s, struct text *t);
void plan_load_print(const struct plan_load *load, struct text *t);

#endif /* _CORDON_PLANINFO_H */
