/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for people and JSON for programs, from the same calls: a field has a
 * key, under which JSON gets the raw value; if the table has a column of that
 * key, text shows it there.
 */
#ifndef _CORDON_OUT_H
#define _CORDON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "cpulist.h"

/**
 * struct out_column - a column of a table
 * @title: its heading
 * @key: the field that it shows
 * @right: numbers stand right
 * @least: may be shortened to so many characters, not below 4, where the table
 *	would be wider than the screen; 0: never
 */
struct out_column {
	const char *title;
	const char *key;
	bool right;
	size_t least;
};

/* Before anything else: JSON or text, pretty or in one line. */
void out_init(bool json, bool pretty);
bool out_is_json(void);

/* An array named after the object; @columns may be NULL. */
void out_begin(const char *object, const struct out_column *columns, size_t n);
void out_end(void);
/* Begin an item of the array: an object in JSON, a row in text. */
void out_item(void);
/* End the rows so far and print them as one table. */
void out_table_end(void);

void out_uint(const char *key, uint64_t value);
void out_string(const char *key, const char *value);
void out_cpus(const char *key, const struct cpulist *value);
/* JSON only; takes the reference. */
void out_value(const char *key, json_t *value);
/* What text shows in a column instead of the raw value. */
void out_show(const char *key, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Text only. */
void out_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A label and its text, folded at blanks, or after commas, to the screen. */
void out_labelled(const char *label, const char *text);

/* One object on a line of its own, at once; for monitor. Takes it. */
void out_line(json_t *object);
/* A JSON string of whatever bytes. */
json_t *out_json_string(const char *s);
/* A number of an object, where it was told. */
void out_json_uint(json_t *json, const char *key, bool told, uint64_t value);

#endif /* _CORDON_OUT_H */
