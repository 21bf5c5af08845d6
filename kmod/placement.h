/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_PLACEMENT_H
#define _CORDON_PLACEMENT_H

/* Pure: also built in user space, where linux/types.h is the uapi one. */
#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#endif
#include <uapi/linux/cordon.h>

/* No CPU, node or guest core. */
#define PLACEMENT_NONE		0xffffffffU

/* Hosts that are larger are refused. */
#define PLACEMENT_CPUS_MAX	8192
#define PLACEMENT_NODES_MAX	1024
/* As many as KVM has, and more. */
#define PLACEMENT_VCPUS_MAX	4096

/**
 * struct placement_cpu - a CPU of the host
 * @core: its core, numbered from 0 without gaps; the CPUs of one are siblings
 * @node: its node
 * @usable: online, in the dedicated pool, and where the VM may be at all
 * @taken: another VM owns it, or somebody is there who may not be moved
 */
struct placement_cpu {
	__u32 core;
	__u32 node;
	bool usable;
	bool taken;
};

/**
 * struct placement_host - what there is
 * @nr_cpus: entries of @cpu
 * @nr_cores: cores
 * @nr_nodes: entries of @node_score
 * @cpu: by number; what is not present is neither usable nor anybody's sibling,
 *	and has PLACEMENT_NONE as its core
 * @node_score: how much the VM prefers a node (memory, devices); may be NULL
 */
struct placement_host {
	__u32 nr_cpus;
	__u32 nr_cores;
	__u32 nr_nodes;
	const struct placement_cpu *cpu;
	const __u64 *node_score;
};

/**
 * struct placement_vcpu - a vCPU that wants a CPU of its own
 * @pin: it must be there (a pin of the user's, or where it is placed already);
 *	PLACEMENT_NONE: anywhere
 * @node: it must be on that node, which @numa must allow; PLACEMENT_NONE: any
 *	that @numa allows
 * @guest_core: vCPUs with the same number are siblings to the guest;
 *	PLACEMENT_NONE: not known, or it has none
 */
struct placement_vcpu {
	__u32 pin;
	__u32 node;
	__u32 guest_core;
};

/**
 * struct placement_request - what a VM wants
 * @nr_vcpus: dedicated vCPUs, in the order of their indexes
 * @vcpu: what each wants
 * @thread_policy: enum cordon_thread_policy
 * @numa: enum cordon_numa
 * @node_allowed: for CORDON_NUMA_NODES: by node; else NULL
 * @emulator: one more CPU is wanted for the emulator
 * @emulator_pin: where that must be, PLACEMENT_NONE: anywhere
 */
struct placement_request {
	__u32 nr_vcpus;
	const struct placement_vcpu *vcpu;
	__u32 thread_policy;
	__u32 numa;
	const bool *node_allowed;
	bool emulator;
	__u32 emulator_pin;
};

/**
 * enum placement_refusal - why there is no placement
 * @PLACEMENT_OK: there is one
 * @PLACEMENT_TOO_LARGE: the host or the VM is larger than the solver takes
 * @PLACEMENT_NO_CPUS: too few CPUs are free: @wanted, @free
 * @PLACEMENT_NO_CORES: too few cores are free as the thread policy wants them:
 *	@wanted, @free
 * @PLACEMENT_NO_NODE: the CPUs fit in the host, but not on the nodes that are
 *	allowed (@node: one that is short, or PLACEMENT_NONE): @wanted, @free
 * @PLACEMENT_PIN_UNUSABLE: @vcpu is pinned to @cpu, which no policy may own
 * @PLACEMENT_PIN_TAKEN: @vcpu is pinned to @cpu, which is taken
 * @PLACEMENT_PIN_TWICE: @vcpu is pinned to @cpu, where another one is
 * @PLACEMENT_PIN_POLICY: @vcpu's pin to @cpu is against the thread policy
 * @PLACEMENT_PIN_NODE: @vcpu's pin to @cpu is not on a node that is allowed
 * @PLACEMENT_SMT: thread policy avoid, on a host with siblings
 * @PLACEMENT_NO_SMT: thread policy require, on a host without
 *
 * Where @vcpu is PLACEMENT_NONE, the pin is the emulator's.
 */
enum placement_refusal {
	PLACEMENT_OK,
	PLACEMENT_TOO_LARGE,
	PLACEMENT_NO_CPUS,
	PLACEMENT_NO_CORES,
	PLACEMENT_NO_NODE,
	PLACEMENT_PIN_UNUSABLE,
	PLACEMENT_PIN_TAKEN,
	PLACEMENT_PIN_TWICE,
	PLACEMENT_PIN_POLICY,
	PLACEMENT_PIN_NODE,
	PLACEMENT_SMT,
	PLACEMENT_NO_SMT,
};

/**
 * struct placement_result - a placement, or why there is none
 * @refusal: why there is none; what follows up to @free belongs to it
 * @vcpu: the vCPU that it is about (its place in the request), PLACEMENT_NONE if
 *	none or the emulator
 * @cpu: the CPU that it is about
 * @node: the node that it is about
 * @wanted: CPUs or cores that were asked for
 * @free: CPUs or cores that there are
 * @vcpu_cpu: by place in the request: its CPU; the caller's, nr_vcpus entries
 * @emulator_cpu: the emulator's CPU, PLACEMENT_NONE if none was asked for
 * @owned: by CPU: enum cordon_cpu_use if the VM owns it, else 0; the caller's,
 *	nr_cpus entries
 * @nr_nodes: nodes that the vCPUs are on
 * @siblings_match: the guest's siblings are siblings of the host (and no two
 *	others are); true if the guest has none
 */
struct placement_result {
	enum placement_refusal refusal;
	__u32 vcpu;
	__u32 cpu;
	__u32 node;
	__u32 wanted;
	__u32 free;
	__u32 *vcpu_cpu;
	__u32 emulator_cpu;
	__u8 *owned;
	__u32 nr_nodes;
	bool siblings_match;
};

size_t placement_room(const struct placement_host *host,
		      const struct placement_request *req);
enum placement_refusal placement_solve(const struct placement_host *host,
				       const struct placement_request *req,
				       void *room,
				       struct placement_result *res);

#endif /* _CORDON_PLACEMENT_H */
