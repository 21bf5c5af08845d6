// SPDX-License-Identifier: GPL-2.0-only
/*
 * The placement solver: which CPUs a VM shall own.
 *
 * Pure: it knows a host and a request, and says where, or why not. It holds
 * nothing, takes nothing, and gives the same answer to the same question. Built
 * in user space too, for its tests. plan.c asks it.
 *
 * All is exact but the guest's siblings where they cannot all be siblings: what
 * fits is never refused, and vCPUs are on as few nodes as can be. That is cheap
 * because every vCPU takes one unit (a CPU, or a core), whichever it is: what
 * fits on some nodes is the sum of what fits on each, and a vCPU that is placed
 * takes nothing from another but its unit.
 *
 * Pins come first, then vCPUs that name a node, then the others, then the
 * emulator, which takes what is left.
 */
#include "placement_priv.h"

static bool is_too_large(const struct placement_host *host,
			 const struct placement_request *req)
{
	return host->nr_cpus > PLACEMENT_CPUS_MAX ||
	       host->nr_cores > PLACEMENT_CPUS_MAX ||
	       host->nr_nodes > PLACEMENT_NODES_MAX ||
	       req->nr_vcpus > PLACEMENT_VCPUS_MAX;
}

static void *room_carve(void *room, size_t *used, size_t n, size_t size)
{
	size_t at = *used;

	*used += (n * size + 7) & ~(size_t)7;
	return room ? (char *)room + at : NULL;
}

#define CARVE(s, member, n) \
	((s)->member = room_carve(room, &used, n, sizeof(*(s)->member)))

/* Where everything is in @room, which may be NULL; how much that is, in bytes. */
static size_t room_lay_out(struct solver *s, void *room)
{
	size_t cpus = s->host->nr_cpus, cores = s->host->nr_cores;
	size_t nodes = s->host->nr_nodes, vcpus = s->req->nr_vcpus;
	size_t keys = cores, used = 0;

	if (keys < nodes)
		keys = nodes;
	if (keys < vcpus)
		keys = vcpus;
	CARVE(s, key, keys);
	CARVE(s, core_cpu, cpus);
	CARVE(s, core_first, cores + 1);
	CARVE(s, core_next, cores);
	CARVE(s, core_node, cores);
	CARVE(s, core_free, cores);
	CARVE(s, core_left, cores);
	CARVE(s, core_vcpus, cores);
	CARVE(s, core_whole, cores);
	CARVE(s, core_mark, cores);
	CARVE(s, core_used, cores);
	CARVE(s, order, cores);
	CARVE(s, list, cores);
	CARVE(s, node_score, nodes);
	CARVE(s, node_rank, nodes);
	CARVE(s, node_units, nodes);
	CARVE(s, node_extra, nodes);
	CARVE(s, node_pinned, nodes);
	CARVE(s, node_need, nodes);
	CARVE(s, node_matches, nodes);
	CARVE(s, node_want, nodes);
	CARVE(s, node_last, nodes);
	CARVE(s, node_at, nodes);
	CARVE(s, node_allowed, nodes);
	CARVE(s, node_forced, nodes);
	CARVE(s, node_open, nodes);
	CARVE(s, block, vcpus);
	CARVE(s, block_first, vcpus + 1);
	CARVE(s, block_core, vcpus);
	CARVE(s, block_goal, vcpus);
	CARVE(s, by_block, vcpus);
	CARVE(s, set_node, nodes);
	CARVE(s, set_sum, nodes + 1);
	CARVE(s, set_score, nodes + 1);
	CARVE(s, set_pick, nodes);
	CARVE(s, set_best, nodes);
	CARVE(s, set_acc, nodes + 1);
	CARVE(s, set_in, nodes);
	return used;
}

/**
 * placement_room() - how much room the solver needs
 * @host: what there is; only its numbers are read
 * @req: what is wanted; only its number of vCPUs is read
 *
 * Context: any.
 * Return: bytes, never 0, also for what placement_solve() will find too large.
 */
size_t placement_room(const struct placement_host *host,
		      const struct placement_request *req)
{
	struct solver s = { .host = host, .req = req };

	return is_too_large(host, req) ? 1 : room_lay_out(&s, NULL);
}

static void result_clear(struct placement_result *res)
{
	res->refusal = PLACEMENT_OK;
	res->vcpu = PLACEMENT_NONE;
	res->cpu = PLACEMENT_NONE;
	res->node = PLACEMENT_NONE;
	res->wanted = 0;
	res->free = 0;
	res->emulator_cpu = PLACEMENT_NONE;
	res->nr_nodes = 0;
	res->siblings_match = true;
}

static void result_clear_owned(struct solver *s)
{
	__u32 i;

	for (i = 0; i < s->host->nr_cpus; i++)
		s->res->owned[i] = 0;
	for (i = 0; i < s->req->nr_vcpus; i++)
		s->res->vcpu_cpu[i] = PLACEMENT_NONE;
}

/* Without siblings there is nothing to share, so all policies are one. */
static enum placement_refusal solver_choose_kind(struct solver *s)
{
	switch (s->req->thread_policy) {
	case CORDON_THREAD_POLICY_REQUIRE:
		s->kind = SOLVER_GROUP;
		return s->smt ? PLACEMENT_OK : PLACEMENT_NO_SMT;
	case CORDON_THREAD_POLICY_ISOLATE:
		s->kind = s->smt ? SOLVER_ALONE : SOLVER_ANY;
		return PLACEMENT_OK;
	case CORDON_THREAD_POLICY_SEPARATE:
		s->kind = s->smt ? SOLVER_APART : SOLVER_ANY;
		return PLACEMENT_OK;
	case CORDON_THREAD_POLICY_AVOID:
		s->kind = SOLVER_ANY;
		return s->smt ? PLACEMENT_SMT : PLACEMENT_OK;
	default:
		s->kind = SOLVER_ANY;
		return PLACEMENT_OK;
	}
}

/* Does the thread policy have a vCPU, or the emulator, on that core? */
static bool pin_suits(const struct solver *s, __u32 core, bool emulator)
{
	switch (s->kind) {
	case SOLVER_GROUP:
		return emulator ||
		       (s->core_whole[core] && core_size(s, core) > 1);
	case SOLVER_ALONE:
		return !s->core_vcpus[core] &&
		       (emulator || s->core_whole[core]);
	case SOLVER_APART:
		return emulator || !s->core_vcpus[core];
	default:
		return true;
	}
}

static enum placement_refusal pin_check(const struct solver *s, __u32 cpu,
					__u32 node, bool emulator)
{
	const struct placement_cpu *c;

	if (!cpu_is_usable(s, cpu))
		return PLACEMENT_PIN_UNUSABLE;
	c = &s->host->cpu[cpu];
	if (c->taken)
		return PLACEMENT_PIN_TAKEN;
	if (s->res->owned[cpu])
		return PLACEMENT_PIN_TWICE;
	if (!pin_suits(s, c->core, emulator))
		return PLACEMENT_PIN_POLICY;
	if (node != PLACEMENT_NONE ? node != c->node :
				     !s->node_allowed[c->node])
		return PLACEMENT_PIN_NODE;
	return PLACEMENT_OK;
}

static enum placement_refusal pins_place(struct solver *s)
{
	const struct placement_vcpu *v = s->req->vcpu;
	enum placement_refusal refusal;
	__u32 i;

	for (i = 0; i < s->req->nr_vcpus; i++) {
		if (v[i].pin == PLACEMENT_NONE)
			continue;
		refusal = pin_check(s, v[i].pin, v[i].node, false);
		if (refusal) {
			s->res->vcpu = i;
			s->res->cpu = v[i].pin;
			return refusal;
		}
		cpu_give_vcpu(s, v[i].pin, i);
		s->nr_pinned++;
	}
	if (!s->req->emulator || s->req->emulator_pin == PLACEMENT_NONE)
		return PLACEMENT_OK;
	refusal = pin_check(s, s->req->emulator_pin, PLACEMENT_NONE, true);
	if (refusal)
		s->res->cpu = s->req->emulator_pin;
	else
		cpu_give_emulator(s, s->req->emulator_pin);
	return refusal;
}

static void core_own_idle(struct solver *s, __u32 core)
{
	__u32 i, cpu;

	for (i = s->core_first[core]; i < s->core_first[core + 1]; i++) {
		cpu = s->core_cpu[i];
		if (!s->res->owned[cpu])
			s->res->owned[cpu] = CORDON_CPU_USE_IDLE;
	}
}

/* Siblings that the thread policy keeps from others. */
static void result_own_siblings(struct solver *s)
{
	__u32 core, cpu = s->res->emulator_cpu;

	if (s->kind != SOLVER_GROUP && s->kind != SOLVER_ALONE)
		return;
	for (core = 0; core < s->host->nr_cores; core++)
		if (s->core_vcpus[core])
			core_own_idle(s, core);
	if (cpu == PLACEMENT_NONE)
		return;
	core = s->host->cpu[cpu].core;
	if (s->core_whole[core])
		core_own_idle(s, core);
}

static void result_count_nodes(struct solver *s)
{
	__u32 i, node;

	for (node = 0; node < s->host->nr_nodes; node++)
		s->node_forced[node] = false;
	for (i = 0; i < s->req->nr_vcpus; i++) {
		node = s->host->cpu[s->res->vcpu_cpu[i]].node;
		s->res->nr_nodes += !s->node_forced[node];
		s->node_forced[node] = true;
	}
}

static enum placement_refusal solver_run(struct solver *s)
{
	enum placement_refusal refusal;

	host_survey(s);
	refusal = solver_choose_kind(s);
	if (refusal)
		return refusal;
	guest_survey(s);
	refusal = pins_place(s);
	if (refusal)
		return refusal;
	host_count_units(s);
	refusal = nodes_choose(s);
	if (refusal)
		return refusal;
	cores_place(s);
	if (s->req->emulator && s->req->emulator_pin == PLACEMENT_NONE)
		cores_place_emulator(s);
	result_own_siblings(s);
	result_count_nodes(s);
	s->res->siblings_match = guest_matches(s);
	return PLACEMENT_OK;
}

/**
 * placement_solve() - place a VM
 * @host: what there is
 * @req: what is wanted
 * @room: placement_room() bytes, aligned as from an allocator; need not be
 *	zeroed
 * @res: filled; the caller has set its two arrays, which are left cleared (no
 *	CPU) if there is no placement, and untouched if it is too large
 *
 * Context: any; allocates nothing. Tens of microseconds on a large host.
 * Return: PLACEMENT_OK or why there is no placement, as in @res.
 */
enum placement_refusal placement_solve(const struct placement_host *host,
				       const struct placement_request *req,
				       void *room,
				       struct placement_result *res)
{
	struct solver s = {
		.host = host,
		.req = req,
		.res = res,
		.strict = req->numa == CORDON_NUMA_NODES,
	};

	result_clear(res);
	if (is_too_large(host, req)) {
		res->refusal = PLACEMENT_TOO_LARGE;
		return res->refusal;
	}
	room_lay_out(&s, room);
	result_clear_owned(&s);
	res->refusal = solver_run(&s);
	if (res->refusal) {
		result_clear_owned(&s);
		res->emulator_cpu = PLACEMENT_NONE;
	}
	return res->refusal;
}
