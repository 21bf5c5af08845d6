// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two real QEMUs whose guests see two threads in each core, on a host of 2
 * sockets of 6 cores of 2 threads: one has its cores to itself (isolate), the
 * other whole cores for its siblings (require), which is held against what the
 * guest's own kernel says and the host's topology files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cordon.h>

#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "oracle.h"
#include "owned.h"
#include "qemu.h"

#define VCPUS	4
#define SMP	"4,sockets=1,cores=2,threads=2"

static struct cpus siblings(int cpu)
{
	char path[96], list[64] = "";

	snprintf(path, sizeof(path),
		 "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
	host_read(path, list, sizeof(list));
	return cpus_parse(list);
}

static void need_host(void)
{
	struct cpus core = siblings(22);

	cli_need();
	host_need_cpus(24);
	if (!cpus_has(&core, 23))
		ksft_skip("needs a host with siblings (--topology 2,6,2,2, not on 6.1)");
}

/* A guest that is up, with its vCPUs' threads; no struct vmm goes with it. */
static void boot(struct owned_vm *vm, const char *name)
{
	json_t *threads, *thread;
	size_t i;
	pid_t pid;

	memset(vm, 0, sizeof(*vm));
	vm->vcpus = VCPUS;
	pid = qemu_start_smp(name, VCPUS, SMP);
	vm->id = cli_vm_id(pid);
	require(ksft_until(240, strstr(qemu_console(name), "guest up")), "%s is up: %s",
		name, qemu_console(name));
	threads = nlq_threads();
	json_array_foreach(threads, i, thread) {
		long vcpu = json_integer_value(json_object_get(thread, "vcpu"));

		if (json_integer_value(json_object_get(thread, "vm_id")) == vm->id &&
		    json_object_get(thread, "vcpu") && vcpu < VCPUS)
			vm->tid[vcpu] = json_integer_value(json_object_get(thread, "tid"));
	}
	json_decref(threads);
	for (int k = 0; k < VCPUS; k++)
		require(vm->tid[k], "vCPU %d of %s runs", k, name);
}

/* The CPU of a vCPU, of which it has one. */
static int cpu_of(const struct owned_vm *vm, int vcpu)
{
	struct cpus cpus = { 0 };

	task_cpus(vm->tid[vcpu], &cpus);
	return atoi(cpus_str(&cpus));
}

/* Siblings of a vCPU by the guest's kernel. */
static struct cpus guest_siblings(const char *name, int vcpu)
{
	char key[32];
	const char *at;

	snprintf(key, sizeof(key), "siblings of %d: ", vcpu);
	at = strstr(qemu_console(name), key);
	require(at, "%s tells the siblings of %d: %s", name, vcpu, qemu_console(name));
	return cpus_parse(at + strlen(key));
}

static void expect_siblings(const struct owned_vm *vm, const char *name)
{
	for (int i = 0; i < VCPUS; i++) {
		struct cpus guest = guest_siblings(name, i);
		struct cpus host = siblings(cpu_of(vm, i));

		expect_eq(2, cpus_count(&guest), "siblings of vCPU %d in %s", i, name);
		for (int k = 0; k < VCPUS; k++)
			expect_eq(cpus_has(&guest, k), cpus_has(&host, cpu_of(vm, k)),
				  "%s: vCPUs %d and %d, on CPUs %d and %d, are siblings",
				  name, i, k, cpu_of(vm, i), cpu_of(vm, k));
	}
}

static void expect_alone(const struct owned_vm *vm)
{
	struct owned_cpu is;

	for (int i = 0; i < VCPUS; i++) {
		int cpu = cpu_of(vm, i);
		struct cpus core = siblings(cpu);

		for (int k = 0; k < HOST_CPUS; k++) {
			if (!cpus_has(&core, k) || k == cpu)
				continue;
			owned_read(k, &is);
			expect_eq(vm->id, is.owner, "owner of CPU %d, beside vCPU %d",
				  k, i);
			expect_eq(CORDON_CPU_USE_IDLE, is.use, "use of CPU %d", k);
		}
	}
}

static void expect_clean(const struct owned_vm *vm, pid_t pid, const char *name)
{
	struct receipt receipt;

	expect_str("ok", cli_vm_text(pid, "state"), "state of %s", name);
	expect_eq(0, cli_vm_int(pid, "drifts"), "drifts of %s", name);
	require(owned_receipt(pid, &receipt), "a receipt of %s", name);
	expect_eq(0, receipt.intrusions, "intrusions of %s", name);
	for (int i = 0; i < receipt.culprits; i++)
		expect_eq(CORDON_CULPRIT_KTHREAD, receipt.culprit[i].kind,
			  "%s: %s is a thread of the kernel", name,
			  receipt.culprit[i].comm);
	ksft_note("%s on %s: foreign %.6f s, longest %.6f s", name,
		  cpus_str(&vm->cpus), receipt.foreign_ns / 1e9,
		  receipt.longest_ns / 1e9);
}

static pid_t pid_of(const struct owned_vm *vm)
{
	json_t *vms = nlq_vms(), *one;
	pid_t pid = 0;
	size_t i;

	json_array_foreach(vms, i, one)
		if (json_integer_value(json_object_get(one, "id")) == vm->id)
			pid = json_integer_value(json_object_get(one, "pid"));
	json_decref(vms);
	return pid;
}

static void two_guests(void)
{
	struct guest_cpu guest;
	struct owned_watch w[2];
	struct owned_vm a, b;
	struct cpus owned, both;
	pid_t pid[2];

	need_host();
	boot(&a, "isolated");
	boot(&b, "required");
	pid[0] = pid_of(&a);
	pid[1] = pid_of(&b);
	require(owned_guest(pid[1], &guest), "its CPU is known");
	expect_eq(2, guest.cores, "cores that the guest was given");
	expect_eq(2, guest.threads, "threads of a core");
	cli_must("policy set pid:%d cpu-policy dedicated thread-policy isolate", pid[0]);
	cli_must("policy set pid:%d cpu-policy dedicated thread-policy require", pid[1]);
	owned_vm_look(&a);
	owned_vm_look(&b);
	owned_watch(&w[0], &a);
	owned_watch(&w[1], &b);
	owned = owned_by(a.id);
	expect_eq(2 * VCPUS, cpus_count(&owned), "CPUs of isolate: %s", cpus_str(&owned));
	expect_alone(&a);
	owned = owned_by(b.id);
	expect_eq(VCPUS, cpus_count(&owned), "CPUs of require: %s", cpus_str(&owned));
	both = owned_by(a.id);
	both = cpus_without(&both, &owned);
	expect_eq(2 * VCPUS, cpus_count(&both), "CPUs of one that are not the other's");
	expect_siblings(&b, "required");
	require(owned_guest(pid[1], &guest), "its CPU is known");
	expect_eq(1, guest.match, "cordon tells that siblings match");
	foreign_start_many(FOREIGN_NAPS, 4);
	foreign_start_many(FOREIGN_FORKS, 2);
	ksft_sleep_ms(ksft_count(3000, 30000));
	owned_watch_check(&w[0], "isolate");
	owned_watch_check(&w[1], "require");
	expect_clean(&a, pid[0], "isolated");
	expect_clean(&b, pid[1], "required");
}

static const struct ksft_test tests[] = {
	{ "isolate and require, two real guests", two_guests },
};

KSFT_MAIN(tests);
