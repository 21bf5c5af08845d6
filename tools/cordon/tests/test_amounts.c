// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy values that are amounts: times and shares of a CPU, sizes, weights,
 * the rates of disks.
 */
#include "keytest.h"

#include "caps.h"

static void test_caps(void **state)
{
	(void)state;
	prints("emulator-quota", "20000", "20ms");
	prints("emulator-quota", "1500us", "1500us");
	prints("vcpu-quota", "2s", "2s");
	prints("global-period", "1s", "1s");
	prints("iothread-period", "1000", "1ms");
	prints("migration-burst", "0", "0us");
	refuses("vcpu-quota", "20 ms", "no time");
	refuses("vcpu-quota", "ms", "no time");
	refuses("vcpu-quota", "-1", "no time");
	refuses("vcpu-quota", "99999999999999999999", "no time");
	refuses("vcpu-quota", "999999999999999999s", "no time");
	refuses("vcpu-period", "10%", "no time");
	refuses("vcpu-period", "", "no time");
}

/* No limit is no key. */
static void test_no_cap(void **state)
{
	const struct key *key = key_find("emulator-quota");
	struct nl_msg *msg = parse("emulator-quota", "none");
	struct nlattr *pos;
	int rem, n = 0;

	(void)state;
	attr_for_each(pos, msg, rem) {
		assert_int_equal(nla_type(pos), CORDON_A_POLICY_RESET);
		assert_int_equal(attr_uint(pos), key->attr);
		n++;
	}
	assert_int_equal(n, 1);
	nlmsg_free(msg);
}

static void share(const char *value, uint64_t period_us, const char *time)
{
	struct text t = { 0 };

	assert_int_equal(cap_share_resolve(value, period_us, &t), !!time);
	assert_string_equal(text_str(&t), time ? time : "");
	text_free(&t);
}

static void test_shares(void **state)
{
	struct text t = { 0 };

	(void)state;
	share("20%", 100000, "20000");
	share("150%", 10000, "15000");
	share("12.5%", 100000, "12500");
	share("0.125%", 1000000, "1250");
	share("33.333%", 1000, "333");
	share("20", 100000, NULL);
	share("%", 100000, NULL);
	share("1.%", 1000, "10");
	share("1.2345%", 100000, NULL);
	share("-1%", 100000, NULL);
	share("999999999%", 100000, NULL);
	share_print(&t, 20000, 100000);
	share_print(&t, 1250, 10000);
	share_print(&t, 1500000, 1000000);
	assert_string_equal(text_str(&t), "20%12.5%150%");
	text_free(&t);
	assert_ptr_equal(cap_period_key(key_find("global-burst")),
			 key_find("global-period"));
	assert_ptr_equal(cap_period_key(key_find("iothread-quota")),
			 key_find("iothread-period"));
	assert_true(cap_has_share(key_find("vcpu-burst")));
	assert_false(cap_has_share(key_find("vcpu-period")));
}

static void other_is(const char *name, const char *value, const char *want)
{
	struct nl_msg *msg = parse(name, value);
	struct text t = { 0 };

	assert_int_equal(key_print_other(key_find(name), msg, &t), !!want);
	assert_string_equal(text_str(&t), want ? want : "");
	text_free(&t);
	nlmsg_free(msg);
}

static void test_cgroup_words(void **state)
{
	(void)state;
	prints("cap-by", "cordon", "cordon");
	prints("cap-by", "cgroup", "cgroup");
	refuses("cap-by", "cgroups", "is not one of cordon, cgroup");
	json_is("cap-by", "cgroup", "\"cgroup\"");
	prints("weight", "1", "1");
	prints("weight", "10000", "10000");
	/* The range is the kernel's to say. */
	prints("weight", "0", "0");
	refuses("weight", "", "is no weight: 1 to 10000");
	refuses("weight", "100%", "is no weight");
	refuses("weight", "max", "is no weight");
	refuses("weight", "4294967296", "is no weight");
	json_is("weight", "200", "200");
	other_is("weight", "200", NULL);
}

static void test_sizes(void **state)
{
	(void)state;
	prints("memory-max", "4G", "4G");
	prints("memory-max", "4294967296", "4G");
	prints("memory-high", "512M", "512M");
	prints("memory-high", "1536M", "1536M");
	prints("memory-low", "64K", "64K");
	prints("memory-low", "1024T", "1P");
	prints("memory-min", "0", "0");
	prints("memory-min", "0K", "0");
	prints("memory-min", "4097", "4097");
	prints("memory-max", "max", "max");
	prints("memory-max", "8191P", "8191P");
	refuses("memory-max", "8192P", "is no size");
	refuses("memory-max", "", "is no size: 4G, 512M, 64K, bytes, or max");
	refuses("memory-max", "4g", "is no size");
	refuses("memory-max", "4GB", "is no size");
	refuses("memory-max", "4GiB", "is no size");
	refuses("memory-max", "4 G", "is no size");
	refuses("memory-max", "1.5G", "is no size");
	refuses("memory-max", "-1", "is no size");
	refuses("memory-max", "G", "is no size");
	refuses("memory-max", "Max", "is no size");
	refuses("memory-max", "none", "is no size");
	refuses("memory-max", "99999999999999999999", "is no size");
	refuses("memory-max", "999999999999999999K", "is no size");
	json_is("memory-max", "4G", "4294967296");
	json_is("memory-max", "max", "9223372036854775807");
	other_is("memory-max", "4G", "4294967296 bytes");
	other_is("memory-max", "0", "0 bytes");
	other_is("memory-max", "1", "1 byte");
	other_is("memory-max", "1023", "1023 bytes");
	other_is("memory-max", "1025", "about 1.0K");
	other_is("memory-max", "4831838209", "about 4.5G");
	other_is("memory-max", "max", NULL);
}

static void test_io_max(void **state)
{
	(void)state;
	prints("io-max", "8:0 rbps=1048576", "8:0 rbps=1M");
	prints("io-max", "8:0 rbps=10M,wbps=max,riops=500,wiops=1000",
	       "8:0 rbps=10M,wbps=max,riops=500,wiops=1000");
	prints("io-max", "8:0 wiops=1024,rbps=3", "8:0 rbps=3,wiops=1024");
	prints("io-max", "8:0 rbps=1M/8:16 riops=5/259:0 wiops=max",
	       "8:0 rbps=1M/8:16 riops=5/259:0 wiops=max");
	refuses("io-max", "", "an entry is written MAJ:MIN rbps=N");
	refuses("io-max", "8:0", "an entry is written");
	refuses("io-max", "8 rbps=1M", "an entry is written");
	refuses("io-max", "sda rbps=1M", "an entry is written");
	refuses("io-max", "8: rbps=1M", "an entry is written");
	refuses("io-max", ":0 rbps=1M", "an entry is written");
	refuses("io-max", "8:0:1 rbps=1M", "an entry is written");
	refuses("io-max", "8 rbps=1:0", "an entry is written");
	refuses("io-max", "8:0 rbps=1M/", "an entry is written");
	refuses("io-max", "8:0 ", "\"\" is not one of rbps=N, wbps=N");
	refuses("io-max", "8:0  rbps=1M", "\" rbps=1M\" is not one of");
	refuses("io-max", "8:0 rbps", "\"rbps\" is not one of");
	refuses("io-max", "8:0 bps=1M", "\"bps=1M\" is not one of");
	refuses("io-max", "8:0 rbps=1M,", "\"\" is not one of");
	refuses("io-max", "8:0 rbps=", "rbps: \"\" is no size: 10M, 64K, bytes, or max");
	refuses("io-max", "8:0 rbps=1M wbps=1M", "\"1M wbps=1M\" is no size");
	refuses("io-max", "8:0 riops=1K", "riops: \"1K\" is no number, or max");
	refuses("io-max", "8:0 riops=-1", "is no number");
	refuses("io-max", "8:0 rbps=1M,rbps=2M", "8:0: rbps is named twice");
	refuses("io-max", "8:0 rbps=1M/8:16 rbps=1M/8:0 wbps=1M", "8:0 is named twice");
	json_is("io-max", "8:16 rbps=1M,riops=max",
		"[{\"major\":8,\"minor\":16,\"rbps\":1048576,\"riops\":9223372036854775807}]");
	other_is("io-max", "8:0 rbps=1M/8:16 wbps=max,wiops=9",
		 "8:0 rbps=1048576/8:16 wbps=max,wiops=9");
	other_is("io-max", "8:0 rbps=5,riops=1024", NULL);
}

static void test_json_names(void **state)
{
	static const char *const names[][2] = {
		{ "memory-max", "memory_max_bytes" }, { "weight", "weight" },
		{ "io-max", "io_max" }, { "cap-by", "cap_by" },
		{ "vcpu-quota", "vcpu_quota_us" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct text t = { 0 };

		key_json_name(key_find(names[i][0]), &t);
		assert_string_equal(text_str(&t), names[i][1]);
		text_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_no_cap),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_cgroup_words),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_io_max),
		cmocka_unit_test(test_json_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
