// SPDX-License-Identifier: GPL-2.0-only
/* Hosts and requests: read, drawn, printed, given to the solver. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

static const char *const policy_names[] = {
	[CORDON_THREAD_POLICY_PREFER] = "prefer",
	[CORDON_THREAD_POLICY_REQUIRE] = "require",
	[CORDON_THREAD_POLICY_ISOLATE] = "isolate",
	[CORDON_THREAD_POLICY_SEPARATE] = "separate",
	[CORDON_THREAD_POLICY_AVOID] = "avoid",
};

static const char *const refusal_names[] = {
	[PLACEMENT_OK] = "OK",
	[PLACEMENT_TOO_LARGE] = "TOO_LARGE",
	[PLACEMENT_NO_CPUS] = "NO_CPUS",
	[PLACEMENT_NO_CORES] = "NO_CORES",
	[PLACEMENT_NO_NODE] = "NO_NODE",
	[PLACEMENT_PIN_UNUSABLE] = "PIN_UNUSABLE",
	[PLACEMENT_PIN_TAKEN] = "PIN_TAKEN",
	[PLACEMENT_PIN_TWICE] = "PIN_TWICE",
	[PLACEMENT_PIN_POLICY] = "PIN_POLICY",
	[PLACEMENT_PIN_NODE] = "PIN_NODE",
	[PLACEMENT_SMT] = "SMT",
	[PLACEMENT_NO_SMT] = "NO_SMT",
};

#define NR(a) (sizeof(a) / sizeof((a)[0]))

const char *refusal_name(unsigned int refusal)
{
	return refusal < NR(refusal_names) ? refusal_names[refusal] : "?";
}

static void scene_clear(struct scene *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < SCENE_CPUS; i++)
		s->cpu[i].core = PLACEMENT_NONE;
	for (i = 0; i < SCENE_VCPUS; i++)
		s->vcpu[i] = (struct placement_vcpu) {
			PLACEMENT_NONE, PLACEMENT_NONE, PLACEMENT_NONE
		};
	s->req.thread_policy = CORDON_THREAD_POLICY_PREFER;
	s->req.numa = CORDON_NUMA_AUTO;
	s->req.emulator_pin = PLACEMENT_NONE;
}

static bool number_parse(const char **text, unsigned int *number)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*number = strtoul(*text, &end, 10);
	*text = end;
	return true;
}

bool bits_parse(const char **text, uint64_t *bits)
{
	unsigned int first, last;

	*bits = 0;
	for (;; (*text)++) {
		if (!number_parse(text, &first))
			return false;
		last = first;
		if (**text == '-') {
			(*text)++;
			if (!number_parse(text, &last))
				return false;
		}
		if (last >= 64)
			return false;
		for (; first <= last; first++)
			*bits |= 1ull << first;
		if (**text != ',')
			return true;
	}
}

static bool host_parse(struct scene *s, const char *text)
{
	unsigned int cpu, node = 0, core = 0;

	for (;; text++) {
		while (*text == ' ')
			text++;
		if (!*text)
			break;
		if (*text == '|') {
			node++;
			continue;
		}
		for (;; text++) {
			if (!number_parse(&text, &cpu) || cpu >= SCENE_CPUS)
				return false;
			s->cpu[cpu].core = core;
			s->cpu[cpu].node = node;
			s->cpu[cpu].usable = true;
			for (; *text == '*' || *text == '-'; text++) {
				if (*text == '*')
					s->cpu[cpu].taken = true;
				else
					s->cpu[cpu].usable = false;
			}
			if (cpu >= s->host.nr_cpus)
				s->host.nr_cpus = cpu + 1;
			if (*text != ',')
				break;
		}
		core++;
		text--;
	}
	s->host.nr_cores = core;
	s->host.nr_nodes = node + 1;
	return node < SCENE_NODES;
}

static bool pins_parse(struct scene *s, const char *text)
{
	unsigned int vcpu, cpu;

	for (;; text++) {
		if (!number_parse(&text, &vcpu) || vcpu >= SCENE_VCPUS ||
		    *text++ != ':' || !number_parse(&text, &cpu))
			return false;
		s->vcpu[vcpu].pin = cpu;
		if (*text != '/')
			return !*text;
	}
}

static bool map_parse(struct scene *s, const char *text)
{
	unsigned int node, i;
	uint64_t vcpus;

	for (;; text++) {
		if (!bits_parse(&text, &vcpus) || *text++ != ':' ||
		    !number_parse(&text, &node))
			return false;
		for (i = 0; i < SCENE_VCPUS; i++)
			if (vcpus >> i & 1)
				s->vcpu[i].node = node;
		if (*text != '/')
			return !*text;
	}
}

static bool guest_parse(struct scene *s, const char *text)
{
	unsigned int core, i;
	uint64_t vcpus;

	for (core = 0;; core++, text++) {
		if (!bits_parse(&text, &vcpus))
			return false;
		for (i = 0; i < SCENE_VCPUS; i++)
			if (vcpus >> i & 1)
				s->vcpu[i].guest_core = core;
		if (*text != '/')
			return !*text;
	}
}

static bool scores_parse(struct scene *s, const char *text)
{
	unsigned int node = 0, score;

	s->scored = true;
	for (;; text++) {
		if (node >= SCENE_NODES || !number_parse(&text, &score))
			return false;
		s->score[node++] = score;
		if (*text != ',')
			return !*text;
	}
}

static bool nodes_parse(struct scene *s, const char *text)
{
	unsigned int i;
	uint64_t nodes;

	s->req.numa = CORDON_NUMA_NODES;
	if (!bits_parse(&text, &nodes) || *text)
		return false;
	for (i = 0; i < SCENE_NODES; i++)
		s->allowed[i] = nodes >> i & 1;
	return true;
}

static bool word_parse(struct scene *s, const char *word)
{
	unsigned int i;

	for (i = 1; i < NR(policy_names); i++) {
		if (!strcmp(word, policy_names[i])) {
			s->req.thread_policy = i;
			return true;
		}
	}
	if (isdigit((unsigned char)*word))
		return number_parse(&word, &s->req.nr_vcpus) && !*word &&
		       s->req.nr_vcpus <= SCENE_VCPUS;
	if (!strncmp(word, "pin=", 4))
		return pins_parse(s, word + 4);
	if (!strncmp(word, "map=", 4))
		return map_parse(s, word + 4);
	if (!strncmp(word, "guest=", 6))
		return guest_parse(s, word + 6);
	if (!strncmp(word, "score=", 6))
		return scores_parse(s, word + 6);
	if (!strncmp(word, "nodes=", 6))
		return nodes_parse(s, word + 6);
	if (!strcmp(word, "auto") || !strcmp(word, "any")) {
		s->req.numa = word[1] == 'u' ? CORDON_NUMA_AUTO : CORDON_NUMA_ANY;
		return true;
	}
	if (strncmp(word, "emulator", 8))
		return false;
	s->req.emulator = true;
	if (word[8] != '=')
		return !word[8];
	word += 9;
	return number_parse(&word, &s->req.emulator_pin) && !*word;
}

bool scene_parse(struct scene *s, const char *host, const char *request)
{
	char *words = strdup(request), *rest = words, *word;
	bool good;

	scene_clear(s);
	good = host_parse(s, host);
	while (good && (word = strsep(&rest, " ")))
		good = !*word || word_parse(s, word);
	free(words);
	return good;
}

/* Steele, Lea, Flood: splitmix64. */
static uint64_t draw_number(struct draw *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned int draw_below(struct draw *d, unsigned int n)
{
	if (d->len) {
		d->len--;
		return *d->bytes++ % n;
	}
	return d->state ? draw_number(d) % n : 0;
}

/* One in @n. */
static bool draw_one_in(struct draw *d, unsigned int n)
{
	return draw_below(d, n) == n - 1;
}

/* From 1 to @n, large ones more often. */
static unsigned int draw_larger(struct draw *d, unsigned int n)
{
	unsigned int a = draw_below(d, n), b = draw_below(d, n);

	return 1 + (a > b ? a : b);
}

static void host_draw(struct scene *s, struct draw *d,
		      const struct scene_limits *limits)
{
	static const unsigned int of_a_core[] = { 2, 1, 2, 4 };
	unsigned int threads = of_a_core[draw_below(d, NR(of_a_core))];
	unsigned int cpus = draw_larger(d, limits->cpus);
	unsigned int absent = draw_one_in(d, 4) ? 6 : 0;
	unsigned int taken = draw_below(d, 4), unusable = draw_below(d, 4);
	/* Siblings lie side by side, or as far apart as they can. */
	bool apart = draw_one_in(d, 2);
	unsigned int cores, i, core, used[SCENE_CPUS];

	cores = (cpus + threads - 1) / threads;
	s->host.nr_cpus = cpus;
	s->host.nr_nodes = 1 + draw_below(d, limits->nodes);
	for (i = 0; i < cores; i++)
		used[i] = PLACEMENT_NONE;
	for (i = 0; i < cpus; i++) {
		if (absent && draw_one_in(d, absent))
			continue;
		core = apart ? i % cores : i / threads;
		if (used[core] == PLACEMENT_NONE)
			used[core] = s->host.nr_cores++;
		s->cpu[i].node = core * s->host.nr_nodes / cores;
		s->cpu[i].core = used[core];
		s->cpu[i].taken = taken && draw_one_in(d, 2 * taken);
		s->cpu[i].usable = !unusable || !draw_one_in(d, 4 * unusable);
	}
	s->scored = draw_one_in(d, 2);
	for (i = 0; s->scored && i < s->host.nr_nodes; i++)
		s->score[i] = draw_below(d, 4);
}

/* A CPU to be pinned to; one that is not free, or somebody's already, is rare. */
static unsigned int pin_draw(const struct scene *s, struct draw *d, bool wild)
{
	unsigned int tries, cpu, i;

	for (tries = 0;; tries++) {
		cpu = draw_below(d, s->host.nr_cpus + wild);
		for (i = 0; i < s->req.nr_vcpus; i++)
			if (s->vcpu[i].pin == cpu)
				break;
		if (tries == 3 || (i == s->req.nr_vcpus && cpu < s->host.nr_cpus &&
				   cpu_free(s, cpu)))
			return cpu;
	}
}

static void vcpu_draw(struct scene *s, struct draw *d, unsigned int i,
		      unsigned int pins, unsigned int map, unsigned int threads,
		      bool wild)
{
	struct placement_vcpu *v = &s->vcpu[i];

	if (pins && draw_one_in(d, pins))
		v->pin = pin_draw(s, d, wild);
	if (map && draw_one_in(d, map))
		v->node = draw_below(d, s->host.nr_nodes + wild);
	if (threads)
		v->guest_core = i / threads;
}

void scene_draw(struct scene *s, struct draw *d,
		const struct scene_limits *limits)
{
	static const unsigned int policy[] = { 1, 2, 3, 4, 1, 2, 3, 5 };
	static const unsigned int numa[] = {
		CORDON_NUMA_AUTO, CORDON_NUMA_AUTO, CORDON_NUMA_ANY,
		CORDON_NUMA_NODES
	};
	static const unsigned int rare[] = { 0, 0, 4, 2 };
	unsigned int pins, map, threads, i;
	bool wild;

	scene_clear(s);
	host_draw(s, d, limits);
	s->req.nr_vcpus = draw_below(d, limits->vcpus + 1);
	s->req.thread_policy = policy[draw_below(d, NR(policy))];
	s->req.numa = numa[draw_below(d, NR(numa))];
	pins = rare[draw_below(d, NR(rare))];
	map = rare[draw_below(d, NR(rare))];
	threads = draw_below(d, 4);
	wild = limits->wild && draw_one_in(d, 16);
	for (i = 0; i < s->req.nr_vcpus; i++)
		vcpu_draw(s, d, i, pins, map, threads, wild);
	for (i = 0; i < s->host.nr_nodes; i++)
		s->allowed[i] = draw_below(d, 3);
	s->req.emulator = draw_one_in(d, 3);
	if (s->req.emulator && draw_one_in(d, 4))
		s->req.emulator_pin = pin_draw(s, d, wild);
}

static void host_print(const struct scene *s, FILE *to)
{
	unsigned int node, core, cpu;
	const char *blank, *comma;

	for (node = 0; node < s->host.nr_nodes; node++) {
		blank = node ? " " : "";
		fprintf(to, "%s", node ? " |" : "");
		for (core = 0; core < s->host.nr_cores; core++) {
			comma = blank;
			for (cpu = 0; cpu < s->host.nr_cpus; cpu++) {
				if (s->cpu[cpu].core != core ||
				    s->cpu[cpu].node != node)
					continue;
				fprintf(to, "%s%u%s%s", comma, cpu,
					s->cpu[cpu].taken ? "*" : "",
					s->cpu[cpu].usable ? "" : "-");
				comma = ",";
				blank = " ";
			}
		}
	}
}

/* "first value" of each vCPU that has one; which one, @which says. */
static void vcpus_print(const struct scene *s, FILE *to, const char *name,
			size_t which)
{
	const char *lead = name;
	unsigned int i;

	for (i = 0; i < s->req.nr_vcpus; i++) {
		__u32 value = *(const __u32 *)((const char *)&s->vcpu[i] + which);

		if (value == PLACEMENT_NONE)
			continue;
		fprintf(to, "%s%u:%u", lead, i, value);
		lead = "/";
	}
}

static void guest_print(const struct scene *s, FILE *to)
{
	const char *lead = " guest=";
	unsigned int core, i;

	for (core = 0; core < SCENE_VCPUS; core++) {
		bool any = false;

		for (i = 0; i < s->req.nr_vcpus; i++) {
			if (s->vcpu[i].guest_core != core)
				continue;
			fprintf(to, "%s%u", any ? "," : lead, i);
			any = true;
			lead = "/";
		}
	}
}

static void list_print(FILE *to, const char *lead, const __u64 *values,
		       unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		fprintf(to, "%s%llu", i ? "," : lead,
			(unsigned long long)values[i]);
}

void scene_print(const struct scene *s, FILE *to)
{
	const char *lead = " nodes=";
	unsigned int i;

	fprintf(to, "\"");
	host_print(s, to);
	fprintf(to, "\", \"%s %u", policy_names[s->req.thread_policy],
		s->req.nr_vcpus);
	if (s->req.numa == CORDON_NUMA_ANY)
		fprintf(to, " any");
	for (i = 0; s->req.numa == CORDON_NUMA_NODES && i < s->host.nr_nodes; i++) {
		if (!s->allowed[i])
			continue;
		fprintf(to, "%s%u", lead, i);
		lead = ",";
	}
	if (s->req.numa == CORDON_NUMA_NODES && *lead != ',')
		fprintf(to, " nodes=63");
	vcpus_print(s, to, " pin=", offsetof(struct placement_vcpu, pin));
	vcpus_print(s, to, " map=", offsetof(struct placement_vcpu, node));
	guest_print(s, to);
	if (s->req.emulator)
		fprintf(to, " emulator");
	if (s->req.emulator && s->req.emulator_pin != PLACEMENT_NONE)
		fprintf(to, "=%u", s->req.emulator_pin);
	if (s->scored)
		list_print(to, " score=", s->score, s->host.nr_nodes);
	fprintf(to, "\"");
}

void scene_print_result(const struct scene *s, FILE *to)
{
	static const char use[] = ".ve-?";
	const struct placement_result *r = &s->res;
	unsigned int i;

	if (r->refusal != PLACEMENT_OK) {
		fprintf(to, "%s vcpu %d cpu %d node %d wanted %u free %u",
			refusal_name(r->refusal), (int)r->vcpu, (int)r->cpu,
			(int)r->node, r->wanted, r->free);
		return;
	}
	fprintf(to, "vCPUs on");
	for (i = 0; i < s->req.nr_vcpus; i++)
		fprintf(to, " %d", (int)s->vcpu_cpu[i]);
	fprintf(to, ", emulator %d, %u nodes, siblings %s, owned ",
		(int)r->emulator_cpu, r->nr_nodes,
		r->siblings_match ? "match" : "do not match");
	for (i = 0; i < s->host.nr_cpus; i++)
		fputc(use[s->owned[i] < 4 ? s->owned[i] : 4], to);
}

/* A copy that ends where it ends, so that the sanitizers see who passes it. */
static void *copy(const void *from, size_t len)
{
	void *to = malloc(len ? len : 1);

	if (!to)
		abort();
	return len ? memcpy(to, from, len) : to;
}

static void solve_once(struct scene *s, int garbage)
{
	struct placement_host host = s->host;
	struct placement_request req = s->req;
	struct placement_result *res = &s->res;
	enum placement_refusal refusal;
	size_t size;
	void *room;

	memset(s->vcpu_cpu, garbage, sizeof(s->vcpu_cpu));
	memset(s->owned, garbage, sizeof(s->owned));
	memset(res, garbage, sizeof(*res));
	host.cpu = copy(s->cpu, host.nr_cpus * sizeof(*s->cpu));
	host.node_score = s->scored ?
		copy(s->score, host.nr_nodes * sizeof(*s->score)) : NULL;
	req.vcpu = copy(s->vcpu, req.nr_vcpus * sizeof(*s->vcpu));
	req.node_allowed = req.numa == CORDON_NUMA_NODES ?
		copy(s->allowed, host.nr_nodes * sizeof(*s->allowed)) : NULL;
	res->vcpu_cpu = copy(s->vcpu_cpu, req.nr_vcpus * sizeof(*s->vcpu_cpu));
	res->owned = copy(s->owned, host.nr_cpus);
	size = placement_room(&host, &req);
	room = malloc(size ? size : 1);
	if (!room)
		abort();
	memset(room, garbage, size);
	refusal = placement_solve(&host, &req, room, res);
	/* Both say it: the tests look at one. */
	if (refusal != res->refusal)
		res->refusal = (enum placement_refusal)-1;
	memcpy(s->vcpu_cpu, res->vcpu_cpu, req.nr_vcpus * sizeof(*s->vcpu_cpu));
	memcpy(s->owned, res->owned, host.nr_cpus);
	free(room);
	free(res->owned);
	free(res->vcpu_cpu);
	free((void *)req.node_allowed);
	free((void *)req.vcpu);
	free((void *)host.node_score);
	free((void *)host.cpu);
	res->vcpu_cpu = s->vcpu_cpu;
	res->owned = s->owned;
}

static bool same_result(const struct scene *a, const struct scene *b)
{
	const struct placement_result *x = &a->res, *y = &b->res;

	if (x->refusal != y->refusal)
		return false;
	if (x->refusal != PLACEMENT_OK)
		return x->vcpu == y->vcpu && x->cpu == y->cpu &&
		       x->node == y->node && x->wanted == y->wanted &&
		       x->free == y->free;
	return x->emulator_cpu == y->emulator_cpu &&
	       x->nr_nodes == y->nr_nodes &&
	       x->siblings_match == y->siblings_match &&
	       !memcmp(a->vcpu_cpu, b->vcpu_cpu,
		       a->req.nr_vcpus * sizeof(*a->vcpu_cpu)) &&
	       !memcmp(a->owned, b->owned, a->host.nr_cpus);
}

const char *scene_solve(struct scene *s)
{
	struct scene other = *s;

	solve_once(&other, 0x55);
	solve_once(s, 0xaa);
	if (s->res.refusal >= NR(refusal_names))
		return "what it returns is not what it writes";
	if (!same_result(s, &other))
		return "the answer depends on what was in its room";
	return NULL;
}

bool host_has_smt(const struct scene *s)
{
	unsigned int a, b;

	for (a = 0; a < s->host.nr_cpus; a++)
		for (b = 0; b < a; b++)
			if (cpu_present(s, a) && are_siblings(s, a, b))
				return true;
	return false;
}

bool core_is_free(const struct scene *s, unsigned int core, unsigned int *cpus)
{
	bool all = true;
	unsigned int i;

	*cpus = 0;
	for (i = 0; i < s->host.nr_cpus; i++) {
		if (s->cpu[i].core != core)
			continue;
		(*cpus)++;
		all = all && cpu_free(s, i);
	}
	return all;
}

bool node_is_allowed(const struct scene *s, unsigned int vcpu, unsigned int node)
{
	if (s->vcpu[vcpu].node != PLACEMENT_NONE && s->vcpu[vcpu].node != node)
		return false;
	return s->req.numa != CORDON_NUMA_NODES || s->allowed[node];
}
