/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CONFIRM_H
#define _CORDON_CONFIRM_H

#include <linux/types.h>

struct cordon_policy;
struct cordon_vm;
struct refusal;

void confirm_init(struct cordon_vm *vm);
void confirm_start(struct cordon_vm *vm, struct cordon_policy *fallback,
		   u32 seconds);
void confirm_cancel(struct cordon_vm *vm);
int confirm_keep(struct cordon_vm *vm, struct refusal *why);
bool confirm_left_ms(struct cordon_vm *vm, u64 *left_ms);

int confirm_module_init(void);
void confirm_module_exit(void);

#endif /* _CORDON_CONFIRM_H */
