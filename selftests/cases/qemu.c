// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real QEMU: its vCPUs by fact, its iothread by name, its vhost and
 * nx-recovery threads as helpers, each on the CPUs that one command gave its
 * class; not one guest entry elsewhere while someone moves its vCPUs. QEMU asks
 * for no SQPOLL thread: that is the test VMM's, in the case classes.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "oracle.h"

#define START	"/guest/start"	/* the test bed's, a Linux guest */
#define VCPUS	2
#define REST	"iothread-cpus 1 helper-cpus 0"
#define NX_HUGE_PAGES	"/sys/module/kvm/parameters/nx_huge_pages"

static pid_t qemu;

static void end_qemu(void)
{
	if (qemu) {
		kill(qemu, SIGKILL);
		waitpid(qemu, NULL, 0);
	}
	qemu = 0;
}

/* Elsewhere the firmware keeps a guest without a kernel busy just as well. */
static void exec_qemu(bool vsock)
{
	const char *bed[] = { START, "cordon-test", NULL };
	const char *plain[] = {
		"qemu-system-x86_64", "-name", "guest=cordon-test,debug-threads=on",
		"-accel", "kvm", "-cpu", "host", "-machine", "q35", "-smp", "2",
		"-m", "192", "-nodefaults", "-display", "none",
		"-object", "iothread,id=io0", NULL
	};
	const char *device[] = { "-device", "vhost-vsock-pci,guest-cid=42", NULL };
	const char *argv[24] = { NULL };
	int n = 0, log = open("qemu.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	for (const char **arg = access(START, X_OK) ? plain : bed; *arg; arg++)
		argv[n++] = *arg;
	for (const char **arg = device; vsock && *arg; arg++)
		argv[n++] = *arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, 1);
	dup2(log, 2);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static void start_qemu(bool vsock)
{
	int status;

	qemu = fork();
	if (!qemu)
		exec_qemu(vsock);
	ksft_defer(end_qemu);
	ksft_until(60, cli_vm_int(qemu, "vcpus") == VCPUS ||
		   waitpid(qemu, &status, WNOHANG));
	if (kill(qemu, 0)) {
		qemu = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			ksft_skip("needs qemu-system-x86_64");
		ksft_die("QEMU ended with status %#x, see qemu.log", status);
	}
	require_eq(VCPUS, cli_vm_int(qemu, "vcpus"), "vCPUs of QEMU");
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
static void find_vcpus(pid_t vcpu[VCPUS])
{
	for (int i = 0; i < VCPUS; i++) {
		char name[16] = { 'C', 'P', 'U', ' ', '0' + i, '/', 'K', 'V', 'M' };

		require(ksft_until(60, thread_of("vcpu", i, "")), "vCPU %d runs", i);
		vcpu[i] = thread_of("vcpu", i, "");
		expect_eq(vcpu[i], task_find(qemu, name), "vCPU %d is %s", i, name);
	}
}

/* Someone moves the vCPUs again and again: no guest entry off their CPUs. */
static void attack(const pid_t vcpu[VCPUS])
{
	struct cpus own = cpus_parse("2-3");
	struct entries e;

	entries_watch(&e, vcpu, VCPUS, &own);
	for (int i = 0; i < ksft_count(60, 1000); i++) {
		task_set_cpus(vcpu[i % VCPUS], i % 3 ? "0" : "0-3");
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
	pid_t vcpu[VCPUS], io;
	struct cpus before;

	cli_need();
	host_need_cpus(4);
	start_qemu(false);
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
	start_qemu(true);
	check_helper("vhost-");
}

/* KVM has that thread for each VM, unless it was told never to split pages. */
static void nx_recovery(void)
{
	char how[16] = "";

	cli_need();
	host_need_cpus(4);
	start_qemu(false);
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
