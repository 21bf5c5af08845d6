/* SPDX-License-Identifier: GPL-2.0-only */
/* Times and shares of a CPU, as caps are written. Pure. */
#ifndef _CORDON_CAPS_H
#define _CORDON_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/msg.h>

#include "text.h"

struct key;

/* 20ms, 1s, 500us, or microseconds as a bare number. */
bool time_parse(const char *value, uint64_t *us, struct text *err);
/* The same in the largest unit that it is a whole number of. */
void time_print(struct text *t, uint64_t us);
/* A share of one CPU: 20%, 12.5%, with at most three decimals. */
bool share_parse(const char *value, uint64_t *thousandths);
void share_print(struct text *t, uint64_t us, uint64_t period_us);

/* Is that a quota or a burst, which may be written as a share? */
bool cap_has_share(const struct key *key);
/* The key of the period that belongs to it. */
const struct key *cap_period_key(const struct key *key);
/* A share of a period as a time that can be typed; false if it is no share. */
bool cap_share_resolve(const char *value, uint64_t period_us, struct text *time);
/* The period of a cap, as a policy in a message has it. */
uint64_t cap_period_of(const struct key *key, struct nl_msg *msg);

#endif /* _CORDON_CAPS_H */
