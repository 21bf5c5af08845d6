// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes into the files of a cgroup: weights, sizes, and the limits of disks.
 * Pure: the unit tests build this file too.
 */
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "cordon.h"
#include "values.h"

static const struct {
	char name;
	unsigned int shift;
} units[] = {
	{ 'P', 50 },
	{ 'T', 40 },
	{ 'G', 30 },
	{ 'M', 20 },
	{ 'K', 10 },
};

/* 4G, 512M, 64K, or bytes as a bare number. */
static bool size_parse(const char *value, uint64_t *bytes)
{
	const char *s = value;
	unsigned int shift = 0;
	size_t i;

	if (!digits_parse(&s, bytes))
		return false;
	for (i = 0; *s && i < ARRAY_SIZE(units); i++)
		if (*s == units[i].name)
			shift = units[i].shift;
	if (shift)
		s++;
	if (*s || *bytes > (uint64_t)CORDON_UNLIMITED >> shift)
		return false;
	*bytes <<= shift;
	return true;
}

/* The same in the largest unit that it is a whole number of. */
static void size_print(struct text *t, uint64_t bytes)
{
	size_t i;

	for (i = 0; bytes && i < ARRAY_SIZE(units); i++) {
		if (bytes & ((1ULL << units[i].shift) - 1))
			continue;
		text_add(t, "%llu%c",
			 (unsigned long long)(bytes >> units[i].shift),
			 units[i].name);
		return;
	}
	text_add(t, "%llu", (unsigned long long)bytes);
}

/* In bytes, or in a unit that shows how much that is. */
static void size_print_other(struct text *t, uint64_t bytes)
{
	uint64_t tenths;
	size_t i;

	for (i = 0; bytes & 1023 && i < ARRAY_SIZE(units); i++) {
		if (bytes < 1ULL << units[i].shift)
			continue;
		tenths = (bytes >> (units[i].shift - 10)) * 10 >> 10;
		text_add(t, "about %llu.%llu%c",
			 (unsigned long long)tenths / 10,
			 (unsigned long long)tenths % 10, units[i].name);
		return;
	}
	text_add(t, "%llu byte%s", (unsigned long long)bytes,
		 bytes == 1 ? "" : "s");
}

/* ---- weights and sizes ---- */

static bool weight_put(struct nl_msg *msg, int attr, const char *value,
		       struct text *err)
{
	uint32_t weight;

	if (number_parse(value, strlen(value), UINT32_MAX, &weight))
		return !nla_put_u32(msg, attr, weight) || too_long(err);
	text_add(err, "\"%s\" is no weight: %d to %d", value,
		 CORDON_WEIGHT_MIN, CORDON_WEIGHT_MAX);
	return false;
}

const struct value_kind weight_value = {
	.syntax = "1-10000",
	.put = weight_put,
	.print = uint_print,
	.json = uint_json,
	.unit = "",
};

static bool size_put(struct nl_msg *msg, int attr, const char *value,
		     struct text *err)
{
	uint64_t bytes = CORDON_UNLIMITED;

	if (!strcmp(value, "max") || size_parse(value, &bytes))
		return !nla_put_u64(msg, attr, bytes) || too_long(err);
	text_add(err, "\"%s\" is no size: 4G, 512M, 64K, bytes, or max", value);
	return false;
}

static void size_value_print(struct text *t, const struct nlattr *nla)
{
	if (attr_uint(nla) == CORDON_UNLIMITED)
		text_add(t, "max");
	else
		size_print(t, attr_uint(nla));
}

static void size_value_other(struct text *t, const struct nlattr *nla)
{
	if (attr_uint(nla) != CORDON_UNLIMITED)
		size_print_other(t, attr_uint(nla));
}

const struct value_kind size_value = {
	.syntax = "SIZE|max",
	.put = size_put,
	.print = size_value_print,
	.json = uint_json,
	.other = size_value_other,
	.unit = "bytes",
};

/* ---- disks ---- */

static const struct {
	const char *name;
	int attr;
	bool is_size;
} rates[] = {
	{ "rbps", CORDON_A_IO_MAX_RBPS, true },
	{ "wbps", CORDON_A_IO_MAX_WBPS, true },
	{ "riops", CORDON_A_IO_MAX_RIOPS, false },
	{ "wiops", CORDON_A_IO_MAX_WIOPS, false },
};

/**
 * struct disk - an entry of io-max
 * @major: the disk's number
 * @minor: the rest of it
 * @named: which of the rates it names, by the place in the table
 * @rate: those
 */
struct disk {
	uint32_t major;
	uint32_t minor;
	bool named[ARRAY_SIZE(rates)];
	uint64_t rate[ARRAY_SIZE(rates)];
};

/* A number of requests. */
static bool count_parse(const char *value, uint64_t *count)
{
	return digits_parse(&value, count) && !*value;
}

/* One rate, `rbps=10M`. */
static bool rate_parse(const char *word, struct disk *disk, struct text *err)
{
	size_t len = strcspn(word, "="), i;
	const char *value = word + len + 1;
	uint64_t *rate;

	for (i = 0; i < ARRAY_SIZE(rates); i++)
		if (strlen(rates[i].name) == len &&
		    !memcmp(rates[i].name, word, len))
			break;
	if (i == ARRAY_SIZE(rates) || !word[len]) {
		text_add(err, "\"%s\" is not one of rbps=N, wbps=N, riops=N, wiops=N",
			 word);
		return false;
	}
	rate = &disk->rate[i];
	if (disk->named[i]) {
		text_add(err, "%u:%u: %s is named twice", disk->major,
			 disk->minor, rates[i].name);
		return false;
	}
	disk->named[i] = true;
	*rate = CORDON_UNLIMITED;
	if (!strcmp(value, "max") ||
	    (rates[i].is_size ? size_parse : count_parse)(value, rate))
		return true;
	text_add(err, "%s: \"%s\" is no %s, or max", rates[i].name, value,
		 rates[i].is_size ? "size: 10M, 64K, bytes" : "number");
	return false;
}

/* One entry, which is taken apart: `8:0 rbps=10M,riops=500`. */
static bool disk_parse(char *entry, struct disk *disk, struct text *err)
{
	size_t colon = strcspn(entry, ":"), space = strcspn(entry, " ");
	char *word, *rest;

	memset(disk, 0, sizeof(*disk));
	if (!entry[space] || colon > space ||
	    !number_parse(entry, colon, UINT32_MAX, &disk->major) ||
	    !number_parse(entry + colon + 1, space - colon - 1, UINT32_MAX,
			  &disk->minor)) {
		text_add(err, "\"%s\": an entry is written MAJ:MIN rbps=N,wbps=N,riops=N,wiops=N",
			 entry);
		return false;
	}
	rest = entry + space + 1;
	while ((word = strsep(&rest, ",")))
		if (!rate_parse(word, disk, err))
			return false;
	return true;
}

static void disk_read(const struct nlattr *nla, struct disk *disk)
{
	struct nlattr *pos;
	size_t i;
	int rem;

	memset(disk, 0, sizeof(*disk));
	attr_for_each_nested(pos, nla, rem) {
		if (nla_type(pos) == CORDON_A_IO_MAX_MAJOR)
			disk->major = attr_uint(pos);
		else if (nla_type(pos) == CORDON_A_IO_MAX_MINOR)
			disk->minor = attr_uint(pos);
		for (i = 0; i < ARRAY_SIZE(rates); i++) {
			if (nla_type(pos) != rates[i].attr)
				continue;
			disk->named[i] = true;
			disk->rate[i] = attr_uint(pos);
		}
	}
}

static bool disk_nest(struct nl_msg *msg, int attr, const struct disk *disk)
{
	struct nlattr *nest = nla_nest_start(msg, attr | NLA_F_NESTED);
	size_t i;

	if (!nest || nla_put_u32(msg, CORDON_A_IO_MAX_MAJOR, disk->major) ||
	    nla_put_u32(msg, CORDON_A_IO_MAX_MINOR, disk->minor))
		return false;
	for (i = 0; i < ARRAY_SIZE(rates); i++)
		if (disk->named[i] &&
		    nla_put_u64(msg, rates[i].attr, disk->rate[i]))
			return false;
	return !nla_nest_end(msg, nest);
}

/* Has an entry before it the same disk? */
static bool disk_is_taken(struct nl_msg *msg, int attr, const struct disk *disk)
{
	struct nlattr *pos;
	struct disk before;
	int rem;

	attr_for_each(pos, msg, rem) {
		if (nla_type(pos) != attr)
			continue;
		disk_read(pos, &before);
		if (before.major == disk->major && before.minor == disk->minor)
			return true;
	}
	return false;
}

static bool disk_put(struct nl_msg *msg, int attr, char *entry,
		     struct text *err)
{
	struct disk disk;

	if (!disk_parse(entry, &disk, err))
		return false;
	if (disk_is_taken(msg, attr, &disk)) {
		text_add(err, "%u:%u is named twice", disk.major, disk.minor);
		return false;
	}
	return disk_nest(msg, attr, &disk) || too_long(err);
}

static bool io_max_put(struct nl_msg *msg, int attr, const char *value,
		       struct text *err)
{
	char *copy = xstrdup(value), *rest = copy, *entry;
	bool put = true;

	while (put && (entry = strsep(&rest, "/")))
		put = disk_put(msg, attr, entry, err);
	free(copy);
	return put;
}

static void disk_print(struct text *t, const struct nlattr *nla, bool raw)
{
	const char *before = " ";
	struct disk disk;
	size_t i;

	disk_read(nla, &disk);
	text_add(t, "%u:%u", disk.major, disk.minor);
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		if (!disk.named[i])
			continue;
		text_add(t, "%s%s=", before, rates[i].name);
		if (disk.rate[i] == CORDON_UNLIMITED)
			text_add(t, "max");
		else if (rates[i].is_size && !raw)
			size_print(t, disk.rate[i]);
		else
			text_add(t, "%llu", (unsigned long long)disk.rate[i]);
		before = ",";
	}
}

static void io_max_print(struct text *t, const struct nlattr *nla)
{
	disk_print(t, nla, false);
}

static void io_max_other(struct text *t, const struct nlattr *nla)
{
	disk_print(t, nla, true);
}

static json_t *io_max_json(const struct nlattr *nla)
{
	json_t *json = json_object();
	struct disk disk;
	size_t i;

	disk_read(nla, &disk);
	json_object_set_new(json, "major", json_integer(disk.major));
	json_object_set_new(json, "minor", json_integer(disk.minor));
	for (i = 0; i < ARRAY_SIZE(rates); i++)
		if (disk.named[i])
			json_object_set_new(json, rates[i].name,
					    json_integer(disk.rate[i]));
	return json;
}

const struct value_kind io_max_value = {
	.syntax = "MAJ:MIN rbps=N,wbps=N,riops=N,wiops=N/...",
	.put = io_max_put,
	.print = io_max_print,
	.json = io_max_json,
	.other = io_max_other,
	.separator = '/',
};
