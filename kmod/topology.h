/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_TOPOLOGY_H
#define _CORDON_TOPOLOGY_H

#include <linux/cpumask.h>
#include <linux/types.h>

/**
 * struct topology_cpu - where a CPU is in the host
 * @package: its package, as the kernel numbers it
 * @node: its node
 * @core: the lowest online CPU of its core, itself if it has no siblings
 * @cache: the lowest online CPU that shares its last cache, -1 if not known
 */
struct topology_cpu {
	int package;
	int node;
	int core;
	int cache;
};

void topology_get(unsigned int cpu, struct topology_cpu *where);
bool topology_is_unbalanced(unsigned int cpu);

#endif /* _CORDON_TOPOLOGY_H */
