// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy keys. A new key is a line here and, if its value is of a new
 * kind, a struct value_kind. Pure: the unit tests build this file too.
 */
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include <linux/cordon.h>

#include "attr.h"
#include "keys.h"

/* What a person is to replace is written in capitals. */
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

const struct key keys[] = {
	{ "mode", CORDON_A_POLICY_MODE, &mode_value,
	  "hold threads to the policy, or only watch" },
	{ "vcpu-pin", CORDON_A_POLICY_VCPU_PIN, &vcpu_pin_value,
	  "vCPUs: ':' a mask for each, '=' one to one" },
	{ "emulator-cpus", CORDON_A_POLICY_EMULATOR_CPUS, &cpus_value,
	  "every other thread of the VMM" },
	{ "iothread-cpus", CORDON_A_POLICY_IOTHREAD_CPUS, &cpus_value,
	  "iothreads (else with the emulator)" },
	{ "iothread-pin", CORDON_A_POLICY_IOTHREAD_PIN, &iothread_pin_value,
	  "single iothreads, by name" },
	{ "iothread-match", CORDON_A_POLICY_IOTHREAD_MATCH, &globs_value,
	  "names of iothreads (default 'IO *')" },
	{ "iothread-tids", CORDON_A_POLICY_IOTHREAD_TIDS, &tids_value,
	  "iothreads that have no name" },
	{ "migration-cpus", CORDON_A_POLICY_MIGRATION_CPUS, &cpus_value,
	  "migration threads (else with the emulator)" },
	{ "helper-cpus", CORDON_A_POLICY_HELPER_CPUS, &cpus_value,
	  "vhost, io_uring, ... (else with the emulator)" },
	{ "vcpu-sched", CORDON_A_POLICY_VCPU_SCHED, &vcpu_sched_value,
	  "scheduling class of vCPUs" },
	{ "iothread-sched", CORDON_A_POLICY_IOTHREAD_SCHED, &sched_value,
	  "scheduling class of iothreads" },
	{ "emulator-sched", CORDON_A_POLICY_EMULATOR_SCHED, &emulator_sched_value,
	  "scheduling class of the emulator" },
	{ "vcpu-quota", CORDON_A_POLICY_VCPU_QUOTA, &quota_value,
	  "CPU time in a period: each vCPU" },
	{ "vcpu-period", CORDON_A_POLICY_VCPU_PERIOD, &period_value,
	  "that period, 1ms to 1s (default 100ms)" },
	{ "vcpu-burst", CORDON_A_POLICY_VCPU_BURST, &burst_value,
	  "unused time that is saved up, at most the quota" },
	{ "emulator-quota", CORDON_A_POLICY_EMULATOR_QUOTA, &quota_value,
	  "CPU time in a period: the emulator threads together" },
	{ "emulator-period", CORDON_A_POLICY_EMULATOR_PERIOD, &period_value,
	  "that period, 1ms to 1s (default 100ms)" },
	{ "emulator-burst", CORDON_A_POLICY_EMULATOR_BURST, &burst_value,
	  "unused time that is saved up, at most the quota" },
	{ "iothread-quota", CORDON_A_POLICY_IOTHREAD_QUOTA, &quota_value,
	  "CPU time in a period: each iothread" },
	{ "iothread-period", CORDON_A_POLICY_IOTHREAD_PERIOD, &period_value,
	  "that period, 1ms to 1s (default 100ms)" },
	{ "iothread-burst", CORDON_A_POLICY_IOTHREAD_BURST, &burst_value,
	  "unused time that is saved up, at most the quota" },
	{ "migration-quota", CORDON_A_POLICY_MIGRATION_QUOTA, &quota_value,
	  "CPU time in a period: migration threads (else the emulator's)" },
	{ "migration-period", CORDON_A_POLICY_MIGRATION_PERIOD, &period_value,
	  "that period, 1ms to 1s (default 100ms)" },
	{ "migration-burst", CORDON_A_POLICY_MIGRATION_BURST, &burst_value,
	  "unused time that is saved up, at most the quota" },
	{ "global-quota", CORDON_A_POLICY_GLOBAL_QUOTA, &quota_value,
	  "CPU time in a period: the whole VM (by cordon: but helpers)" },
	{ "global-period", CORDON_A_POLICY_GLOBAL_PERIOD, &period_value,
	  "that period, 1ms to 1s (default 100ms)" },
	{ "global-burst", CORDON_A_POLICY_GLOBAL_BURST, &burst_value,
	  "unused time that is saved up, at most the quota" },
	{ "cap-by", CORDON_A_POLICY_CAP_BY, &cap_by_value,
	  "who enforces the caps (default cordon)" },
	{ "weight", CORDON_A_POLICY_WEIGHT, &weight_value,
	  "share of CPU under contention; needs cap-by cgroup" },
	{ "memory-min", CORDON_A_POLICY_MEMORY_MIN, &size_value,
	  "memory of the VM that is never reclaimed" },
	{ "memory-low", CORDON_A_POLICY_MEMORY_LOW, &size_value,
	  "memory of the VM that is reclaimed last" },
	{ "memory-high", CORDON_A_POLICY_MEMORY_HIGH, &size_value,
	  "memory above which the VM is slowed down and reclaimed from" },
	{ "memory-max", CORDON_A_POLICY_MEMORY_MAX, &size_value,
	  "memory that the VM cannot pass" },
	{ "io-max", CORDON_A_POLICY_IO_MAX, &io_max_value,
	  "how fast disks may be used, in bytes and requests a second" },
	{ "cpu-policy", CORDON_A_POLICY_CPU_POLICY, &cpu_policy_value,
	  "CPUs beside others, or each dedicated vCPU alone on one" },
	{ "placement", CORDON_A_POLICY_PLACEMENT, &placement_value,
	  "keep the vCPUs' pins (default, if each has one), or choose" },
	{ "thread-policy", CORDON_A_POLICY_THREAD_POLICY, &thread_policy_value,
	  "how dedicated vCPUs share cores (default prefer)" },
	{ "emulator-policy", CORDON_A_POLICY_EMULATOR_POLICY, &emulator_policy_value,
	  "where the emulator of dedicated vCPUs runs (default share)" },
	{ "numa", CORDON_A_POLICY_NUMA, &numa_value,
	  "nodes of dedicated vCPUs (default auto: few, near its memory)" },
	{ "numa-map", CORDON_A_POLICY_NUMA_MAP, &numa_map_value,
	  "guest NUMA: these vCPUs on that node" },
	{ "numa-prefer", CORDON_A_POLICY_NUMA_PREFER, &nodes_value,
	  "nodes to prefer (default: those of its VFIO devices)" },
	{ "reservation", CORDON_A_POLICY_RESERVATION, &amount_value,
	  "CPU time that the VM is sure of" },
	{ "force", CORDON_A_POLICY_FORCE, &switch_value,
	  "accept what is refused as dangerous" },
};

const size_t nr_keys = sizeof(keys) / sizeof(keys[0]);

const struct key *key_find(const char *name)
{
	size_t i;

	for (i = 0; i < nr_keys; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

const struct key *key_by_attr(int attr)
{
	size_t i;

	for (i = 0; i < nr_keys; i++)
		if (keys[i].attr == attr)
			return &keys[i];
	return NULL;
}

/* How many letters must be put, dropped or changed to make @a of @b. */
static unsigned int distance(const char *a, const char *b)
{
	size_t n = strlen(b), j;
	unsigned int row[n + 1], corner, keep;

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (; *a; a++) {
		corner = row[0]++;
		for (j = 1; j <= n; j++) {
			keep = row[j];
			if (*a != b[j - 1])
				corner++;
			if (row[j] + 1 < corner)
				corner = row[j] + 1;
			if (row[j - 1] + 1 < corner)
				corner = row[j - 1] + 1;
			row[j] = corner;
			corner = keep;
		}
	}
	return row[n];
}

const struct key *key_nearest(const char *name)
{
	const struct key *nearest = NULL;
	unsigned int least = 4, d;
	size_t i;

	if (strlen(name) > 64)
		return NULL;
	for (i = 0; i < nr_keys; i++) {
		d = distance(name, keys[i].name);
		if (d < least) {
			least = d;
			nearest = &keys[i];
		}
	}
	return nearest;
}

/* Each attribute of a key by @print, after @head; false if there is none. */
static bool key_each(const struct key *key, struct nl_msg *msg, struct text *t,
		     void (*head)(struct text *t, const struct nlattr *first),
		     void (*print)(struct text *t, const struct nlattr *nla))
{
	struct nlattr *pos;
	bool found = false;
	int rem;

	attr_for_each(pos, msg, rem) {
		if (nla_type(pos) != key->attr)
			continue;
		if (found)
			text_char(t, key->kind->separator);
		else if (head)
			head(t, pos);
		print(t, pos);
		found = true;
	}
	return found;
}

bool key_print(const struct key *key, struct nl_msg *msg, struct text *t)
{
	return key_each(key, msg, t, key->kind->head, key->kind->print);
}

bool key_print_other(const struct key *key, struct nl_msg *msg, struct text *t)
{
	struct text typed = { 0 }, other = { 0 };
	bool differs;

	if (!key->kind->other)
		return false;
	key_print(key, msg, &typed);
	key_each(key, msg, &other, NULL, key->kind->other);
	differs = other.len && strcmp(text_str(&typed), text_str(&other));
	if (differs)
		text_put(t, text_str(&other), other.len);
	text_free(&typed);
	text_free(&other);
	return differs;
}

json_t *key_json(const struct key *key, struct nl_msg *msg)
{
	struct text t = { 0 };
	json_t *json = NULL;
	struct nlattr *pos;
	int rem;

	if (!key->kind->json) {
		if (key_print(key, msg, &t))
			json = json_string(text_str(&t));
		text_free(&t);
		return json;
	}
	attr_for_each(pos, msg, rem) {
		if (nla_type(pos) != key->attr)
			continue;
		if (key->kind->unit)
			return key->kind->json(pos);
		if (!json)
			json = json_array();
		json_array_append_new(json, key->kind->json(pos));
	}
	return json;
}

/* Of `other|fifo:PRIORITY` these are `other` and `fifo:`; of `TIME|none`, `none`. */
json_t *key_words(const struct key *key)
{
	const char *s = key->kind->syntax, *end;
	json_t *words = json_array();

	if (!strchr(s, '|'))
		return words;
	for (;; s = end + 1) {
		end = strchrnul(s, '|');
		if (strcspn(s, "|" CAPITALS))
			json_array_append_new(words, json_stringn(s, strcspn(s, "|" CAPITALS)));
		if (!*end)
			return words;
	}
}

void key_json_name(const struct key *key, struct text *t)
{
	const char *s;

	for (s = key->name; *s; s++)
		text_char(t, *s == '-' ? '_' : *s);
	if (key->kind->unit && *key->kind->unit)
		text_add(t, "_%s", key->kind->unit);
}
