/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_POOL_H
#define _CORDON_POOL_H

#include <linux/cpumask.h>
#include <linux/types.h>

struct refusal;

/**
 * struct pool_request - pools to choose
 * @dedicated: NULL: as it is
 * @shared: NULL: as it is
 * @set_reserve: @reserve is given
 * @reserve: CPUs that no plan may own; 0: as many as cordon thinks right
 */
struct pool_request {
	struct cpumask *dedicated;
	struct cpumask *shared;
	bool set_reserve;
	u32 reserve;
};

int pool_init(void);
void pool_exit(void);
int pool_set(const struct pool_request *req, struct refusal *why);
u32 pool_of(unsigned int cpu);
void pool_get_dedicated(struct cpumask *cpus);
void pool_get_shared(struct cpumask *cpus);
u32 pool_reserve(void);

#endif /* _CORDON_POOL_H */
