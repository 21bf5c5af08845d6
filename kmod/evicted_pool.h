/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_EVICTED_POOL_H
#define _CORDON_EVICTED_POOL_H

struct evicted;
struct irq_work;

struct evicted *evicted_alloc(void);
struct evicted *evicted_pool_take(struct irq_work *irq);
int evicted_pool_fill(void);
void evicted_pool_exit(void);

#endif /* _CORDON_EVICTED_POOL_H */
