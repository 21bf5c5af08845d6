// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools: what each CPU of the host is for, and how many of them nobody may own.
 *
 * Read by whoever places or settles a thread; changed by `cpu set`, under the
 * policy mutex, after everything was checked.
 */
#include <linux/cpu.h>
#include <linux/minmax.h>
#include <linux/nodemask.h>
#include <linux/sched/isolation.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/topology.h>

#include "check.h"
#include "isolation.h"
#include "plan.h"
#include "policy.h"
#include "pool.h"
#include "topology.h"
#include "vm.h"

/* The least that a reserve has by default: cores, and a share of the CPUs. */
#define POOL_RESERVE_CORES	2
#define POOL_RESERVE_SHARE	8

/*
 * Guards the two masks, which are also written under the policy mutex.
 * Innermost.
 */
static DEFINE_RAW_SPINLOCK(pools_lock);
static cpumask_var_t pool_dedicated;
static cpumask_var_t pool_shared;
/* Written under the policy mutex. */
static u32 pool_reserved;

/* The lowest online core of a node that is not in @cpus yet is added to it. */
static bool pool_reserve_core(int node, struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu_and(cpu, cpumask_of_node(node), cpu_online_mask) {
		if (cpumask_test_cpu(cpu, cpus))
			continue;
		cpumask_or(cpus, cpus, topology_sibling_cpumask(cpu));
		cpumask_set_cpu(cpu, cpus);
		return true;
	}
	return false;
}

/*
 * As many CPUs as are right to keep: two cores, one on each node, an eighth of
 * the host. They are taken from all nodes in turn.
 */
static void pool_choose_reserve(struct cpumask *cpus)
{
	unsigned int least = DIV_ROUND_UP(num_online_cpus(),
					  POOL_RESERVE_SHARE);
	unsigned int cores = 0, turn = 0;
	bool more = true;
	int node;

	cpumask_clear(cpus);
	for (; more; turn++) {
		more = false;
		for_each_online_node(node) {
			if (turn && cores >= POOL_RESERVE_CORES &&
			    cpumask_weight(cpus) >= least)
				return;
			if (!pool_reserve_core(node, cpus))
				continue;
			cores++;
			more = true;
		}
	}
}

static void pool_add_isolated(enum hk_type type, struct cpumask *cpus,
			      struct cpumask *scratch)
{
	if (!housekeeping_enabled(type))
		return;
	rcu_read_lock();
	cpumask_andnot(scratch, cpu_present_mask, housekeeping_cpumask(type));
	rcu_read_unlock();
	cpumask_or(cpus, cpus, scratch);
}

static int pool_count_reserve(u32 *reserve)
{
	cpumask_var_t cpus;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	cpus_read_lock();
	pool_choose_reserve(cpus);
	*reserve = cpumask_weight(cpus);
	cpus_read_unlock();
	free_cpumask_var(cpus);
	return 0;
}

static int pool_choose(void)
{
	cpumask_var_t cpus, scratch;

	if (!zalloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	if (!alloc_cpumask_var(&scratch, GFP_KERNEL)) {
		free_cpumask_var(cpus);
		return -ENOMEM;
	}
	cpus_read_lock();
	pool_choose_reserve(scratch);
	pool_reserved = cpumask_weight(scratch);
	cpumask_andnot(cpus, cpu_online_mask, scratch);
	cpumask_clear(pool_dedicated);
	pool_add_isolated(HK_TYPE_DOMAIN, pool_dedicated, scratch);
	pool_add_isolated(HK_TYPE_TICK, pool_dedicated, scratch);
	if (cpumask_empty(pool_dedicated))
		cpumask_copy(pool_dedicated, cpus);
	cpumask_andnot(pool_shared, cpu_present_mask, pool_dedicated);
	cpus_read_unlock();
	free_cpumask_var(scratch);
	free_cpumask_var(cpus);
	return 0;
}

/**
 * pool_init() - choose the pools that hold until somebody chooses others
 *
 * Context: process, at module init.
 * Return: 0 or -ENOMEM.
 */
int pool_init(void)
{
	int ret = -ENOMEM;

	if (zalloc_cpumask_var(&pool_dedicated, GFP_KERNEL) &&
	    zalloc_cpumask_var(&pool_shared, GFP_KERNEL))
		ret = pool_choose();
	if (ret)
		pool_exit();
	return ret;
}

/**
 * pool_exit() - the counterpart of pool_init()
 *
 * Context: process, at module exit, when no policy is left.
 */
void pool_exit(void)
{
	free_cpumask_var(pool_dedicated);
	free_cpumask_var(pool_shared);
}

/* A request, complete: what is not given is as it is. */
struct pool_change {
	const struct cpumask *dedicated;
	const struct cpumask *shared;
	u32 reserve;
	bool set_reserve;
	struct refusal *why;
};

/* Which of the two lists is the one that was not given? */
static int pool_refuse_both(struct pool_change *c, unsigned int cpu)
{
	if (c->shared == pool_shared)
		return refuse(c->why, -EINVAL, CORDON_A_CPU_DEDICATED,
			      "dedicated: CPU %u is in the shared pool: say what shared shall be, too",
			      cpu);
	if (c->dedicated == pool_dedicated)
		return refuse(c->why, -EINVAL, CORDON_A_CPU_SHARED,
			      "shared: CPU %u is in the dedicated pool: say what dedicated shall be, too",
			      cpu);
	return refuse(c->why, -EINVAL, CORDON_A_CPU_DEDICATED,
		      "dedicated: CPU %u is in both lists", cpu);
}

static int pool_check_masks(struct pool_change *c)
{
	unsigned int cpu;

	for_each_cpu(cpu, c->dedicated) {
		c->why->cpu = cpu;
		if (!cpu_present(cpu))
			return refuse(c->why, -EINVAL, CORDON_A_CPU_DEDICATED,
				      "dedicated: there is no CPU %u", cpu);
		if (cpumask_test_cpu(cpu, c->shared))
			return pool_refuse_both(c, cpu);
	}
	for_each_cpu(cpu, c->shared) {
		c->why->cpu = cpu;
		if (!cpu_present(cpu))
			return refuse(c->why, -EINVAL, CORDON_A_CPU_SHARED,
				      "shared: there is no CPU %u", cpu);
	}
	c->why->cpu = -1;
	return 0;
}

static int pool_check_owned(struct pool_change *c)
{
	u32 owned = 0, online = num_online_cpus();
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		u32 owner = isolation_owner(cpu);

		if (!owner)
			continue;
		owned++;
		if (cpumask_test_cpu(cpu, c->dedicated))
			continue;
		c->why->cpu = cpu;
		c->why->owner = owner;
		return refuse(c->why, -EBUSY, CORDON_A_CPU_DEDICATED,
			      "dedicated: CPU %u is owned by id:%u: it stays in the dedicated pool until that policy goes",
			      cpu, owner);
	}
	if (c->set_reserve && c->reserve > online - min(owned, online)) {
		c->why->wanted = c->reserve;
		c->why->free = online - min(owned, online);
		return refuse(c->why, -EBUSY, CORDON_A_CPU_RESERVE,
			      "reserve: %u CPUs wanted of %u, of which %u are owned",
			      c->reserve, online, owned);
	}
	return 0;
}

/* Somebody's threads are on the shared pool: it must not go from under them. */
static int pool_check_users(struct pool_change *c)
{
	struct cordon_vm *vm;
	int ret = 0;
	u32 id = 0;

	if (cpumask_intersects(c->shared, cpu_online_mask))
		return 0;
	while (!ret && (vm = vm_get_next(id + 1))) {
		const struct cordon_policy *p = policy_of(vm);

		id = vm->id;
		if (p && p->plan && plan_uses_shared(p->plan)) {
			c->why->owner = id;
			ret = refuse(c->why, -EBUSY, CORDON_A_CPU_SHARED,
				     "shared: no online CPU would be left in it, and id:%u uses it",
				     id);
		}
		vm_put(vm);
	}
	return ret;
}

static void pool_publish(const struct pool_change *c)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pools_lock, flags);
	if (c->dedicated != pool_dedicated)
		cpumask_copy(pool_dedicated, c->dedicated);
	if (c->shared != pool_shared)
		cpumask_copy(pool_shared, c->shared);
	WRITE_ONCE(pool_reserved, c->reserve);
	raw_spin_unlock_irqrestore(&pools_lock, flags);
}

static int pool_set_locked(const struct pool_request *req, struct refusal *why)
{
	struct pool_change c = {
		.dedicated = req->dedicated ?: pool_dedicated,
		.shared = req->shared ?: pool_shared,
		.reserve = req->set_reserve ? req->reserve : pool_reserved,
		.set_reserve = req->set_reserve,
		.why = why,
	};
	int ret = 0;

	if (req->set_reserve && !req->reserve)
		ret = pool_count_reserve(&c.reserve);
	if (ret)
		return refuse(why, ret, 0, "out of memory");
	cpus_read_lock();
	ret = pool_check_masks(&c) ?: pool_check_owned(&c) ?:
	      pool_check_users(&c);
	cpus_read_unlock();
	if (ret)
		return ret;
	pool_publish(&c);
	/* Whoever is on the shared pool goes with it. */
	policy_settle_all();
	return 0;
}

/**
 * pool_set() - choose pools and the reserve
 * @req: what is asked for
 * @why: filled if it is refused
 *
 * When it returns 0, all threads that are held to the shared pool are there.
 *
 * Context: process; takes the policy mutex.
 * Return: 0, or a negative errno; then nothing has changed.
 */
int pool_set(const struct pool_request *req, struct refusal *why)
{
	int ret;

	if (mutex_lock_killable(&policy_mutex))
		return -EINTR;
	ret = pool_set_locked(req, why);
	mutex_unlock(&policy_mutex);
	return ret;
}

/**
 * pool_of() - what a CPU is for
 * @cpu: a possible CPU
 *
 * Context: any.
 * Return: enum cordon_pool.
 */
u32 pool_of(unsigned int cpu)
{
	u32 pool = CORDON_POOL_HOST;
	unsigned long flags;

	raw_spin_lock_irqsave(&pools_lock, flags);
	if (cpumask_test_cpu(cpu, pool_dedicated))
		pool = CORDON_POOL_DEDICATED;
	else if (cpumask_test_cpu(cpu, pool_shared))
		pool = CORDON_POOL_SHARED;
	raw_spin_unlock_irqrestore(&pools_lock, flags);
	return pool;
}

static void pool_get(const struct cpumask *pool, struct cpumask *cpus)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pools_lock, flags);
	cpumask_copy(cpus, pool);
	raw_spin_unlock_irqrestore(&pools_lock, flags);
}

/**
 * pool_get_dedicated() - the CPUs that VMs may own
 * @cpus: filled with them, offline ones too
 *
 * Context: any.
 */
void pool_get_dedicated(struct cpumask *cpus)
{
	pool_get(pool_dedicated, cpus);
}

/**
 * pool_get_shared() - the CPUs for VMs that share them
 * @cpus: filled with them, offline ones too
 *
 * Context: any.
 */
void pool_get_shared(struct cpumask *cpus)
{
	pool_get(pool_shared, cpus);
}

/**
 * pool_reserve() - how many CPUs nobody may own
 *
 * Context: any.
 * Return: their number.
 */
u32 pool_reserve(void)
{
	return READ_ONCE(pool_reserved);
}
