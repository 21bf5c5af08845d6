// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy values: parsed into attributes as the uapi header wants them, and
 * printed from those so that what is printed can be typed again.
 */
#include "keytest.h"

static void test_words(void **state)
{
	(void)state;
	prints("mode", "enforce", "enforce");
	prints("mode", "audit", "audit");
	prints("force", "on", "on");
	prints("force", "off", "off");
	refuses("mode", "", "is not one of enforce, audit");
	refuses("mode", "enforc", "is not one of");
	refuses("mode", "enforced", "is not one of");
	refuses("mode", "Audit", "is not one of");
	refuses("force", "1", "is not one of off, on");
	json_is("mode", "audit", "\"audit\"");
}

static void test_cpus(void **state)
{
	(void)state;
	prints("emulator-cpus", "0-3,^2,8", "0-1,3,8");
	prints("helper-cpus", "8191", "8191");
	refuses("emulator-cpus", "", "no CPU is named");
	refuses("migration-cpus", "8192", "highest");
	json_is("iothread-cpus", "1,2,5", "\"1-2,5\"");
}

static void test_vcpu_pin(void **state)
{
	(void)state;
	prints("vcpu-pin", "0:4", "0:4");
	prints("vcpu-pin", "0:4/1:5-6/8-15=40-47", "0:4/1:5-6/8-15=40-47");
	prints("vcpu-pin", "0,2:4-7,^5", "0:4,6-7/2:4,6-7");
	prints("vcpu-pin", "0-3=4,5,8,9", "0-3=4-5,8-9");
	/* One to one keeps the order in which it is written. */
	prints("vcpu-pin", "0-3=4,36,5,37", "0-1=4,36/2-3=5,37");
	prints("vcpu-pin", "0-2=7,6,5", "0=7/1=6/2=5");
	prints("vcpu-pin", "3,1=4,5", "3=4/1=5");
	prints("vcpu-pin", "0-8191=0-8191", "0-8191=0-8191");
	refuses("vcpu-pin", "", "an entry is written");
	refuses("vcpu-pin", "0", "an entry is written");
	refuses("vcpu-pin", "0:", "no CPU is named");
	refuses("vcpu-pin", ":4", "no vCPU is named");
	refuses("vcpu-pin", "=", "no vCPU is named");
	refuses("vcpu-pin", "0:4/", "an entry is written");
	refuses("vcpu-pin", "/0:4", "an entry is written");
	refuses("vcpu-pin", "0:4//1:5", "an entry is written");
	refuses("vcpu-pin", "0:4:5", "\"4:5\" is no CPU");
	refuses("vcpu-pin", "0=4=5", "\"4=5\" is no CPU");
	refuses("vcpu-pin", "0-3=4,5", "4 vCPUs one to one on 2 CPUs");
	refuses("vcpu-pin", "0=4,5", "1 vCPU one to one on 2 CPUs");
	refuses("vcpu-pin", "0-1=4", "2 vCPUs one to one on 1 CPU");
	refuses("vcpu-pin", "0-1=4,4", "CPU 4 is named twice");
	refuses("vcpu-pin", "0:4/0:5", "vCPU 0 is named twice");
	refuses("vcpu-pin", "0-3:4/2=5", "vCPU 2 is named twice");
	refuses("vcpu-pin", "9000:4", "vCPU 9000: the highest is 8191");
	refuses("vcpu-pin", "a:4", "\"a\" is no vCPU");
	json_is("vcpu-pin", "0:4-5/1-2=6-7",
		"[{\"vcpus\":\"0\",\"cpus\":\"4-5\",\"one_to_one\":false},"
		"{\"vcpus\":\"1-2\",\"cpus\":\"6-7\",\"one_to_one\":true}]");
}

static void test_iothread_pin(void **state)
{
	(void)state;
	prints("iothread-pin", "io1:6", "io1:6");
	prints("iothread-pin", "io1:6/io2:7-9", "io1:6/io2:7-9");
	prints("iothread-pin", "IO disk 1:6", "IO disk 1:6");
	prints("iothread-pin", "a\\:b\\/c\\=d\\\\e:6", "a\\:b\\/c\\=d\\\\e:6");
	prints("iothread-pin", "größe:1", "größe:1");
	refuses("iothread-pin", "", "an entry is written");
	refuses("iothread-pin", "io1", "an entry is written");
	refuses("iothread-pin", ":6", "an entry is written");
	refuses("iothread-pin", "io1=6", "an entry is written");
	refuses("iothread-pin", "io1:6/", "an entry is written");
	refuses("iothread-pin", "io1:", "no CPU is named");
	refuses("iothread-pin", "io1\\", "a backslash stands only before");
	refuses("iothread-pin", "io\\1:6", "a backslash stands only before");
	refuses("iothread-pin", "io1:6\\", "is no CPU");
	refuses("iothread-pin", "io1:1/io1:2", "\"io1\" is named twice");
	refuses("iothread-pin", "io1:1/io2:2/IO io1:3",
		"\"IO io1\" is named twice, first as \"io1\"");
	refuses("iothread-pin", "IO io1:1/io1:3", "\"io1\" is named twice, first as \"IO io1\"");
	refuses("iothread-pin", "a\\:b:1/a\\:b:2", "\"a:b\" is named twice");
	prints("iothread-pin", "io1:1/io:1/IO :1", "io1:1/io:1/IO :1");
	/* What a thread cannot be called. */
	prints("iothread-pin", "fifteen-bytes-1:1", "fifteen-bytes-1:1");
	prints("iothread-pin", "14-bytes-a-col\\::1", "14-bytes-a-col\\::1");
	refuses("iothread-pin", "sixteen-bytes-16:1",
		"\"sixteen-bytes-16\" has 16 bytes: a thread's name has at most 15");
	json_is("iothread-pin", "a\\:b:1-2",
		"[{\"name\":\"a:b\",\"cpus\":\"1-2\"}]");
	/* JSON is UTF-8, whatever a thread is called. */
	json_is("iothread-pin", "\xff:1", "[{\"name\":\"�\",\"cpus\":\"1\"}]");
}

static void test_globs(void **state)
{
	(void)state;
	prints("iothread-match", "IO *", "IO *");
	prints("iothread-match", "IO *,disk-?", "IO *,disk-?");
	prints("iothread-match", "a\\,b,c", "a\\,b,c");
	prints("iothread-match", "a\\", "a\\");
	refuses("iothread-match", "", "a glob is empty");
	refuses("iothread-match", ",", "a glob is empty");
	refuses("iothread-match", "a,", "a glob is empty");
	refuses("iothread-match", ",a", "a glob is empty");
	/* A glob may be longer than what it matches. */
	prints("iothread-match", "fifteen-bytes-1", "fifteen-bytes-1");
	prints("iothread-match", "[!a-c][]x][Oo]*f\\i\\ve*", "[!a-c][]x][Oo]*f\\i\\ve*");
	prints("iothread-match", "*fifteen*-bytes*-1*", "*fifteen*-bytes*-1*");
	refuses("iothread-match", "sixteen-bytes-16",
		"\"sixteen-bytes-16\" matches nothing: a thread's name has at most 15");
	refuses("iothread-match", "a,????????????????", "matches nothing");
	refuses("iothread-match", "[fourteen-bytes1", "matches nothing");
	json_is("iothread-match", "a*,b", "[\"a*\",\"b\"]");
}

static void test_tids(void **state)
{
	(void)state;
	prints("iothread-tids", "17", "17");
	prints("iothread-tids", "17,4194304", "17,4194304");
	refuses("iothread-tids", "", "is no thread id");
	refuses("iothread-tids", "17,", "\"\" is no thread id");
	refuses("iothread-tids", "0", "\"0\" is no thread id");
	refuses("iothread-tids", "-1", "is no thread id");
	refuses("iothread-tids", "2147483648", "is no thread id");
	refuses("iothread-tids", "1-3", "is no thread id");
	json_is("iothread-tids", "17,4", "[17,4]");
}

static void test_sched(void **state)
{
	(void)state;
	prints("vcpu-sched", "1-7:fifo:1", "1-7:fifo:1");
	prints("vcpu-sched", "0:other/1-3:rr:49", "0:other/1-3:rr:49");
	prints("vcpu-sched", "0,2:batch", "0:batch/2:batch");
	prints("iothread-sched", "fifo:1", "fifo:1");
	prints("iothread-sched", "idle", "idle");
	prints("emulator-sched", "batch", "batch");
	/* Whether that makes sense is the kernel's to say. */
	prints("vcpu-sched", "0:fifo", "0:fifo");
	prints("iothread-sched", "fifo:100", "fifo:100");
	refuses("vcpu-sched", "", "an entry is written");
	refuses("vcpu-sched", "fifo", "an entry is written");
	refuses("vcpu-sched", "fifo:1", "\"fifo\" is no vCPU");
	refuses("vcpu-sched", "0:fifo:", "is no priority");
	refuses("vcpu-sched", "0:fifo:x", "\"x\" is no priority");
	refuses("vcpu-sched", "0:fifo:-1", "is no priority");
	refuses("vcpu-sched", "0:fifo:4294967297", "is no priority");
	refuses("vcpu-sched", "0:deadline", "is not one of");
	refuses("vcpu-sched", "0:other/", "an entry is written");
	refuses("vcpu-sched", "0-3:other/2:batch", "vCPU 2 is named twice");
	refuses("iothread-sched", "", "is not one of");
	refuses("iothread-sched", ":1", "is not one of");
	refuses("emulator-sched", "0:other", "is not one of");
	json_is("vcpu-sched", "1-7:fifo:1",
		"[{\"vcpus\":\"1-7\",\"sched\":\"fifo:1\"}]");
	json_is("iothread-sched", "rr:2", "\"rr:2\"");
}

/* The kernel's strict checking wants the flag on every nest. */
static void test_nests_are_flagged(void **state)
{
	static const char *const pairs[][2] = {
		{ "vcpu-pin", "0-1=4,6" }, { "emulator-cpus", "0-3" },
		{ "iothread-pin", "io:1" }, { "iothread-sched", "fifo:1" },
		{ "io-max", "8:0 rbps=1M" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct nl_msg *msg = parse(pairs[i][0], pairs[i][1]);
		struct nlattr *nla, *inner;
		int rem, inner_rem;

		attr_for_each(nla, msg, rem) {
			assert_true(nla->nla_type & NLA_F_NESTED);
			attr_for_each_nested(inner, nla, inner_rem)
				if (nla_len(inner) > 8 &&
				    nla_type(inner) != CORDON_A_IOTHREAD_PIN_NAME)
					assert_true(inner->nla_type & NLA_F_NESTED);
		}
		nlmsg_free(msg);
	}
}

static void test_table(void **state)
{
	struct nl_msg *msg = message();
	struct text t = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < nr_keys; i++) {
		assert_ptr_equal(key_find(keys[i].name), &keys[i]);
		assert_ptr_equal(key_by_attr(keys[i].attr), &keys[i]);
		/* An absent key prints nothing. */
		assert_false(key_print(&keys[i], msg, &t));
		assert_null(key_json(&keys[i], msg));
	}
	assert_null(key_find("vcpu"));
	assert_null(key_find(""));
	assert_string_equal(key_nearest("vcpu-pinn")->name, "vcpu-pin");
	assert_string_equal(key_nearest("emulator-cpu")->name, "emulator-cpus");
	assert_null(key_nearest("a-word-that-is-like-none-of-them"));
	nlmsg_free(msg);
}

static void words_are(const char *name, const char *want)
{
	json_t *words = key_words(key_find(name));
	char *s = json_dumps(words, JSON_COMPACT);

	assert_string_equal(s, want);
	free(s);
	json_decref(words);
}

/* What completion offers for a value. */
static void test_completion(void **state)
{
	(void)state;
	words_are("mode", "[\"enforce\",\"audit\"]");
	words_are("cap-by", "[\"cordon\",\"cgroup\"]");
	words_are("memory-max", "[\"max\"]");
	words_are("weight", "[]");
	words_are("io-max", "[]");
	words_are("force", "[\"off\",\"on\"]");
	words_are("emulator-sched", "[\"other\",\"batch\",\"idle\"]");
	words_are("iothread-sched",
		  "[\"other\",\"batch\",\"idle\",\"fifo:\",\"rr:\"]");
	words_are("vcpu-pin", "[]");
	words_are("vcpu-sched", "[]");
	words_are("emulator-cpus", "[]");
}

/* Attributes of a newer, or broken, kernel must not be read past their end. */
static void test_short_attributes(void **state)
{
	static const char bytes[3] = { 1, 2, 3 };
	size_t i, len;

	(void)state;
	for (i = 0; i < nr_keys; i++) {
		for (len = 0; len <= sizeof(bytes); len++) {
			struct nl_msg *msg = message();
			struct text t = { 0 };

			nla_put(msg, keys[i].attr, len, bytes);
			key_print(&keys[i], msg, &t);
			json_decref(key_json(&keys[i], msg));
			text_free(&t);
			nlmsg_free(msg);
		}
	}
}

/* More than a message holds is refused, not cut off. */
static void test_too_long(void **state)
{
	const struct key *key = key_find("iothread-tids");
	struct text value = { 0 }, err = { 0 };
	struct nl_msg *msg = message();
	int i;

	(void)state;
	text_add(&value, "1");
	for (i = 0; i < 40000; i++)
		text_add(&value, ",1");
	assert_false(key->kind->put(msg, key->attr, text_str(&value), &err));
	assert_non_null(strstr(text_str(&err), "too long"));
	text_free(&value);
	text_free(&err);
	nlmsg_free(msg);
}

/*
 * Whatever is typed, a parser answers yes or no and touches nothing else (the
 * sanitizers watch), and what it took, it takes again as printed.
 */
static void test_garbage(void **state)
{
	static const char alphabet[] = "0123456789-,^:=/\\ofi *KMmaxrbps\xc3\xa9\xff";
	unsigned int seed = 1;
	int round, i, len;
	size_t k;

	(void)state;
	for (round = 0; round < 3000; round++) {
		char word[24];

		len = rand_r(&seed) % (sizeof(word) - 1);
		for (i = 0; i < len; i++)
			word[i] = alphabet[rand_r(&seed) % (sizeof(alphabet) - 1)];
		word[len] = '\0';
		for (k = 0; k < nr_keys; k++) {
			struct nl_msg *msg = message();
			struct text t = { 0 }, err = { 0 };

			if (keys[k].kind->put(msg, keys[k].attr, word, &err)) {
				assert_true(key_print(&keys[k], msg, &t));
				prints(keys[k].name, word, text_str(&t));
			} else {
				assert_int_not_equal(err.len, 0);
			}
			text_free(&t);
			text_free(&err);
			nlmsg_free(msg);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_vcpu_pin),
		cmocka_unit_test(test_iothread_pin),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_tids),
		cmocka_unit_test(test_sched),
		cmocka_unit_test(test_nests_are_flagged),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_short_attributes),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
