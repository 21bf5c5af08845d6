// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placement: which CPUs of which cores, by the thread policy and by what the
 * guest takes for siblings. Pure: nothing but what it is given; called by
 * placement.c once the nodes are chosen.
 */
#include "placement_priv.h"

static bool placement_cpu_is_free(const struct placement *p, __u32 cpu)
{
	const struct placement_cpu *c = &p->host->cpu[cpu];

	return c->core != PLACEMENT_NONE && c->usable && !c->taken &&
	       !p->res->owned[cpu];
}

/**
 * placement_cores_init() - sort the host's CPUs by core
 * @p: the placement, with room for cores and CPUs
 *
 * Context: any.
 */
void placement_cores_init(struct placement *p)
{
	const struct placement_host *host = p->host;
	__u32 cpu, i, first = 0;

	for (i = 0; i < host->nr_cores; i++)
		p->core[i] = (struct placement_core){ .whole = true };
	for (cpu = 0; cpu < host->nr_cpus; cpu++)
		if (host->cpu[cpu].core != PLACEMENT_NONE)
			p->core[host->cpu[cpu].core].nr++;
	p->smt = false;
	for (i = 0; i < host->nr_cores; i++) {
		p->core[i].first = first;
		first += p->core[i].nr;
		p->smt |= p->core[i].nr > 1;
		p->core[i].nr = 0;
	}
	for (cpu = 0; cpu < host->nr_cpus; cpu++) {
		struct placement_core *core;

		if (host->cpu[cpu].core == PLACEMENT_NONE)
			continue;
		core = &p->core[host->cpu[cpu].core];
		p->cpu[core->first + core->nr++] = cpu;
		core->node = host->cpu[cpu].node;
		core->free += placement_cpu_is_free(p, cpu);
		core->whole &= placement_cpu_is_free(p, cpu);
	}
}

/**
 * placement_is_group() - is it a sibling group that is wholly this VM's to have?
 * @c: the core
 *
 * Context: any.
 * Return: true if so; never for a core without siblings.
 */
bool placement_is_group(const struct placement_core *c)
{
	return c->whole && c->nr > 1;
}

/**
 * placement_core_slots() - how many more vCPUs a core takes
 * @p: the placement
 * @core: the core
 *
 * Context: any.
 * Return: how many, by the thread policy.
 */
__u32 placement_core_slots(const struct placement *p, __u32 core)
{
	const struct placement_core *c = &p->core[core];

	switch (p->req->thread_policy) {
	case CORDON_THREAD_POLICY_REQUIRE:
		return placement_is_group(c) ? c->free : 0;
	case CORDON_THREAD_POLICY_ISOLATE:
		return c->nr && c->whole && !c->vcpus && !c->emulator;
	case CORDON_THREAD_POLICY_SEPARATE:
		return c->free && !c->vcpus;
	default:
		return c->free;
	}
}

/**
 * placement_put_vcpu() - a vCPU is on this CPU
 * @p: the placement
 * @vcpu: its place in the request
 * @cpu: a CPU that is free
 *
 * Context: any.
 */
void placement_put_vcpu(struct placement *p, __u32 vcpu, __u32 cpu)
{
	struct placement_core *core = &p->core[p->host->cpu[cpu].core];

	p->res->vcpu_cpu[vcpu] = cpu;
	p->res->owned[cpu] = CORDON_CPU_USE_VCPU;
	core->vcpus++;
	core->free--;
}

/**
 * placement_put_emulator() - the emulator is on this CPU
 * @p: the placement
 * @cpu: a CPU that is free
 *
 * Context: any.
 */
void placement_put_emulator(struct placement *p, __u32 cpu)
{
	struct placement_core *core = &p->core[p->host->cpu[cpu].core];

	p->res->emulator_cpu = cpu;
	p->res->owned[cpu] = CORDON_CPU_USE_EMULATOR;
	core->emulator = true;
	core->free--;
}

static __u32 placement_first_free(const struct placement *p, __u32 core)
{
	const struct placement_core *c = &p->core[core];
	__u32 i;

	for (i = 0; i < c->nr; i++)
		if (placement_cpu_is_free(p, p->cpu[c->first + i]))
			return p->cpu[c->first + i];
	return PLACEMENT_NONE;
}

/* May this vCPU be on that core? */
static bool placement_core_fits(const struct placement *p, __u32 vcpu,
				__u32 core)
{
	__u32 node = p->req->vcpu[vcpu].node;

	if (!placement_core_slots(p, core))
		return false;
	if (node != PLACEMENT_NONE)
		return p->core[core].node == node;
	return p->node[p->core[core].node].chosen;
}

/* isolate wastes the least siblings, separate takes what others broke up. */
static bool placement_core_is_better(const struct placement *p, __u32 a,
				     __u32 b)
{
	const struct placement_core *x = &p->core[a], *y = &p->core[b];

	switch (p->req->thread_policy) {
	case CORDON_THREAD_POLICY_ISOLATE:
		return x->nr < y->nr;
	case CORDON_THREAD_POLICY_SEPARATE:
		return x->free < y->free;
	default:
		/* A group that is begun is filled; else the largest first. */
		if (!x->vcpus != !y->vcpus)
			return x->vcpus;
		return x->free > y->free;
	}
}

static __u32 placement_best_core(const struct placement *p, __u32 vcpu)
{
	__u32 core, best = PLACEMENT_NONE;

	for (core = 0; core < p->host->nr_cores; core++)
		if (placement_core_fits(p, vcpu, core) &&
		    (best == PLACEMENT_NONE ||
		     placement_core_is_better(p, core, best)))
			best = core;
	return best;
}

static bool placement_is_put(const struct placement *p, __u32 vcpu)
{
	return p->res->vcpu_cpu[vcpu] != PLACEMENT_NONE;
}

/**
 * struct placement_group - vCPUs without a place that are siblings to the guest
 * @first: the first of them
 * @size: how many
 * @loose: those of them that may be on any node that is chosen
 * @node: where the others must be, PLACEMENT_NONE if there are none
 * @torn: two of them must be on different nodes
 */
struct placement_group {
	__u32 first;
	__u32 size;
	__u32 loose;
	__u32 node;
	bool torn;
};

static bool placement_in_group(const struct placement *p,
			       const struct placement_group *g, __u32 vcpu)
{
	return p->req->vcpu[vcpu].guest_core ==
	       p->req->vcpu[g->first].guest_core && !placement_is_put(p, vcpu);
}

static void placement_get_group(const struct placement *p, __u32 first,
				struct placement_group *g)
{
	__u32 i, node;

	*g = (struct placement_group){ .first = first, .node = PLACEMENT_NONE };
	for (i = first; i < p->req->nr_vcpus; i++) {
		if (!placement_in_group(p, g, i))
			continue;
		node = p->req->vcpu[i].node;
		g->size++;
		g->loose += node == PLACEMENT_NONE;
		g->torn |= node != PLACEMENT_NONE &&
			   g->node != PLACEMENT_NONE && node != g->node;
		if (node != PLACEMENT_NONE)
			g->node = node;
	}
}

/* Room for all of it on this core, and then still for who must be on its node. */
static bool placement_core_takes(const struct placement *p,
				 const struct placement_group *g, __u32 core)
{
	const struct placement_node *n = &p->node[p->core[core].node];

	if (placement_core_slots(p, core) < g->size)
		return false;
	if (g->node != PLACEMENT_NONE && g->node != p->core[core].node)
		return false;
	return !g->loose ||
	       (n->chosen && n->slots - n->strict >= g->loose);
}

/* Is a sibling of it to the guest on this core, or nobody else? */
static bool placement_core_suits(const struct placement *p, __u32 vcpu,
				 __u32 core)
{
	__u32 i;

	if (!p->core[core].vcpus)
		return true;
	for (i = 0; i < p->req->nr_vcpus; i++)
		if (placement_is_put(p, i) &&
		    p->host->cpu[p->res->vcpu_cpu[i]].core == core &&
		    p->req->vcpu[i].guest_core == p->req->vcpu[vcpu].guest_core)
			return true;
	return false;
}

/* Where a group of siblings fits as a whole: where one is, or most tightly. */
static __u32 placement_group_core(const struct placement *p,
				  const struct placement_group *g)
{
	__u32 core, best = PLACEMENT_NONE;
	bool better;

	for (core = 0; core < p->host->nr_cores; core++) {
		const struct placement_core *c = &p->core[core], *b;

		if (!placement_core_takes(p, g, core) ||
		    !placement_core_suits(p, g->first, core))
			continue;
		b = best == PLACEMENT_NONE ? NULL : &p->core[best];
		better = !b || (!c->vcpus != !b->vcpus ? c->vcpus :
							 c->free < b->free);
		if (better)
			best = core;
	}
	return best;
}

static void placement_put_group(struct placement *p,
				const struct placement_group *g, __u32 core)
{
	struct placement_node *n = &p->node[p->core[core].node];
	__u32 guest_core = p->req->vcpu[g->first].guest_core, i;

	n->slots -= g->size;
	n->strict -= g->size - g->loose;
	for (i = g->first; i < p->req->nr_vcpus; i++)
		if (p->req->vcpu[i].guest_core == guest_core &&
		    !placement_is_put(p, i))
			placement_put_vcpu(p, i, placement_first_free(p, core));
}

/*
 * What the guest takes for siblings goes on siblings, as far as that can be. A
 * sibling of one that is placed counts as a group too.
 */
static void placement_put_groups(struct placement *p)
{
	struct placement_group g;
	__u32 i, core;

	if (p->req->thread_policy == CORDON_THREAD_POLICY_ISOLATE ||
	    p->req->thread_policy == CORDON_THREAD_POLICY_SEPARATE)
		return;
	for (i = 0; i < p->req->nr_vcpus; i++) {
		if (p->req->vcpu[i].guest_core == PLACEMENT_NONE ||
		    placement_is_put(p, i))
			continue;
		placement_get_group(p, i, &g);
		core = g.torn ? PLACEMENT_NONE : placement_group_core(p, &g);
		if (core != PLACEMENT_NONE &&
		    (g.size > 1 || p->core[core].vcpus))
			placement_put_group(p, &g, core);
	}
}

/* vCPUs that must be on a node come before those that may be anywhere. */
static void placement_put_singles(struct placement *p, bool strict)
{
	__u32 i;

	for (i = 0; i < p->req->nr_vcpus; i++) {
		if (placement_is_put(p, i) ||
		    strict != (p->req->vcpu[i].node != PLACEMENT_NONE))
			continue;
		placement_put_vcpu(p, i, placement_first_free(p,
						placement_best_core(p, i)));
	}
}

/**
 * placement_put_vcpus() - a CPU for each vCPU that has none
 * @p: the placement; the nodes that are chosen have room for all
 *
 * Context: any.
 */
void placement_put_vcpus(struct placement *p)
{
	placement_put_groups(p);
	placement_put_singles(p, true);
	placement_put_singles(p, false);
}

/* Less is better: a node of the vCPUs, a core of ours, one that is broken up. */
static __u32 placement_emulator_rank(const struct placement *p, __u32 core)
{
	const struct placement_core *c = &p->core[core];
	bool ours = c->vcpus &&
		    p->req->thread_policy == CORDON_THREAD_POLICY_REQUIRE;

	return !p->node[c->node].used * 4 + !ours * 2 + c->whole;
}

static bool placement_emulator_fits(const struct placement *p, __u32 core)
{
	const struct placement_core *c = &p->core[core];

	if (!c->free || !placement_node_allowed(p, c->node))
		return false;
	return !c->vcpus ||
	       p->req->thread_policy != CORDON_THREAD_POLICY_ISOLATE;
}

/**
 * placement_find_emulator() - a CPU for the emulator, when all vCPUs have one
 * @p: the placement
 *
 * Context: any.
 * Return: false if there is none.
 */
bool placement_find_emulator(struct placement *p)
{
	__u32 core, best = PLACEMENT_NONE;

	for (core = 0; core < p->host->nr_cores; core++)
		if (placement_emulator_fits(p, core) &&
		    (best == PLACEMENT_NONE ||
		     placement_emulator_rank(p, core) <
		     placement_emulator_rank(p, best)))
			best = core;
	if (best == PLACEMENT_NONE)
		return false;
	placement_put_emulator(p, placement_first_free(p, best));
	return true;
}

/**
 * placement_own_siblings() - with require and isolate, the rest of the vCPUs'
 * cores is the VM's too, and idle
 * @p: the placement
 *
 * Context: any.
 */
void placement_own_siblings(struct placement *p)
{
	__u32 core, i;

	if (p->req->thread_policy != CORDON_THREAD_POLICY_REQUIRE &&
	    p->req->thread_policy != CORDON_THREAD_POLICY_ISOLATE)
		return;
	for (core = 0; core < p->host->nr_cores; core++) {
		const struct placement_core *c = &p->core[core];

		for (i = 0; c->vcpus && i < c->nr; i++)
			if (!p->res->owned[p->cpu[c->first + i]])
				p->res->owned[p->cpu[c->first + i]] =
					CORDON_CPU_USE_IDLE;
	}
}
