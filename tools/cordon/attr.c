// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of attribute that the family has: numbers read by their length,
 * CPU sets as repeated ranges. Nothing here trusts a length that it was given.
 */
#include <string.h>

#include <netlink/msg.h>

#include <linux/cordon.h>

#include "attr.h"

uint64_t attr_uint(const struct nlattr *nla)
{
	uint64_t u64;
	uint32_t u32;

	switch (nla_len(nla)) {
	case sizeof(u32):
		memcpy(&u32, nla_data(nla), sizeof(u32));
		return u32;
	case sizeof(u64):
		memcpy(&u64, nla_data(nla), sizeof(u64));
		return u64;
	}
	return 0;
}

void attr_seen(uint64_t *has, const struct nlattr *nla)
{
	if (nla_type(nla) < 64)
		*has |= 1ULL << nla_type(nla);
}

char *attr_string(const struct nlattr *nla)
{
	return xstrndup(nla_data(nla), nla_len(nla));
}

void attr_cpu_range(const struct nlattr *nla, struct cpulist *set)
{
	uint64_t first = UINT64_MAX, last = UINT64_MAX;
	struct nlattr *pos;
	int rem;

	attr_for_each_nested(pos, nla, rem) {
		if (nla_type(pos) == CORDON_A_CPU_RANGE_FIRST)
			first = attr_uint(pos);
		else if (nla_type(pos) == CORDON_A_CPU_RANGE_LAST)
			last = attr_uint(pos);
	}
	if (first <= CPULIST_MAX && last <= CPULIST_MAX)
		cpulist_set(set, first, last);
}

bool attr_put_cpus(struct nl_msg *msg, int attr, const struct cpulist *set)
{
	uint32_t first, last;
	struct nlattr *nest;

	for (first = 0; cpulist_run(set, &first, &last); first = last + 1) {
		nest = nla_nest_start(msg, attr | NLA_F_NESTED);
		if (!nest ||
		    nla_put_u32(msg, CORDON_A_CPU_RANGE_FIRST, first) ||
		    nla_put_u32(msg, CORDON_A_CPU_RANGE_LAST, last) ||
		    nla_nest_end(msg, nest))
			return false;
	}
	return true;
}
