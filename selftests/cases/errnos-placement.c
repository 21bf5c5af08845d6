// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is refused of keys about placement and of pools, as errnos.c does it for
 * all other keys; and what the family answers to them when it takes them.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include <linux/cordon.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "owned.h"
#include "rows.h"
#include "tvmm.h"

#define NO_CPU		8191	/* what a request may say, and no host has */
#define NO_NODE		1023
#define DEDICATED	OF_KIND(CPU_POLICY, DEDICATED)
#define BARE(key)	{ CORDON_A_POLICY_##key, EMPTY, 0, 0, 0 }

/* What netlink itself holds against the family's policies, and what has no form. */
static const struct row malformed[] = {
	{ "a cpu-policy of kind 0", ERANGE, "range", CORDON_A_CPU_POLICY_KIND, SELF,
	  { { CORDON_A_POLICY_CPU_POLICY, KIND, 0, -1, -1 } }, 0 },
	{ "a cpu-policy that there is not", ERANGE, "range", CORDON_A_CPU_POLICY_KIND,
	  SELF, { { CORDON_A_POLICY_CPU_POLICY, KIND, CORDON_CPU_POLICY_MAX + 1, -1, -1 } },
	  0 },
	{ "a mixed vCPU above 4095", ERANGE, "range", CORDON_A_CPU_POLICY_LAST, SELF,
	  { OF_RANGE(CPU_POLICY, MIXED, 0, 4096) }, 0 },
	{ "a placement that there is not", ERANGE, "range", CORDON_A_POLICY_PLACEMENT,
	  SELF, { DEDICATED, NUMBER(PLACEMENT, CORDON_PLACEMENT_MAX + 1) }, 0 },
	{ "thread-policy 0", ERANGE, "range", CORDON_A_POLICY_THREAD_POLICY, SELF,
	  { DEDICATED, NUMBER(THREAD_POLICY, 0) }, 0 },
	{ "an emulator-policy that there is not", ERANGE, "range",
	  CORDON_A_POLICY_EMULATOR_POLICY, SELF,
	  { DEDICATED, NUMBER(EMULATOR_POLICY, CORDON_EMULATOR_POLICY_MAX + 1) }, 0 },
	{ "a node above 1023", ERANGE, "range", CORDON_A_NUMA_FIRST, SELF,
	  { DEDICATED, OF_RANGE(NUMA, NODES, 1024, 1024) }, 0 },
	{ "a node of numa-map above 1023", ERANGE, "range", CORDON_A_NUMA_MAP_NODE,
	  SELF, { DEDICATED, ON_NODE(0, 0, 1024) }, 0 },
	{ "a node of numa-prefer above 1023", ERANGE, "range",
	  CORDON_A_POLICY_NUMA_PREFER, SELF, { DEDICATED, NUMBER(NUMA_PREFER, 1024) },
	  0 },
	{ "a reservation of nothing", ERANGE, "range", CORDON_A_POLICY_RESERVATION,
	  SELF, { NUMBER(RESERVATION, 0) }, 0 },
	{ "a cpu-policy without anything", EINVAL, "entry has no kind",
	  CORDON_A_POLICY_CPU_POLICY, SELF, { BARE(CPU_POLICY) }, 0 },
	{ "numa without anything", EINVAL, "entry has no kind", CORDON_A_POLICY_NUMA,
	  SELF, { DEDICATED, BARE(NUMA) }, 0 },
	{ "a numa-map without anything", EINVAL, "first and last vCPU",
	  CORDON_A_POLICY_NUMA_MAP, SELF, { DEDICATED, BARE(NUMA_MAP) }, 0 },
	{ "a numa-map without a node", EINVAL, "entry has no node",
	  CORDON_A_POLICY_NUMA_MAP, SELF, { DEDICATED, ON_NODE(0, 0, -1) }, 0 },
	{ "what only replies have", EINVAL, "attribute", CORDON_A_POLICY_EVICTED, SELF,
	  { DEDICATED, NUMBER(EVICTED, 1) }, 0 },
	{ "a replan that is no flag", ERANGE, "attribute", CORDON_A_POLICY_REPLAN,
	  SELF, { DEDICATED, NUMBER(REPLAN, 1) }, 0 },
	{ "a thread-policy twice", EINVAL, "too many", CORDON_A_POLICY_THREAD_POLICY,
	  SELF, { DEDICATED, NUMBER(THREAD_POLICY, CORDON_THREAD_POLICY_PREFER),
		  NUMBER(THREAD_POLICY, CORDON_THREAD_POLICY_ISOLATE) }, 0 },
};

static const struct row kinds[] = {
	{ "mixed without vCPUs", EINVAL, "first and last are missing",
	  CORDON_A_POLICY_CPU_POLICY, SELF, { OF_KIND(CPU_POLICY, MIXED) }, 0 },
	{ "mixed with a first vCPU only", EINVAL, "first and last are missing",
	  CORDON_A_POLICY_CPU_POLICY, SELF, { OF_RANGE(CPU_POLICY, MIXED, 0, -1) }, 0 },
	{ "dedicated with vCPUs", EINVAL, "do not belong here",
	  CORDON_A_POLICY_CPU_POLICY, SELF, { OF_RANGE(CPU_POLICY, DEDICATED, 0, 0) }, 0 },
	{ "shared with vCPUs", EINVAL, "do not belong here",
	  CORDON_A_POLICY_CPU_POLICY, SELF, { OF_RANGE(CPU_POLICY, SHARED, 0, 0) }, 0 },
	{ "dedicated and mixed", EINVAL, "two things at once",
	  CORDON_A_POLICY_CPU_POLICY, SELF,
	  { DEDICATED, OF_RANGE(CPU_POLICY, MIXED, 1, 1) }, 0 },
	{ "dedicated twice", EINVAL, "two things at once", CORDON_A_POLICY_CPU_POLICY,
	  SELF, { DEDICATED, DEDICATED }, 0 },
	{ "vCPUs that end before they begin", EINVAL, "before it begins",
	  CORDON_A_POLICY_CPU_POLICY, SELF, { OF_RANGE(CPU_POLICY, MIXED, 1, 0) }, 0 },
	{ "a mixed vCPU named twice", EINVAL, "vCPU 1 is named twice",
	  CORDON_A_POLICY_CPU_POLICY, SELF,
	  { OF_RANGE(CPU_POLICY, MIXED, 0, 1), OF_RANGE(CPU_POLICY, MIXED, 1, 1) }, 0 },
	{ "numa auto with nodes", EINVAL, "do not belong here", CORDON_A_POLICY_NUMA,
	  SELF, { DEDICATED, OF_RANGE(NUMA, AUTO, 0, 0) }, 0 },
	{ "numa any with nodes", EINVAL, "do not belong here", CORDON_A_POLICY_NUMA,
	  SELF, { DEDICATED, OF_RANGE(NUMA, ANY, 0, 0) }, 0 },
	{ "numa nodes without any", EINVAL, "first and last are missing",
	  CORDON_A_POLICY_NUMA, SELF, { DEDICATED, OF_KIND(NUMA, NODES) }, 0 },
	{ "numa any and auto", EINVAL, "two things at once", CORDON_A_POLICY_NUMA, SELF,
	  { DEDICATED, OF_KIND(NUMA, ANY), OF_KIND(NUMA, AUTO) }, 0 },
	{ "nodes that end before they begin", EINVAL, "before it begins",
	  CORDON_A_POLICY_NUMA, SELF, { DEDICATED, OF_RANGE(NUMA, NODES, 1, 0) }, 0 },
};

static const struct row contradictions[] = {
	{ "placement without dedicated", EINVAL,
	  "placement: needs cpu-policy dedicated or mixed", CORDON_A_POLICY_PLACEMENT,
	  SELF, { NUMBER(PLACEMENT, CORDON_PLACEMENT_SOLVE) }, 0 },
	{ "thread-policy with shared", EINVAL, "needs cpu-policy dedicated",
	  CORDON_A_POLICY_THREAD_POLICY, SELF,
	  { OF_KIND(CPU_POLICY, SHARED),
	    NUMBER(THREAD_POLICY, CORDON_THREAD_POLICY_PREFER) }, 0 },
	{ "emulator-policy without dedicated", EINVAL, "needs cpu-policy dedicated",
	  CORDON_A_POLICY_EMULATOR_POLICY, SELF,
	  { NUMBER(EMULATOR_POLICY, CORDON_EMULATOR_POLICY_SHARE) }, 0 },
	{ "numa without dedicated", EINVAL, "needs cpu-policy dedicated",
	  CORDON_A_POLICY_NUMA, SELF, { OF_KIND(NUMA, ANY) }, 0 },
	{ "numa-map without dedicated", EINVAL, "needs cpu-policy dedicated",
	  CORDON_A_POLICY_NUMA_MAP, SELF, { ON_NODE(0, 0, 0) }, 0 },
	{ "numa-prefer with shared", EINVAL, "needs cpu-policy dedicated",
	  CORDON_A_POLICY_NUMA_PREFER, SELF,
	  { OF_KIND(CPU_POLICY, SHARED), NUMBER(NUMA_PREFER, 0) }, 0 },
	{ "a node that there is not", EINVAL, "there is no node 1023",
	  CORDON_A_POLICY_NUMA, SELF,
	  { DEDICATED, OF_RANGE(NUMA, NODES, NO_NODE, NO_NODE) }, 0 },
	{ "one among others that there is not", EINVAL, "there is no node",
	  CORDON_A_POLICY_NUMA, SELF, { DEDICATED, OF_RANGE(NUMA, NODES, 0, NO_NODE) },
	  0 },
	{ "a numa-map to a node that there is not", EINVAL, "there is no node 1023",
	  CORDON_A_POLICY_NUMA_MAP, SELF, { DEDICATED, ON_NODE(0, 0, NO_NODE) }, 0 },
	{ "a numa-prefer that there is not", EINVAL, "there is no node 1023",
	  CORDON_A_POLICY_NUMA_PREFER, SELF, { DEDICATED, NUMBER(NUMA_PREFER, NO_NODE) },
	  0 },
	{ "a vCPU twice in numa-map", EINVAL, "vCPU 0 is named twice",
	  CORDON_A_POLICY_NUMA_MAP, SELF, { DEDICATED, ON_NODE(0, 1, 0), ON_NODE(0, 0, 0) },
	  0 },
	{ "a range of numa-map that ends before it begins", EINVAL, "before it begins",
	  CORDON_A_POLICY_NUMA_MAP, SELF, { DEDICATED, ON_NODE(1, 0, 0) }, 0 },
	{ "a dedicated vCPU with two CPUs", EINVAL, "needs one CPU of its own",
	  CORDON_A_POLICY_VCPU_PIN, SELF, { DEDICATED, PINNED(0, 1, 3) }, 0 },
	{ "a dedicated vCPU of mixed with two CPUs", EINVAL,
	  "dedicated vCPU 1 needs one CPU", CORDON_A_POLICY_VCPU_PIN, SELF,
	  { OF_RANGE(CPU_POLICY, MIXED, 1, 1), PINNED(0, 0, 1), PINNED(1, 2, 3) }, 0 },
	{ "two dedicated vCPUs on a CPU", EINVAL, "CPU 1", CORDON_A_POLICY_VCPU_PIN,
	  SELF, { DEDICATED, PINNED(0, 1, 1), PINNED(1, 1, 1) }, 0 },
	{ "a dedicated vCPU on a CPU that is not", EINVAL, "does not exist",
	  CORDON_A_POLICY_VCPU_PIN, SELF, { DEDICATED, PINNED(0, NO_CPU, NO_CPU) }, 0 },
	{ "a replan of what is not placed", EINVAL, "nothing to replan", 0, SELF,
	  { { CORDON_A_POLICY_REPLAN, FLAG, 0, 0, 0 } }, 0 },
	{ "more than there is", ENOSPC, "reservation: of the pools'",
	  CORDON_A_POLICY_RESERVATION, SELF, { NUMBER(RESERVATION, 1000000) }, 0 },
	{ "the most that can be said", ENOSPC, "reservation: of the pools'",
	  CORDON_A_POLICY_RESERVATION, SELF, { NUMBER(RESERVATION, 0xffffffffL) }, 0 },
};

static void out_of_form(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, malformed);
}

static void wrong_kinds(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, kinds);
}

static void contradict(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, contradictions);
}

/* CPUs of a node; none if it is not there. */
static struct cpus node_cpus(int node)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", node);
	if (!host_read(path, text, sizeof(text)))
		text[0] = '\0';
	return cpus_parse(text);
}

static void need_two_nodes(void)
{
	struct cpus first = node_cpus(0), second = node_cpus(1);

	if (!cpus_count(&first) || !cpus_count(&second))
		ksft_skip("needs two nodes with CPUs");
}

/* Nodes that are there, and that contradict each other. */
static void other_nodes(void)
{
	static const struct row row = {
		"a numa-map to a node outside of numa", EINVAL, "node 1 is not one of numa",
		CORDON_A_POLICY_NUMA_MAP, SELF,
		{ DEDICATED, OF_RANGE(NUMA, NODES, 0, 0), ON_NODE(1, 1, 1) }, 0
	};
	struct scene s;

	need_two_nodes();
	scene_start(&s);
	row_ask(&s, &row);
}

/* The attributes of a nest by type, as integers; -1: not there. */
static void numbers(const struct nlattr *nest, int max, long *number)
{
	struct nlattr *tb[64];

	for (int i = 0; i <= max; i++)
		number[i] = -1;
	require_eq(0, nla_parse_nested(tb, max, (struct nlattr *)nest, NULL), "a nest");
	for (int i = 1; i <= max; i++)
		if (tb[i] && nla_len(tb[i]) == 4)
			number[i] = nla_get_u32(tb[i]);
}

static struct nlattr *in_reply(struct nlq_answer *a, int type)
{
	return nla_find((struct nlattr *)a->data, a->len, type);
}

static int count(struct nlq_answer *a, int type)
{
	struct nlattr *attr;
	int rem, nr = 0;

	nla_for_each_attr(attr, (struct nlattr *)a->data, a->len, rem)
		nr += nla_type(attr) == type;
	return nr;
}

/* A plan tells as attributes what a set tells as an error. */
static void told_in_a_plan(void)
{
	static const struct {
		struct put put[ROW_PUTS];
		int error;
		int key;
		bool counts;
	} asked[] = {
		{ { NUMBER(RESERVATION, 1000000) }, ENOSPC, CORDON_A_POLICY_RESERVATION,
		  true },
		{ { OF_KIND(NUMA, ANY) }, EINVAL, CORDON_A_POLICY_NUMA, false },
		{ { DEDICATED, BARE(NUMA) }, EINVAL, CORDON_A_POLICY_NUMA, false },
	};
	static struct nlq_answer answer;
	long got[CORDON_A_REFUSAL_MAX + 1];
	struct scene s;

	scene_start(&s);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct row row = { .who = SELF };
		struct nlattr *refusal;
		struct nl_msg *msg;

		memcpy(row.put, asked[i].put, sizeof(row.put));
		msg = row_request(&s, &row);
		nla_put_flag(msg, CORDON_A_POLICY_PLAN);
		nlq_ask(msg, &answer);
		expect_eq(0, answer.error, "a plan answers: %s", answer.text);
		refusal = in_reply(&answer, CORDON_A_POLICY_REFUSAL);
		require(refusal, "a refusal of request %zu", i);
		numbers(refusal, CORDON_A_REFUSAL_MAX, got);
		expect_eq(asked[i].error, got[CORDON_A_REFUSAL_ERRNO], "errno %zu", i);
		expect_eq(asked[i].key, got[CORDON_A_REFUSAL_KEY], "key %zu", i);
		expect_eq(asked[i].counts, got[CORDON_A_REFUSAL_WANTED] == 1000000,
			  "how much was wanted, %zu", i);
		expect_eq(asked[i].counts, got[CORDON_A_REFUSAL_FREE] > 0,
			  "how much is free, %zu", i);
		scene_expect_same(&s, "a plan");
	}
}

/* Pools: cpu-set has attributes of its own. */
#define POOL(key, first, last)	{ CORDON_A_CPU_##key, RANGE, first, last, 0 }
#define RESERVE(n)		{ CORDON_A_CPU_RESERVE, U32, n, 0, 0 }

static const struct row wrong_pools[] = {
	{ "a pool of a CPU that is not", EINVAL, "does not exist",
	  CORDON_A_CPU_DEDICATED, NOBODY, { POOL(DEDICATED, NO_CPU, NO_CPU) },
	  CORDON_CMD_CPU_SET },
	{ "a pool that ends before it begins", EINVAL, "before it begins",
	  CORDON_A_CPU_SHARED, NOBODY, { POOL(SHARED, 2, 1) }, CORDON_CMD_CPU_SET },
	{ "a CPU in both pools", EINVAL, "CPU 2 is in both lists",
	  CORDON_A_CPU_DEDICATED, NOBODY, { POOL(DEDICATED, 1, 2), POOL(SHARED, 2, 3) },
	  CORDON_CMD_CPU_SET },
	{ "a pool without CPUs", EINVAL, "entry", CORDON_A_CPU_SHARED, NOBODY,
	  { { CORDON_A_CPU_SHARED, EMPTY, 0, 0, 0 } }, CORDON_CMD_CPU_SET },
	{ "a CPU above 8191", ERANGE, "range", CORDON_A_CPU_RANGE_LAST, NOBODY,
	  { POOL(DEDICATED, 0, NO_CPU + 1) }, CORDON_CMD_CPU_SET },
	{ "a reserve above 8191", ERANGE, "range", CORDON_A_CPU_RESERVE, NOBODY,
	  { RESERVE(NO_CPU + 1) }, CORDON_CMD_CPU_SET },
	{ "what only cpu-get has", EINVAL, "attribute", CORDON_A_CPU_POOL, NOBODY,
	  { { CORDON_A_CPU_POOL, U32, CORDON_POOL_HOST, 0, 0 } }, CORDON_CMD_CPU_SET },
	{ "what comes after all that it takes", EINVAL, "attribute",
	  CORDON_A_CPU_CULPRIT, NOBODY, { { CORDON_A_CPU_CULPRIT, EMPTY, 0, 0, 0 } },
	  CORDON_CMD_CPU_SET },
};

static struct cpus pool_now(int pool)
{
	struct cpus online = cpus_online(), cpus = { { 0 } };
	struct owned_cpu is;

	for (int cpu = 0; cpu < HOST_CPUS; cpu++) {
		if (!cpus_has(&online, cpu))
			continue;
		owned_read(cpu, &is);
		if (is.pool == (uint32_t)pool)
			cpus_add(&cpus, cpu);
	}
	return cpus;
}

static void pools(void)
{
	struct cpus dedicated, shared, now;
	struct scene s;

	scene_start(&s);
	dedicated = pool_now(CORDON_POOL_DEDICATED);
	shared = pool_now(CORDON_POOL_SHARED);
	row_ask_all(&s, wrong_pools);
	now = pool_now(CORDON_POOL_DEDICATED);
	expect_str(cpus_str(&dedicated), cpus_str(&now), "the dedicated pool");
	now = pool_now(CORDON_POOL_SHARED);
	expect_str(cpus_str(&shared), cpus_str(&now), "the shared pool");
}

/* What the reply to a set says, policy-get says too, beside the keys. */
static void taken(void)
{
	static const struct row row = {
		"mixed", 0, "", 0, OTHER,
		{ OF_RANGE(CPU_POLICY, MIXED, 1, 1),
		  NUMBER(PLACEMENT, CORDON_PLACEMENT_SOLVE), OF_KIND(NUMA, ANY) }, 0
	}, get = { "policy-get", 0, "", 0, OTHER, { { 0 } }, CORDON_CMD_POLICY_GET };
	static const int places[] = {
		CORDON_A_POLICY_PLACE, CORDON_A_POLICY_OWNED, CORDON_A_POLICY_EMULATOR_ON
	};
	static const int keys[] = {
		CORDON_A_POLICY_CPU_POLICY, CORDON_A_POLICY_PLACEMENT, CORDON_A_POLICY_NUMA
	};
	static struct nlq_answer set, policy;
	long place[CORDON_A_PLACE_MAX + 1], kind[CORDON_A_CPU_POLICY_MAX + 1];
	struct owned_vm vm;
	struct scene s;

	scene_start(&s);
	owned_vm_start(&vm, 2);
	s.other = vm.id;
	nlq_ask(row_request(&s, &row), &set);
	require_eq(0, set.error, "mixed: %s", set.text);
	nlq_ask(row_request(&s, &get), &policy);
	require_eq(0, policy.error, "policy-get: %s", policy.text);
	require_eq(1, count(&set, CORDON_A_POLICY_PLACE), "places of one dedicated vCPU");
	numbers(in_reply(&set, CORDON_A_POLICY_PLACE), CORDON_A_PLACE_MAX, place);
	expect_eq(1, place[CORDON_A_PLACE_VCPU], "the vCPU that is placed");
	require(place[CORDON_A_PLACE_CPU] >= 0, "it has a CPU");
	expect_eq(vm.id, owned_owner(place[CORDON_A_PLACE_CPU]), "whose CPU that is");
	vm.cpus = cpus_one(place[CORDON_A_PLACE_CPU]);
	expect_cpus(cpus_str(&vm.cpus), vm.tid[1], "the dedicated vCPU");
	expect(!count(&set, CORDON_A_POLICY_IDLE), "nothing is idle");
	expect(!count(&set, CORDON_A_POLICY_LEFT), "nobody is left");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct nlattr *a = in_reply(&set, places[i]);
		struct nlattr *b = in_reply(&policy, places[i]);

		require(a && b, "attribute %d is told", places[i]);
		expect(nla_len(a) == nla_len(b) && !memcmp(a, b, nla_len(a)),
		       "attribute %d is the same twice", places[i]);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		expect_eq(1, count(&policy, keys[i]), "key %d is read back", keys[i]);
	numbers(in_reply(&policy, CORDON_A_POLICY_CPU_POLICY), CORDON_A_CPU_POLICY_MAX,
		kind);
	expect_eq(CORDON_CPU_POLICY_MIXED, kind[CORDON_A_CPU_POLICY_KIND], "the kind");
	expect_eq(1, kind[CORDON_A_CPU_POLICY_FIRST], "its first vCPU");
	expect_eq(1, kind[CORDON_A_CPU_POLICY_LAST], "its last vCPU");
	/* The others' masks shrink while it owns a CPU, and grow back. */
	cli_must("policy del pid:%d", vm.v->pid);
	scene_expect_same(&s, "another VM was placed");
}

/* A node that has gone since it was set keeps nobody from setting another key. */
static void node_gone(void)
{
	static const struct row row = {
		"a node whose CPUs are offline", EINVAL, "there is no node 1",
		CORDON_A_POLICY_NUMA_PREFER, SELF, { DEDICATED, NUMBER(NUMA_PREFER, 1) }, 0
	};
	struct cpus node = node_cpus(1);
	struct owned_vm vm;
	struct scene s;

	need_two_nodes();
	if (cpus_has(&node, 0) || cpus_has(&node, 1))
		ksft_skip("CPUs 0 and 1 have to stay");
	owned_vm_start(&vm, 1);
	cli_must("policy set pid:%d cpu-policy dedicated numa-prefer 1", vm.v->pid);
	/* Born after, with the mask that the owned CPU leaves. */
	scene_start(&s);
	for (int cpu = 0; cpu < HOST_CPUS; cpu++)
		if (cpus_has(&node, cpu) && cpu_off(cpu))
			ksft_skip("CPU %d cannot be taken offline", cpu);
	row_ask(&s, &row);
	cli_must("policy set pid:%d migration-cpus 0", vm.v->pid);
}

static const struct ksft_test tests[] = {
	{ "placement out of range or form: ERANGE, EINVAL", out_of_form },
	{ "kinds and their ranges: EINVAL", wrong_kinds },
	{ "keys that contradict, and no room: EINVAL, ENOSPC", contradict },
	{ "nodes that contradict: EINVAL", other_nodes },
	{ "the same in a plan", told_in_a_plan },
	{ "pools: EINVAL, ERANGE", pools },
	{ "what is taken is told", taken },
	{ "a node that has gone", node_gone },
};

KSFT_MAIN(tests);
