/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_PLACEMENT_PRIV_H
#define _CORDON_PLACEMENT_PRIV_H

#include "placement.h"

/**
 * struct placement_core - a core, while a placement is made
 * @first: its first entry in placement::cpu
 * @nr: CPUs that are present
 * @free: those of them that are usable, not taken, and not in use by this VM
 * @node: its node
 * @vcpus: vCPUs of this VM that are on it
 * @whole: all of its CPUs were free before
 * @emulator: the emulator is on it
 */
struct placement_core {
	__u32 first;
	__u32 nr;
	__u32 free;
	__u32 node;
	__u32 vcpus;
	bool whole;
	bool emulator;
};

/**
 * struct placement_node - a node, while a placement is made
 * @slots: vCPUs that fit on it, besides those that are there
 * @strict: vCPUs that must be on it and are not placed yet
 * @allowed: vCPUs may be on it
 * @used: a vCPU is, or must be, on it
 * @chosen: vCPUs that may be anywhere are put on it
 */
struct placement_node {
	__u32 slots;
	__u32 strict;
	bool allowed;
	bool used;
	bool chosen;
};

/**
 * struct placement - a placement that is being made
 * @host: what there is
 * @req: what is wanted
 * @res: the result
 * @smt: some core has several CPUs
 * @cpu: the CPUs of all cores, one core after the other, each ascending
 * @core: the cores
 * @node: the nodes
 */
struct placement {
	const struct placement_host *host;
	const struct placement_request *req;
	struct placement_result *res;
	bool smt;
	__u32 *cpu;
	struct placement_core *core;
	struct placement_node *node;
};

bool placement_is_group(const struct placement_core *c);
void placement_cores_init(struct placement *p);
__u32 placement_core_slots(const struct placement *p, __u32 core);
void placement_put_vcpu(struct placement *p, __u32 vcpu, __u32 cpu);
void placement_put_emulator(struct placement *p, __u32 cpu);
void placement_put_vcpus(struct placement *p);
bool placement_find_emulator(struct placement *p);
void placement_own_siblings(struct placement *p);

void placement_nodes_count(struct placement *p);
bool placement_node_allowed(const struct placement *p, __u32 node);
bool placement_nodes_choose(struct placement *p, __u32 wanted);

#endif /* _CORDON_PLACEMENT_PRIV_H */
