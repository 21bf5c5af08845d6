/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_NET_GENETLINK_H
#define _CORDON_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

/* 6.7 put a dump's attributes into a struct genl_info. */
static inline struct nlattr **compat_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* _CORDON_COMPAT_NET_GENETLINK_H */
