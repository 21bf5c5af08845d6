// SPDX-License-Identifier: GPL-2.0-only
/* The dump of all CPUs. cpu, vm and policy use it. */
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "cordon.h"
#include "cpus.h"
#include "nl.h"

static int cpu_order(const void *a, const void *b)
{
	const struct cpu_info *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

int cpu_list_get(struct cpu_list *list)
{
	struct nl_msg *request = cn_request(CORDON_CMD_CPU_GET, NLM_F_DUMP);
	struct cn_reply reply = { 0 };
	struct genlmsghdr *hdr;
	int status;
	size_t i;

	memset(list, 0, sizeof(*list));
	status = cn_ask(request, &reply, NULL);
	if (!status) {
		list->cpu = xcalloc(reply.n, sizeof(*list->cpu));
		list->n = reply.n;
		for (i = 0; i < reply.n; i++) {
			hdr = genlmsg_hdr(nlmsg_hdr(reply.msg[i]));
			cpu_info_parse(genlmsg_attrdata(hdr, 0),
				       genlmsg_attrlen(hdr, 0), &list->cpu[i]);
		}
		if (list->n)
			qsort(list->cpu, list->n, sizeof(*list->cpu), cpu_order);
	}
	cn_reply_free(&reply);
	return status;
}
