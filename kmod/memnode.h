/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_MEMNODE_H
#define _CORDON_MEMNODE_H

#include <linux/types.h>

struct cordon_vm;

void memnode_scores(struct cordon_vm *vm, u64 *score, unsigned int nr_nodes);

#endif /* _CORDON_MEMNODE_H */
