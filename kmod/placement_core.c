// SPDX-License-Identifier: GPL-2.0-only
/*
 * The solver's cores: which of the chosen nodes, and which for the emulator.
 *
 * Called by placement.c.
 */
#include "placement_priv.h"

/**
 * core_may_vcpu() - is there room on a core for a vCPU that is not placed?
 * @s: the solver, with nodes chosen
 * @core: the core
 * @vcpu: the vCPU
 *
 * Return: true if so, and the node is one of the vCPU's.
 */
bool core_may_vcpu(const struct solver *s, __u32 core, __u32 vcpu)
{
	__u32 node = s->core_node[core], named = s->req->vcpu[vcpu].node;

	if (!s->core_left[core])
		return false;
	return named == PLACEMENT_NONE ? s->node_open[node] : named == node;
}

static void core_choose(struct solver *s, __u32 core)
{
	s->core_mark[core] = true;
	s->nr_fresh++;
}

/*
 * Cores with pins are there anyway. What vCPUs that name no node find on them is
 * returned.
 */
static __u32 cores_choose_pinned(struct solver *s)
{
	__u32 i, core, node, here, spare = 0;

	for (i = 0; i < s->nr_order; i++) {
		core = s->order[i];
		node = s->core_node[core];
		if (!s->core_vcpus[core])
			continue;
		s->core_mark[core] = true;
		here = solver_min(s->node_want[node], s->core_left[core]);
		s->node_want[node] -= here;
		if (s->node_open[node])
			spare += s->core_left[core] - here;
	}
	return spare;
}

/*
 * Of each node as few cores as hold those that must be there; with whole groups,
 * and nobody else to come, the last one as small as will do. Returns as above.
 */
static __u32 cores_choose_named(struct solver *s)
{
	__u32 i, core, node, left, last, spare = 0;

	for (i = 0; i < s->nr_order; i++) {
		core = s->order[i];
		node = s->core_node[core];
		left = s->core_left[core];
		last = s->node_last[node];
		if (!s->node_want[node] || s->core_mark[core])
			continue;
		if (left >= s->node_want[node]) {
			if (last == PLACEMENT_NONE ||
			    (s->kind == SOLVER_GROUP && !s->node_open[node] &&
			     left < s->core_left[last]))
				s->node_last[node] = core;
		} else if (last == PLACEMENT_NONE) {
			core_choose(s, core);
			s->node_want[node] -= left;
		}
	}
	for (node = 0; node < s->host->nr_nodes; node++) {
		last = s->node_last[node];
		if (last == PLACEMENT_NONE)
			continue;
		core_choose(s, last);
		if (s->node_open[node])
			spare += s->core_left[last] - s->node_want[node];
	}
	return spare;
}

/* The same for @want vCPUs that name no node, on all nodes chosen for them. */
static void cores_choose_loose(struct solver *s, __u32 want)
{
	__u32 i, core, last = PLACEMENT_NONE;

	for (i = 0; want && i < s->nr_order; i++) {
		core = s->order[i];
		if (s->core_mark[core] || !s->node_open[s->core_node[core]])
			continue;
		if (s->core_left[core] >= want) {
			if (last == PLACEMENT_NONE ||
			    s->core_left[core] < s->core_left[last])
				last = core;
			if (s->kind != SOLVER_GROUP)
				break;
		} else if (last == PLACEMENT_NONE) {
			core_choose(s, core);
			want -= s->core_left[core];
		}
	}
	if (last != PLACEMENT_NONE)
		core_choose(s, last);
}

static void cores_list(struct solver *s, bool pinned)
{
	__u32 i, core;

	for (i = 0; i < s->nr_order; i++) {
		core = s->order[i];
		if (s->core_mark[core] && pinned == !!s->core_vcpus[core])
			s->list[s->nr_list++] = core;
	}
}

/* The fewest cores: the largest of each node that is named, then of the rest. */
static void cores_choose(struct solver *s)
{
	__u32 node, core, spare;

	for (core = 0; core < s->host->nr_cores; core++)
		s->core_mark[core] = false;
	for (node = 0; node < s->host->nr_nodes; node++) {
		s->node_want[node] = s->node_need[node];
		s->node_last[node] = PLACEMENT_NONE;
	}
	spare = cores_choose_pinned(s);
	spare += cores_choose_named(s);
	cores_choose_loose(s, s->nr_loose - solver_min(s->nr_loose, spare));
	cores_list(s, true);
	cores_list(s, false);
}

/* Room is only ever taken, so each search goes on where the last one ended. */
static void vcpu_place_next(struct solver *s, __u32 vcpu, __u32 *at)
{
	while (!core_may_vcpu(s, s->list[*at], vcpu))
		++*at;
	core_give_vcpu(s, s->list[*at], vcpu);
}

/* One after the other; those that name a node first, having less choice. */
static void vcpus_place(struct solver *s)
{
	__u32 i, node, at = 0;

	for (i = 0; i < s->host->nr_nodes; i++)
		s->node_at[i] = 0;
	for (i = 0; i < s->req->nr_vcpus; i++) {
		node = s->req->vcpu[i].node;
		if (!vcpu_is_placed(s, i) && node != PLACEMENT_NONE)
			vcpu_place_next(s, i, &s->node_at[node]);
	}
	for (i = 0; i < s->req->nr_vcpus; i++)
		if (!vcpu_is_placed(s, i))
			vcpu_place_next(s, i, &at);
}

/**
 * cores_place() - choose cores, and place all vCPUs on them
 * @s: the solver, with nodes chosen on which they fit
 */
void cores_place(struct solver *s)
{
	bool fills = s->kind == SOLVER_ANY || s->kind == SOLVER_GROUP;
	__u32 i;

	host_sort_cores(s);
	if (fills) {
		cores_choose(s);
	} else {
		for (i = 0; i < s->nr_order; i++)
			s->list[i] = s->order[i];
		s->nr_list = s->nr_order;
	}
	if (!fills || !s->guest_smt)
		vcpus_place(s);
	else if (!guest_place_matching(s))
		guest_place_close(s);
}

/* As many as there are, for a place that is none. */
#define EMULATOR_NEVER	6

/*
 * How well a core suits the emulator, 0 best. A spare CPU of a core of its own
 * VM costs nobody else anything; with isolate there is none. Else one of the
 * vCPUs' nodes, else any that is allowed. With require a whole group, with
 * isolate a whole core; but rather a part of one, which others are on too, than
 * to be refused: nothing but its CPU is promised to the emulator.
 */
static __u32 core_suits_emulator(const struct solver *s, __u32 core)
{
	__u32 node = s->core_node[core];
	bool near, proper, own = s->core_vcpus[core];

	if (!s->core_free[core] || !s->node_allowed[node] ||
	    (s->kind == SOLVER_ALONE && own))
		return EMULATOR_NEVER;
	near = s->node_pinned[node];
	proper = s->kind == SOLVER_ANY || s->kind == SOLVER_APART ||
		 s->core_left[core];
	return (proper ? 0 : 3) + (near ? !own : 2);
}

/* Is @a better for the emulator than @b, where both suit it alike? */
static bool core_is_better(const struct solver *s, __u32 a, __u32 b)
{
	__u64 x = s->node_score[s->core_node[a]];
	__u64 y = s->node_score[s->core_node[b]];

	/* What is in use already, so that large cores stay whole. */
	return x != y ? x > y : s->core_free[a] < s->core_free[b];
}

/**
 * cores_place_emulator() - choose the emulator's CPU
 * @s: the solver, with all vCPUs placed, and room for it left
 */
void cores_place_emulator(struct solver *s)
{
	__u32 core, suits, least = EMULATOR_NEVER, best = PLACEMENT_NONE;
	__u32 i, cpu;

	/* From here on it is of all vCPUs, pinned or not. */
	for (i = 0; i < s->req->nr_vcpus; i++) {
		cpu = s->res->vcpu_cpu[i];
		s->node_pinned[s->host->cpu[cpu].node] = true;
	}
	for (core = 0; core < s->host->nr_cores; core++) {
		suits = core_suits_emulator(s, core);
		if (suits > least || suits == EMULATOR_NEVER)
			continue;
		if (suits < least || core_is_better(s, core, best)) {
			least = suits;
			best = core;
		}
	}
	cpu_give_emulator(s, core_get_free(s, best));
}
