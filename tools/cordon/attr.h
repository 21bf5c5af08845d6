/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing the kinds of attribute that the family has. */
#ifndef _CORDON_ATTR_H
#define _CORDON_ATTR_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/attr.h>

#include "cpulist.h"

/* An unsigned integer of 4 or 8 bytes, by its length; 0 for any other. */
uint64_t attr_uint(const struct nlattr *nla);
/* Note that an attribute was there, as a bit. */
void attr_seen(uint64_t *has, const struct nlattr *nla);
#define HAS(info, attr)	((info)->has >> (attr) & 1)
/* A string, at most as long as the attribute; the caller frees it. */
char *attr_string(const struct nlattr *nla);
/* Add one cpu-range nest to a set. */
void attr_cpu_range(const struct nlattr *nla, struct cpulist *set);
/* Put a set as repeated cpu-range nests; false if the message is full. */
bool attr_put_cpus(struct nl_msg *msg, int attr, const struct cpulist *set);

/* Walk the attributes of a nest, or of a generic netlink message. */
#define attr_for_each_nested(pos, nla, rem)				\
	for ((pos) = nla_data(nla), (rem) = nla_len(nla);		\
	     nla_ok(pos, rem); (pos) = nla_next(pos, &(rem)))

#define attr_for_each(pos, msg, rem)					\
	for ((pos) = genlmsg_attrdata(nlmsg_data(nlmsg_hdr(msg)), 0),	\
	     (rem) = genlmsg_attrlen(nlmsg_data(nlmsg_hdr(msg)), 0);	\
	     nla_ok(pos, rem); (pos) = nla_next(pos, &(rem)))

#endif /* _CORDON_ATTR_H */
