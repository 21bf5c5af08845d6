/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_SHARES_H
#define _CORDON_SHARES_H

#include <linux/types.h>

struct cordon_vm;

bool shares_guarantee(struct cordon_vm *vm, u32 *milli_cpus);

#endif /* _CORDON_SHARES_H */
