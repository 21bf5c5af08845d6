// SPDX-License-Identifier: GPL-2.0-only
/* A budget as the kernel tells of it: read, and told in JSON. */
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "attr.h"
#include "capinfo.h"
#include "out.h"
#include "vms.h"
#include "words.h"

void cap_info_parse(const struct nlattr *nest, struct cap_info *cap)
{
	struct nlattr *pos;
	int rem;

	memset(cap, 0, sizeof(*cap));
	attr_for_each_nested(pos, nest, rem) {
		if (nla_type(pos) < 64)
			cap->has |= 1ULL << nla_type(pos);
		switch (nla_type(pos)) {
		case CORDON_A_CAP_CAP:
			cap->cap = attr_uint(pos);
			break;
		case CORDON_A_CAP_VCPU:
			cap->vcpu = attr_uint(pos);
			break;
		case CORDON_A_CAP_TID:
			cap->tid = attr_uint(pos);
			break;
		case CORDON_A_CAP_COMM:
			free(cap->comm);
			cap->comm = attr_string(pos);
			break;
		case CORDON_A_CAP_QUOTA:
			cap->quota_us = attr_uint(pos);
			break;
		case CORDON_A_CAP_PERIOD:
			cap->period_us = attr_uint(pos);
			break;
		case CORDON_A_CAP_BURST:
			cap->burst_us = attr_uint(pos);
			break;
		case CORDON_A_CAP_NR_PERIODS:
			cap->nr_periods = attr_uint(pos);
			break;
		case CORDON_A_CAP_NR_THROTTLED:
			cap->nr_throttled = attr_uint(pos);
			break;
		case CORDON_A_CAP_THROTTLED_NS:
			cap->throttled_ns = attr_uint(pos);
			break;
		case CORDON_A_CAP_TIME_NS:
			cap->time_ns = attr_uint(pos);
			break;
		}
	}
	/* Shares are of it. */
	if (!cap->period_us)
		cap->period_us = CORDON_PERIOD_US;
}

void cap_info_free(struct cap_info *cap)
{
	free(cap->comm);
}

static void set_uint(json_t *json, const char *key, uint64_t value)
{
	json_object_set_new(json, key, json_integer(value));
}

json_t *cap_json(const struct cap_info *cap)
{
	json_t *json = json_object();

	json_object_set_new(json, "cap",
			    json_string(word_of(&cap_words, cap->cap)));
	if (HAS(cap, CORDON_A_CAP_VCPU))
		set_uint(json, "vcpu", cap->vcpu);
	if (HAS(cap, CORDON_A_CAP_TID))
		set_uint(json, "tid", cap->tid);
	if (cap->comm)
		json_object_set_new(json, "comm", out_json_string(cap->comm));
	set_uint(json, "quota_us", cap->quota_us);
	set_uint(json, "period_us", cap->period_us);
	set_uint(json, "burst_us", cap->burst_us);
	set_uint(json, "nr_periods", cap->nr_periods);
	set_uint(json, "nr_throttled", cap->nr_throttled);
	set_uint(json, "throttled_ns", cap->throttled_ns);
	set_uint(json, "time_ns", cap->time_ns);
	return json;
}
