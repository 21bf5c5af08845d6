// SPDX-License-Identifier: GPL-2.0-only
/*
 * Foreign strings made safe: valid UTF-8 without control bytes for a terminal, one
 * word for a shell, a column of a table.
 */
#include "fuzz.h"

#include <jansson.h>

#include "text.h"

/* jansson takes nothing but UTF-8. */
static void check_utf8(const char *s, bool keep_controls)
{
	struct text t = { 0 }, again = { 0 };
	json_t *json;
	size_t i;

	text_utf8(&t, s, keep_controls);
	json = json_string(text_str(&t));
	must(json);
	json_decref(json);
	for (i = 0; !keep_controls && i < t.len; i++)
		must((unsigned char)t.s[i] >= 0x20 && t.s[i] != 0x7f);
	text_utf8(&again, text_str(&t), keep_controls);
	must(!strcmp(text_str(&again), text_str(&t)));
	text_free(&again);
	text_free(&t);
}

/* Read a word as a shell does: bare, in single quotes, after a backslash. */
static void check_shell(const char *s)
{
	struct text word = { 0 }, read = { 0 };
	bool quoted = false;
	const char *p;

	text_shell_word(&word, s);
	for (p = text_str(&word); *p; p++) {
		if (*p == '\'')
			quoted = !quoted;
		else if (!quoted && *p == '\\')
			text_char(&read, *++p);
		else
			text_char(&read, *p);
		/* What a shell would read as more than a letter. */
		must(quoted || !strchr(" \t\n;&|<>()$`\"*?[]#~{}!", *p));
	}
	must(!quoted);
	must(word.len);
	must(!strcmp(text_str(&read), s));
	text_free(&read);
	text_free(&word);
}

static void check_width(const char *s, size_t len)
{
	size_t width = text_width(s), i, bytes, last = 0;

	must(width <= len);
	for (i = 0; i <= width; i++) {
		bytes = text_bytes(s, i);
		must(bytes >= last && bytes <= len);
		last = bytes;
	}
	must(last == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *s = fuzz_string(bytes, len);

	check_utf8(s, false);
	check_utf8(s, true);
	check_shell(s);
	check_width(s, strlen(s));
	free(s);
	return 0;
}
