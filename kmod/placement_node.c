// SPDX-License-Identifier: GPL-2.0-only
/*
 * The solver's nodes: does it fit, and on which?
 *
 * Called by placement.c, after pins were placed. Every vCPU takes one unit of
 * what its node has, so that this is sums: those that name a node take from it,
 * what is left of the nodes in use holds others for nothing, and the fewest more
 * nodes are the largest. Which of several such sets it is comes after: the
 * highest score, where the guest's siblings find cores, where the emulator fits
 * too, and then the tightest, so that large nodes stay whole. That search is
 * exact unless the host has dozens of nodes and the VM needs many of them, when
 * it ends with a good set; it never costs a node.
 */
#include "placement_priv.h"

/* Scores are made smaller than this, so that the sum of all is a number. */
#define NODE_SCORE_BITS	53
/* How many sets are looked at in each of both searches. */
#define SET_STEPS	16384

static void nodes_scale_scores(struct solver *s)
{
	const __u64 *score = s->host->node_score;
	__u32 node, shift = 0;

	for (node = 0; score && node < s->host->nr_nodes; node++)
		while (score[node] >> shift >> NODE_SCORE_BITS)
			shift++;
	for (node = 0; node < s->host->nr_nodes; node++)
		s->node_score[node] = score ? score[node] >> shift : 0;
}

/* Their places by score, the highest first; all are one where none matters. */
static void nodes_rank(struct solver *s)
{
	__u64 highest = (1ULL << NODE_SCORE_BITS) - 1;
	__u32 i, n = s->host->nr_nodes;

	for (i = 0; i < n; i++)
		s->key[i] = (highest - s->node_score[i]) << 10 | i;
	solver_sort(s->key, n);
	for (i = 0; i < n; i++)
		s->node_rank[s->key[i] & 0x3ff] =
			s->req->numa == CORDON_NUMA_ANY ? 0 : i;
}

/* CPUs of a core that no vCPU can have, but the emulator can. */
static __u32 core_count_extra(const struct solver *s, __u32 core)
{
	if (s->kind != SOLVER_ALONE)
		return s->core_free[core] - s->core_left[core];
	return s->core_left[core] || s->core_vcpus[core] ?
		0 : s->core_free[core];
}

static void nodes_survey_cores(struct solver *s)
{
	__u32 core, node, large = 0;

	if (s->guest_smt)
		large = s->block_first[1] - s->block_first[0];
	for (node = 0; node < s->host->nr_nodes; node++) {
		s->node_units[node] = 0;
		s->node_extra[node] = 0;
		s->node_matches[node] = 0;
	}
	for (core = 0; core < s->host->nr_cores; core++) {
		node = s->core_node[core];
		if (!s->core_free[core])
			continue;
		s->node_units[node] += s->core_left[core];
		s->node_extra[node] += core_count_extra(s, core);
		s->node_matches[node] += large && s->core_left[core] >= large;
	}
}

static void nodes_survey_vcpus(struct solver *s)
{
	__u32 i, node, cpu;

	for (node = 0; node < s->host->nr_nodes; node++) {
		s->node_pinned[node] = 0;
		s->node_need[node] = 0;
		s->node_forced[node] = false;
	}
	for (i = 0; i < s->req->nr_vcpus; i++) {
		node = s->req->vcpu[i].node;
		cpu = s->res->vcpu_cpu[i];
		if (cpu != PLACEMENT_NONE) {
			node = s->host->cpu[cpu].node;
			s->node_pinned[node]++;
		} else if (node == PLACEMENT_NONE) {
			s->nr_loose++;
			continue;
		} else if (node < s->host->nr_nodes) {
			s->node_need[node]++;
		} else {
			continue;
		}
		s->node_forced[node] = true;
	}
}

/**
 * struct node_sums - what some nodes have, and what they are to hold
 * @units: vCPUs that may still come
 * @extra: CPUs that are of use to the emulator only
 * @pinned: vCPUs that are pinned there
 * @need: vCPUs that must be there
 * @nr: how many nodes those are
 * @node: the last of them
 */
struct node_sums {
	__u32 units;
	__u32 extra;
	__u32 pinned;
	__u32 need;
	__u32 nr;
	__u32 node;
};

static struct node_sums nodes_sum(const struct solver *s, bool all)
{
	struct node_sums sums = { .node = PLACEMENT_NONE };
	__u32 node;

	for (node = 0; node < s->host->nr_nodes; node++) {
		if (!all && !s->node_allowed[node])
			continue;
		sums.units += s->node_units[node];
		sums.extra += s->node_extra[node];
		sums.pinned += s->node_pinned[node];
		sums.need += s->node_need[node];
		sums.node = node;
		sums.nr++;
	}
	return sums;
}

static enum placement_refusal nodes_refuse(struct solver *s,
					   enum placement_refusal refusal,
					   __u32 wanted, __u32 free)
{
	s->res->wanted = wanted;
	s->res->free = free;
	return refusal;
}

static bool emulator_is_loose(const struct solver *s)
{
	return s->req->emulator && s->req->emulator_pin == PLACEMENT_NONE;
}

static enum placement_refusal nodes_refuse_cpus(struct solver *s)
{
	__u32 cpu, free = 0;

	for (cpu = 0; cpu < s->host->nr_cpus; cpu++)
		free += cpu_is_free(s, cpu);
	return nodes_refuse(s, PLACEMENT_NO_CPUS,
			    s->req->nr_vcpus + s->req->emulator, free);
}

/* Groups that are free, and as many more of the largest as would do. */
static enum placement_refusal nodes_refuse_groups(struct solver *s,
						  __u32 wanted, __u32 units)
{
	__u32 core, size, free = 0, largest = 1;

	for (core = 0; core < s->host->nr_cores; core++) {
		size = core_size(s, core);
		free += s->core_whole[core] && size > 1;
		if (size > largest)
			largest = size;
	}
	return nodes_refuse(s, PLACEMENT_NO_CORES,
			    free + (wanted - units + largest - 1) / largest,
			    free);
}

/* Does the host have enough, wherever it is? */
static enum placement_refusal nodes_check_host(struct solver *s)
{
	struct node_sums all = nodes_sum(s, true);
	__u32 vcpus = s->req->nr_vcpus - s->nr_pinned;
	bool emulator = emulator_is_loose(s);

	if (vcpus + emulator <= all.units + all.extra && vcpus <= all.units)
		return PLACEMENT_OK;
	if (s->kind == SOLVER_GROUP && vcpus > all.units)
		return nodes_refuse_groups(s, vcpus, all.units);
	if (s->kind == SOLVER_ALONE ||
	    (s->kind == SOLVER_APART && vcpus > all.units)) {
		emulator = emulator && s->kind == SOLVER_ALONE && !all.extra;
		return nodes_refuse(s, PLACEMENT_NO_CORES,
				    s->req->nr_vcpus + emulator,
				    s->nr_pinned + all.units);
	}
	return nodes_refuse_cpus(s);
}

/* Have the nodes that vCPUs name enough for those? */
static enum placement_refusal nodes_check_named(struct solver *s)
{
	const struct placement_vcpu *v = s->req->vcpu;
	__u32 i, j, node, wanted = 0;

	for (i = 0; i < s->req->nr_vcpus; i++) {
		node = v[i].node;
		if (node == PLACEMENT_NONE ||
		    (node < s->host->nr_nodes && s->node_allowed[node] &&
		     s->node_need[node] <= s->node_units[node]))
			continue;
		s->res->node = node;
		if (node < s->host->nr_nodes && s->node_allowed[node])
			return nodes_refuse(s, PLACEMENT_NO_NODE,
					    s->node_need[node] +
					    s->node_pinned[node],
					    s->node_units[node] +
					    s->node_pinned[node]);
		for (j = 0; j < s->req->nr_vcpus; j++)
			wanted += v[j].node == node;
		return nodes_refuse(s, PLACEMENT_NO_NODE, wanted, 0);
	}
	return PLACEMENT_OK;
}

/* Have the nodes that are allowed enough for the others? */
static enum placement_refusal nodes_check_allowed(struct solver *s)
{
	struct node_sums sums = nodes_sum(s, false);
	__u32 vcpus = s->nr_loose + sums.need;
	bool emulator = emulator_is_loose(s);
	__u32 room = sums.units;

	if ((!s->nr_loose || vcpus <= sums.units) &&
	    (!emulator || vcpus + 1 <= sums.units + sums.extra))
		return PLACEMENT_OK;
	if (vcpus <= sums.units)
		room += sums.extra;
	if (sums.nr == 1)
		s->res->node = sums.node;
	return nodes_refuse(s, PLACEMENT_NO_NODE,
			    vcpus + sums.pinned + emulator,
			    room + sums.pinned);
}

/**
 * struct node_search - which sets of nodes are good enough
 * @n: nodes to choose from
 * @m: how many
 * @want: vCPUs that must fit on them
 * @ideal: the same with the emulator
 * @best: what the best so far is worth
 */
struct node_search {
	__u32 n;
	__u32 m;
	__u32 want;
	__u32 ideal;
	struct solver_set best;
};

static bool set_is_better(const struct solver *s, const struct node_search *f,
			  const struct solver_set *a,
			  const struct solver_set *b)
{
	__u32 x = solver_min(a->matches, s->nr_pairs);
	__u32 y = solver_min(b->matches, s->nr_pairs);
	bool fits = a->units >= f->ideal, other = b->units >= f->ideal;

	if (a->score != b->score)
		return a->score > b->score;
	if (x != y)
		return x > y;
	if (fits != other)
		return fits;
	return a->units < b->units;
}

static struct solver_set set_with(const struct solver *s,
				  const struct solver_set *set, __u32 place)
{
	__u32 node = s->set_node[place];
	struct solver_set with = {
		.score = set->score + s->node_score[node],
		.units = set->units + s->node_units[node],
		.matches = set->matches + s->node_matches[node],
	};

	return with;
}

static struct solver_set set_without(const struct solver *s,
				     const struct solver_set *set, __u32 place)
{
	__u32 node = s->set_node[place];
	struct solver_set without = {
		.score = set->score - s->node_score[node],
		.units = set->units - s->node_units[node],
		.matches = set->matches - s->node_matches[node],
	};

	return without;
}

/* Those that are allowed and not in use anyway, the largest first. */
static void set_survey(struct solver *s, struct node_search *f)
{
	__u32 node, i;

	f->n = 0;
	for (node = 0; node < s->host->nr_nodes; node++)
		if (s->node_allowed[node] && !s->node_forced[node] &&
		    s->node_units[node])
			s->key[f->n++] = (__u64)(PLACEMENT_CPUS_MAX -
					s->node_units[node]) << 32 | node;
	solver_sort(s->key, f->n);
	s->set_sum[0] = 0;
	for (i = 0; i < f->n; i++) {
		node = (__u32)s->key[i];
		s->set_node[i] = node;
		s->set_in[i] = false;
		s->set_sum[i + 1] = s->set_sum[i] + s->node_units[node];
	}
	s->set_score[f->n] = 0;
	for (; i > 0; i--) {
		node = s->set_node[i - 1];
		s->set_score[i - 1] = s->set_score[i];
		if (s->node_score[node] > s->set_score[i])
			s->set_score[i - 1] = s->node_score[node];
	}
}

/* The largest: no fewer nodes will do, and these do. */
static void set_begin(struct solver *s, struct node_search *f)
{
	struct solver_set none = { 0 };

	/* What those that are in use anyway have is the same for all sets. */
	f->best = none;
	for (f->m = 0; s->set_sum[f->m] < f->want; f->m++) {
		s->set_best[f->m] = f->m;
		s->set_in[f->m] = true;
		f->best = set_with(s, &f->best, f->m);
	}
}

/* Better sets that differ in one node, as long as there are any. */
static void set_improve(struct solver *s, struct node_search *f)
{
	__u32 steps = 0, i, pick, since = 0;
	struct solver_set set;

	for (pick = 0; since < f->m; pick = pick + 1 < f->m ? pick + 1 : 0) {
		since++;
		for (i = 0; i < f->n; i++) {
			if (s->set_in[i])
				continue;
			if (steps++ == SET_STEPS)
				return;
			set = set_without(s, &f->best, s->set_best[pick]);
			set = set_with(s, &set, i);
			if (set.units < f->want ||
			    !set_is_better(s, f, &set, &f->best))
				continue;
			s->set_in[s->set_best[pick]] = false;
			s->set_in[i] = true;
			s->set_best[pick] = i;
			f->best = set;
			since = 0;
		}
	}
}

/* Can @set become the best with @rest more, from place @from on? */
static bool set_may_win(const struct solver *s, const struct node_search *f,
			const struct solver_set *set, __u32 from, __u32 rest)
{
	__u32 most, least;
	struct solver_set hope;

	if (from + rest > f->n)
		return false;
	most = set->units + s->set_sum[from + rest] - s->set_sum[from];
	if (most < f->want)
		return false;
	least = set->units + s->set_sum[f->n] - s->set_sum[f->n - rest];
	if (least < f->want)
		least = f->want;
	if (least < f->ideal && most >= f->ideal)
		least = f->ideal;
	hope.score = set->score + rest * s->set_score[from];
	hope.matches = s->nr_pairs;
	hope.units = least;
	return set_is_better(s, f, &hope, &f->best);
}

static void set_keep(struct solver *s, struct node_search *f)
{
	__u32 i;

	for (i = 0; i < f->m; i++)
		s->set_best[i] = s->set_pick[i];
	f->best = s->set_acc[f->m];
}

/* All sets, but those that cannot be better; @depth of one are picked. */
static void set_search(struct solver *s, struct node_search *f)
{
	__u32 depth = 0, at = 0, steps;
	struct solver_set none = { 0 };

	s->set_acc[0] = none;
	for (steps = 0; steps < SET_STEPS; steps++) {
		if (!set_may_win(s, f, &s->set_acc[depth], at, f->m - depth)) {
			if (!depth)
				return;
			at = s->set_pick[--depth] + 1;
			continue;
		}
		s->set_pick[depth] = at;
		s->set_acc[depth + 1] = set_with(s, &s->set_acc[depth], at);
		at++;
		if (depth + 1 < f->m) {
			depth++;
			continue;
		}
		if (s->set_acc[f->m].units >= f->want &&
		    set_is_better(s, f, &s->set_acc[f->m], &f->best))
			set_keep(s, f);
	}
}

static void nodes_open_more(struct solver *s, __u32 want)
{
	struct node_search f = {
		.want = want,
		.ideal = want + emulator_is_loose(s),
	};
	__u32 i;

	set_survey(s, &f);
	set_begin(s, &f);
	set_improve(s, &f);
	set_search(s, &f);
	for (i = 0; i < f.m; i++)
		s->node_open[s->set_node[s->set_best[i]]] = true;
}

/* Those that are in use anyway, and if they do not do, the fewest more. */
static void nodes_open(struct solver *s)
{
	bool any = s->req->numa == CORDON_NUMA_ANY;
	__u32 node, spare = 0;

	for (node = 0; node < s->host->nr_nodes; node++) {
		s->node_open[node] = any || (s->node_forced[node] &&
					     s->node_allowed[node]);
		if (s->node_open[node])
			spare += s->node_units[node] - s->node_need[node];
	}
	if (s->nr_loose > spare)
		nodes_open_more(s, s->nr_loose - spare);
}

/**
 * nodes_choose() - choose the nodes that vCPUs may be on
 * @s: the solver, with pins placed and units counted
 *
 * Return: PLACEMENT_OK, and all vCPUs fit on them; or why they do not fit, with
 * what belongs to it in the result.
 */
enum placement_refusal nodes_choose(struct solver *s)
{
	enum placement_refusal refusal;

	nodes_scale_scores(s);
	nodes_rank(s);
	nodes_survey_cores(s);
	nodes_survey_vcpus(s);
	refusal = nodes_check_host(s);
	if (!refusal)
		refusal = nodes_check_named(s);
	if (!refusal)
		refusal = nodes_check_allowed(s);
	if (!refusal)
		nodes_open(s);
	return refusal;
}
