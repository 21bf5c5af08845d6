// SPDX-License-Identifier: GPL-2.0-only
/* The words for the numbers of the uapi header. Pure. */
#include <string.h>

#include "cordon.h"
#include "words.h"

#define WORDS(name, ...)						\
	static const char *const name##_list[] = { __VA_ARGS__ };	\
	const struct words name##_words = { name##_list, ARRAY_SIZE(name##_list) }

WORDS(class,
	[CORDON_CLASS_VCPU] = "vcpu",
	[CORDON_CLASS_EMULATOR] = "emulator",
	[CORDON_CLASS_IOTHREAD] = "iothread",
	[CORDON_CLASS_MIGRATION] = "migration",
	[CORDON_CLASS_HELPER] = "helper");

WORDS(mode,
	[CORDON_MODE_ENFORCE] = "enforce",
	[CORDON_MODE_AUDIT] = "audit");

WORDS(switch,
	[CORDON_SWITCH_OFF] = "off",
	[CORDON_SWITCH_ON] = "on");

WORDS(sched,
	[CORDON_SCHED_OTHER] = "other",
	[CORDON_SCHED_BATCH] = "batch",
	[CORDON_SCHED_IDLE] = "idle",
	[CORDON_SCHED_FIFO] = "fifo",
	[CORDON_SCHED_RR] = "rr",
	[CORDON_SCHED_DEADLINE] = "deadline");

WORDS(vm_state,
	[CORDON_VM_STATE_UNMANAGED] = "unmanaged",
	[CORDON_VM_STATE_OK] = "ok",
	[CORDON_VM_STATE_AUDIT] = "audit",
	[CORDON_VM_STATE_DEGRADED] = "degraded",
	[CORDON_VM_STATE_PENDING] = "pending");

WORDS(thread_state,
	[CORDON_THREAD_STATE_FREE] = "free",
	[CORDON_THREAD_STATE_HELD] = "held",
	[CORDON_THREAD_STATE_AUDIT] = "audit",
	[CORDON_THREAD_STATE_DEGRADED] = "degraded",
	[CORDON_THREAD_STATE_DETACHING] = "detaching",
	[CORDON_THREAD_STATE_EXEMPT] = "exempt");

WORDS(cap,
	[CORDON_CAP_VCPU] = "vcpu",
	[CORDON_CAP_EMULATOR] = "emulator",
	[CORDON_CAP_IOTHREAD] = "iothread",
	[CORDON_CAP_MIGRATION] = "migration",
	[CORDON_CAP_GLOBAL] = "global");

WORDS(cap_by,
	[CORDON_CAP_BY_CORDON] = "cordon",
	[CORDON_CAP_BY_CGROUP] = "cgroup");

WORDS(cpu_policy,
	[CORDON_CPU_POLICY_SHARED] = "shared",
	[CORDON_CPU_POLICY_DEDICATED] = "dedicated",
	[CORDON_CPU_POLICY_MIXED] = "mixed");

WORDS(placement,
	[CORDON_PLACEMENT_ADOPT] = "adopt",
	[CORDON_PLACEMENT_SOLVE] = "solve");

WORDS(thread_policy,
	[CORDON_THREAD_POLICY_PREFER] = "prefer",
	[CORDON_THREAD_POLICY_REQUIRE] = "require",
	[CORDON_THREAD_POLICY_ISOLATE] = "isolate",
	[CORDON_THREAD_POLICY_SEPARATE] = "separate",
	[CORDON_THREAD_POLICY_AVOID] = "avoid");

WORDS(emulator_policy,
	[CORDON_EMULATOR_POLICY_OWN] = "own",
	[CORDON_EMULATOR_POLICY_SHARE] = "share",
	[CORDON_EMULATOR_POLICY_BOTH] = "both",
	[CORDON_EMULATOR_POLICY_ISOLATE] = "isolate");

/* The third kind has no word: it is the nodes themselves. */
WORDS(numa,
	[CORDON_NUMA_AUTO] = "auto",
	[CORDON_NUMA_ANY] = "any");

WORDS(pool,
	[CORDON_POOL_HOST] = "host",
	[CORDON_POOL_SHARED] = "shared",
	[CORDON_POOL_DEDICATED] = "dedicated");

WORDS(cpu_use,
	[CORDON_CPU_USE_VCPU] = "vcpu",
	[CORDON_CPU_USE_EMULATOR] = "emulator",
	[CORDON_CPU_USE_IDLE] = "idle");

WORDS(isolation,
	[CORDON_ISOLATION_MASKS] = "masks",
	[CORDON_ISOLATION_PARTITION] = "partition");

WORDS(culprit,
	[CORDON_CULPRIT_TURNED_AWAY] = "turned-away",
	[CORDON_CULPRIT_LEFT] = "left",
	[CORDON_CULPRIT_KTHREAD] = "kthread");

WORDS(policy_event,
	[CORDON_POLICY_EVENT_SET] = "set",
	[CORDON_POLICY_EVENT_CONFIRM] = "confirm",
	[CORDON_POLICY_EVENT_DEL] = "del",
	[CORDON_POLICY_EVENT_REVERT] = "revert");

const char *word_of(const struct words *words, uint32_t value)
{
	if (!value || value >= words->n || !words->word[value])
		return "unknown";
	return words->word[value];
}

uint32_t word_value(const struct words *words, const char *s, size_t len)
{
	uint32_t value;

	for (value = 1; value < words->n; value++)
		if (strlen(words->word[value]) == len &&
		    !memcmp(words->word[value], s, len))
			return value;
	return 0;
}
