// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the host's CPUs are: package, node, core, cache.
 *
 * The kernel knows the siblings of online CPUs only, and so do we: one that is
 * offline runs nobody. Whoever needs an answer that holds for a while keeps
 * CPUs from coming and going (cpus_read_lock()).
 */
#include <linux/rcupdate.h>
#include <linux/sched/isolation.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "topology.h"

static int topology_cache(unsigned int cpu)
{
	u32 id = compat_llc_id(cpu);
	unsigned int other;

	/* What the kernel says of a CPU that tells of none; ids were 16 bits. */
	if ((u16)id == U16_MAX || !cpu_online(cpu))
		return -1;
	for_each_online_cpu(other)
		if (compat_llc_id(other) == id)
			return other;
	return cpu;
}

/**
 * topology_get() - where is a CPU?
 * @cpu: a possible CPU
 * @where: filled with it
 *
 * An offline CPU is a core of its own, and its cache is not known.
 *
 * Context: any.
 */
void topology_get(unsigned int cpu, struct topology_cpu *where)
{
	unsigned int first = cpumask_first(topology_sibling_cpumask(cpu));

	where->package = topology_physical_package_id(cpu);
	where->node = cpu_to_node(cpu);
	where->core = first < nr_cpu_ids ? first : cpu;
	where->cache = topology_cache(cpu);
}

/**
 * topology_is_unbalanced() - is the CPU left out of load balancing?
 * @cpu: a possible CPU
 *
 * Context: any but NMI.
 * Return: true if it is isolated, by isolcpus or by a cpuset.
 */
bool topology_is_unbalanced(unsigned int cpu)
{
	bool unbalanced;

	/* Newer kernels replace the mask while they run. */
	rcu_read_lock();
	unbalanced = !cpumask_test_cpu(cpu,
				       housekeeping_cpumask(HK_TYPE_DOMAIN));
	rcu_read_unlock();
	return unbalanced;
}
