// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of a command line that changes a policy, each ended by a NUL byte. The
 * first byte chooses the command. What is taken can be put into a request.
 */
#include "fuzz.h"

#include "cordon.h"
#include "wish.h"

#define WORDS_MAX	32

/* main.c's write to stderr, where they would drown what libFuzzer says. */
static unsigned int errors;

void error_print(const char *fmt, ...)
{
	(void)fmt;
	errors++;
}

int usage_error(const char *fmt, ...)
{
	(void)fmt;
	errors++;
	return WRONG_USAGE;
}

static struct wish wish_of(uint8_t command)
{
	static const struct wish wishes[] = {
		{ .command = "set" },
		{ .command = "replace", .replace = true },
		{ .command = "plan", .plan = true },
		{ .command = "replan", .replan = true },
	};

	return wishes[command % 4];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *words, *argv[WORDS_MAX + 1] = { NULL }, *s;
	struct wish wish;
	int argc = 0;

	if (!len)
		return 0;
	wish = wish_of(*bytes);
	words = fuzz_string(bytes + 1, len - 1);
	for (s = words; s < words + len - 1 && argc < WORDS_MAX;
	     s += strlen(s) + 1)
		argv[argc++] = s;
	errors = 0;
	if (wish_parse(&wish, argc, argv) == DONE) {
		must(!errors);
		wish_needs_policy(&wish);
		if (!wish.replan)
			wish_wants_nodes(&wish, NULL);
	} else {
		must(errors == 1);
	}
	wish_free(&wish);
	free(words);
	return 0;
}
