// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel tells of placements, receipts, CPUs and guests: attributes of any
 * bytes, parsed, shown to people and told in JSON. Names of tasks are their
 * owners', so what people see of them holds no control byte.
 */
#include "fuzz.h"

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "cpuinfo.h"
#include "guestinfo.h"
#include "planinfo.h"
#include "receipt.h"

static struct nl_msg *message(const uint8_t *bytes, size_t len)
{
	struct nlmsghdr *hdr = calloc(1, NLMSG_HDRLEN + GENL_HDRLEN + len);
	struct nl_msg *msg;

	must(hdr);
	hdr->nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len;
	if (len)
		memcpy((char *)hdr + NLMSG_HDRLEN + GENL_HDRLEN, bytes, len);
	msg = nlmsg_convert(hdr);
	must(msg);
	free(hdr);
	return msg;
}

/* Fit for a terminal, and then forgotten. */
static void check_shown(struct text *t)
{
	size_t i;

	for (i = 0; i < t->len; i++)
		must((unsigned char)t->s[i] >= 0x20 && t->s[i] != 0x7f);
	text_free(t);
}

/* An object, and valid UTF-8. */
static void check_json(json_t *json)
{
	char *s;

	must(json);
	s = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	must(s);
	free(s);
	json_decref(json);
}

static void check_plan(struct nl_msg *msg)
{
	struct refusal_info refusal;
	struct text t = { 0 };
	struct plan_info plan;
	struct cpulist vcpus;
	size_t i;

	plan_parse(msg, &plan);
	for (i = 0; i < plan.n; i++)
		plan_guest_siblings(&plan, &plan.place[i], &vcpus);
	plan_free(&plan);
	if (refusal_parse(msg, &refusal)) {
		check_json(refusal_json(&refusal));
		refusal_print(&refusal, &t);
		text_free(&t);
	}
	refusal_free(&refusal);
}

static void check_receipt(const struct nlattr *nest)
{
	struct culprit_info culprit = { 0 };
	struct receipt_info receipt = { 0 };
	struct text t = { 0 };

	receipt_parse(nest, &receipt);
	check_json(receipt_json(&receipt));
	receipt_print_intrusions(&receipt, &t);
	check_shown(&t);
	receipt_print_foreign(&receipt, &t);
	check_shown(&t);
	receipt_print_rest(&receipt, &t);
	check_shown(&t);
	receipt_worst_since(&receipt, &receipt);
	receipt_free(&receipt);
	culprit_parse(nest, &culprit);
	check_json(culprit_json(&culprit));
	culprit_print(&culprit, &t);
	check_shown(&t);
	culprit_free(&culprit);
}

static void check_guest(const struct nlattr *nest)
{
	struct guest_info guest = { 0 };
	struct text t = { 0 };

	guest_parse(nest, &guest);
	check_json(guest_json(&guest));
	guest_print(&guest, &t);
	check_shown(&t);
	guest_free(&guest);
}

/* The CPU twice: once as it is, once as another one's sibling. */
static void check_cpus(struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct cpu_info cpu[2];
	struct cpu_list list = { cpu, 2 };
	struct cpu_counts counts;
	struct text t = { 0 };
	struct cpu_row *rows;
	struct cpulist set;
	size_t i, n;

	for (i = 0; i < 2; i++) {
		cpu_info_parse(genlmsg_attrdata(nlmsg_data(hdr), 0),
			       genlmsg_attrlen(nlmsg_data(hdr), 0), &cpu[i]);
		cpu[i].id = i;
	}
	rows = cpu_rows(&list, &n);
	must(n <= 2);
	free(rows);
	cpu_count(&list, &counts);
	cpu_counts_print(&counts, &t);
	check_shown(&t);
	memset(&set, 0, sizeof(set));
	cpus_unowned(&list, &set);
	for (i = 0; i < 2; i++)
		cpu_info_free(&cpu[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct nl_msg *msg = message(bytes, len);
	struct nlattr *pos;
	int rem;

	check_plan(msg);
	check_cpus(msg);
	attr_for_each(pos, msg, rem) {
		check_receipt(pos);
		check_guest(pos);
	}
	nlmsg_free(msg);
	return 0;
}
