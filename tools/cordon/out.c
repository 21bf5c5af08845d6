// SPDX-License-Identifier: GPL-2.0-only
/*
 * The printer of every object. Rows are kept until their table ends, because
 * widths are known only then: a table wider than a screen of 80 columns gives
 * up width in the columns that allow it (names and lists of CPUs, which then end
 * in "..."). Needs no kernel: the unit tests build this file too.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "text.h"

#define SCREEN_WIDTH	80
#define LABEL_WIDTH	10

static bool json_wanted;
static size_t json_format;

static json_t *root;
static json_t *array;
static json_t *item;

static const struct out_column *columns;
static size_t nr_columns;
static char ***rows;
static size_t nr_rows;

void out_init(bool json, bool pretty)
{
	json_wanted = json;
	json_format = pretty ? JSON_INDENT(4) : JSON_COMPACT;
}

bool out_is_json(void)
{
	return json_wanted;
}

json_t *out_json_string(const char *s)
{
	struct text t = { 0 };
	json_t *value;

	text_utf8(&t, s, true);
	value = json_string(text_str(&t));
	text_free(&t);
	return value;
}

void out_json_uint(json_t *json, const char *key, bool told, uint64_t value)
{
	if (told)
		json_object_set_new(json, key, json_integer(value));
}

void out_begin(const char *object, const struct out_column *cols, size_t n)
{
	columns = cols;
	nr_columns = n;
	if (!json_wanted)
		return;
	root = json_object();
	array = json_array();
	json_object_set_new(root, object, array);
}

void out_item(void)
{
	if (json_wanted) {
		item = json_object();
		json_array_append_new(array, item);
		return;
	}
	if (!nr_columns)
		return;
	rows = xgrow(rows, nr_rows + 1, sizeof(*rows));
	rows[nr_rows++] = xcalloc(nr_columns, sizeof(**rows));
}

/* Put a text into the last row's cell of that key, if there is one. */
static void cell_set(const char *key, const char *s)
{
	size_t i;

	for (i = 0; nr_rows && i < nr_columns; i++) {
		struct text t = { 0 };

		if (strcmp(columns[i].key, key))
			continue;
		text_utf8(&t, s, false);
		free(rows[nr_rows - 1][i]);
		rows[nr_rows - 1][i] = xstrdup(text_str(&t));
		text_free(&t);
	}
}

void out_uint(const char *key, uint64_t value)
{
	char number[32];

	if (json_wanted) {
		json_object_set_new(item, key, json_integer(value));
		return;
	}
	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	cell_set(key, number);
}

void out_string(const char *key, const char *value)
{
	if (json_wanted)
		json_object_set_new(item, key, out_json_string(value));
	else
		cell_set(key, value);
}

void out_cpus(const char *key, const struct cpulist *value)
{
	struct text t = { 0 };

	cpulist_print(value, &t);
	out_string(key, text_str(&t));
	text_free(&t);
}

void out_value(const char *key, json_t *value)
{
	if (json_wanted)
		json_object_set_new(item, key, value);
	else
		json_decref(value);
}

void out_show(const char *key, const char *fmt, ...)
{
	va_list ap;
	char *s;

	if (json_wanted)
		return;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) >= 0) {
		cell_set(key, s);
		free(s);
	}
	va_end(ap);
}

void out_text(const char *fmt, ...)
{
	va_list ap;

	if (json_wanted)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

void out_labelled(const char *label, const char *text)
{
	size_t room = SCREEN_WIDTH - LABEL_WIDTH;

	while (strlen(text) > room) {
		size_t at = room, skip = 1;

		while (at && text[at] != ' ')
			at--;
		if (!at) {
			skip = 0;
			for (at = room; at && text[at - 1] != ','; at--)
				;
		}
		if (!at)
			break;
		out_text("%-*s%.*s\n", LABEL_WIDTH, label, (int)at, text);
		text += at + skip;
		label = "";
	}
	out_text("%-*s%s\n", LABEL_WIDTH, label, text);
}

static const char *cell(size_t row, size_t column)
{
	const char *s = rows[row][column];

	return s && *s ? s : "-";
}

/* Take what is too much from the widest column that may give, in turn. */
static void widths_fit(size_t *width)
{
	size_t total = nr_columns - 1, i;

	for (i = 0; i < nr_columns; i++)
		total += width[i];
	while (total > SCREEN_WIDTH) {
		size_t widest = nr_columns;

		for (i = 0; i < nr_columns; i++)
			if (columns[i].least && width[i] > columns[i].least &&
			    (widest == nr_columns || width[i] > width[widest]))
				widest = i;
		if (widest == nr_columns)
			return;
		width[widest]--;
		total--;
	}
}

static void cell_print(const char *s, size_t column, size_t width)
{
	bool last = column + 1 == nr_columns;
	size_t len = text_width(s);
	size_t pad;

	if (columns[column].least && len > width) {
		printf("%.*s...", (int)text_bytes(s, width - 3), s);
		len = width;
	} else {
		pad = columns[column].right && width > len ? width - len : 0;
		printf("%*s%s", (int)pad, "", s);
		len += pad;
	}
	if (!last)
		printf("%*s", (int)(width > len ? width - len : 0) + 1, "");
}

void out_table_end(void)
{
	size_t width[nr_columns + 1];
	size_t row, i;

	if (json_wanted || !nr_columns)
		return;
	for (i = 0; i < nr_columns; i++) {
		width[i] = text_width(columns[i].title);
		for (row = 0; row < nr_rows; row++)
			if (text_width(cell(row, i)) > width[i])
				width[i] = text_width(cell(row, i));
	}
	widths_fit(width);
	for (i = 0; i < nr_columns; i++)
		cell_print(columns[i].title, i, width[i]);
	putchar('\n');
	for (row = 0; row < nr_rows; row++) {
		for (i = 0; i < nr_columns; i++) {
			cell_print(cell(row, i), i, width[i]);
			free(rows[row][i]);
		}
		putchar('\n');
		free(rows[row]);
	}
	free(rows);
	rows = NULL;
	nr_rows = 0;
}

void out_end(void)
{
	if (!json_wanted)
		return;
	json_dumpf(root, stdout, json_format);
	putchar('\n');
	json_decref(root);
	root = NULL;
}

void out_line(json_t *object)
{
	json_dumpf(object, stdout, json_format);
	putchar('\n');
	fflush(stdout);
	json_decref(object);
}
