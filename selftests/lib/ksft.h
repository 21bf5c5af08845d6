/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TAP for cordon's kselftests: a program is a table of tests, each a function
 * that states what it expects. Every case includes this.
 *
 * expect_*() notes a failure and goes on, require_*() ends the test. After each
 * test whatever the library started for it (VMMs, trace instances, cgroups,
 * CPUs taken offline) is put back, see ksft_defer().
 */
#ifndef CORDON_KSFT_H
#define CORDON_KSFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>

typedef void ksft_undo(void);

struct ksft_test {
	const char *name;
	void (*run)(void);
};

#define KSFT_PASS	0
#define KSFT_FAIL	1
#define KSFT_SKIP	4

/* The table of a program; main() of the library runs it. */
extern const struct ksft_test *const ksft_tests;
extern const int ksft_test_count;

#define KSFT_MAIN(table)						\
	const struct ksft_test *const ksft_tests = table;		\
	const int ksft_test_count = sizeof(table) / sizeof((table)[0])

/*
 * @full when CORDON_FULL=1 is in the environment, else @small, which is divided
 * by ksft_slow().
 */
int ksft_count(int small, int full);

/* A comment line. */
void ksft_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Fails the test that runs, and goes on. */
void ksft_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Fails the test that runs, and ends it. */
noreturn void ksft_die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
/* Ends the test that runs as skipped; what failed before stays failed. */
noreturn void ksft_skip(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
bool ksft_failed(void);

/*
 * Calls @undo once when the running test is over, the last one deferred first.
 * The same function is noted only once a test.
 */
void ksft_defer(ksft_undo *undo);

/* Monotonic time. */
double ksft_now(void);
void ksft_sleep_ms(int ms);

bool ksft_eq(long want, long got, const char *file, int line,
	     const char *fmt, ...) __attribute__((format(printf, 5, 6)));
bool ksft_true(bool ok, const char *expr, const char *file, int line,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));
bool ksft_str(const char *want, const char *got, const char *file, int line,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));
noreturn void ksft_end_test(void);

#define expect_eq(want, got, ...)					\
	ksft_eq((long)(want), (long)(got), __FILE__, __LINE__, __VA_ARGS__)
#define expect(cond, ...)						\
	ksft_true(!!(cond), #cond, __FILE__, __LINE__, __VA_ARGS__)
#define expect_str(want, got, ...)					\
	ksft_str(want, got, __FILE__, __LINE__, __VA_ARGS__)

#define require_eq(want, got, ...)					\
	do {								\
		if (!expect_eq(want, got, __VA_ARGS__))			\
			ksft_end_test();				\
	} while (0)
#define require(cond, ...)						\
	do {								\
		if (!expect(cond, __VA_ARGS__))				\
			ksft_end_test();				\
	} while (0)

/* Waits up to @seconds for @cond; the value is whether it came true. */
#define ksft_until(seconds, cond)					\
({									\
	double end_ = ksft_now() + (seconds) * ksft_slow();		\
	bool ok_;							\
									\
	while (!(ok_ = !!(cond)) && ksft_now() < end_)			\
		ksft_sleep_ms(10);					\
	ok_;								\
})

/*
 * How much longer to wait than elsewhere: CORDON_SLOW, else 3 on a kernel with
 * lockdep and 1 on others.
 */
int ksft_slow(void);

/* Is this a host whose clock counts instructions? CORDON_EXACT says so. */
bool ksft_exact(void);
/* Skips the test on any other. */
void ksft_need_exact(void);
/* The same on a slow kernel, unless full counts are asked for. */
void ksft_need_time(void);

#endif /* CORDON_KSFT_H */
