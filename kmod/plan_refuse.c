// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why there is no plan, in the user's words: the key, and the numbers.
 */
#include <linux/cpu.h>

#include "check.h"
#include "isolation.h"
#include "plan_ask.h"
#include "pool.h"
#include "value.h"
#include "vm.h"

static const char * const thread_policy_names[] = {
	[CORDON_THREAD_POLICY_PREFER] = "prefer",
	[CORDON_THREAD_POLICY_REQUIRE] = "require",
	[CORDON_THREAD_POLICY_ISOLATE] = "isolate",
	[CORDON_THREAD_POLICY_SEPARATE] = "separate",
	[CORDON_THREAD_POLICY_AVOID] = "avoid",
};

static_assert(ARRAY_SIZE(thread_policy_names) ==
	      CORDON_THREAD_POLICY_MAX + 1);

/* Whose pin is it, and which key says so? */
struct plan_pin_text {
	u32 key;
	char who[24];
	const char *what;
};

static void plan_pin_text(const struct plan_ask *ask, struct plan_pin_text *t)
{
	u32 place = ask->res.vcpu;
	bool vcpu = place < ask->req.nr_vcpus;
	u8 pin = vcpu ? ask->pin[place] : ask->emulator_pin;

	if (vcpu)
		scnprintf(t->who, sizeof(t->who), "vCPU %u",
			  ask->index[place]);
	else
		strscpy(t->who, "the emulator", sizeof(t->who));
	switch (pin) {
	case PLAN_PIN_ADOPTED:
		t->key = CORDON_A_POLICY_PLACEMENT;
		t->what = "was pinned by others to";
		break;
	case PLAN_PIN_KEPT:
		t->key = CORDON_A_POLICY_CPU_POLICY;
		t->what = "is placed on";
		break;
	default:
		t->key = vcpu ? CORDON_A_POLICY_VCPU_PIN :
				CORDON_A_POLICY_EMULATOR_CPUS;
		t->what = "is pinned to";
	}
}

static const char *plan_unusable(u32 key, u32 cpu)
{
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return "which is offline";
	if (pool_of(cpu) != CORDON_POOL_DEDICATED)
		return key == CORDON_A_POLICY_PLACEMENT ?
		       "which is not in the dedicated pool: cpu set dedicated, or placement solve" :
		       "which is not in the dedicated pool: cpu set dedicated";
	return "which its cpuset does not allow";
}

static int plan_refuse_pin(const struct plan_ask *ask, struct refusal *why)
{
	const struct placement_result *res = &ask->res;
	u32 policy = ask->req.thread_policy;
	struct plan_pin_text t;
	const char *key;

	plan_pin_text(ask, &t);
	key = policy_key_name(t.key);
	why->cpu = res->cpu;
	switch (res->refusal) {
	case PLACEMENT_PIN_UNUSABLE:
		return refuse(why, -EINVAL, t.key, "%s: %s %s CPU %u, %s", key,
			      t.who, t.what, res->cpu,
			      plan_unusable(t.key, res->cpu));
	case PLACEMENT_PIN_TAKEN:
		why->owner = isolation_owner(res->cpu);
		return refuse(why, -EBUSY, t.key,
			      "%s: %s %s CPU %u, which id:%u owns", key, t.who,
			      t.what, res->cpu, why->owner);
	case PLACEMENT_PIN_TWICE:
		return refuse(why, -EINVAL, t.key,
			      "%s: %s %s CPU %u, where another one is", key,
			      t.who, t.what, res->cpu);
	case PLACEMENT_PIN_NODE:
		t.key = ask->p->value[CORDON_A_POLICY_NUMA_MAP] ?
			CORDON_A_POLICY_NUMA_MAP : CORDON_A_POLICY_NUMA;
		return refuse(why, -EINVAL, t.key,
			      "%s: %s %s CPU %u, which is not on a node that is allowed",
			      policy_key_name(t.key), t.who, t.what, res->cpu);
	default:
		return refuse(why, -EINVAL, CORDON_A_POLICY_THREAD_POLICY,
			      "thread-policy: %s %s CPU %u, which %s does not allow",
			      t.who, t.what, res->cpu,
			      thread_policy_names[policy]);
	}
}

static int plan_refuse_node(const struct plan_ask *ask, struct refusal *why)
{
	const struct placement_result *res = &ask->res;
	u32 key = ask->p->value[CORDON_A_POLICY_NUMA_MAP] ?
		  CORDON_A_POLICY_NUMA_MAP : CORDON_A_POLICY_NUMA;

	if (res->node < ask->host.nr_nodes)
		return refuse(why, -ENOSPC, key,
			      "%s: node %u has too few CPUs of the dedicated pool: %u wanted, %u free",
			      policy_key_name(key), ask->node_id[res->node],
			      res->wanted, res->free);
	return refuse(why, -ENOSPC, key,
		      "%s: the nodes that are allowed have too few CPUs of the dedicated pool: %u wanted, %u free",
		      policy_key_name(key), res->wanted, res->free);
}

/**
 * plan_refuse() - say why the solver found no placement
 * @ask: the question, answered
 * @why: filled
 *
 * Context: process.
 * Return: the negative errno.
 */
int plan_refuse(const struct plan_ask *ask, struct refusal *why)
{
	const struct placement_result *res = &ask->res;
	u32 policy = ask->req.thread_policy;
	u32 key = CORDON_A_POLICY_CPU_POLICY;

	switch (res->refusal) {
	case PLACEMENT_TOO_LARGE:
		return refuse(why, -E2BIG, key,
			      "cpu-policy: the host, or the VM, is too large to be placed");
	case PLACEMENT_SMT:
		return refuse(why, -EINVAL, CORDON_A_POLICY_THREAD_POLICY,
			      "thread-policy: avoid: this host has SMT");
	case PLACEMENT_NO_SMT:
		return refuse(why, -EINVAL, CORDON_A_POLICY_THREAD_POLICY,
			      "thread-policy: require: this host has no SMT");
	case PLACEMENT_NO_CPUS:
	case PLACEMENT_NO_CORES:
	case PLACEMENT_NO_NODE:
		break;
	default:
		return plan_refuse_pin(ask, why);
	}
	why->wanted = res->wanted;
	why->free = res->free;
	if (res->refusal == PLACEMENT_NO_NODE)
		return plan_refuse_node(ask, why);
	if (res->refusal == PLACEMENT_NO_CORES)
		return refuse(why, -ENOSPC, CORDON_A_POLICY_THREAD_POLICY,
			      "thread-policy: %s: too few cores of the dedicated pool: %u wanted, %u free",
			      thread_policy_names[policy], res->wanted,
			      res->free);
	/* It is the emulator's that is one too many. */
	if (ask->req.emulator && res->wanted == res->free + 1)
		key = CORDON_A_POLICY_EMULATOR_POLICY;
	return refuse(why, -ENOSPC, key,
		      "%s: too few CPUs of the dedicated pool: %u wanted, %u free",
		      policy_key_name(key), res->wanted, res->free);
}
