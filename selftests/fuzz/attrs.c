// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes as a kernel that is newer, or broken, may send them: cut off, too
 * long, of another type, nested in one another. Nothing past their end is read.
 */
#include "fuzz.h"

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "capinfo.h"
#include "keys.h"

/* A generic netlink message whose attributes are these bytes. */
static struct nl_msg *message(const uint8_t *bytes, size_t len)
{
	struct nlmsghdr *hdr = malloc(NLMSG_HDRLEN + GENL_HDRLEN + len);
	struct nl_msg *msg;

	must(hdr);
	memset(hdr, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	hdr->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len;
	if (len)
		memcpy((char *)hdr + NLMSG_HDRLEN + GENL_HDRLEN, bytes, len);
	msg = nlmsg_convert(hdr);
	must(msg);
	free(hdr);
	return msg;
}

static void check_key(const struct key *key, struct nl_msg *msg)
{
	struct text t = { 0 };
	json_t *json;

	key_print(key, msg, &t);
	text_clear(&t);
	key_print_other(key, msg, &t);
	text_free(&t);
	json = key_json(key, msg);
	json_decref(json);
}

static void check_cap(const struct nlattr *nest)
{
	struct cap_info cap;

	cap_info_parse(nest, &cap);
	cap_info_free(&cap);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct nl_msg *msg = message(bytes, len);
	struct nlattr *pos;
	size_t i;
	int rem;

	for (i = 0; i < nr_keys; i++)
		check_key(&keys[i], msg);
	attr_for_each(pos, msg, rem)
		check_cap(pos);
	nlmsg_free(msg);
	return 0;
}
