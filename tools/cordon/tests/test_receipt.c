// SPDX-License-Identifier: GPL-2.0-only
/* Receipts: what the kernel sent is what is told, and names do no harm. */
#include "nest.h"

#include "receipt.h"

static void put_culprit(struct nl_msg *msg, int attr, uint32_t kind, uint32_t pid,
			const char *comm, uint32_t uid, uint64_t time_ns,
			uint64_t longest_ns)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	nla_put_u32(msg, CORDON_A_CULPRIT_KIND, kind);
	if (pid)
		nla_put_u32(msg, CORDON_A_CULPRIT_PID, pid);
	nla_put_string(msg, CORDON_A_CULPRIT_COMM, comm);
	nla_put_u32(msg, CORDON_A_CULPRIT_UID, uid);
	nla_put_u32(msg, CORDON_A_CULPRIT_COUNT, 3);
	nla_put_u64(msg, CORDON_A_CULPRIT_TIME_NS, time_ns);
	nla_put_u64(msg, CORDON_A_CULPRIT_LONGEST_NS, longest_ns);
	nla_nest_end(msg, nest);
}

static void whole(struct receipt_info *receipt)
{
	struct nl_msg *msg = reply_new(CORDON_CMD_CPU_GET);
	struct nlattr *nest = nla_nest_start(msg, CORDON_A_CPU_RECEIPT);

	nla_put_u64(msg, CORDON_A_RECEIPT_SINCE_NS, 266400000000000);
	nla_put_u32(msg, CORDON_A_RECEIPT_INTRUSIONS, 41);
	nla_put_u64(msg, CORDON_A_RECEIPT_INTRUSION_AGE_NS, 7200000000000);
	nla_put_u64(msg, CORDON_A_RECEIPT_FOREIGN_NS, 1900000000);
	nla_put_u64(msg, CORDON_A_RECEIPT_LONGEST_NS, 88000);
	nla_put_u64(msg, CORDON_A_RECEIPT_SOFTIRQ_NS, 5000000);
	nla_put_u64(msg, CORDON_A_RECEIPT_SIBLING_NS, 0);
	put_culprit(msg, CORDON_A_RECEIPT_CULPRIT, CORDON_CULPRIT_KTHREAD, 40,
		    "kworker/5:1", 0, 1000000, 88000);
	put_culprit(msg, CORDON_A_RECEIPT_CULPRIT, CORDON_CULPRIT_TURNED_AWAY, 4711,
		    "ma\033[2Jke", 1000, 2000, 1000);
	nla_nest_end(msg, nest);
	memset(receipt, 0, sizeof(*receipt));
	receipt_parse(reply_find(msg, CORDON_A_CPU_RECEIPT), receipt);
	nlmsg_free(msg);
}

static void test_lines(void **state)
{
	struct receipt_info receipt;
	struct text t = { 0 };

	(void)state;
	whole(&receipt);
	receipt_print_intrusions(&receipt, &t);
	text_equals(&t, "41 intrusions turned away, last 2h00m ago, most by ma?[2Jke (pid 4711, uid 1000)");
	receipt_print_foreign(&receipt, &t);
	text_equals(&t, "foreign 1.9 s in 3d02h of CPU time, longest 88 us: kworker/5:1");
	receipt_print_rest(&receipt, &t);
	text_equals(&t, "softirqs 5 ms, others on siblings 0 us");
	receipt_free(&receipt);
}

static void test_clean(void **state)
{
	struct receipt_info receipt = { .since_ns = 5000000000 };
	struct text t = { 0 };

	(void)state;
	receipt_print_intrusions(&receipt, &t);
	text_equals(&t, "no intruder");
	receipt_print_foreign(&receipt, &t);
	text_equals(&t, "foreign 0 us in 5.0 s of CPU time");
	receipt_print_rest(&receipt, &t);
	text_equals(&t, "");
}

static void test_json(void **state)
{
	struct receipt_info receipt;

	(void)state;
	whole(&receipt);
	json_prints(receipt_json(&receipt),
		    "{\"since_ns\":266400000000000,\"intrusions\":41,\"intrusion_age_ns\":7200000000000,\"foreign_ns\":1900000000,\"longest_ns\":88000,\"softirq_ns\":5000000,\"sibling_ns\":0,\"culprits\":[{\"kind\":\"kthread\",\"pid\":40,\"comm\":\"kworker/5:1\",\"uid\":0,\"count\":3,\"time_ns\":1000000,\"longest_ns\":88000},{\"kind\":\"turned-away\",\"pid\":4711,\"comm\":\"ma\\u001B[2Jke\",\"uid\":1000,\"count\":3,\"time_ns\":2000,\"longest_ns\":1000}]}");
	receipt_free(&receipt);
}

static void test_since(void **state)
{
	struct receipt_info before, after;

	(void)state;
	whole(&before);
	whole(&after);
	assert_null(receipt_worst_since(&before, &after));
	after.culprit[1].time_ns += 500;
	assert_ptr_equal(receipt_worst_since(&before, &after), &after.culprit[1]);
	after.culprit[0].time_ns += 501;
	assert_ptr_equal(receipt_worst_since(&before, &after), &after.culprit[0]);
	/* Whoever is new has had nothing before. */
	after.culprit[1].pid = 5;
	assert_ptr_equal(receipt_worst_since(&before, &after), &after.culprit[1]);
	receipt_free(&before);
	receipt_free(&after);
}

static void test_many(void **state)
{
	struct nl_msg *msg = reply_new(CORDON_CMD_CPU_GET);
	struct nlattr *nest = nla_nest_start(msg, CORDON_A_CPU_RECEIPT);
	struct receipt_info receipt = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		put_culprit(msg, CORDON_A_RECEIPT_CULPRIT, CORDON_CULPRIT_LEFT, i,
			    "x", 0, 1, 1);
	nla_nest_end(msg, nest);
	receipt_parse(reply_find(msg, CORDON_A_CPU_RECEIPT), &receipt);
	assert_int_equal(receipt.n, CULPRITS_MAX);
	/* Parsed again, nothing is lost. */
	receipt_parse(reply_find(msg, CORDON_A_CPU_RECEIPT), &receipt);
	assert_int_equal(receipt.n, CULPRITS_MAX);
	receipt_free(&receipt);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
