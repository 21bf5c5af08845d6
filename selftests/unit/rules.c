// SPDX-License-Identifier: GPL-2.0-only
/* The rules that a placement keeps, and when a refusal tells the truth. */
#include <string.h>

#include "rules.h"

static bool is_vcpus(const struct scene *s, unsigned int cpu)
{
	return s->owned[cpu] == CORDON_CPU_USE_VCPU;
}

uint64_t result_nodes(const struct scene *s)
{
	uint64_t nodes = 0;
	unsigned int i;

	for (i = 0; i < s->req.nr_vcpus; i++)
		nodes |= 1ull << s->cpu[s->vcpu_cpu[i]].node;
	return nodes;
}

unsigned int result_cores(const struct scene *s)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < s->req.nr_vcpus; i++) {
		for (j = 0; j < i; j++)
			if (are_siblings(s, s->vcpu_cpu[i], s->vcpu_cpu[j]))
				break;
		n += i == j;
	}
	return n;
}

static const char *vcpus_check(const struct scene *s)
{
	unsigned int i, j, cpu;

	for (i = 0; i < s->req.nr_vcpus; i++) {
		cpu = s->vcpu_cpu[i];
		if (cpu >= s->host.nr_cpus || !cpu_free(s, cpu))
			return "a vCPU is where no CPU is free";
		for (j = 0; j < i; j++)
			if (s->vcpu_cpu[j] == cpu)
				return "two vCPUs are on one CPU";
		if (s->vcpu[i].pin != PLACEMENT_NONE && s->vcpu[i].pin != cpu)
			return "a vCPU is not where it is pinned";
		if (!node_is_allowed(s, i, s->cpu[cpu].node))
			return "a vCPU is on a node that is not allowed";
	}
	return NULL;
}

static const char *emulator_check(const struct scene *s)
{
	unsigned int cpu = s->res.emulator_cpu, i;

	if (!s->req.emulator)
		return cpu == PLACEMENT_NONE ? NULL :
			"the emulator has a CPU that nobody asked for";
	if (cpu >= s->host.nr_cpus || !cpu_free(s, cpu))
		return "the emulator is where no CPU is free";
	if (s->req.emulator_pin != PLACEMENT_NONE && s->req.emulator_pin != cpu)
		return "the emulator is not where it is pinned";
	for (i = 0; i < s->req.nr_vcpus; i++) {
		if (s->vcpu_cpu[i] == cpu)
			return "the emulator is on a vCPU's CPU";
		if (s->req.thread_policy == CORDON_THREAD_POLICY_ISOLATE &&
		    are_siblings(s, s->vcpu_cpu[i], cpu))
			return "isolate: the emulator is on a vCPU's core";
	}
	if (s->req.numa == CORDON_NUMA_NODES && !s->allowed[s->cpu[cpu].node])
		return "the emulator is on a node that is not allowed";
	return NULL;
}

static const char *owned_check(const struct scene *s)
{
	unsigned int uses[4] = { 0 }, i;

	for (i = 0; i < s->host.nr_cpus; i++) {
		if (s->owned[i] > CORDON_CPU_USE_IDLE)
			return "a use that does not exist";
		if (s->owned[i] && !cpu_free(s, i))
			return "a CPU is owned that is not free";
		uses[s->owned[i]]++;
	}
	if (uses[CORDON_CPU_USE_VCPU] != s->req.nr_vcpus ||
	    uses[CORDON_CPU_USE_EMULATOR] != s->req.emulator)
		return "owned CPUs are miscounted";
	for (i = 0; i < s->req.nr_vcpus; i++)
		if (!is_vcpus(s, s->vcpu_cpu[i]))
			return "a vCPU's CPU is not owned as such";
	if (s->req.emulator &&
	    s->owned[s->res.emulator_cpu] != CORDON_CPU_USE_EMULATOR)
		return "the emulator's CPU is not owned as such";
	return NULL;
}

/* Which siblings must be owned, which may not be. */
static const char *siblings_check(const struct scene *s)
{
	bool whole = s->req.thread_policy == CORDON_THREAD_POLICY_ISOLATE ||
		     s->req.thread_policy == CORDON_THREAD_POLICY_REQUIRE;
	bool alone = s->req.thread_policy == CORDON_THREAD_POLICY_ISOLATE ||
		     s->req.thread_policy == CORDON_THREAD_POLICY_SEPARATE;
	unsigned int i, cpu;

	for (cpu = 0; cpu < s->host.nr_cpus; cpu++) {
		bool vcpu_beside = false, ours_beside = false;

		if (!cpu_present(s, cpu))
			continue;
		for (i = 0; i < s->host.nr_cpus; i++) {
			if (i == cpu || !are_siblings(s, i, cpu))
				continue;
			vcpu_beside |= is_vcpus(s, i);
			ours_beside |= is_vcpus(s, i) ||
				       s->owned[i] == CORDON_CPU_USE_EMULATOR;
		}
		if (alone && is_vcpus(s, cpu) && vcpu_beside)
			return "two vCPUs are on siblings";
		if (whole && vcpu_beside && !s->owned[cpu])
			return "a sibling of a vCPU is not owned";
		if (s->owned[cpu] == CORDON_CPU_USE_IDLE &&
		    (!whole || !ours_beside))
			return "a CPU is owned idle for nothing";
	}
	return NULL;
}

/* Do the guest's siblings, and they only, sit on siblings? -1: not told. */
static int siblings_match(const struct scene *s)
{
	bool has = false, differs = false, unknown = false;
	unsigned int i, j;

	for (i = 0; i < s->req.nr_vcpus; i++) {
		unknown |= s->vcpu[i].guest_core == PLACEMENT_NONE;
		for (j = 0; j < i; j++) {
			bool guest = s->vcpu[i].guest_core != PLACEMENT_NONE &&
				     s->vcpu[i].guest_core == s->vcpu[j].guest_core;

			has |= guest;
			differs |= guest != are_siblings(s, s->vcpu_cpu[i],
							 s->vcpu_cpu[j]);
		}
	}
	if (!has)
		return 1;
	return unknown ? -1 : !differs;
}

static const char *placement_check(const struct scene *s)
{
	bool smt = host_has_smt(s);
	const char *wrong;
	int match;

	if (s->req.thread_policy == CORDON_THREAD_POLICY_AVOID && smt)
		return "avoid: accepted on a host with siblings";
	if (s->req.thread_policy == CORDON_THREAD_POLICY_REQUIRE && !smt)
		return "require: accepted on a host without siblings";
	wrong = vcpus_check(s);
	if (!wrong)
		wrong = emulator_check(s);
	if (!wrong)
		wrong = owned_check(s);
	if (!wrong)
		wrong = siblings_check(s);
	if (wrong)
		return wrong;
	if ((unsigned int)__builtin_popcountll(result_nodes(s)) != s->res.nr_nodes)
		return "nodes are miscounted";
	match = siblings_match(s);
	if (match >= 0 && match != s->res.siblings_match)
		return "what it says of the guest's siblings is wrong";
	return NULL;
}

static unsigned int free_cpus(const struct scene *s)
{
	unsigned int i, n = 0;

	for (i = 0; i < s->host.nr_cpus; i++)
		n += cpu_free(s, i);
	return n;
}

static unsigned int pins_on(const struct scene *s, unsigned int cpu)
{
	unsigned int n = s->req.emulator && s->req.emulator_pin == cpu, i;

	for (i = 0; i < s->req.nr_vcpus; i++)
		n += s->vcpu[i].pin == cpu;
	return n;
}

/* Is there a policy that may object to a pin, or to cores? */
static bool policy_objects(const struct scene *s)
{
	return host_has_smt(s) &&
	       (s->req.thread_policy == CORDON_THREAD_POLICY_REQUIRE ||
		s->req.thread_policy == CORDON_THREAD_POLICY_ISOLATE ||
		s->req.thread_policy == CORDON_THREAD_POLICY_SEPARATE);
}

static bool nodes_objects(const struct scene *s)
{
	unsigned int i;

	for (i = 0; i < s->req.nr_vcpus; i++)
		if (s->vcpu[i].node != PLACEMENT_NONE)
			return true;
	return s->req.numa == CORDON_NUMA_NODES;
}

static const char *pin_check(const struct scene *s)
{
	const struct placement_result *r = &s->res;
	unsigned int cpu = r->cpu, node;

	if (r->vcpu == PLACEMENT_NONE) {
		if (!s->req.emulator || s->req.emulator_pin != cpu)
			return "the emulator is not pinned there";
	} else if (r->vcpu >= s->req.nr_vcpus || s->vcpu[r->vcpu].pin != cpu) {
		return "that vCPU is not pinned there";
	}
	if (r->refusal == PLACEMENT_PIN_UNUSABLE)
		return cpu < s->host.nr_cpus && cpu_present(s, cpu) &&
		       s->cpu[cpu].usable ? "that CPU is usable" : NULL;
	if (cpu >= s->host.nr_cpus || !cpu_present(s, cpu))
		return "that CPU is not there, which is not what it says";
	switch (r->refusal) {
	case PLACEMENT_PIN_TAKEN:
		return s->cpu[cpu].taken ? NULL : "that CPU is not taken";
	case PLACEMENT_PIN_TWICE:
		return pins_on(s, cpu) > 1 ? NULL : "only one is pinned there";
	case PLACEMENT_PIN_NODE:
		node = s->cpu[cpu].node;
		if (r->vcpu == PLACEMENT_NONE)
			return s->req.numa == CORDON_NUMA_NODES &&
			       !s->allowed[node] ? NULL : "that node is allowed";
		return node_is_allowed(s, r->vcpu, node) ?
			"that node is allowed" : NULL;
	default:
		return policy_objects(s) ? NULL : "no policy objects to a pin";
	}
}

static const char *refusal_check(const struct scene *s)
{
	const struct placement_result *r = &s->res;
	unsigned int wanted = s->req.nr_vcpus + s->req.emulator;

	switch (r->refusal) {
	case PLACEMENT_TOO_LARGE:
		return "such a host is not too large";
	case PLACEMENT_SMT:
		return s->req.thread_policy == CORDON_THREAD_POLICY_AVOID &&
		       host_has_smt(s) ? NULL : "nothing is there to avoid";
	case PLACEMENT_NO_SMT:
		return s->req.thread_policy == CORDON_THREAD_POLICY_REQUIRE &&
		       !host_has_smt(s) ? NULL : "there are siblings";
	case PLACEMENT_NO_CPUS:
		if (r->wanted != wanted || r->free != free_cpus(s))
			return "NO_CPUS: wanted or free are miscounted";
		break;
	case PLACEMENT_NO_CORES:
		if (!policy_objects(s))
			return "no policy wants cores";
		break;
	case PLACEMENT_NO_NODE:
		if (!nodes_objects(s))
			return "every node is allowed";
		if (wanted > free_cpus(s))
			return "NO_NODE, but the host has too few";
		break;
	default:
		return pin_check(s);
	}
	return r->wanted > r->free ? NULL : "what is free is enough";
}

const char *rules_check(const struct scene *s)
{
	return s->res.refusal == PLACEMENT_OK ? placement_check(s) :
		refusal_check(s);
}
