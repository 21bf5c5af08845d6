/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_NETLINK_H
#define _CORDON_COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

/*
 * 6.2 brought formatted extended ACKs (of at most 80 bytes). Before, a text
 * must be a constant: the brief one is sent, and the numbers travel in the
 * reply to the same request sent as a plan.
 */
#ifdef NL_SET_ERR_MSG_FMT
#define compat_extack_text(extack, text, brief) do {			\
	if (strlen(text) < NETLINK_MAX_FMTMSG_LEN)			\
		NL_SET_ERR_MSG_FMT(extack, "%s", text);			\
	else								\
		do_compat_extack_brief(extack, brief);			\
} while (0)
#else
#define compat_extack_text(extack, text, brief)				\
	do_compat_extack_brief(extack, brief)
#endif

/* NL_SET_ERR_MSG() wants a literal; @brief is one, by way of a variable. */
static inline void do_compat_extack_brief(struct netlink_ext_ack *extack,
					  const char *brief)
{
	if (extack)
		extack->_msg = brief;
}

#endif /* _CORDON_COMPAT_LINUX_NETLINK_H */
