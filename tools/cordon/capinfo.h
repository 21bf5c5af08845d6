/* SPDX-License-Identifier: GPL-2.0-only */
/* A budget as the kernel tells of it. */
#ifndef _CORDON_CAPINFO_H
#define _CORDON_CAPINFO_H

#include <stdint.h>

#include <jansson.h>
#include <netlink/attr.h>

#include "caps.h"

/**
 * struct cap_info - a budget, and what it has seen
 * @has: a bit for each attribute (CORDON_A_CAP_*) that the kernel sent
 * The rest is as in enum cordon_cap_attr.
 */
struct cap_info {
	uint64_t has;
	uint32_t cap;
	uint32_t vcpu;
	uint32_t tid;
	char *comm;
	uint64_t quota_us;
	uint64_t period_us;
	uint64_t burst_us;
	uint64_t nr_periods;
	uint64_t nr_throttled;
	uint64_t throttled_ns;
	uint64_t time_ns;
};

void cap_info_parse(const struct nlattr *nest, struct cap_info *cap);
void cap_info_free(struct cap_info *cap);
json_t *cap_json(const struct cap_info *cap);

#endif /* _CORDON_CAPINFO_H */
