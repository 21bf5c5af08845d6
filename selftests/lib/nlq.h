/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the netlink family tells, read without the command: the tests ask often,
 * and a program takes long to start on an emulated host. The JSON is that of
 * `cordon -j vm list` and `cordon -j thread list`.
 */
#ifndef CORDON_NLQ_H
#define CORDON_NLQ_H

#include <jansson.h>

/* New references; the test ends if the dump fails. */
json_t *nlq_vms(void);
json_t *nlq_threads(void);

#endif /* CORDON_NLQ_H */
