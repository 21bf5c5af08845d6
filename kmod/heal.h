/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_HEAL_H
#define _CORDON_HEAL_H

void heal_start(void);
int heal_init(void);
void heal_exit(void);

#endif /* _CORDON_HEAL_H */
