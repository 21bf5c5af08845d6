// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growing strings. Names come from other people's command lines and thread
 * names, so whatever is shown passes text_utf8() first: no control sequence
 * reaches a terminal, no invalid byte reaches JSON.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void *need(void *p)
{
	if (!p) {
		fputs("Error: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return need(calloc(n ? n : 1, size));
}

void *xgrow(void *p, size_t n, size_t size)
{
	return need(reallocarray(p, n ? n : 1, size));
}

char *xstrdup(const char *s)
{
	return need(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return need(strndup(s, n));
}

void text_put(struct text *t, const char *s, size_t len)
{
	if (t->len + len + 1 > t->cap) {
		t->cap = (t->len + len + 1) * 2;
		t->s = xgrow(t->s, t->cap, 1);
	}
	memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_char(struct text *t, char c)
{
	text_put(t, &c, 1);
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (len < 0)
		need(NULL);
	text_put(t, s, len);
	free(s);
}

void text_clear(struct text *t)
{
	t->len = 0;
	if (t->s)
		t->s[0] = '\0';
}

void text_free(struct text *t)
{
	free(t->s);
	memset(t, 0, sizeof(*t));
}

const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

/*
 * The code point at @s and how many bytes it takes; 0 bytes if it is no
 * well-formed UTF-8 (overlong, surrogate, out of range, cut off).
 */
static unsigned int utf8_decode(const char *s, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	unsigned int len, i;

	if (p[0] < 0x80) {
		*point = p[0];
		return 1;
	}
	if ((p[0] & 0xe0) == 0xc0)
		len = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		len = 3;
	else if ((p[0] & 0xf8) == 0xf0)
		len = 4;
	else
		return 0;
	*point = p[0] & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (p[i] & 0x3f);
	}
	if (*point < least[len] || *point > 0x10ffff ||
	    (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return len;
}

void text_utf8(struct text *t, const char *s, bool keep_controls)
{
	uint32_t point;
	unsigned int len;

	while (*s) {
		len = utf8_decode(s, &point);
		if (!len) {
			text_put(t, "\xef\xbf\xbd", 3);
			s++;
			continue;
		}
		if (!keep_controls &&
		    (point < 0x20 || (point >= 0x7f && point < 0xa0)))
			text_char(t, '?');
		else
			text_put(t, s, len);
		s += len;
	}
}

size_t text_width(const char *s)
{
	size_t width = 0;

	for (; *s; s++)
		if ((*s & 0xc0) != 0x80)
			width++;
	return width;
}

size_t text_bytes(const char *s, size_t width)
{
	size_t i;

	/* What continues a code point belongs to the column before it. */
	for (i = 0; s[i]; i++)
		if ((s[i] & 0xc0) != 0x80 && !width--)
			break;
	return i;
}

void text_shell_word(struct text *t, const char *s)
{
	const char *p;

	for (p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_-.,:/=@%+", *p))
			break;
	if (*s && !*p) {
		text_put(t, s, strlen(s));
		return;
	}
	text_char(t, '\'');
	for (p = s; *p; p++) {
		if (*p == '\'')
			text_put(t, "'\\''", 4);
		else
			text_char(t, *p);
	}
	text_char(t, '\'');
}

void text_duration(struct text *t, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (s >= 86400)
		text_add(t, "%llud%02lluh", (unsigned long long)s / 86400,
			 (unsigned long long)s % 86400 / 3600);
	else if (s >= 3600)
		text_add(t, "%lluh%02llum", (unsigned long long)s / 3600,
			 (unsigned long long)s % 3600 / 60);
	else if (s >= 60)
		text_add(t, "%llum%02llus", (unsigned long long)s / 60,
			 (unsigned long long)s % 60);
	else if (s >= 10)
		text_add(t, "%llu s", (unsigned long long)s);
	else if (s)
		text_add(t, "%llu.%llu s", (unsigned long long)s,
			 (unsigned long long)ns % 1000000000 / 100000000);
	else if (ns >= 1000000)
		text_add(t, "%llu ms", (unsigned long long)ns / 1000000);
	else
		text_add(t, "%llu us", (unsigned long long)ns / 1000);
}

bool number_parse(const char *s, size_t len, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;
	size_t i;

	if (!len)
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		value = value * 10 + (s[i] - '0');
		if (value > max)
			return false;
	}
	*number = value;
	return true;
}

bool digits_parse(const char **s, uint64_t *number)
{
	const char *first = *s;

	for (*number = 0; **s >= '0' && **s <= '9'; (*s)++) {
		if (*s - first >= 18)
			return false;
		*number = *number * 10 + (**s - '0');
	}
	return *s > first;
}
