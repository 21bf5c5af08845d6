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

/**
 * struct room - room that is given away piece by piece
 * @begin: where it begins; NULL: only its size is asked for
 * @used: bytes that are given
 */
struct room {
	char *begin;
	size_t used;
};

static void *room_take(struct room *room, size_t n, size_t size)
{
	size_t at = room->used;

	room->used += (n * size + 7) & ~(size_t)7;
	return room->begin ? room->begin + at : NULL;
}

static void room_lay_out_cores(struct solver *s, struct room *room)
{
	size_t cpus = s->host->nr_cpus, cores = s->host->nr_cores;

	s->core_cpu = room_take(room, cpus, sizeof(*s->core_cpu));
	s->core_first = room_take(room, cores + 1, sizeof(*s->core_first));
	s->core_next = room_take(room, cores, sizeof(*s->core_next));
	s->core_node = room_take(room, cores, sizeof(*s->core_node));
	s->core_free = room_take(room, cores, sizeof(*s->core_free));
	s->core_left = room_take(room, cores, sizeof(*s->core_left));
	s->core_vcpus = room_take(room, cores, sizeof(*s->core_vcpus));
	s->core_whole = room_take(room, cores, sizeof(*s->core_whole));
	s->core_mark = room_take(room, cores, sizeof(*s->core_mark));
	s->core_used = room_take(room, cores, sizeof(*s->core_used));
	s->order = room_take(room, cores, sizeof(*s->order));
	s->list = room_take(room, cores, sizeof(*s->list));
}

static void room_lay_out_nodes(struct solver *s, struct room *room)
{
	size_t nodes = s->host->nr_nodes;

	s->node_score = room_take(room, nodes, sizeof(*s->node_score));
	s->node_rank = room_take(room, nodes, sizeof(*s->node_rank));
	s->node_units = room_take(room, nodes, sizeof(*s->node_units));
	s->node_extra = room_take(room, nodes, sizeof(*s->node_extra));
	s->node_pinned = room_take(room, nodes, sizeof(*s->node_pinned));
	s->node_need = room_take(room, nodes, sizeof(*s->node_need));
	s->node_matches = room_take(room, nodes, sizeof(*s->node_matches));
	s->node_want = room_take(room, nodes, sizeof(*s->node_want));
	s->node_last = room_take(room, nodes, sizeof(*s->node_last));
	s->node_at = room_take(room, nodes, sizeof(*s->node_at));
	s->node_allowed = room_take(room, nodes, sizeof(*s->node_allowed));
	s->node_forced = room_take(room, nodes, sizeof(*s->node_forced));
	s->node_open = room_take(room, nodes, sizeof(*s->node_open));
	s->set_node = room_take(room, nodes, sizeof(*s->set_node));
	s->set_sum = room_take(room, nodes + 1, sizeof(*s->set_sum));
	s->set_score = room_take(room, nodes + 1, sizeof(*s->set_score));
	s->set_pick = room_take(room, nodes, sizeof(*s->set_pick));
	s->set_best = room_take(room, nodes, sizeof(*s->set_best));
	s->set_acc = room_take(room, nodes + 1, sizeof(*s->set_acc));
	s->set_in = room_take(room, nodes, sizeof(*s->set_in));
}

static void room_lay_out_guest(struct solver *s, struct room *room)
{
	size_t vcpus = s->req->nr_vcpus;

	s->block = room_take(room, vcpus, sizeof(*s->block));
	s->block_first = room_take(room, vcpus + 1, sizeof(*s->block_first));
	s->block_core = room_take(room, vcpus, sizeof(*s->block_core));
	s->block_goal = room_take(room, vcpus, sizeof(*s->block_goal));
	s->by_block = room_take(room, vcpus, sizeof(*s->by_block));
}

/* Where everything is in @begin, which may be NULL; how many bytes that is. */
static size_t room_lay_out(struct solver *s, void *begin)
{
	struct room room = { .begin = begin };
	size_t keys = s->host->nr_cores;

	if (keys < s->host->nr_nodes)
		keys = s->host->nr_nodes;
	if (keys < s->req->nr_vcpus)
		keys = s->req->nr_vcpus;
	s->key = room_take(&room, keys, sizeof(*s->key));
	room_lay_out_cores(s, &room);
	room_lay_out_nodes(s, &room);
	room_lay_out_guest(s, &room);
	return room.used;
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
	if ((node != PLACEMENT_NONE && node != c->node) ||
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
