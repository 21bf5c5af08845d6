/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_SHARES_H
#define _CORDON_SHARES_H

#include <linux/list.h>
#include <linux/types.h>

struct cgroup_call;
struct cgroups;
struct cordon_vm;
struct cpumask;

/**
 * struct shares_member - a VM whose weight cordon chooses
 * @node: on the list of all of them; empty if it is none
 * @turn: of its cgroups, when it was last wanted
 * @vm_id: the VM
 * @path: its topmost cgroup
 * @id: the id of that; one of the same name may be there again
 * @weight: what it was given: by its policy, or as found
 * @given: by its policy
 * @reservation: thousandths of a CPU that it is sure of; 0: nothing
 * @cpus: where its vCPUs may run
 * @settled: when its weight was last chosen, in jiffies
 * @err: what came of that
 * @share: thousandths of a CPU that its weight gives it at least; 0: not said
 */
struct shares_member {
	struct list_head node;
	u32 turn;
	u32 vm_id;
	char *path;
	u64 id;
	u32 weight;
	bool given;
	u32 reservation;
	struct cpumask *cpus;
	unsigned long settled;
	int err;
	u32 share;
};

void shares_init(struct cgroups *g);
int shares_want(struct cgroup_call *c);
void shares_sweep(struct cgroups *g);

bool shares_guarantee(struct cordon_vm *vm, u32 *milli_cpus);

#endif /* _CORDON_SHARES_H */
