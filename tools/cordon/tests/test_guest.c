// SPDX-License-Identifier: GPL-2.0-only
/* The CPU that a guest was given: read, printed, told in JSON. */
#include "nest.h"

#include "guestinfo.h"

static void parse(struct guest_info *guest, unsigned int nr_missing, int match)
{
	static const char *const feature[] = {
		"avx512f", "la57", "pku", "rdpid", "umip",
	};
	struct nl_msg *msg = reply_new(CORDON_CMD_VM_GET);
	struct nlattr *nest = nla_nest_start(msg, CORDON_A_VM_GUEST_CPU);
	unsigned int i;

	nla_put_string(msg, CORDON_A_GUEST_CPU_VENDOR, "AuthenticAMD");
	nla_put_u32(msg, CORDON_A_GUEST_CPU_FAMILY, 25);
	nla_put_u32(msg, CORDON_A_GUEST_CPU_MODEL, 1);
	nla_put_u32(msg, CORDON_A_GUEST_CPU_STEPPING, 2);
	nla_put_u32(msg, CORDON_A_GUEST_CPU_SOCKETS, 1);
	nla_put_u32(msg, CORDON_A_GUEST_CPU_CORES, 4);
	nla_put_u32(msg, CORDON_A_GUEST_CPU_THREADS, 2);
	if (match < 0)
		nla_put_flag(msg, CORDON_A_GUEST_CPU_NESTED);
	else
		nla_put_u32(msg, CORDON_A_GUEST_CPU_MATCH, match);
	for (i = 0; i < nr_missing; i++)
		nla_put_string(msg, CORDON_A_GUEST_CPU_MISSING, feature[i]);
	nla_nest_end(msg, nest);
	memset(guest, 0, sizeof(*guest));
	guest_parse(reply_find(msg, CORDON_A_VM_GUEST_CPU), guest);
	nlmsg_free(msg);
}

static void prints(unsigned int nr_missing, int match, const char *want)
{
	struct guest_info guest;
	struct text t = { 0 };

	parse(&guest, nr_missing, match);
	guest_print(&guest, &t);
	text_equals(&t, want);
	guest_free(&guest);
}

static void test_print(void **state)
{
	(void)state;
	prints(0, 1, " 1x4x2, AuthenticAMD family 25 model 1, not nested; siblings match host");
	prints(1, 0, " 1x4x2, AuthenticAMD family 25 model 1, not nested; siblings do NOT match host; lacks 1 feature of the host: avx512f");
	prints(4, -1, " 1x4x2, AuthenticAMD family 25 model 1, nested; lacks 4 features of the host: avx512f, la57, pku, rdpid");
	prints(5, -1, " 1x4x2, AuthenticAMD family 25 model 1, nested; lacks 5 features of the host: avx512f, la57, pku, rdpid, ...");
}

static void test_json(void **state)
{
	struct guest_info guest;

	(void)state;
	parse(&guest, 2, 1);
	json_prints(guest_json(&guest),
		    "{\"vendor\":\"AuthenticAMD\",\"family\":25,\"model\":1,\"stepping\":2,\"sockets\":1,\"cores\":4,\"threads\":2,\"nested\":false,\"missing\":[\"avx512f\",\"la57\"],\"match\":true}");
	guest_free(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
