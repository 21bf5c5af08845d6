/* SPDX-License-Identifier: GPL-2.0-only */
/* A string that grows, and what is needed to show foreign strings safely. */
#ifndef _CORDON_TEXT_H
#define _CORDON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct text - a growing string; all zeroes is an empty one
 * @s: the string, or NULL while it is empty (text_str() is never NULL)
 * @len: its length without the final NUL
 * @cap: bytes allocated
 */
struct text {
	char *s;
	size_t len;
	size_t cap;
};

void text_add(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_put(struct text *t, const char *s, size_t len);
void text_char(struct text *t, char c);
void text_clear(struct text *t);
void text_free(struct text *t);
const char *text_str(const struct text *t);

/* Add a foreign string as valid UTF-8, with or without its control bytes. */
void text_utf8(struct text *t, const char *s, bool keep_controls);
/* Add a word so that a shell reads it as one. */
void text_shell_word(struct text *t, const char *s);
/* Add a time in the two units that matter: 3d02h, 4m10s, 12 ms, 88 us. */
void text_duration(struct text *t, uint64_t ns);
/* Columns that a UTF-8 string takes, one for each code point. */
size_t text_width(const char *s);
/* How many bytes of it take @width columns, or all that it has. */
size_t text_bytes(const char *s, size_t width);

/* Never return NULL: without memory the command ends. */
void *xcalloc(size_t n, size_t size);
void *xgrow(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

/* A decimal number from 0 to max and nothing else. */
bool number_parse(const char *s, size_t len, uint32_t max, uint32_t *number);
/* Digits, and where they end; false if there are none, or more than 18. */
bool digits_parse(const char **s, uint64_t *number);

#endif /* _CORDON_TEXT_H */
