// SPDX-License-Identifier: GPL-2.0-only
/* The values of the keys about placement. */
#include "keytest.h"

static void test_words(void **state)
{
	(void)state;
	prints("placement", "adopt", "adopt");
	prints("placement", "solve", "solve");
	prints("thread-policy", "prefer", "prefer");
	prints("thread-policy", "require", "require");
	prints("thread-policy", "isolate", "isolate");
	prints("thread-policy", "separate", "separate");
	prints("thread-policy", "avoid", "avoid");
	prints("emulator-policy", "own", "own");
	prints("emulator-policy", "share", "share");
	prints("emulator-policy", "both", "both");
	prints("emulator-policy", "isolate", "isolate");
	refuses("placement", "adapt", "is not one of adopt, solve");
	refuses("thread-policy", "", "is not one of prefer, require");
	refuses("emulator-policy", "shared", "is not one of own, share");
	json_is("thread-policy", "isolate", "\"isolate\"");
}

static void test_cpu_policy(void **state)
{
	(void)state;
	prints("cpu-policy", "shared", "shared");
	prints("cpu-policy", "dedicated", "dedicated");
	prints("cpu-policy", "mixed:0", "mixed:0");
	prints("cpu-policy", "mixed:0-3,^2,8", "mixed:0-1,3,8");
	refuses("cpu-policy", "mixed", "is not one of shared, dedicated, mixed:VCPUS");
	refuses("cpu-policy", "mixed:", "no vCPU is named");
	refuses("cpu-policy", "mixed:a", "\"a\" is no vCPU");
	refuses("cpu-policy", "dedicated:0", "is not one of");
	refuses("cpu-policy", "unknown", "is not one of");
	json_is("cpu-policy", "mixed:1,3", "\"mixed:1,3\"");
	json_is("cpu-policy", "dedicated", "\"dedicated\"");
}

static void test_numa(void **state)
{
	(void)state;
	prints("numa", "auto", "auto");
	prints("numa", "any", "any");
	prints("numa", "0", "0");
	prints("numa", "0-1,3", "0-1,3");
	refuses("numa", "", "no node is named");
	refuses("numa", "nodes", "\"nodes\" is no node");
	json_is("numa", "0,2", "\"0,2\"");
	json_is("numa", "auto", "\"auto\"");
	prints("numa-prefer", "0-1,3", "0,1,3");
	refuses("numa-prefer", "auto", "\"auto\" is no node");
	json_is("numa-prefer", "0-1", "[0,1]");
}

static void test_numa_map(void **state)
{
	(void)state;
	prints("numa-map", "0-3:0/4-7:1", "0-3:0/4-7:1");
	prints("numa-map", "0,2:0/1:1", "0:0/2:0/1:1");
	refuses("numa-map", "", "an entry is written VCPUS:NODE");
	refuses("numa-map", "0-3", "an entry is written VCPUS:NODE");
	refuses("numa-map", "0-3:", "an entry is written VCPUS:NODE");
	refuses("numa-map", "0-3:0-1", "an entry is written VCPUS:NODE");
	refuses("numa-map", ":0", "no vCPU is named");
	refuses("numa-map", "0:0/", "an entry is written VCPUS:NODE");
	refuses("numa-map", "0-3:0/3:1", "vCPU 3 is named twice");
	json_is("numa-map", "0-1:0/2:1",
		"[{\"vcpus\":\"0-1\",\"node\":0},{\"vcpus\":\"2\",\"node\":1}]");
}

static void other_is(const char *value, const char *want)
{
	const struct key *key = key_find("reservation");
	struct nl_msg *msg = parse("reservation", value);
	struct text t = { 0 };

	assert_true(key_print_other(key, msg, &t));
	assert_string_equal(text_str(&t), want);
	text_free(&t);
	nlmsg_free(msg);
}

static void test_amount(void **state)
{
	struct text name = { 0 };

	(void)state;
	prints("reservation", "1500m", "1500m");
	prints("reservation", "1.5", "1500m");
	prints("reservation", "0.25", "250m");
	prints("reservation", "0.001", "1m");
	prints("reservation", "2", "2000m");
	other_is("1.5", "1.5 CPUs");
	other_is("1000m", "1 CPU");
	other_is("20", "20 CPUs");
	other_is("50m", "0.05 CPUs");
	refuses("reservation", "", "is no amount of CPU");
	refuses("reservation", "0", "is no amount of CPU");
	refuses("reservation", "1.", "is no amount of CPU");
	refuses("reservation", ".5", "is no amount of CPU");
	refuses("reservation", "1.2345", "is no amount of CPU");
	refuses("reservation", "1.5m", "is no amount of CPU");
	refuses("reservation", "1.5 ", "is no amount of CPU");
	refuses("reservation", "-1", "is no amount of CPU");
	refuses("reservation", "4294968", "is no amount of CPU");
	refuses("reservation", "999999999999999999", "is no amount of CPU");
	json_is("reservation", "1.5", "1500");
	key_json_name(key_find("reservation"), &name);
	assert_string_equal(text_str(&name), "reservation_millicpus");
	text_free(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_cpu_policy),
		cmocka_unit_test(test_numa),
		cmocka_unit_test(test_numa_map),
		cmocka_unit_test(test_amount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
