// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real QEMU: its vCPUs by fact, its iothread by name, its vhost and
 * nx-recovery threads as helpers, each on the CPUs that one command gave its
 * class; not one guest entry elsewhere while someone moves its vCPUs. QEMU asks
 * for no SQPOLL thread: that is the test VMM's, in the case classes.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "oracle.h"
#include "qemu.h"

#define REST	"iothread-cpus 1 helper-cpus 0"
#define NX_HUGE_PAGES	"/sys/module/kvm/parameters/nx_huge_pages"

static pid_t qemu;

static void start(const char *vsock)
{
	qemu = qemu_start(vsock ? "-device" : NULL, vsock);
	require_eq(QEMU_VCPUS, cli_vm_int(qemu, "vcpus"), "vCPUs of QEMU");
}

/* The tid of a thread of the VM, 0 if there is none. */
static pid_t thread_of(const char *class, long vcpu, const char *comm)
{
	json_t *all = nlq_threads(), *thread;
	pid_t found = 0;
	size_t i;

	json_array_foreach(all, i, thread) {
		pid_t tid = json_integer_value(json_object_get(thread, "tid"));
		const char *is = json_string_value(json_object_get(thread, "class"));
		const char *name = json_string_value(json_object_get(thread, "comm"));
		json_t *index = json_object_get(thread, "vcpu");

		if (!strcmp(is, class) && (vcpu < 0 || json_integer_value(index) == vcpu) &&
		    !strncmp(name ? name : "", comm, strlen(comm)))
			found = tid;
	}
	json_decref(all);
	return found;
}

/* All of its vCPUs are known as such, by the names that QEMU gave them. */
static void find_vcpus(pid_t vcpu[QEMU_VCPUS])
{
	for (int i = 0; i < QEMU_VCPUS; i++) {
		char name[16] = { 'C', 'P', 'U', ' ', '0' + i, '/', 'K', 'V', 'M' };

		require(ksft_until(60, thread_of("vcpu", i, "")), "vCPU %d runs", i);
		vcpu[i] = thread_of("vcpu", i, "");
		expect_eq(vcpu[i], task_find(qemu, name), "vCPU %d is %s", i, name);
	}
}

/* Someone moves the vCPUs again and again: no guest entry off their CPUs. */
static void attack(const pid_t vcpu[QEMU_VCPUS])
{
	struct cpus own = cpus_parse("2-3");
	struct entries e;

	entries_watch(&e, vcpu, QEMU_VCPUS, &own);
	for (int i = 0; i < ksft_count(60, 1000); i++) {
		task_set_cpus(vcpu[i % QEMU_VCPUS], i % 3 ? "0" : "0-3");
		ksft_sleep_ms(i % 7);
	}
	expect(task_gets_on(vcpu[0], "2", 5), "vCPU 0 is back");
	expect(task_gets_on(vcpu[1], "3", 5), "vCPU 1 is back");
	ksft_sleep_ms(500);
	entries_check(&e, "QEMU's vCPUs");
}

static void pin(void)
{
	cli_must("policy set pid:%d vcpu-pin 0-1=2-3 emulator-cpus 0-1 " REST, qemu);
}

static void held(void)
{
	pid_t vcpu[QEMU_VCPUS], io;
	struct cpus before;

	cli_need();
	host_need_cpus(4);
	start(NULL);
	find_vcpus(vcpu);
	require(ksft_until(10, thread_of("iothread", -1, "IO io0")), "its iothread");
	io = thread_of("iothread", -1, "IO io0");
	task_cpus(vcpu[0], &before);
	pin();
	expect_cpus("2", vcpu[0], "vCPU 0");
	expect_cpus("3", vcpu[1], "vCPU 1");
	expect_cpus("1", io, "the iothread");
	expect_cpus("0-1", qemu, "the main thread");
	attack(vcpu);
	cli_must("policy del pid:%d", qemu);
	expect_cpus(cpus_str(&before), io, "the iothread, restored");
	expect_cpus(cpus_str(&before), qemu, "the main thread, restored");
}

/* A kernel-side thread that works for QEMU: known before, placed by the set. */
static void check_helper(const char *name)
{
	struct cpus before;
	pid_t tid;

	require(ksft_until(10, task_find_helper(qemu, name)), "there is %s%d", name,
		qemu);
	tid = task_find_helper(qemu, name);
	task_cpus(tid, &before);
	pin();
	expect_str("helper", cli_thread_text(tid, "class"), "class of %s", name);
	expect(task_gets_on(tid, "0", 5), "%s is on helper-cpus", name);
	cli_must("policy del pid:%d", qemu);
	expect_cpus(cpus_str(&before), tid, "%s, restored", name);
}

static void vhost(void)
{
	cli_need();
	host_need_cpus(4);
	mod_load("vhost_vsock");
	if (access("/dev/vhost-vsock", R_OK | W_OK))
		ksft_skip("needs /dev/vhost-vsock");
	start("vhost-vsock-pci,guest-cid=42");
	check_helper("vhost-");
}

/* KVM has that thread for each VM, unless it was told never to split pages. */
static void nx_recovery(void)
{
	char how[16] = "";

	cli_need();
	host_need_cpus(4);
	start(NULL);
	if (!host_read(NX_HUGE_PAGES, how, sizeof(how)))
		ksft_skip("this KVM splits no huge pages");
	if (!strncmp(how, "never", 5))
		ksft_skip("kvm.nx_huge_pages is never");
	check_helper("kvm-nx-lpage-recovery-");
}

static const struct ksft_test tests[] = {
	{ "QEMU's threads are known and held", held },
	{ "its vhost thread is a helper", vhost },
	{ "its nx-recovery thread is a helper", nx_recovery },
};

KSFT_MAIN(tests);
