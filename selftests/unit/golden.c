// SPDX-License-Identifier: GPL-2.0-only
/* Puts the golden vectors to the solver. Prints TAP. */
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "rules.h"
#include "tap.h"

#define ANY	PLACEMENT_NONE

/**
 * struct answer - one answer that is expected
 * @refusal: PLACEMENT_OK, or the refusal
 * @vcpu: the vCPU it names, ANY: not looked at
 * @emulator: it names the emulator
 * @cpu: the CPU it names
 * @node: the node it names, of which PLACEMENT_NONE says nothing
 * @wanted: what was wanted
 * @free: what was free
 * @exact: vCPUs are on exactly @cpus
 * @ordered: and each on its one of @order
 * @cpus: their CPUs; if not @exact, those that they may be on
 * @order: by vCPU
 * @nr_order: entries of it
 * @idle: CPUs that are idle, if @exact
 * @cores: cores of the vCPUs
 * @nodes: nodes of the vCPUs
 * @idles: how many CPUs are idle
 * @emu: the emulator's CPU
 * @broken: the guest's siblings do not match
 */
struct answer {
	unsigned int refusal;
	unsigned int vcpu;
	bool emulator;
	unsigned int cpu;
	unsigned int node;
	unsigned int wanted;
	unsigned int free;
	bool exact;
	bool ordered;
	uint64_t cpus;
	unsigned int order[SCENE_VCPUS];
	unsigned int nr_order;
	uint64_t idle;
	unsigned int cores;
	unsigned int nodes;
	unsigned int idles;
	unsigned int emu;
	bool broken;
};

static void malformed(const char *word)
{
	printf("Bail out! a vector cannot be read at \"%s\"\n", word);
	exit(1);
}

static unsigned int number(const char *word)
{
	char *end;
	unsigned long n = strtoul(word, &end, 10);

	if (end == word || *end)
		malformed(word);
	return n;
}

static uint64_t list(const char *word)
{
	const char *text = word;
	uint64_t bits;

	if (!bits_parse(&text, &bits) || *text)
		malformed(word);
	return bits;
}

static void order_parse(struct answer *a, const char *word)
{
	char *words = strdup(word), *rest = words, *one;

	a->ordered = true;
	while ((one = strsep(&rest, ">"))) {
		a->order[a->nr_order] = number(one);
		a->cpus |= 1ull << a->order[a->nr_order++];
	}
	free(words);
}

/* The word after @word, of which it is the value. */
static const char *value(char **rest, const char *word)
{
	const char *next = strsep(rest, " ");

	if (!next)
		malformed(word);
	return next;
}

static void placement_word(struct answer *a, const char *word, char **rest)
{
	if (!strcmp(word, "idle")) {
		a->idle = list(value(rest, word));
	} else if (!strcmp(word, "cores")) {
		a->cores = number(value(rest, word));
	} else if (!strcmp(word, "nodes")) {
		a->nodes = number(value(rest, word));
	} else if (!strcmp(word, "idles")) {
		a->idles = number(value(rest, word));
	} else if (!strcmp(word, "of")) {
		a->cpus = list(value(rest, word));
	} else if (!strcmp(word, "emu")) {
		if (*rest)
			a->emu = number(value(rest, word));
	} else if (!strcmp(word, "broken")) {
		a->broken = true;
	} else if (strchr(word, '>')) {
		a->exact = true;
		order_parse(a, word);
	} else if (strcmp(word, "valid")) {
		a->exact = true;
		a->cpus = list(word);
	}
}

static void refusal_word(struct answer *a, const char *word)
{
	const char *slash = strchr(word, '/');

	if (*word == '!') {
		while (strcmp(refusal_name(a->refusal), word + 1))
			if (++a->refusal > PLACEMENT_NO_SMT)
				malformed(word);
	} else if (slash) {
		a->wanted = strtoul(word, NULL, 10);
		a->free = number(slash + 1);
	} else if (*word == 'e' && !word[1]) {
		a->emulator = true;
	} else if (*word == 'v') {
		a->vcpu = number(word + 1);
	} else if (*word == 'c') {
		a->cpu = number(word + 1);
	} else if (*word == 'n') {
		a->node = number(word + 1);
	} else {
		malformed(word);
	}
}

/* Up to the next "or". */
static void answer_parse(struct answer *a, char **rest)
{
	const char *word;

	*a = (struct answer) {
		.vcpu = ANY, .cpu = ANY, .node = ANY, .wanted = ANY,
		.free = ANY, .cores = ANY, .nodes = ANY, .idles = ANY,
		.emu = ANY,
	};
	while ((word = strsep(rest, " ")) && strcmp(word, "or")) {
		if (*word == '!' || a->refusal)
			refusal_word(a, word);
		else
			placement_word(a, word, rest);
	}
	if (!a->exact && !a->cpus)
		a->cpus = UINT64_MAX;
}

static bool differs(unsigned int expected, unsigned int got)
{
	return expected != ANY && expected != got;
}

static bool refusal_matches(const struct answer *a, const struct scene *s)
{
	const struct placement_result *r = &s->res;

	if (differs(a->vcpu, r->vcpu) || differs(a->cpu, r->cpu) ||
	    differs(a->wanted, r->wanted) || differs(a->free, r->free))
		return false;
	if (a->emulator && r->vcpu != PLACEMENT_NONE)
		return false;
	return r->node == PLACEMENT_NONE || !differs(a->node, r->node);
}

static uint64_t owned_as(const struct scene *s, unsigned int use)
{
	uint64_t bits = 0;
	unsigned int i;

	for (i = 0; i < s->host.nr_cpus; i++)
		if (s->owned[i] == use)
			bits |= 1ull << i;
	return bits;
}

static bool placement_matches(const struct answer *a, const struct scene *s)
{
	uint64_t cpus = owned_as(s, CORDON_CPU_USE_VCPU);
	uint64_t idle = owned_as(s, CORDON_CPU_USE_IDLE);
	unsigned int i;

	if (a->exact ? cpus != a->cpus || idle != a->idle : cpus & ~a->cpus)
		return false;
	for (i = 0; i < a->nr_order; i++)
		if (s->vcpu_cpu[i] != a->order[i])
			return false;
	return !differs(a->cores, result_cores(s)) &&
	       !differs(a->nodes, s->res.nr_nodes) &&
	       !differs(a->idles, __builtin_popcountll(idle)) &&
	       !differs(a->emu, s->res.emulator_cpu) &&
	       a->broken != s->res.siblings_match;
}

static bool is_expected(const struct scene *s, const char *answer)
{
	char *words = strdup(answer), *rest = words;
	bool matches = false;
	struct answer a;

	while (rest) {
		answer_parse(&a, &rest);
		if (a.refusal != s->res.refusal)
			continue;
		matches |= a.refusal ? refusal_matches(&a, s) :
				       placement_matches(&a, s);
	}
	free(words);
	return matches;
}

static void vector_run(const struct vector *v)
{
	const char *wrong;
	struct scene s;

	if (!scene_parse(&s, v->host, v->request))
		malformed(v->name);
	wrong = scene_solve(&s);
	if (!wrong)
		wrong = rules_check(&s);
	if (!wrong && !is_expected(&s, v->answer))
		wrong = "not what is expected";
	tap_point(!wrong, v->name);
	if (!wrong)
		return;
	printf("# %s\n# ", wrong);
	scene_print(&s, stdout);
	printf("\n# expected %s\n# got ", v->answer);
	scene_print_result(&s, stdout);
	printf("\n");
}

/* Hosts and VMs beyond the limits: refused before anything is read. */
static void limits_run(void)
{
	static const struct {
		const char *name;
		unsigned int cpus, nodes, vcpus;
		bool fits;
	} rows[] = {
		{ "limits: the largest host", PLACEMENT_CPUS_MAX,
		  PLACEMENT_NODES_MAX, 2, true },
		{ "limits: the largest VM", PLACEMENT_CPUS_MAX, 2,
		  PLACEMENT_VCPUS_MAX, true },
		{ "limits: a CPU too many", PLACEMENT_CPUS_MAX + 1, 1, 1, false },
		{ "limits: a node too many", 4, PLACEMENT_NODES_MAX + 1, 1, false },
		{ "limits: a vCPU too many", PLACEMENT_CPUS_MAX, 1,
		  PLACEMENT_VCPUS_MAX + 1, false },
	};
	unsigned int row, i;

	for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		unsigned int cpus = rows[row].cpus, vcpus = rows[row].vcpus;
		struct placement_cpu *cpu = calloc(cpus, sizeof(*cpu));
		struct placement_vcpu *vcpu = calloc(vcpus, sizeof(*vcpu));
		struct placement_host host = { cpus, cpus, rows[row].nodes,
					       cpu, NULL };
		struct placement_request req = {
			.nr_vcpus = vcpus, .vcpu = vcpu,
			.thread_policy = CORDON_THREAD_POLICY_PREFER,
			.numa = CORDON_NUMA_AUTO, .emulator_pin = PLACEMENT_NONE,
		};
		struct placement_result res = {
			.vcpu_cpu = calloc(vcpus, sizeof(__u32)),
			.owned = calloc(cpus, 1),
		};
		enum placement_refusal refusal;
		void *room;

		for (i = 0; i < cpus; i++)
			cpu[i] = (struct placement_cpu) {
				i, i % rows[row].nodes, true, false
			};
		for (i = 0; i < vcpus; i++)
			vcpu[i] = (struct placement_vcpu) {
				PLACEMENT_NONE, PLACEMENT_NONE, i
			};
		room = malloc(placement_room(&host, &req) + 1);
		refusal = placement_solve(&host, &req, room, &res);
		tap_point(refusal == (rows[row].fits ? PLACEMENT_OK :
				      PLACEMENT_TOO_LARGE), rows[row].name);
		free(room);
		free(res.owned);
		free(res.vcpu_cpu);
		free(vcpu);
		free(cpu);
	}
}

int main(void)
{
	static const struct vector *const tables[] = {
		prefer_vectors, require_vectors, isolate_vectors,
		separate_vectors, node_vectors, pin_vectors, emulator_vectors,
		guest_vectors,
	};
	const struct vector *v;
	unsigned int i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (v = tables[i]; v->name; v++)
			vector_run(v);
	limits_run();
	return tap_end();
}
