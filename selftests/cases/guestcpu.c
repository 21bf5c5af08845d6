// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU that a guest was given, by what its VMM has set as CPUID: what it is,
 * how its vCPUs are cores and threads, and what it lacks of the host's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>
#include <netlink/attr.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
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

static const struct ksft_test tests[] = {
	{ "cores and threads of a guest, by leaf 0xB", siblings },
	{ "what the host has and a guest lacks", missing },
	{ "nothing is said of who has not run", not_yet },
};

KSFT_MAIN(tests);
