/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_HOOKS_H
#define _CORDON_HOOKS_H

int hooks_init(void);
void hooks_exit(void);
int hooks_switch_on(void);
void hooks_switch_off(void);

#endif /* _CORDON_HOOKS_H */
