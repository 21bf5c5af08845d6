// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times and shares of a CPU. The kernel knows microseconds only: a share is
 * turned into them here, by the period that goes with it. Pure: the unit tests
 * build this file too.
 */
#include <string.h>

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "caps.h"
#include "cordon.h"
#include "keys.h"

static const struct {
	const char *name;
	uint64_t us;
} units[] = {
	{ "s", 1000000 },
	{ "ms", 1000 },
	{ "us", 1 },
};

bool time_parse(const char *value, uint64_t *us, struct text *err)
{
	const char *s = value;
	uint64_t unit = 0;
	size_t i;

	if (digits_parse(&s, us)) {
		if (!*s)
			return true;
		for (i = 0; i < ARRAY_SIZE(units); i++)
			if (!strcmp(s, units[i].name))
				unit = units[i].us;
		if (unit && !__builtin_mul_overflow(*us, unit, us))
			return true;
	}
	text_add(err, "\"%s\" is no time: 20ms, 1s, 500us, or microseconds",
		 value);
	return false;
}

void time_print(struct text *t, uint64_t us)
{
	size_t i;

	for (i = 0; us && i < ARRAY_SIZE(units) - 1; i++)
		if (us % units[i].us == 0)
			break;
	if (!us)
		i = ARRAY_SIZE(units) - 1;
	text_add(t, "%llu%s", (unsigned long long)(us / units[i].us),
		 units[i].name);
}

bool share_parse(const char *value, uint64_t *thousandths)
{
	uint64_t fraction = 0, scale = 1000;
	const char *s = value;

	if (!digits_parse(&s, thousandths) || *thousandths > 100000000)
		return false;
	if (*s == '.')
		for (s++; scale > 1 && *s >= '0' && *s <= '9'; s++) {
			scale /= 10;
			fraction += (*s - '0') * scale;
		}
	*thousandths = *thousandths * 1000 + fraction;
	return !strcmp(s, "%");
}

void share_print(struct text *t, uint64_t us, uint64_t period_us)
{
	uint64_t tenths = (us * 1000 + period_us / 2) / period_us;

	if (tenths % 10)
		text_add(t, "%llu.%llu%%", (unsigned long long)tenths / 10,
			 (unsigned long long)tenths % 10);
	else
		text_add(t, "%llu%%", (unsigned long long)tenths / 10);
}

bool cap_has_share(const struct key *key)
{
	return key->kind == &quota_value || key->kind == &burst_value;
}

const struct key *cap_period_key(const struct key *key)
{
	if (key->kind == &quota_value)
		return key_by_attr(key->attr - CORDON_A_POLICY_VCPU_QUOTA +
				   CORDON_A_POLICY_VCPU_PERIOD);
	return key_by_attr(key->attr - CORDON_A_POLICY_VCPU_BURST +
			   CORDON_A_POLICY_VCPU_PERIOD);
}

bool cap_share_resolve(const char *value, uint64_t period_us, struct text *time)
{
	uint64_t thousandths;

	if (!share_parse(value, &thousandths))
		return false;
	text_add(time, "%llu",
		 (unsigned long long)((thousandths * period_us + 50000) / 100000));
	return true;
}

uint64_t cap_period_of(const struct key *key, struct nl_msg *msg)
{
	const struct key *period = cap_period_key(key);
	struct nlattr *pos;
	int rem;

	attr_for_each(pos, msg, rem)
		if (nla_type(pos) == period->attr)
			return attr_uint(pos);
	return CORDON_PERIOD_US;
}

/* ---- the kinds of value ---- */

static void us_print(struct text *t, const struct nlattr *nla)
{
	time_print(t, attr_uint(nla));
}

static bool u64_put(struct nl_msg *msg, int attr, uint64_t us, struct text *err)
{
	if (!nla_put_u64(msg, attr, us))
		return true;
	text_add(err, "the value is too long for one request");
	return false;
}

/* No limit is what there is without the key. */
static bool quota_put(struct nl_msg *msg, int attr, const char *value,
		      struct text *err)
{
	uint64_t us;

	if (!strcmp(value, "none"))
		return !nla_put_u32(msg, CORDON_A_POLICY_RESET, attr);
	if (time_parse(value, &us, err))
		return u64_put(msg, attr, us, err);
	text_add(err, ", a share as 20%%, or none");
	return false;
}

const struct value_kind quota_value = {
	.syntax = "TIME|SHARE%|none",
	.put = quota_put,
	.print = us_print,
	.json = uint_json,
	.unit = "us",
};

static bool burst_put(struct nl_msg *msg, int attr, const char *value,
		      struct text *err)
{
	uint64_t us;

	return time_parse(value, &us, err) && u64_put(msg, attr, us, err);
}

const struct value_kind burst_value = {
	.syntax = "TIME|SHARE%",
	.put = burst_put,
	.print = us_print,
	.json = uint_json,
	.unit = "us",
};

/* The kernel tells the range, but not of what it cannot be told. */
static bool period_put(struct nl_msg *msg, int attr, const char *value,
		       struct text *err)
{
	uint64_t us;

	if (!time_parse(value, &us, err))
		return false;
	return !nla_put_u32(msg, attr, us > UINT32_MAX ? UINT32_MAX : us);
}

const struct value_kind period_value = {
	.syntax = "TIME",
	.put = period_put,
	.print = us_print,
	.json = uint_json,
	.unit = "us",
};
