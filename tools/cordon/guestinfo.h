/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU that a guest was given. Pure. */
#ifndef _CORDON_GUESTINFO_H
#define _CORDON_GUESTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <netlink/attr.h>

#include "text.h"

/**
 * struct guest_info - the CPU that a guest was given, by its CPUID
 * @has: a bit for each attribute (CORDON_A_GUEST_CPU_*) that the kernel sent
 * @missing: features that the host has and the guest lacks
 * @nr_missing: how many
 * The rest is as in enum cordon_guest_cpu_attr.
 */
struct guest_info {
	uint64_t has;
	char *vendor;
	uint32_t family;
	uint32_t model;
	uint32_t stepping;
	uint32_t sockets;
	uint32_t cores;
	uint32_t threads;
	uint32_t match;
	char **missing;
	size_t nr_missing;
};

/* What was parsed before is freed first. */
void guest_parse(const struct nlattr *nest, struct guest_info *guest);
void guest_free(struct guest_info *guest);
json_t *guest_json(const struct guest_info *guest);
/* What follows "8 vCPUs" on the line Guest of `vm show`. */
void guest_print(const struct guest_info *guest, struct text *t);

#endif /* _CORDON_GUESTINFO_H */
