/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_PARTITION_H
#define _CORDON_PARTITION_H

#include <linux/cpumask.h>
#include <linux/types.h>

void partition_set(const struct cpumask *owned);
bool partition_is_left(void);
void partition_heal(void);
void partition_exit(void);
bool partition_holds(const char **why);

#endif /* _CORDON_PARTITION_H */
