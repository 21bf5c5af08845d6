// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the keys for a cgroup make sense: what they contradict, and what the
 * kernel would not take when it is written. What this host and this VM's cgroup
 * can have is cgroup.c's to say.
 *
 * Called by policy_check(), in its context.
 */
#include <linux/kernel.h>

#include "check.h"
#include "value.h"

/* Of two keys that contradict each other: the one that was just set. */
static u32 check_blame(const struct cordon_policy *p,
		       const struct cordon_policy *old, u32 key, u32 other)
{
	return check_is_new(p, old, key) ? key : other;
}

static int check_weight(const struct cordon_policy *p,
			const struct cordon_policy *old, struct refusal *why)
{
	u32 weight, key;

	if (!policy_get_weight(p, &weight) ||
	    policy_cap_by(p) == CORDON_CAP_BY_CGROUP)
		return 0;
	key = check_blame(p, old, CORDON_A_POLICY_WEIGHT,
			  CORDON_A_POLICY_CAP_BY);
	return refuse(why, -EINVAL, key,
		      "%s: weight needs cap-by cgroup, as only cgroups have weights: set both, or set weight default",
		      policy_key_name(key));
}

#define SIZE_TEXT_LEN	32

static const char *size_text(u64 bytes, char *text)
{
	if (bytes == CORDON_UNLIMITED)
		return "max";
	scnprintf(text, SIZE_TEXT_LEN, "%llu bytes", bytes);
	return text;
}

static int check_memory_pair(const struct cordon_policy *p,
			     const struct cordon_policy *old, u32 low, u32 high,
			     struct refusal *why)
{
	char low_text[SIZE_TEXT_LEN], high_text[SIZE_TEXT_LEN];
	u64 low_bytes, high_bytes;
	u32 key;

	if (!policy_get_memory(p, low, &low_bytes) ||
	    !policy_get_memory(p, high, &high_bytes) ||
	    low_bytes <= high_bytes)
		return 0;
	key = check_blame(p, old, low, high);
	return refuse(why, -EINVAL, key,
		      "%s: %s (%s) is more than %s (%s): lower the first or raise the second",
		      policy_key_name(key), policy_key_name(low),
		      size_text(low_bytes, low_text), policy_key_name(high),
		      size_text(high_bytes, high_text));
}

/* What is kept for the VM fits below where it is slowed, and that below its end. */
static int check_memory(const struct cordon_policy *p,
			const struct cordon_policy *old, struct refusal *why)
{
	u32 low, high;
	int ret = 0;

	for (low = CORDON_A_POLICY_MEMORY_MIN;
	     low < CORDON_A_POLICY_MEMORY_MAX; low++)
		for (high = low + 1;
		     !ret && high <= CORDON_A_POLICY_MEMORY_MAX; high++)
			ret = check_memory_pair(p, old, low, high, why);
	return ret;
}

/* A disk has one entry: the last would win. */
static int check_io(const struct cordon_policy *p, struct refusal *why)
{
	const struct policy_io *a, *b;
	u32 i, k;

	for (i = 0; (a = policy_get_io(p, i)); i++) {
		for (k = 0; k < i; k++) {
			b = policy_get_io(p, k);
			if (a->major == b->major && a->minor == b->minor)
				return refuse(why, -EINVAL,
					      CORDON_A_POLICY_IO_MAX,
					      "io-max: %u:%u is named twice",
					      a->major, a->minor);
		}
	}
	return 0;
}

/*
 * The ranges of quota and period, and that a burst is at most the quota, are
 * the kernel's own for cpu.max, and hold for both levels. This is what it wants
 * besides (tg_set_cfs_bandwidth() up to 6.12, tg_set_bandwidth() since).
 */
static int check_burst(const struct cordon_policy *p, u32 cap,
		       struct refusal *why)
{
	u32 key = policy_cap_key(cap, CORDON_A_POLICY_VCPU_BURST);
	struct budget_limit limit;

	if (!policy_get_limit(p, cap, &limit) ||
	    limit.quota_ns + limit.burst_ns <=
	    CORDON_QUOTA_MAX_US * NSEC_PER_USEC)
		return 0;
	return refuse(why, -EINVAL, key,
		      "%s: with cap-by cgroup, quota and burst together may be at most %llu us",
		      policy_key_name(key), (u64)CORDON_QUOTA_MAX_US);
}

static bool wants_rt(const struct cordon_policy *p, u32 key)
{
	const struct policy_value *value = p->value[key];
	u32 i;

	for (i = 0; value && i < value->nr; i++)
		if (rule_is_rt(&value->rule[i]))
			return true;
	return false;
}

/* cpu.max throttles the fair class only: a realtime thread would run past it. */
static int check_rt_cap(const struct cordon_policy *p,
			const struct cordon_policy *old, u32 sched, u32 cap,
			struct refusal *why)
{
	u32 quota = policy_cap_key(cap, CORDON_A_POLICY_VCPU_QUOTA), key;

	if (!p->value[quota] || !wants_rt(p, sched))
		return 0;
	key = check_blame(p, old, quota,
			  check_blame(p, old, sched, CORDON_A_POLICY_CAP_BY));
	return refuse(why, -EINVAL, key,
		      "%s: cpu.max does not hold realtime threads: leave out %s or %s, or set cap-by cordon",
		      policy_key_name(key), policy_key_name(quota),
		      policy_key_name(sched));
}

static int check_rt_caps(const struct cordon_policy *p,
			 const struct cordon_policy *old, struct refusal *why)
{
	static const struct {
		u32 sched;
		u32 cap;
	} pairs[] = {
		{ CORDON_A_POLICY_VCPU_SCHED, CORDON_CAP_VCPU },
		{ CORDON_A_POLICY_VCPU_SCHED, CORDON_CAP_GLOBAL },
		{ CORDON_A_POLICY_IOTHREAD_SCHED, CORDON_CAP_IOTHREAD },
		{ CORDON_A_POLICY_IOTHREAD_SCHED, CORDON_CAP_GLOBAL },
	};
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < ARRAY_SIZE(pairs); i++)
		ret = check_rt_cap(p, old, pairs[i].sched, pairs[i].cap, why);
	return ret;
}

static int check_cap_by_cgroup(const struct cordon_policy *p,
			       const struct cordon_policy *old,
			       struct refusal *why)
{
	int ret = 0;
	u32 cap;

	if (policy_cap_by(p) != CORDON_CAP_BY_CGROUP)
		return 0;
	for (cap = CORDON_CAP_VCPU; !ret && cap <= CORDON_CAP_MAX; cap++)
		ret = check_burst(p, cap, why);
	/* Audit gives nobody a realtime class. */
	if (!ret && !policy_audits(p))
		ret = check_rt_caps(p, old, why);
	return ret;
}

/**
 * check_cgroup() - do the keys for a cgroup make sense?
 * @p: the policy, complete
 * @old: the one that it is to replace, or NULL
 * @why: filled if not
 *
 * Context: process.
 * Return: 0 or -EINVAL.
 */
int check_cgroup(const struct cordon_policy *p,
		 const struct cordon_policy *old, struct refusal *why)
{
	return check_weight(p, old, why) ?:
	       check_memory(p, old, why) ?:
	       check_io(p, why) ?:
	       check_cap_by_cgroup(p, old, why);
}
