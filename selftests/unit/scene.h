/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host and a request for the solver, as text that people read, or drawn from
 * bytes. Used by the tests of the solver and by its fuzz target.
 *
 * Host: cores are separated by blanks, the CPUs of a core by commas, nodes by
 * bars: "0,1 2*,3 | 4,5- 6,7". A star marks what is taken, a minus what is not
 * usable. A number that is left out is not present.
 *
 * Request: words. "prefer 4" is a thread policy and a number of vCPUs; also
 *	any, auto, nodes=0,1	the nodes (auto if none is named)
 *	pin=0:4/1:5		vCPU 0 on CPU 4, vCPU 1 on CPU 5
 *	map=0-1:0/2-3:1		vCPUs 0 and 1 on node 0, 2 and 3 on node 1
 *	guest=0-1/2-3		vCPUs 0 and 1 are siblings to the guest, 2 and 3 too
 *	emulator, emulator=5	a CPU for the emulator, which one
 *	score=0,7		how much each node is preferred
 */
#ifndef _CORDON_UNIT_SCENE_H
#define _CORDON_UNIT_SCENE_H

#include <stdint.h>
#include <stdio.h>

#include "placement.h"

#define SCENE_CPUS	64
#define SCENE_NODES	8
#define SCENE_VCPUS	64

/**
 * struct scene - a host, a request, and what the solver made of it
 * @host: points to @cpu and, if @scored, to @score
 * @cpu: of @host
 * @score: of @host
 * @scored: nodes are preferred
 * @req: points to @vcpu and @allowed
 * @vcpu: of @req
 * @allowed: of @req
 * @res: points to @vcpu_cpu and @owned
 * @vcpu_cpu: of @res
 * @owned: of @res
 */
struct scene {
	struct placement_host host;
	struct placement_cpu cpu[SCENE_CPUS];
	__u64 score[SCENE_NODES];
	bool scored;
	struct placement_request req;
	struct placement_vcpu vcpu[SCENE_VCPUS];
	bool allowed[SCENE_NODES];
	struct placement_result res;
	__u32 vcpu_cpu[SCENE_VCPUS];
	__u8 owned[SCENE_CPUS];
};

/**
 * struct draw - where choices come from: bytes while there are any, then the
 *	numbers that follow from @state
 * @bytes: the bytes that are left
 * @len: how many
 * @state: 0: all further choices are 0
 */
struct draw {
	const uint8_t *bytes;
	size_t len;
	uint64_t state;
};

/**
 * struct scene_limits - how large a scene may be drawn
 * @cpus: CPUs
 * @vcpus: vCPUs
 * @nodes: nodes
 * @wild: numbers too that name no CPU or node
 */
struct scene_limits {
	unsigned int cpus;
	unsigned int vcpus;
	unsigned int nodes;
	bool wild;
};

/* A number from 0 to @n - 1. */
unsigned int draw_below(struct draw *d, unsigned int n);

/* False if a text cannot be read. */
bool scene_parse(struct scene *s, const char *host, const char *request);
void scene_draw(struct scene *s, struct draw *d,
		const struct scene_limits *limits);
/* Both texts, as they are parsed. */
void scene_print(const struct scene *s, FILE *to);
void scene_print_result(const struct scene *s, FILE *to);

/*
 * Ask the solver, twice, in rooms that hold different garbage, with arrays that
 * end where they end. NULL, or what is wrong with the way it answered.
 */
const char *scene_solve(struct scene *s);

const char *refusal_name(unsigned int refusal);
/* A list "0-2,5" as bits; false if it is none or has a number from 64. */
bool bits_parse(const char **text, uint64_t *bits);

static inline bool cpu_present(const struct scene *s, unsigned int cpu)
{
	return s->cpu[cpu].core != PLACEMENT_NONE;
}

static inline bool cpu_free(const struct scene *s, unsigned int cpu)
{
	return cpu_present(s, cpu) && s->cpu[cpu].usable && !s->cpu[cpu].taken;
}

static inline bool are_siblings(const struct scene *s, unsigned int a,
				unsigned int b)
{
	return s->cpu[a].core == s->cpu[b].core;
}

/* Has any core two CPUs? */
bool host_has_smt(const struct scene *s);
/* Are all CPUs of the core free, and how many are they? */
bool core_is_free(const struct scene *s, unsigned int core, unsigned int *cpus);
/* May that vCPU be on that node? */
bool node_is_allowed(const struct scene *s, unsigned int vcpu,
		     unsigned int node);

#endif /* _CORDON_UNIT_SCENE_H */
