// SPDX-License-Identifier: GPL-2.0-only
/*
 * The solver's guest: which vCPUs are siblings to it, and how they become
 * siblings on the host.
 *
 * Called by placement.c and placement_core.c. vCPUs of one core of the guest are
 * a block; one whose core is not known is a block of its own.
 *
 * If each block can have a core to itself, and that takes no more cores than
 * there must be, it is found for certain. Else as many as are found one after
 * the other, the largest first, are kept together.
 */
#include "placement_priv.h"

/* By guest core, then by number; who leads a block is its lowest vCPU. */
static void guest_find_leaders(struct solver *s, __u32 *leader, __u32 *members)
{
	const struct placement_vcpu *v = s->req->vcpu;
	__u32 n = s->req->nr_vcpus, i, vcpu, before = 0;

	for (i = 0; i < n; i++) {
		s->key[i] = (__u64)v[i].guest_core << 32 | i;
		members[i] = 0;
	}
	solver_sort(s->key, n);
	for (i = 0; i < n; i++) {
		vcpu = (__u32)s->key[i];
		if (i && v[vcpu].guest_core != PLACEMENT_NONE &&
		    v[vcpu].guest_core == v[before].guest_core)
			leader[vcpu] = leader[before];
		else
			leader[vcpu] = vcpu;
		members[leader[vcpu]]++;
		before = vcpu;
	}
}

/**
 * guest_survey() - find the guest's cores
 * @s: the solver
 */
void guest_survey(struct solver *s)
{
	__u32 n = s->req->nr_vcpus, i, vcpu;
	__u32 *leader = s->block_core, *members = s->block_goal;

	guest_find_leaders(s, leader, members);
	for (i = 0; i < n; i++)
		s->key[i] = (__u64)(n - members[leader[i]]) << 32 |
			    leader[i] << 16 | i;
	solver_sort(s->key, n);
	for (i = 0; i < n; i++) {
		vcpu = s->key[i] & 0xffff;
		s->by_block[i] = vcpu;
		if (leader[vcpu] == vcpu) {
			s->block_first[s->nr_blocks++] = i;
			s->nr_pairs += members[vcpu] > 1;
		}
		s->block[vcpu] = s->nr_blocks - 1;
	}
	s->block_first[s->nr_blocks] = n;
	s->guest_smt = s->nr_pairs;
	for (i = 0; i < n; i++)
		s->block_core[i] = PLACEMENT_NONE;
}

/**
 * struct guest_want - what the vCPUs of a block that are not placed want
 * @nr: how many they are
 * @node: they must be there, PLACEMENT_NONE: anywhere
 * @loose: some of them name no node
 */
struct guest_want {
	__u32 nr;
	__u32 node;
	bool loose;
};

/* False if its vCPUs cannot be on one core. */
static bool block_survey(const struct solver *s, __u32 block,
			 struct guest_want *want)
{
	const struct placement_vcpu *v = s->req->vcpu;
	__u32 home = s->block_core[block], i, vcpu, cpu;

	want->nr = 0;
	want->node = home == PLACEMENT_NONE ? home : s->core_node[home];
	want->loose = false;
	for (i = s->block_first[block]; i < s->block_first[block + 1]; i++) {
		vcpu = s->by_block[i];
		cpu = s->res->vcpu_cpu[vcpu];
		if (cpu != PLACEMENT_NONE) {
			if (s->host->cpu[cpu].core != home)
				return false;
			continue;
		}
		want->nr++;
		if (v[vcpu].node == PLACEMENT_NONE)
			want->loose = true;
		else if (want->node == PLACEMENT_NONE)
			want->node = v[vcpu].node;
		else if (want->node != v[vcpu].node)
			return false;
	}
	return want->node == PLACEMENT_NONE || !want->loose ||
	       s->node_open[want->node];
}

/* The blocks that have pins: their cores are given. */
static bool blocks_keep_pinned(struct solver *s)
{
	__u32 block, home, fresh = 0;
	struct guest_want want;

	for (block = 0; block < s->nr_blocks; block++) {
		s->block_goal[block] = PLACEMENT_NONE;
		if (!block_survey(s, block, &want))
			return false;
		home = s->block_core[block];
		if (home == PLACEMENT_NONE) {
			fresh++;
			continue;
		}
		if (s->core_used[home] || s->core_left[home] < want.nr)
			return false;
		s->core_used[home] = true;
		s->block_goal[block] = home;
	}
	return fresh <= s->nr_fresh;
}

/*
 * The core without a vCPU that suits a block: the smallest that is large enough,
 * or the largest. Cores are sorted, the largest first.
 */
static __u32 block_find_core(const struct solver *s,
			     const struct guest_want *want, bool largest)
{
	__u32 i, core, node, found = PLACEMENT_NONE;

	for (i = 0; i < s->nr_order; i++) {
		core = s->order[i];
		node = s->core_node[core];
		if (s->core_left[core] < want->nr)
			break;
		if (s->core_used[core] || s->core_vcpus[core] ||
		    (want->node != PLACEMENT_NONE ? want->node != node :
						    !s->node_open[node]))
			continue;
		if (largest || s->core_left[core] == want->nr)
			return core;
		if (found == PLACEMENT_NONE ||
		    s->core_left[core] < s->core_left[found])
			found = core;
	}
	return found;
}

/*
 * Blocks come by size, so of all cores that are large enough for one each will
 * do for those that follow: only its node matters, and those that name one come
 * first and leave the largest.
 */
static bool blocks_find_cores(struct solver *s, bool loose)
{
	struct guest_want want;
	__u32 block, core;
	bool named;

	for (block = 0; block < s->nr_blocks; block++) {
		if (s->block_goal[block] != PLACEMENT_NONE)
			continue;
		block_survey(s, block, &want);
		named = want.node != PLACEMENT_NONE;
		if (named == loose)
			continue;
		core = block_find_core(s, &want,
				       loose && s->kind == SOLVER_ANY);
		if (core == PLACEMENT_NONE)
			return false;
		s->core_used[core] = true;
		s->block_goal[block] = core;
	}
	return true;
}

/**
 * guest_place_matching() - place all so that the guest's siblings match
 * @s: the solver, with nodes and the number of cores chosen
 *
 * Return: true if all vCPUs are placed, false if none is.
 */
bool guest_place_matching(struct solver *s)
{
	__u32 core, vcpu;

	for (core = 0; core < s->host->nr_cores; core++)
		s->core_used[core] = false;
	if (!blocks_keep_pinned(s) || !blocks_find_cores(s, false) ||
	    !blocks_find_cores(s, true))
		return false;
	for (vcpu = 0; vcpu < s->req->nr_vcpus; vcpu++)
		if (!vcpu_is_placed(s, vcpu))
			core_give_vcpu(s, s->block_goal[s->block[vcpu]], vcpu);
	return true;
}

/* Members of a vCPU's block that want a place where it does. */
static __u32 vcpu_count_kin(const struct solver *s, __u32 vcpu)
{
	__u32 node = s->req->vcpu[vcpu].node, block = s->block[vcpu];
	__u32 i, other, n = 0;

	for (i = s->block_first[block]; i < s->block_first[block + 1]; i++) {
		other = s->by_block[i];
		n += !vcpu_is_placed(s, other) &&
		     s->req->vcpu[other].node == node;
	}
	return n;
}

/* An untouched core with room for @nr, else the tightest that is in use. */
static __u32 list_find_core(const struct solver *s, __u32 vcpu, __u32 nr)
{
	__u32 i, core, found = PLACEMENT_NONE;

	for (i = 0; i < s->nr_list; i++) {
		core = s->list[i];
		if (s->core_left[core] < nr || !core_may_vcpu(s, core, vcpu))
			continue;
		if (!s->core_vcpus[core])
			return core;
		if (found == PLACEMENT_NONE ||
		    s->core_left[core] < s->core_left[found])
			found = core;
	}
	return found;
}

static __u32 list_find_largest(const struct solver *s, __u32 vcpu)
{
	__u32 i, core, found = PLACEMENT_NONE;

	for (i = 0; i < s->nr_list; i++) {
		core = s->list[i];
		if (core_may_vcpu(s, core, vcpu) &&
		    (found == PLACEMENT_NONE ||
		     s->core_left[core] > s->core_left[found]))
			found = core;
	}
	return found;
}

/* Beside a sibling that is placed, if there is room. */
static bool vcpu_join_kin(struct solver *s, __u32 vcpu)
{
	__u32 home = s->block_core[s->block[vcpu]];

	if (home == PLACEMENT_NONE || !core_may_vcpu(s, home, vcpu))
		return false;
	core_give_vcpu(s, home, vcpu);
	return true;
}

static void block_place_whole(struct solver *s, __u32 block, bool loose)
{
	__u32 i, vcpu, nr, core;

	for (i = s->block_first[block]; i < s->block_first[block + 1]; i++) {
		vcpu = s->by_block[i];
		if (vcpu_is_placed(s, vcpu) ||
		    loose != vcpu_is_loose(s, vcpu) ||
		    vcpu_join_kin(s, vcpu))
			continue;
		nr = vcpu_count_kin(s, vcpu);
		core = nr > 1 ? list_find_core(s, vcpu, nr) : PLACEMENT_NONE;
		if (core != PLACEMENT_NONE)
			core_give_vcpu(s, core, vcpu);
	}
}

static void block_place_rest(struct solver *s, __u32 block, bool loose)
{
	__u32 i, vcpu, core;

	for (i = s->block_first[block]; i < s->block_first[block + 1]; i++) {
		vcpu = s->by_block[i];
		if (vcpu_is_placed(s, vcpu) ||
		    loose != vcpu_is_loose(s, vcpu) ||
		    vcpu_join_kin(s, vcpu))
			continue;
		core = vcpu_count_kin(s, vcpu) > 1 ?
			list_find_largest(s, vcpu) : list_find_core(s, vcpu, 1);
		core_give_vcpu(s, core, vcpu);
	}
}

/**
 * guest_place_close() - place all on the chosen cores, siblings together where
 *	that is found
 * @s: the solver, with cores chosen
 *
 * vCPUs that name a node come first, because they have less choice.
 */
void guest_place_close(struct solver *s)
{
	__u32 block, loose;

	for (loose = 0; loose < 2; loose++) {
		for (block = 0; block < s->nr_blocks; block++)
			block_place_whole(s, block, loose);
		for (block = 0; block < s->nr_blocks; block++)
			block_place_rest(s, block, loose);
	}
}

/**
 * guest_matches() - do the guest's siblings, and no others, sit on siblings?
 * @s: the solver, with all vCPUs placed
 *
 * Return: true if so, or if the guest has none.
 */
bool guest_matches(struct solver *s)
{
	__u32 core, block, vcpu;

	if (!s->guest_smt)
		return true;
	for (core = 0; core < s->host->nr_cores; core++)
		s->core_next[core] = PLACEMENT_NONE;
	for (block = 0; block < s->nr_blocks; block++)
		s->block_goal[block] = PLACEMENT_NONE;
	for (vcpu = 0; vcpu < s->req->nr_vcpus; vcpu++) {
		core = s->host->cpu[s->res->vcpu_cpu[vcpu]].core;
		block = s->block[vcpu];
		if (s->core_next[core] == PLACEMENT_NONE)
			s->core_next[core] = block;
		if (s->block_goal[block] == PLACEMENT_NONE)
			s->block_goal[block] = core;
		if (s->core_next[core] != block || s->block_goal[block] != core)
			return false;
	}
	return true;
}
