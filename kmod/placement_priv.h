/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_PLACEMENT_PRIV_H
#define _CORDON_PLACEMENT_PRIV_H

/*
 * What the solver's files share. placement.c calls them in this order:
 * placement_host.c says what is there, placement_guest.c which vCPUs are
 * siblings, placement_node.c chooses nodes, placement_core.c cores.
 */
#include "placement.h"

/**
 * enum solver_kind - what a vCPU takes of a core, by the thread policy
 * @SOLVER_ANY: a free CPU
 * @SOLVER_GROUP: a CPU of a sibling group that is free as a whole
 * @SOLVER_ALONE: a core that is free as a whole
 * @SOLVER_APART: a free CPU of a core without another vCPU of this VM
 */
enum solver_kind {
	SOLVER_ANY,
	SOLVER_GROUP,
	SOLVER_ALONE,
	SOLVER_APART,
};

/**
 * struct solver_set - what a choice of nodes is worth
 * @score: sum of their scores
 * @units: vCPUs that fit on them
 * @matches: cores of theirs that hold the guest's largest core
 */
struct solver_set {
	__u64 score;
	__u32 units;
	__u32 matches;
};

/**
 * struct solver - a placement in the making
 * @host: what there is
 * @req: what is wanted
 * @res: what comes of it; its @owned also says what is used up
 * @kind: what a vCPU takes
 * @smt: some core has siblings
 * @strict: only nodes of the request's list
 * @key: room to sort
 *
 * @core_cpu: by core: its CPUs, the lowest first
 * @core_first: by core: where in @core_cpu they begin; one more at the end
 * @core_next: by core: where in @core_cpu a free one is looked for
 * @core_node: by core: its node
 * @core_free: by core: CPUs that are free
 * @core_left: by core: vCPUs that may still come
 * @core_vcpus: by core: vCPUs that are there
 * @core_whole: by core: none of its CPUs is anybody else's or unusable
 * @core_mark: by core: chosen
 * @core_used: by core: given to a guest core
 * @order: cores that have room, the best first
 * @nr_order: how many
 * @list: those of them that are chosen
 * @nr_list: how many
 * @nr_fresh: those of @list that have no vCPU yet
 *
 * @node_score: by node: how much it is preferred, so that sums do not overflow
 * @node_rank: by node: its place when they are sorted by score
 * @node_units: by node: vCPUs that may still come
 * @node_extra: by node: CPUs that are of use to the emulator only
 * @node_pinned: by node: vCPUs that are pinned there
 * @node_need: by node: other vCPUs that must be there
 * @node_matches: by node: cores that hold the guest's largest core
 * @node_want: by node: what is still short while cores are chosen
 * @node_last: by node: the core that would do for it
 * @node_at: by node: where in @list room is looked for
 * @node_allowed: by node: vCPUs may be there that name no node
 * @node_forced: by node: some vCPU must be there
 * @node_open: by node: chosen for vCPUs that name no node
 *
 * @nr_pinned: vCPUs that are pinned
 * @nr_loose: vCPUs that are not, and name no node
 *
 * @guest_smt: the guest has siblings
 * @nr_blocks: cores of the guest; what is not known counts as one
 * @nr_pairs: those with more than one vCPU
 * @block: by vCPU: its core of the guest, numbered by size
 * @block_first: by block: where in @by_block it begins; one more at the end
 * @block_core: by block: where its last vCPU was put
 * @block_goal: by block: the core that it shall have
 * @by_block: vCPUs, those of a block side by side, the largest first
 *
 * @set_node: nodes to choose from, the largest first
 * @set_sum: by number of those: what fits on so many of the first
 * @set_score: by place: the highest score from there on
 * @set_pick: places of @set_node, being tried
 * @set_best: the best so far
 * @set_acc: by number of picks: what they are worth
 * @set_in: by place: is in @set_best
 */
struct solver {
	const struct placement_host *host;
	const struct placement_request *req;
	struct placement_result *res;
	enum solver_kind kind;
	bool smt;
	bool strict;
	__u64 *key;

	__u32 *core_cpu;
	__u32 *core_first;
	__u32 *core_next;
	__u32 *core_node;
	__u32 *core_free;
	__u32 *core_left;
	__u32 *core_vcpus;
	__u8 *core_whole;
	__u8 *core_mark;
	__u8 *core_used;
	__u32 *order;
	__u32 nr_order;
	__u32 *list;
	__u32 nr_list;
	__u32 nr_fresh;

	__u64 *node_score;
	__u32 *node_rank;
	__u32 *node_units;
	__u32 *node_extra;
	__u32 *node_pinned;
	__u32 *node_need;
	__u32 *node_matches;
	__u32 *node_want;
	__u32 *node_last;
	__u32 *node_at;
	__u8 *node_allowed;
	__u8 *node_forced;
	__u8 *node_open;

	__u32 nr_pinned;
	__u32 nr_loose;

	bool guest_smt;
	__u32 nr_blocks;
	__u32 nr_pairs;
	__u32 *block;
	__u32 *block_first;
	__u32 *block_core;
	__u32 *block_goal;
	__u32 *by_block;

	__u32 *set_node;
	__u32 *set_sum;
	__u64 *set_score;
	__u32 *set_pick;
	__u32 *set_best;
	struct solver_set *set_acc;
	__u8 *set_in;
};

static inline __u32 solver_min(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

static inline __u32 core_size(const struct solver *s, __u32 core)
{
	return s->core_first[core + 1] - s->core_first[core];
}

static inline bool vcpu_is_placed(const struct solver *s, __u32 vcpu)
{
	return s->res->vcpu_cpu[vcpu] != PLACEMENT_NONE;
}

/* Names no node. */
static inline bool vcpu_is_loose(const struct solver *s, __u32 vcpu)
{
	return s->req->vcpu[vcpu].node == PLACEMENT_NONE;
}

/* placement_host.c */
void solver_sort(__u64 *key, __u32 n);
void host_survey(struct solver *s);
void host_count_units(struct solver *s);
void host_sort_cores(struct solver *s);
bool cpu_is_usable(const struct solver *s, __u32 cpu);
bool cpu_is_free(const struct solver *s, __u32 cpu);
void cpu_give_vcpu(struct solver *s, __u32 cpu, __u32 vcpu);
void core_give_vcpu(struct solver *s, __u32 core, __u32 vcpu);
void cpu_give_emulator(struct solver *s, __u32 cpu);
__u32 core_get_free(struct solver *s, __u32 core);

/* placement_guest.c */
void guest_survey(struct solver *s);
bool guest_place_matching(struct solver *s);
void guest_place_close(struct solver *s);
bool guest_matches(struct solver *s);

/* placement_node.c */
enum placement_refusal nodes_choose(struct solver *s);

/* placement_core.c */
bool core_may_vcpu(const struct solver *s, __u32 core, __u32 vcpu);
void cores_place(struct solver *s);
void cores_place_emulator(struct solver *s);

#endif /* _CORDON_PLACEMENT_PRIV_H */
