/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds of every answer of the solver, and an exhaustive search that says
 * what the answer could have been. Both are written from semantics.md and
 * placement.h alone.
 */
#ifndef _CORDON_UNIT_RULES_H
#define _CORDON_UNIT_RULES_H

#include "scene.h"

/* NULL if the placement, or the refusal, keeps every rule; else which not. */
const char *rules_check(const struct scene *s);

/* Nodes that the vCPUs of a placement are on, as bits. */
uint64_t result_nodes(const struct scene *s);
/* Cores that they are on. */
unsigned int result_cores(const struct scene *s);

/* NULL if no other answer is better, by trying all; for small hosts. */
const char *search_check(const struct scene *s);

#endif /* _CORDON_UNIT_RULES_H */
