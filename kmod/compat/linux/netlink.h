/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_NETLINK_H
#define _CORDON_COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

/**
 * compat_extack_text() - tell the user why
 * @extack: where to, or NULL
 * @text: the reason with its numbers and names
 * @brief: the reason as a constant
 *
 * 6.2 brought formatted extended ACKs (of at most 80 bytes). Before, a text
 * must be a constant: the brief one is sent, and the numbers travel in the
 * reply to the same request sent as a plan.
 */
static inline void compat_extack_text(struct netlink_ext_ack *extack,
				      const char *text, const char *brief)
{
#ifdef NL_SET_ERR_MSG_FMT
	if (strlen(text) < NETLINK_MAX_FMTMSG_LEN) {
		NL_SET_ERR_MSG_FMT(extack, "%s", text);
		return;
	}
#endif
	/* NL_SET_ERR_MSG() wants a literal; this is one, by way of a variable */
	if (extack)
		extack->_msg = brief;
}

#endif /* _CORDON_COMPAT_LINUX_NETLINK_H */
