/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test of the command needs. */
#ifndef _CORDON_TESTS_UNIT_H
#define _CORDON_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#endif /* _CORDON_TESTS_UNIT_H */
