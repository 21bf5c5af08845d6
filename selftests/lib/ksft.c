// SPDX-License-Identifier: GPL-2.0-only
/*
 * TAP for cordon's kselftests, see ksft.h. One process runs the tests of a
 * table one after the other; a test that cannot go on jumps back here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ksft.h"

#define MAX_UNDO 32

static jmp_buf back;
static bool failed, skipped;
static char skip_reason[256];
static ksft_undo *undo[MAX_UNDO];
static int undo_count;

int ksft_slow(void)
{
	const char *env = getenv("CORDON_SLOW");
	int slow = env ? atoi(env) : 0;

	if (slow > 0)
		return slow;
	/* A kernel with lockdep. */
	return access("/proc/lockdep_stats", F_OK) ? 1 : 3;
}

bool ksft_exact(void)
{
	return getenv("CORDON_EXACT");
}

void ksft_need_exact(void)
{
	if (!ksft_exact())
		ksft_skip("needs a host whose clock counts instructions");
}

void ksft_need_time(void)
{
	const char *full = getenv("CORDON_FULL");

	if (ksft_slow() > 1 && !(full && !strcmp(full, "1")))
		ksft_skip("takes too long on this kernel but with full counts");
}

int ksft_count(int small, int full)
{
	const char *env = getenv("CORDON_FULL");

	if (env && !strcmp(env, "1"))
		return full;
	return (small + ksft_slow() - 1) / ksft_slow();
}

static void comment(const char *prefix, const char *fmt, va_list args)
{
	char text[4096], *line = text, *end;

	vsnprintf(text, sizeof(text), fmt, args);
	while (line && *line) {
		end = strchr(line, '\n');
		if (end)
			*end++ = 0;
		printf("# %s%s\n", prefix, line);
		line = end;
	}
}

void ksft_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	comment("", fmt, args);
	va_end(args);
}

void ksft_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	comment("FAILED: ", fmt, args);
	va_end(args);
	failed = true;
}

void ksft_end_test(void)
{
	longjmp(back, 1);
}

void ksft_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	comment("FAILED: ", fmt, args);
	va_end(args);
	failed = true;
	ksft_end_test();
}

void ksft_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(skip_reason, sizeof(skip_reason), fmt, args);
	va_end(args);
	skipped = true;
	ksft_end_test();
}

bool ksft_failed(void)
{
	return failed;
}

void ksft_defer(ksft_undo *fn)
{
	for (int i = 0; i < undo_count; i++)
		if (undo[i] == fn)
			return;
	if (undo_count == MAX_UNDO)
		ksft_die("too many deferred functions");
	undo[undo_count++] = fn;
}

double ksft_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void ksft_sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts))
		;
}

static void where(const char *file, int line, const char *fmt, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	file = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	ksft_fail("%s:%d: %s", file, line, text);
}

bool ksft_eq(long want, long got, const char *file, int line,
	     const char *fmt, ...)
{
	va_list args;

	if (want == got)
		return true;
	va_start(args, fmt);
	where(file, line, fmt, args);
	va_end(args);
	ksft_note("  expected %ld, got %ld", want, got);
	return false;
}

bool ksft_true(bool ok, const char *expr, const char *file, int line,
	       const char *fmt, ...)
{
	va_list args;

	if (ok)
		return true;
	va_start(args, fmt);
	where(file, line, fmt, args);
	va_end(args);
	ksft_note("  expected %s", expr);
	return false;
}

bool ksft_str(const char *want, const char *got, const char *file, int line,
	      const char *fmt, ...)
{
	va_list args;

	if (got && !strcmp(want, got))
		return true;
	va_start(args, fmt);
	where(file, line, fmt, args);
	va_end(args);
	ksft_note("  expected \"%s\", got \"%s\"", want, got ? got : "(nothing)");
	return false;
}

static void clean_up(void)
{
	/* What fails while tidying up is a failure of the test too. */
	while (undo_count) {
		ksft_undo *fn = undo[--undo_count];

		if (!setjmp(back))
			fn();
	}
}

static void run_test(int number, const struct ksft_test *test, int *fails,
		     int *skips)
{
	double start = ksft_now();

	failed = false;
	skipped = false;
	if (!setjmp(back))
		test->run();
	clean_up();
	ksft_note("%s: %.1f s", test->name, ksft_now() - start);
	if (failed) {
		printf("not ok %d %s\n", number, test->name);
		++*fails;
	} else if (skipped) {
		printf("ok %d %s # SKIP %s\n", number, test->name, skip_reason);
		++*skips;
	} else {
		printf("ok %d %s\n", number, test->name);
	}
}

int main(void)
{
	int count = ksft_test_count, fails = 0, skips = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%d\n", count);
	for (int i = 0; i < count; i++)
		run_test(i + 1, &ksft_tests[i], &fails, &skips);
	printf("# totals: pass:%d fail:%d skip:%d\n", count - fails - skips,
	       fails, skips);
	if (fails)
		return KSFT_FAIL;
	return skips == count ? KSFT_SKIP : KSFT_PASS;
}
