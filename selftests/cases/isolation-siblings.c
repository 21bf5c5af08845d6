// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host with siblings: 4 cores of 2 threads, CPUs 0-1 to 6-7, of which the last
 * two cores may be owned. Whose siblings stay idle under isolate, and who fills
 * which core under the other thread policies.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "masks.h"
#include "oracle.h"
#include "owned.h"
#include "tvmm.h"

#define DEDICATED "cpu-policy dedicated thread-policy "

static struct owned_vm vm;

static struct cpus siblings(int cpu)
{
	char path[96], list[64] = "";

	snprintf(path, sizeof(path),
		 "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
	host_read(path, list, sizeof(list));
	return cpus_parse(list);
}

static void start(int vcpus)
{
	struct cpus core;

	cli_need();
	host_need_cpus(8);
	for (int cpu = 0; cpu < 8; cpu += 2) {
		core = siblings(cpu);
		if (!cpus_has(&core, cpu + 1) || cpus_count(&core) != 2)
			ksft_skip("needs a host whose CPUs 0-1 to 6-7 are siblings (--topology 1,4,2,1, not on 6.1)");
	}
	owned_pools_must("4-7", "0-3", 4);
	owned_vm_start(&vm, vcpus);
}

static void set(const char *keys)
{
	cli_must("policy set pid:%d %s", vm.v->pid, keys);
	owned_vm_look(&vm);
}

static struct cpus owned(void)
{
	return owned_by(vm.id);
}

static void isolate(void)
{
	struct cpus mine, idle, core;
	struct owned_watch w;
	struct owned_cpu is;
	struct oracle *o;

	start(2);
	foreign_start_many(FOREIGN_BUSY, 4);
	foreign_start_many(FOREIGN_NAPS, 4);
	set(DEDICATED "isolate");
	foreign_epoch();
	mine = owned();
	expect_str("4-7", cpus_str(&mine), "whole cores");
	core = siblings(4);
	idle = cpus_without(&core, &vm.cpus);
	expect_eq(1, cpus_count(&idle), "one vCPU on the core of CPU 4");
	idle = cpus_without(&mine, &vm.cpus);
	for (int cpu = 4; cpu < 8; cpu++) {
		owned_read(cpu, &is);
		expect_eq(cpus_has(&idle, cpu) ? CORDON_CPU_USE_IDLE :
			  CORDON_CPU_USE_VCPU, is.use, "use of CPU %d", cpu);
	}
	/* Nobody at all on the siblings, the VM neither. */
	owned_watch(&w, &vm);
	o = oracle_new("raw_syscalls/sys_enter", "", &idle, 64);
	oracle_also(o, "kvm/kvm_entry", "");
	foreign_start_many(FOREIGN_FORKS, 2);
	ksft_sleep_ms(ksft_count(2000, 20000));
	foreign_check(&mine, "isolate");
	owned_watch_check(&w, "isolate");
	expect_eq(0, oracle_count(o), "guest entries and system calls on %s",
		  cpus_str(&idle));
	for (int cpu = 4; cpu < 8; cpu++) {
		if (!cpus_has(&vm.cpus, cpu))
			continue;
		owned_read(cpu, &is);
		expect(is.receipt.has_siblings, "CPU %d has siblings", cpu);
		ksft_note("CPU %d: sibling %.6f s", cpu, is.receipt.sibling_ns / 1e9);
		expect(is.receipt.sibling_ns < is.receipt.since_ns / 20,
		       "its sibling is idle");
	}
}

static void isolate_full(void)
{
	struct masks *masks;

	start(3);
	masks = masks_take();
	cli_refused(2, "3 wanted, 2 free", "policy set pid:%d " DEDICATED "isolate",
		    vm.v->pid);
	masks_expect(masks, 0, "a refusal");
	/* A core half of which is taken is none for isolate. */
	cli_must("policy set pid:%d cpu-policy mixed:0 thread-policy prefer vcpu-pin 0:4",
		 vm.v->pid);
	{
		struct owned_vm other;

		owned_vm_start(&other, 2);
		cli_refused(2, "2 wanted, 1 free", "policy set pid:%d " DEDICATED
			    "isolate", other.v->pid);
		cli_must("policy set pid:%d " DEDICATED "separate", other.v->pid);
		owned_vm_look(&other);
		expect(cpus_has(&other.cpus, 5), "separate fills the other half: %s",
		       cpus_str(&other.cpus));
	}
}

static void require_cores(void)
{
	struct cpus mine;

	start(2);
	set(DEDICATED "require");
	mine = owned();
	expect(cpus_equal(&mine, &vm.cpus), "both are used: %s of %s",
	       cpus_str(&vm.cpus), cpus_str(&mine));
	expect(!strcmp(cpus_str(&mine), "4-5") || !strcmp(cpus_str(&mine), "6-7"),
	       "one core: %s", cpus_str(&mine));
}

/* An odd number of vCPUs owns its spare sibling. */
static void require_odd(void)
{
	struct cpus mine, spare;
	struct owned_cpu is;

	start(3);
	set(DEDICATED "require");
	mine = owned();
	expect_str("4-7", cpus_str(&mine), "two whole cores");
	spare = cpus_without(&mine, &vm.cpus);
	for (int cpu = 4; cpu < 8; cpu++) {
		owned_read(cpu, &is);
		expect_eq(cpus_has(&spare, cpu) ? CORDON_CPU_USE_IDLE :
			  CORDON_CPU_USE_VCPU, is.use, "use of CPU %d", cpu);
	}
}

static void separate(void)
{
	struct cpus mine, core;

	start(2);
	set(DEDICATED "separate");
	mine = owned();
	expect(cpus_equal(&mine, &vm.cpus), "no sibling is owned: %s",
	       cpus_str(&mine));
	core = siblings(4);
	core = cpus_without(&core, &vm.cpus);
	expect_eq(1, cpus_count(&core), "one on each core: %s", cpus_str(&vm.cpus));
}

static void prefer_and_avoid(void)
{
	start(2);
	set(DEDICATED "prefer");
	expect(!strcmp(cpus_str(&vm.cpus), "4-5") || !strcmp(cpus_str(&vm.cpus), "6-7"),
	       "prefer fills a core: %s", cpus_str(&vm.cpus));
	cli_refused(2, "SMT", "policy set pid:%d thread-policy avoid", vm.v->pid);
	owned_vm_look(&vm);
}

/* Under separate somebody else may be on a sibling, and the receipt tells. */
static void sibling_time(void)
{
	struct cpus at;
	struct owned_cpu before, after;
	int cpu;

	start(1);
	set(DEDICATED "separate");
	cpu = atoi(cpus_str(&vm.cpus));
	at = cpus_one(cpu ^ 1);
	foreign_aim(&at);
	foreign_start(FOREIGN_BOUND);
	vmm_mode(vm.v, 0, 0, GUEST_SPIN);
	ksft_sleep_ms(200);
	owned_read(cpu, &before);
	ksft_sleep_ms(1000);
	owned_read(cpu, &after);
	ksft_note("sibling %.3f s of %.3f s",
		  (after.receipt.sibling_ns - before.receipt.sibling_ns) / 1e9,
		  (after.receipt.since_ns - before.receipt.since_ns) / 1e9);
	expect(after.receipt.sibling_ns - before.receipt.sibling_ns >
	       (after.receipt.since_ns - before.receipt.since_ns) / 2,
	       "somebody ran beside it most of the time");
	expect(after.receipt.sibling_ns - before.receipt.sibling_ns <=
	       after.receipt.since_ns - before.receipt.since_ns, "and no more");
}

static const struct ksft_test tests[] = {
	{ "isolate: siblings are owned, and idle", isolate },
	{ "isolate: only cores that are free", isolate_full },
	{ "require: whole cores", require_cores },
	{ "require: an odd number owns its spare sibling", require_odd },
	{ "separate: one on a core", separate },
	{ "prefer fills cores, avoid is refused", prefer_and_avoid },
	{ "time with somebody on the sibling", sibling_time },
};

KSFT_MAIN(tests);
