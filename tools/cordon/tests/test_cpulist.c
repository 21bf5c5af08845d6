// SPDX-License-Identifier: GPL-2.0-only
/* CPU lists: what is accepted, how it is printed, what is refused and why. */
#include "unit.h"

#include "cpulist.h"

static void accepts(const char *list, const char *printed)
{
	struct text err = { 0 }, t = { 0 };
	struct cpulist set;

	if (!cpulist_parse(list, strlen(list), "CPU", &set, &err))
		fail_msg("\"%s\" was refused: %s", list, text_str(&err));
	cpulist_print(&set, &t);
	assert_string_equal(text_str(&t), printed);
	assert_int_equal(err.len, 0);
	text_free(&t);
}

static void refuses(const char *list, const char *reason)
{
	struct text err = { 0 };
	struct cpulist set;

	if (cpulist_parse(list, strlen(list), "CPU", &set, &err))
		fail_msg("\"%s\" was accepted", list);
	if (!strstr(text_str(&err), reason))
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", list,
			 text_str(&err), reason);
	text_free(&err);
}

static void test_accepts(void **state)
{
	(void)state;
	accepts("0", "0");
	accepts("7,3", "3,7");
	accepts("0-3,^2,8", "0-1,3,8");
	accepts("0-3,2-5", "0-5");
	accepts("0,1,2,3", "0-3");
	accepts("0-7,^2-5", "0-1,6-7");
	accepts("0-3,^2,2", "0-3");
	accepts("3-3", "3");
	accepts("0008", "8");
	accepts("63,64", "63-64");
	accepts("8191", "8191");
	accepts("0-8191", "0-8191");
}

static void test_refuses(void **state)
{
	(void)state;
	refuses("", "no CPU is named");
	refuses(",", "no CPU");
	refuses("1,", "\"\" is no CPU");
	refuses(",1", "\"\" is no CPU");
	refuses("1,,2", "\"\" is no CPU");
	refuses("1-", "\"1-\" is no CPU");
	refuses("-1", "\"-1\" is no CPU");
	refuses("1-2-3", "\"1-2-3\" is no CPU");
	refuses("3-0", "backwards");
	refuses("8192", "highest is 8191");
	refuses("0-99999", "CPU 99999");
	refuses("4294967296", "is no CPU");
	refuses("18446744073709551616", "is no CPU");
	refuses("0-18446744073709551619", "is no CPU");
	refuses("all", "\"all\" is no CPU");
	refuses("0x4", "\"0x4\"");
	refuses(" 1", "\" 1\"");
	refuses("1 ", "\"1 \"");
	refuses("+1", "\"+1\"");
	refuses("^", "\"^\"");
	refuses("^1", "not in the list before it");
	refuses("0-3,^4", "^4 leaves out");
	refuses("1,^1", "no CPU is left");
	refuses("\xff\xfe", "is no CPU");
	refuses("١", "is no CPU");
	refuses("1\n", "is no CPU");
}

/* A list may be a part of a longer word, which must not be read. */
static void test_length(void **state)
{
	struct text err = { 0 }, t = { 0 };
	struct cpulist set;

	(void)state;
	assert_true(cpulist_parse("1-2345", 3, "CPU", &set, &err));
	cpulist_print(&set, &t);
	assert_string_equal(text_str(&t), "1-2");
	text_free(&t);
	/* A NUL byte within it is garbage, not its end. */
	assert_false(cpulist_parse("1\0002", 3, "CPU", &set, &err));
	text_free(&err);
}

static void test_sets(void **state)
{
	struct cpulist a = { 0 }, b = { 0 };
	uint32_t first = 0, last;

	(void)state;
	assert_true(cpulist_empty(&a));
	assert_true(cpulist_subset(&a, &b));
	assert_false(cpulist_run(&a, &first, &last));
	cpulist_set(&a, 4, 7);
	assert_int_equal(cpulist_count(&a), 4);
	assert_false(cpulist_subset(&a, &b));
	cpulist_set(&b, 0, 8191);
	assert_int_equal(cpulist_count(&b), 8192);
	assert_true(cpulist_subset(&a, &b));
	assert_false(cpulist_has(&b, 8192));
	assert_false(cpulist_has(&b, UINT32_MAX));
	first = 0;
	assert_true(cpulist_run(&b, &first, &last));
	assert_int_equal(first, 0);
	assert_int_equal(last, 8191);
	/* What the kernel may say and a set cannot hold is left out. */
	cpulist_set(&a, 8190, UINT32_MAX);
	assert_int_equal(cpulist_count(&a), 6);
}

static void test_order(void **state)
{
	static const uint16_t want[] = { 4, 36, 5, 37 };
	struct cpuseq *seq = calloc(1, sizeof(*seq));
	struct text err = { 0 };
	const char *list = "4,36,5-6,^6,37";
	uint32_t i;

	(void)state;
	assert_true(cpuseq_parse(list, strlen(list), "CPU", seq, &err));
	assert_int_equal(seq->n, 4);
	for (i = 0; i < seq->n; i++)
		assert_int_equal(seq->number[i], want[i]);
	assert_false(cpuseq_parse("1-3,2", 5, "CPU", seq, &err));
	assert_non_null(strstr(text_str(&err), "CPU 2 is named twice"));
	text_clear(&err);
	assert_true(cpuseq_parse("0-8191", 6, "CPU", seq, &err));
	assert_int_equal(seq->n, 8192);
	text_free(&err);
	free(seq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
