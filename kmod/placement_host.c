// SPDX-License-Identifier: GPL-2.0-only
/*
 * The solver's host: cores, what is free on them, and giving it away.
 *
 * Called by the solver's other files. Pure, like all of it: any context, no
 * locks, in the kernel and in user space.
 *
 * All siblings are of one node on real hosts. A CPU that is said to be of
 * another one than the first of its core is not used: so nobody is ever on a
 * node that was not meant.
 */
#include "placement_priv.h"

/**
 * solver_sort() - sort numbers, the smallest first
 * @key: the numbers, no two alike
 * @n: how many
 *
 * Heapsort, as it needs neither room nor stack; but what is sorted already, as
 * most hosts are, is seen at once.
 */
void solver_sort(__u64 *key, __u32 n)
{
	__u32 i, end, at, child, start;
	__u64 moved;

	for (i = 1; i < n && key[i - 1] < key[i]; i++)
		;
	if (i >= n)
		return;
	/* First the heap is built, then its largest goes behind it. */
	start = n / 2;
	end = n;
	while (end > 1) {
		if (start) {
			start--;
			moved = key[start];
		} else {
			end--;
			moved = key[end];
			key[end] = key[0];
		}
		at = start;
		while ((child = 2 * at + 1) < end) {
			if (child + 1 < end && key[child] < key[child + 1])
				child++;
			if (moved >= key[child])
				break;
			key[at] = key[child];
			at = child;
		}
		key[at] = moved;
	}
}

static bool cpu_is_present(const struct solver *s, __u32 cpu)
{
	return s->host->cpu[cpu].core < s->host->nr_cores;
}

/**
 * cpu_is_usable() - may a policy own it at all?
 * @s: the solver, after host_survey()
 * @cpu: any number
 *
 * Return: true if so, taken or not.
 */
bool cpu_is_usable(const struct solver *s, __u32 cpu)
{
	const struct placement_cpu *c;

	if (cpu >= s->host->nr_cpus || !cpu_is_present(s, cpu))
		return false;
	c = &s->host->cpu[cpu];
	return c->usable && c->node < s->host->nr_nodes &&
	       c->node == s->core_node[c->core];
}

/**
 * cpu_is_free() - may this VM have it, if it has not already?
 * @s: the solver, after host_survey()
 * @cpu: any number
 *
 * Return: true if so.
 */
bool cpu_is_free(const struct solver *s, __u32 cpu)
{
	return cpu_is_usable(s, cpu) && !s->host->cpu[cpu].taken;
}

/* CPUs by core: count, add up, fill. */
static void host_group_cpus(struct solver *s)
{
	const struct placement_host *host = s->host;
	__u32 cpu, core;

	for (core = 0; core <= host->nr_cores; core++)
		s->core_first[core] = 0;
	for (cpu = 0; cpu < host->nr_cpus; cpu++)
		if (cpu_is_present(s, cpu))
			s->core_first[host->cpu[cpu].core + 1]++;
	for (core = 0; core < host->nr_cores; core++) {
		s->smt |= s->core_first[core + 1] > 1;
		s->core_first[core + 1] += s->core_first[core];
		s->core_next[core] = s->core_first[core];
	}
	for (cpu = 0; cpu < host->nr_cpus; cpu++)
		if (cpu_is_present(s, cpu))
			s->core_cpu[s->core_next[host->cpu[cpu].core]++] = cpu;
}

/**
 * host_survey() - find the nodes that are allowed, the cores, and what is free
 * @s: the solver
 */
void host_survey(struct solver *s)
{
	const struct placement_host *host = s->host;
	const bool *listed = s->req->node_allowed;
	__u32 core, node, i, cpu;

	for (node = 0; node < host->nr_nodes; node++)
		s->node_allowed[node] = !s->strict ||
					(listed && listed[node]);
	host_group_cpus(s);
	for (core = 0; core < host->nr_cores; core++) {
		i = s->core_first[core];
		s->core_next[core] = i;
		s->core_node[core] = core_size(s, core) ?
			host->cpu[s->core_cpu[i]].node : PLACEMENT_NONE;
		s->core_free[core] = 0;
		s->core_left[core] = 0;
		s->core_vcpus[core] = 0;
		for (; i < s->core_first[core + 1]; i++) {
			cpu = s->core_cpu[i];
			s->core_free[core] += cpu_is_free(s, cpu);
		}
		s->core_whole[core] = core_size(s, core) &&
			s->core_free[core] == core_size(s, core);
	}
}

static __u32 core_count_units(const struct solver *s, __u32 core)
{
	__u32 emulator = s->res->emulator_cpu;

	switch (s->kind) {
	case SOLVER_GROUP:
		return s->core_whole[core] && core_size(s, core) > 1 ?
			s->core_free[core] : 0;
	case SOLVER_ALONE:
		return s->core_whole[core] && !s->core_vcpus[core] &&
		       (emulator == PLACEMENT_NONE ||
			s->host->cpu[emulator].core != core);
	case SOLVER_APART:
		return s->core_free[core] && !s->core_vcpus[core];
	default:
		return s->core_free[core];
	}
}

/**
 * host_count_units() - how many vCPUs may come to each core
 * @s: the solver, after pins were placed
 */
void host_count_units(struct solver *s)
{
	__u32 core;

	for (core = 0; core < s->host->nr_cores; core++)
		s->core_left[core] = core_count_units(s, core);
}

/*
 * The largest free groups first, as prefer wants it, and as require has the
 * fewest of them. Separate takes first what others have least use for: a core
 * with a CPU or two left is worth nothing to who wants a whole one. Isolate
 * takes the smallest, to own the fewest CPUs for nothing.
 */
static __u32 core_rank(const struct solver *s, __u32 core)
{
	switch (s->kind) {
	case SOLVER_ALONE:
		return core_size(s, core);
	case SOLVER_APART:
		return s->core_free[core];
	default:
		return PLACEMENT_CPUS_MAX - s->core_left[core];
	}
}

/**
 * host_sort_cores() - sort the cores that have room, the best first
 * @s: the solver, after host_count_units() and with ranks of nodes
 */
void host_sort_cores(struct solver *s)
{
	__u32 core, i, n = 0;

	for (core = 0; core < s->host->nr_cores; core++)
		if (s->core_left[core])
			s->key[n++] = (__u64)core_rank(s, core) << 32 |
				s->node_rank[s->core_node[core]] << 16 | core;
	solver_sort(s->key, n);
	for (i = 0; i < n; i++)
		s->order[i] = s->key[i] & 0xffff;
	s->nr_order = n;
}

/**
 * cpu_give_vcpu() - put a vCPU on a CPU
 * @s: the solver
 * @cpu: free, and nobody's
 * @vcpu: the vCPU
 */
void cpu_give_vcpu(struct solver *s, __u32 cpu, __u32 vcpu)
{
	__u32 core = s->host->cpu[cpu].core;

	s->res->vcpu_cpu[vcpu] = cpu;
	s->res->owned[cpu] = CORDON_CPU_USE_VCPU;
	s->core_free[core]--;
	s->core_vcpus[core]++;
	if (s->kind == SOLVER_ALONE || s->kind == SOLVER_APART)
		s->core_left[core] = 0;
	else if (s->core_left[core])
		s->core_left[core]--;
	s->block_core[s->block[vcpu]] = core;
}

/**
 * core_get_free() - the lowest CPU of a core that is free
 * @s: the solver
 * @core: a core with a free CPU
 *
 * Return: the CPU.
 */
__u32 core_get_free(struct solver *s, __u32 core)
{
	__u32 cpu = s->core_cpu[s->core_next[core]];

	while (!cpu_is_free(s, cpu) || s->res->owned[cpu])
		cpu = s->core_cpu[++s->core_next[core]];
	return cpu;
}

/**
 * core_give_vcpu() - put a vCPU on a core
 * @s: the solver
 * @core: a core that has room for it
 * @vcpu: the vCPU
 */
void core_give_vcpu(struct solver *s, __u32 core, __u32 vcpu)
{
	cpu_give_vcpu(s, core_get_free(s, core), vcpu);
}

/**
 * cpu_give_emulator() - put the emulator on a CPU
 * @s: the solver
 * @cpu: free, and nobody's
 */
void cpu_give_emulator(struct solver *s, __u32 cpu)
{
	s->res->emulator_cpu = cpu;
	s->res->owned[cpu] = CORDON_CPU_USE_EMULATOR;
	s->core_free[s->host->cpu[cpu].core]--;
}
