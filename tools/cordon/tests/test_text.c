// SPDX-License-Identifier: GPL-2.0-only
/* Strings as they are shown: clean, quoted, in human units. */
#include "unit.h"

#include "cordon.h"
#include "text.h"
#include "words.h"

static void cleaned(const char *s, const char *want)
{
	struct text t = { 0 };

	text_utf8(&t, s, false);
	assert_string_equal(text_str(&t), want);
	text_free(&t);
}

static void test_utf8(void **state)
{
	(void)state;
	cleaned("", "");
	cleaned("web-1", "web-1");
	cleaned("größe €😀", "größe €😀");
	cleaned("\x1b[31mred", "?[31mred");
	cleaned("a\tb\nc\x7f", "a?b?c?");
	/* C1 controls, well-formed: CSI. */
	cleaned("\302\23331m", "?31m");
	/* A lone byte, an overlong slash, a surrogate, too high, cut off. */
	cleaned("\xff", "�");
	cleaned("\xc0\xaf", "��");
	cleaned("\xed\xa0\x80", "���");
	cleaned("\xf4\x90\x80\x80", "����");
	cleaned("\xe2\x82", "��");
	cleaned("a\xe2\x82z", "a��z");
}

static void test_controls_kept(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_utf8(&t, "a\tb\xff", true);
	assert_string_equal(text_str(&t), "a\tb�");
	text_free(&t);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("web"), 3);
	assert_int_equal(text_width("größe"), 5);
}

static void test_bytes(void **state)
{
	(void)state;
	assert_int_equal(text_bytes("", 3), 0);
	assert_int_equal(text_bytes("web", 0), 0);
	assert_int_equal(text_bytes("web-1", 3), 3);
	assert_int_equal(text_bytes("web", 9), 3);
	/* Never in the middle of a code point. */
	assert_int_equal(text_bytes("größe", 2), 2);
	assert_int_equal(text_bytes("größe", 3), 4);
	assert_int_equal(text_bytes("€😀x", 1), 3);
	assert_int_equal(text_bytes("€😀x", 2), 7);
}

static void quoted(const char *s, const char *want)
{
	struct text t = { 0 };

	text_shell_word(&t, s);
	assert_string_equal(text_str(&t), want);
	text_free(&t);
}

static void test_shell(void **state)
{
	(void)state;
	quoted("web-1", "web-1");
	quoted("0:4/1:5-6/8-15=40-47", "0:4/1:5-6/8-15=40-47");
	quoted("", "''");
	quoted("IO *", "'IO *'");
	quoted("it's", "'it'\\''s'");
	quoted("$(rm)", "'$(rm)'");
	quoted("a\\:b:1", "'a\\:b:1'");
	quoted("0-3,^2", "'0-3,^2'");
}

static void lasts(uint64_t ns, const char *want)
{
	struct text t = { 0 };

	text_duration(&t, ns);
	assert_string_equal(text_str(&t), want);
	text_free(&t);
}

static void test_duration(void **state)
{
	const uint64_t s = 1000000000;

	(void)state;
	lasts(0, "0 us");
	lasts(88000, "88 us");
	lasts(999999, "999 us");
	lasts(12100000, "12 ms");
	lasts(s, "1.0 s");
	lasts(s * 9 + 990000000, "9.9 s");
	lasts(s * 10, "10 s");
	lasts(s * 60, "1m00s");
	lasts(s * 3599, "59m59s");
	lasts(s * 3600, "1h00m");
	lasts(s * (3 * 86400 + 2 * 3600), "3d02h");
	lasts(UINT64_MAX, "213503d23h");
}

static void test_numbers(void **state)
{
	uint32_t n = 42;

	(void)state;
	assert_true(number_parse("0", 1, 10, &n));
	assert_int_equal(n, 0);
	assert_true(number_parse("10", 2, 10, &n));
	assert_false(number_parse("11", 2, 10, &n));
	assert_false(number_parse("", 0, 10, &n));
	assert_false(number_parse("1a", 2, 10, &n));
	assert_false(number_parse("-1", 2, 10, &n));
	assert_true(number_parse("4294967295", 10, UINT32_MAX, &n));
	assert_int_equal(n, UINT32_MAX);
	assert_false(number_parse("4294967296", 10, UINT32_MAX, &n));
	assert_false(number_parse("99999999999999999999999999", 26, UINT32_MAX, &n));
}

static void test_growth(void **state)
{
	struct text t = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 10000; i++)
		text_add(&t, "%d,", i % 10);
	assert_int_equal(t.len, 20000);
	assert_int_equal(strlen(text_str(&t)), t.len);
	text_clear(&t);
	assert_string_equal(text_str(&t), "");
	text_free(&t);
	assert_string_equal(text_str(&t), "");
}

/* Every value of the uapi header has a word, and the word has the value. */
static void test_words(void **state)
{
	static const struct {
		const struct words *words;
		uint32_t max;
	} all[] = {
		{ &class_words, CORDON_CLASS_MAX },
		{ &mode_words, CORDON_MODE_MAX },
		{ &switch_words, CORDON_SWITCH_MAX },
		{ &sched_words, CORDON_SCHED_MAX },
		{ &vm_state_words, CORDON_VM_STATE_MAX },
		{ &thread_state_words, CORDON_THREAD_STATE_MAX },
		{ &policy_event_words, CORDON_POLICY_EVENT_MAX },
	};
	uint32_t value;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(all[i].words->n, all[i].max + 1);
		for (value = 1; value <= all[i].max; value++) {
			const char *word = word_of(all[i].words, value);

			assert_string_not_equal(word, "unknown");
			assert_int_equal(word_value(all[i].words, word, strlen(word)), value);
		}
		assert_string_equal(word_of(all[i].words, 0), "unknown");
		assert_string_equal(word_of(all[i].words, value), "unknown");
		assert_string_equal(word_of(all[i].words, UINT32_MAX), "unknown");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_controls_kept),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
