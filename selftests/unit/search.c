// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every placement that there is, tried one after the other: vCPU by vCPU on every
 * CPU, then the emulator. Knows nothing of how the solver goes about it.
 */
#include <string.h>

#include "rules.h"

/* Sets of nodes, for hosts of up to three. */
#define NODE_SETS	8

/**
 * struct search - a search, and what it found
 * @s: the scene
 * @cpu: by vCPU, as far as it is placed
 * @used: CPUs that have a vCPU
 * @fits: there is a placement
 * @least_nodes: the fewest nodes that vCPUs are on
 * @by_nodes: some placement has its vCPUs on exactly these nodes
 * @least_cores: by nodes: the fewest cores that vCPUs are on
 * @match: by nodes: on so few cores, the guest's siblings match
 */
struct search {
	const struct scene *s;
	unsigned int cpu[SCENE_VCPUS];
	uint64_t used;
	bool fits;
	unsigned int least_nodes;
	bool by_nodes[NODE_SETS];
	unsigned int least_cores[NODE_SETS];
	bool match[NODE_SETS];
};

static bool vcpu_beside(const struct search *f, unsigned int n, unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (are_siblings(f->s, f->cpu[i], cpu))
			return true;
	return false;
}

static bool vcpu_may(const struct search *f, unsigned int vcpu, unsigned int cpu)
{
	const struct scene *s = f->s;
	unsigned int threads;
	bool whole;

	if (!cpu_free(s, cpu) || f->used >> cpu & 1)
		return false;
	if (s->vcpu[vcpu].pin != PLACEMENT_NONE && s->vcpu[vcpu].pin != cpu)
		return false;
	if (!node_is_allowed(s, vcpu, s->cpu[cpu].node))
		return false;
	whole = core_is_free(s, s->cpu[cpu].core, &threads);
	switch (s->req.thread_policy) {
	case CORDON_THREAD_POLICY_ISOLATE:
		return whole && !vcpu_beside(f, vcpu, cpu);
	case CORDON_THREAD_POLICY_SEPARATE:
		return !vcpu_beside(f, vcpu, cpu);
	case CORDON_THREAD_POLICY_REQUIRE:
		return whole && threads > 1;
	default:
		return true;
	}
}

static bool emulator_may(const struct search *f, unsigned int cpu)
{
	const struct scene *s = f->s;
	unsigned int n = s->req.nr_vcpus;

	if (!cpu_free(s, cpu) || f->used >> cpu & 1)
		return false;
	if (s->req.emulator_pin != PLACEMENT_NONE && s->req.emulator_pin != cpu)
		return false;
	if (s->req.numa == CORDON_NUMA_NODES && !s->allowed[s->cpu[cpu].node])
		return false;
	return s->req.thread_policy != CORDON_THREAD_POLICY_ISOLATE ||
	       !vcpu_beside(f, n, cpu);
}

static bool emulator_fits(const struct search *f)
{
	unsigned int cpu;

	for (cpu = 0; cpu < f->s->host.nr_cpus; cpu++)
		if (emulator_may(f, cpu))
			return true;
	return !f->s->req.emulator;
}

static bool guest_matches(const struct search *f)
{
	const struct scene *s = f->s;
	unsigned int i, j;

	for (i = 0; i < s->req.nr_vcpus; i++) {
		for (j = 0; j < i; j++) {
			bool guest = s->vcpu[i].guest_core == s->vcpu[j].guest_core;

			if (guest != are_siblings(s, f->cpu[i], f->cpu[j]))
				return false;
		}
	}
	return true;
}

static void search_note(struct search *f)
{
	unsigned int i, cores = 0, count;
	uint64_t nodes = 0;

	for (i = 0; i < f->s->req.nr_vcpus; i++) {
		nodes |= 1ull << f->s->cpu[f->cpu[i]].node;
		cores += !vcpu_beside(f, i, f->cpu[i]);
	}
	count = __builtin_popcountll(nodes);
	if (!f->fits || count < f->least_nodes)
		f->least_nodes = count;
	f->fits = true;
	if (!f->by_nodes[nodes] || cores < f->least_cores[nodes]) {
		f->by_nodes[nodes] = true;
		f->least_cores[nodes] = cores;
		f->match[nodes] = false;
	}
	if (cores == f->least_cores[nodes] && !f->match[nodes])
		f->match[nodes] = guest_matches(f);
}

static void search_from(struct search *f, unsigned int vcpu)
{
	unsigned int cpu;

	if (vcpu == f->s->req.nr_vcpus) {
		if (emulator_fits(f))
			search_note(f);
		return;
	}
	for (cpu = 0; cpu < f->s->host.nr_cpus; cpu++) {
		if (!vcpu_may(f, vcpu, cpu))
			continue;
		f->cpu[vcpu] = cpu;
		f->used |= 1ull << cpu;
		search_from(f, vcpu + 1);
		f->used &= ~(1ull << cpu);
	}
}

static bool is_pinned(const struct scene *s)
{
	unsigned int i;

	for (i = 0; i < s->req.nr_vcpus; i++)
		if (s->vcpu[i].pin != PLACEMENT_NONE)
			return true;
	return s->req.emulator && s->req.emulator_pin != PLACEMENT_NONE;
}

static bool guest_is_known(const struct scene *s)
{
	unsigned int i;

	for (i = 0; i < s->req.nr_vcpus; i++)
		if (s->vcpu[i].guest_core == PLACEMENT_NONE)
			return false;
	return true;
}

/* Where one node is enough, is it one that is preferred most? */
static bool node_is_best(const struct search *f, uint64_t nodes)
{
	const struct scene *s = f->s;
	unsigned int ours = __builtin_ctzll(nodes), i;

	for (i = 0; i < s->host.nr_nodes; i++)
		if (f->by_nodes[1u << i] && s->score[i] > s->score[ours])
			return false;
	return true;
}

static const char *quality_check(const struct search *f)
{
	const struct scene *s = f->s;
	uint64_t nodes = result_nodes(s);
	bool fills = s->req.thread_policy == CORDON_THREAD_POLICY_PREFER ||
		     s->req.thread_policy == CORDON_THREAD_POLICY_REQUIRE;

	if (s->req.numa != CORDON_NUMA_ANY) {
		if (s->res.nr_nodes != f->least_nodes)
			return "there are fewer nodes that it fits on";
		if (s->scored && s->req.nr_vcpus && f->least_nodes == 1 &&
		    !node_is_best(f, nodes))
			return "it fits on a node that is preferred more";
	}
	if (!fills || is_pinned(s))
		return NULL;
	if (result_cores(s) != f->least_cores[nodes])
		return "it fits on fewer cores of these nodes";
	if (guest_is_known(s) && f->match[nodes] && !s->res.siblings_match)
		return "the guest's siblings could be siblings";
	return NULL;
}

const char *search_check(const struct scene *s)
{
	bool smt = host_has_smt(s);
	struct search f = { .s = s };

	if (s->req.thread_policy == CORDON_THREAD_POLICY_AVOID && smt)
		return s->res.refusal == PLACEMENT_SMT ? NULL :
			"avoid is refused where there are siblings";
	if (s->req.thread_policy == CORDON_THREAD_POLICY_REQUIRE && !smt)
		return s->res.refusal == PLACEMENT_NO_SMT ? NULL :
			"require is refused where there are no siblings";
	search_from(&f, 0);
	if (s->res.refusal != PLACEMENT_OK)
		return f.fits ? "it fits, but was refused" : NULL;
	if (!f.fits)
		return "it does not fit, but was accepted";
	return quality_check(&f);
}
