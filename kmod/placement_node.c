// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placement: on which nodes. Each node takes so many vCPUs, whatever is on the
 * others, so the fewest nodes are found by taking the largest; among sets of as
 * many, those that are preferred, and fit most tightly. Pure.
 */
#include "placement_priv.h"

/**
 * placement_node_allowed() - may a VM be on a node?
 * @p: the placement
 * @node: the node
 *
 * Context: any.
 * Return: false if numa names others.
 */
bool placement_node_allowed(const struct placement *p, __u32 node)
{
	return p->req->numa != CORDON_NUMA_NODES || p->req->node_allowed[node];
}

/**
 * placement_nodes_count() - what each node takes, and who must be there
 * @p: the placement; what is pinned is placed
 *
 * Context: any.
 */
void placement_nodes_count(struct placement *p)
{
	__u32 i, node;

	for (i = 0; i < p->host->nr_nodes; i++)
		p->node[i] = (struct placement_node){
			.allowed = placement_node_allowed(p, i),
		};
	for (i = 0; i < p->host->nr_cores; i++)
		if (p->core[i].nr)
			p->node[p->core[i].node].slots +=
				placement_core_slots(p, i);
	for (i = 0; i < p->req->nr_vcpus; i++) {
		if (p->res->vcpu_cpu[i] != PLACEMENT_NONE) {
			node = p->host->cpu[p->res->vcpu_cpu[i]].node;
		} else {
			node = p->req->vcpu[i].node;
			if (node >= p->host->nr_nodes)
				continue;
			p->node[node].strict++;
		}
		p->node[node].used = true;
	}
}

/* What is left on a node for who may be anywhere. */
static __u32 placement_node_room(const struct placement *p, __u32 node)
{
	const struct placement_node *n = &p->node[node];

	return n->allowed ? n->slots - n->strict : 0;
}

static bool placement_node_is_open(const struct placement *p, __u32 node)
{
	return !p->node[node].chosen && placement_node_room(p, node);
}

/* The most that @nr nodes take which are not chosen, and not @but. */
static __u32 placement_room_of(struct placement *p, __u32 nr, __u32 but)
{
	__u32 sum = 0, taken = 0, last = PLACEMENT_NONE, node, room;

	/* By size: all of one size, then the next smaller size. */
	while (taken < nr) {
		__u32 most = 0;

		for (node = 0; node < p->host->nr_nodes; node++) {
			room = placement_node_room(p, node);
			if (node != but && placement_node_is_open(p, node) &&
			    room < last && room > most)
				most = room;
		}
		if (!most)
			break;
		for (node = 0; node < p->host->nr_nodes && taken < nr; node++) {
			if (node == but || !placement_node_is_open(p, node) ||
			    placement_node_room(p, node) != most)
				continue;
			sum += most;
			taken++;
		}
		last = most;
	}
	return sum;
}

static __u64 placement_node_score(const struct placement *p, __u32 node)
{
	return p->host->node_score ? p->host->node_score[node] : 0;
}

static bool placement_node_is_better(const struct placement *p, __u32 a,
				     __u32 b)
{
	if (placement_node_score(p, a) != placement_node_score(p, b))
		return placement_node_score(p, a) > placement_node_score(p, b);
	return placement_node_room(p, a) < placement_node_room(p, b);
}

/* The next of @more nodes that together take @wanted. */
static __u32 placement_next_node(struct placement *p, __u32 wanted, __u32 more)
{
	__u32 node, best = PLACEMENT_NONE, room, others;

	for (node = 0; node < p->host->nr_nodes; node++) {
		if (!placement_node_is_open(p, node) ||
		    (best != PLACEMENT_NONE &&
		     !placement_node_is_better(p, node, best)))
			continue;
		room = placement_node_room(p, node);
		others = more > 1 ? placement_room_of(p, more - 1, node) : 0;
		if (room >= wanted || wanted - room <= others)
			best = node;
	}
	return best;
}

/* How many more nodes are needed at least; more than there are: too few. */
static __u32 placement_nodes_needed(struct placement *p, __u32 wanted)
{
	__u32 low = 0, high = p->host->nr_nodes + 1, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (placement_room_of(p, middle, PLACEMENT_NONE) >= wanted)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/**
 * placement_nodes_choose() - nodes for the vCPUs that may be anywhere
 * @p: the placement, counted
 * @wanted: how many these are
 *
 * Context: any.
 * Return: false if there is no room.
 */
bool placement_nodes_choose(struct placement *p, __u32 wanted)
{
	bool any = p->req->numa == CORDON_NUMA_ANY;
	__u32 node, more, room = 0;

	for (node = 0; node < p->host->nr_nodes; node++) {
		struct placement_node *n = &p->node[node];

		n->chosen = n->allowed && (n->used || any);
		if (n->chosen)
			room += placement_node_room(p, node);
	}
	wanted -= room < wanted ? room : wanted;
	more = placement_nodes_needed(p, wanted);
	if (more > p->host->nr_nodes)
		return false;
	for (; more; more--) {
		node = placement_next_node(p, wanted, more);
		if (node == PLACEMENT_NONE)
			return false;
		room = placement_node_room(p, node);
		p->node[node].chosen = true;
		wanted -= room < wanted ? room : wanted;
	}
	return true;
}
