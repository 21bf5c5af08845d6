// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU that a guest was given, by what its VMM has set as CPUID: what it is,
 * how its vCPUs are cores and threads, and what it lacks of the host's. And the
 * node that holds its memory, which a placement prefers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/cordon.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "qemu.h"
#include "tvmm.h"

#define MISSING	256

/* What is told of a VM's CPU. */
struct told {
	uint32_t pid;
	int known;
	char vendor[16];
	long value[CORDON_A_GUEST_CPU_MAX + 1];
	int nested;
	int nr_missing;
	char missing[MISSING][24];
};

static void see_attr(struct told *t, struct nlattr *nla)
{
	int type = nla_type(nla);

	switch (type) {
	case CORDON_A_GUEST_CPU_VENDOR:
		snprintf(t->vendor, sizeof(t->vendor), "%s",
			 nla_get_string(nla));
		break;
	case CORDON_A_GUEST_CPU_NESTED:
		t->nested = 1;
		break;
	case CORDON_A_GUEST_CPU_MISSING:
		if (t->nr_missing < MISSING)
			snprintf(t->missing[t->nr_missing++],
				 sizeof(t->missing[0]), "%s",
				 nla_get_string(nla));
		break;
	default:
		if (type <= CORDON_A_GUEST_CPU_MAX)
			t->value[type] = nla_get_u32(nla);
	}
}

static void see_vm(struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *pid = nla_find(attrs, len, CORDON_A_VM_PID);
	struct nlattr *cpu = nla_find(attrs, len, CORDON_A_VM_GUEST_CPU), *nla;
	struct told *t = arg;
	int rem;

	if (!pid || nla_get_u32(pid) != t->pid || !cpu)
		return;
	t->known = 1;
	nla_for_each_nested(nla, cpu, rem)
		see_attr(t, nla);
}

static bool ask(struct told *t, pid_t pid)
{
	memset(t, 0, sizeof(*t));
	t->pid = pid;
	nlq_each(CORDON_CMD_VM_GET, see_vm, t);
	return t->known;
}

static bool lacks(const struct told *t, const char *name)
{
	for (int i = 0; i < t->nr_missing; i++)
		if (!strcmp(t->missing[i], name))
			return true;
	return false;
}

static bool host_has(const char *name)
{
	static char flags[8192];
	char line[8192], word[32];
	FILE *f;

	if (!*flags) {
		f = fopen("/proc/cpuinfo", "r");
		while (f && fgets(line, sizeof(line), f))
			if (!*flags && !strncmp(line, "flags", 5))
				snprintf(flags, sizeof(flags), "%s ",
					 strchr(line, ':') + 1);
		if (f)
			fclose(f);
		if (*flags)
			*strchr(flags, '\n') = ' ';
	}
	snprintf(word, sizeof(word), " %s ", name);
	return strstr(flags, word);
}

static void siblings(void)
{
	struct vmm *v;
	struct told t;

	cli_need();
	v = vmm_start();
	vmm_vm_new(v, VM_SIBLINGS);
	vmm_vcpus_new(v, 0, 6, GUEST_SPIN);
	require(vmm_moves(v, 0, 5, 20), "the guest runs");
	require(ksft_until(20, ask(&t, v->pid)), "its CPU is told");
	expect_str("AuthenticAMD", t.vendor, "vendor");
	expect_eq(0x17, t.value[CORDON_A_GUEST_CPU_FAMILY], "family");
	expect_eq(1, t.value[CORDON_A_GUEST_CPU_MODEL], "model");
	expect_eq(2, t.value[CORDON_A_GUEST_CPU_STEPPING], "stepping");
	expect_eq(2, t.value[CORDON_A_GUEST_CPU_THREADS], "threads of a core");
	expect_eq(2, t.value[CORDON_A_GUEST_CPU_CORES], "cores of a socket");
	expect_eq(2, t.value[CORDON_A_GUEST_CPU_SOCKETS], "sockets");
	expect(!t.nested, "it runs no guests of its own");
}

static void missing(void)
{
	struct vmm *v;
	struct told t;

	cli_need();
	v = vmm_halting(2);
	require(ksft_until(20, ask(&t, v->pid)), "its CPU is told");
	expect_eq(1, t.value[CORDON_A_GUEST_CPU_THREADS], "threads of a core");
	expect_eq(1, t.value[CORDON_A_GUEST_CPU_CORES], "cores of a socket");
	expect(lacks(&t, "fpu"), "it lacks fpu");
	expect(lacks(&t, "sse2"), "it lacks sse2");
	expect(!lacks(&t, "apic"), "it has apic");
	for (int i = 0; i < t.nr_missing; i++)
		expect(host_has(t.missing[i]), "the host has %s",
		       t.missing[i]);
}

/* Whoever has not run yet has no CPU that anybody saw. */
static void not_yet(void)
{
	struct vmm *v;
	struct told t;

	cli_need();
	v = vmm_start();
	vmm_vm_new(v, VM_SIBLINGS);
	vmm_vcpu_new_parked(v, 0, GUEST_SPIN);
	cli("policy set pid:%d mode audit", v->pid);
	require_eq(1, cli_vm_count(v->pid), "the VM is known");
	expect(!ask(&t, v->pid), "its CPU is not");
	vmm_go(v, 0, 0);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	expect(ksft_until(20, ask(&t, v->pid)), "its CPU is told");
}

/* QEMU enters its vCPUs once before it has set any CPUID. */
static void of_qemu(void)
{
	struct told t;
	pid_t qemu;

	cli_need();
	qemu = qemu_start("-smp", "2,sockets=1,cores=1,threads=2");
	require(ksft_until(60, ask(&t, qemu)), "its CPU is told");
	expect(ksft_until(20, ask(&t, qemu) &&
			  t.value[CORDON_A_GUEST_CPU_SOCKETS] == 1), "sockets");
	expect_eq(2, t.value[CORDON_A_GUEST_CPU_THREADS], "threads of a core");
	expect_eq(1, t.value[CORDON_A_GUEST_CPU_CORES], "cores of a socket");
	expect(host_has("sse2") && !lacks(&t, "sse2"), "it has sse2");
	for (int i = 0; i < t.nr_missing; i++)
		ksft_note("it lacks %s", t.missing[i]);
}

static bool node_cpus(int node, struct cpus *cpus)
{
	char path[64], list[128];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist",
		 node);
	if (!host_read(path, list, sizeof(list)))
		return false;
	*cpus = cpus_parse(list);
	return cpus_count(cpus) > 1;
}

/* Where a placement would put the first vCPU, -1 if nowhere. */
static int planned_node(pid_t pid)
{
	struct nl_msg *msg = nlq_request(CORDON_CMD_POLICY_SET);
	static struct nlq_answer answer;
	struct nlattr *nest, *place, *node;

	nla_put_u32(msg, CORDON_A_POLICY_PID, pid);
	nla_put_flag(msg, CORDON_A_POLICY_PLAN);
	nest = nla_nest_start(msg, CORDON_A_POLICY_CPU_POLICY | NLA_F_NESTED);
	nla_put_u32(msg, CORDON_A_CPU_POLICY_KIND, CORDON_CPU_POLICY_DEDICATED);
	nla_nest_end(msg, nest);
	nlq_ask(msg, &answer);
	place = nla_find((struct nlattr *)answer.data, answer.len,
			 CORDON_A_POLICY_PLACE);
	if (answer.error || !place) {
		ksft_note("no plan: %s", answer.text);
		return -1;
	}
	node = nla_find(nla_data(place), nla_len(place), CORDON_A_PLACE_NODE);
	return node ? (int)nla_get_u32(node) : -1;
}

static void let_run(pid_t pid, const char *list)
{
	pid_t tids[64];
	int n = task_list(pid, tids, 64);

	while (n--)
		task_set_cpus(tids[n], list);
}

/* What the VMM touches first is where it runs then. */
static void memory_node(void)
{
	struct cpus all, cpus;
	struct vmm *v;
	char list[64];

	cli_need();
	if (!node_cpus(0, &cpus) || !node_cpus(1, &cpus))
		ksft_skip("needs two nodes of two CPUs");
	require(task_cpus(getpid(), &all), "the mask of the test");
	snprintf(list, sizeof(list), "%s", cpus_str(&all));
	for (int node = 1; node >= 0; node--) {
		node_cpus(node, &cpus);
		require_eq(0, task_set_cpus(getpid(), cpus_str(&cpus)),
			   "the test on node %d", node);
		v = vmm_start();
		vmm_vm_new(v, 0);
		vmm_vcpu_new(v, 0, GUEST_WRITE);
		require(vmm_moves(v, 0, 0, 20), "the guest runs");
		let_run(getpid(), list);
		let_run(v->pid, list);
		expect_eq(node, planned_node(v->pid),
			  "the node, with its memory on node %d", node);
		vmm_kill(v);
	}
}

static const struct ksft_test tests[] = {
	{ "cores and threads of a guest, by leaf 0xB", siblings },
	{ "what the host has and a guest lacks", missing },
	{ "nothing is said of who has not run", not_yet },
	{ "a QEMU's guest with two threads", of_qemu },
	{ "a placement prefers the node of the guest's memory",
	  memory_node },
};

KSFT_MAIN(tests);
