/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_HOOKKEY_H
#define _CORDON_HOOKKEY_H

#include <linux/types.h>

void hookkey_get(void);
bool hookkey_tryget(void);
void hookkey_put(void);
void hookkey_exit(void);

#endif /* _CORDON_HOOKKEY_H */
