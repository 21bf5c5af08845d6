// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM of a real libvirt, whose vCPUs `virsh vcpupin` has pinned: cordoned as they
 * are; what virsh changes afterwards is held by the policy, until a replan adopts
 * it. libvirt's own cgroups are left as they are.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgtree.h"
#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "owned.h"

#define DAEMON	"/usr/sbin/libvirtd"
#define NAME	"cordon-test"
#define ETC	"/etc/libvirt"
#define GUEST	"/guest/"
#define SERIAL	"/tmp/" NAME ".serial"
#define VCPUS	2

/* As selftests/testbed/guest-start starts one, for the emulated host's sake. */
static const char domain[] =
	"<domain type='kvm'><name>" NAME "</name>"
	"<memory unit='MiB'>192</memory><vcpu>2</vcpu>"
	"<os><type arch='x86_64' machine='q35'>hvm</type>"
	"<loader type='rom'>/usr/share/qemu/qboot.rom</loader>"
	"<kernel>" GUEST "vmlinux</kernel><initrd>" GUEST "initrd</initrd>"
	"<cmdline>%s</cmdline></os>"
	"<features><acpi/><apic eoi='off'/><pvspinlock state='off'/></features>"
	"<cpu mode='host-passthrough'><feature policy='disable' name='xsave'/></cpu>"
	"<clock offset='utc'><timer name='hpet' present='no'/></clock>"
	"<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
	"<controller type='usb' model='none'/><memballoon model='none'/>"
	"<serial type='file'><source path='%s'/></serial></devices>"
	"</domain>\n";

static pid_t daemon_pid;
static struct owned_vm vm;

static void write_file(const char *path, const char *fmt, ...)
{
	FILE *file = fopen(path, "w");
	va_list args;

	require(file, "write %s", path);
	va_start(args, fmt);
	vfprintf(file, fmt, args);
	va_end(args);
	fclose(file);
}

/* A program with its output in a file; its exit status. */
static int run(const char *const *argv)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		int log = open("virsh.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		dup2(log, 1);
		dup2(log, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int virsh(const char *command, const char *a, const char *b, const char *c)
{
	const char *argv[] = {
		"virsh", "-c", "qemu:///system", command, a, b, c, NULL
	};

	return run(argv);
}

static void virsh_must(const char *command, const char *a, const char *b,
		       const char *c)
{
	char said[512] = "";
	int status = virsh(command, a, b, c);

	host_read("virsh.log", said, sizeof(said));
	require_eq(0, status, "virsh %s: %s", command, said);
}

static void end_libvirt(void)
{
	virsh("destroy", NAME, NULL, NULL);
	virsh("undefine", NAME, NULL, NULL);
	if (daemon_pid > 0) {
		kill(daemon_pid, SIGTERM);
		waitpid(daemon_pid, NULL, 0);
	}
	daemon_pid = 0;
}

/* Alone on the host: no bus, no other daemon of its own, and as root. */
static void start_libvirt(void)
{
	char cmdline[256];

	if (access(DAEMON, X_OK))
		ksft_skip("needs " DAEMON);
	if (!host_read(GUEST "cmdline", cmdline, sizeof(cmdline)))
		ksft_skip("needs the test bed's guest");
	unlink(SERIAL);
	mkdir(ETC, 0755);
	write_file(ETC "/libvirtd.conf", "auth_unix_rw = \"none\"\n");
	write_file(ETC "/qemu.conf", "user = \"root\"\ngroup = \"root\"\n"
		   "security_driver = \"none\"\nnamespaces = []\n"
		   "remember_owner = 0\nstdio_handler = \"file\"\n");
	write_file("domain.xml", domain, cmdline, SERIAL);
	ksft_defer(end_libvirt);
	daemon_pid = fork();
	if (!daemon_pid) {
		int log = open("libvirtd.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(log, 1);
		dup2(log, 2);
		execl(DAEMON, DAEMON, NULL);
		_exit(127);
	}
	require(ksft_until(60, !virsh("version", NULL, NULL, NULL)),
		"libvirtd answers, see libvirtd.log");
	virsh_must("define", "domain.xml", NULL, NULL);
	virsh_must("start", NAME, NULL, NULL);
}

static bool is_up(void)
{
	char text[8192] = "";

	host_read(SERIAL, text, sizeof(text));
	return strstr(text, "guest up");
}

static pid_t pid_of_domain(void)
{
	char text[32] = "";

	host_read("/run/libvirt/qemu/" NAME ".pid", text, sizeof(text));
	return atoi(text);
}

/* The VM and its vCPUs' threads, as cordon knows them. */
static pid_t find_vm(void)
{
	pid_t pid = pid_of_domain();
	json_t *threads, *thread;
	size_t i;

	require(pid, "libvirt tells the pid of its VM");
	require(ksft_until(240, is_up()), "the guest is up");
	require_eq(VCPUS, cli_vm_int(pid, "vcpus"), "vCPUs that cordon knows");
	memset(&vm, 0, sizeof(vm));
	vm.id = cli_vm_id(pid);
	vm.vcpus = VCPUS;
	threads = nlq_threads();
	json_array_foreach(threads, i, thread) {
		long vcpu = json_integer_value(json_object_get(thread, "vcpu"));

		if (json_integer_value(json_object_get(thread, "vm_id")) == vm.id &&
		    json_object_get(thread, "vcpu") && vcpu < VCPUS)
			vm.tid[vcpu] = json_integer_value(json_object_get(thread, "tid"));
	}
	json_decref(threads);
	require(vm.tid[0] && vm.tid[1], "both vCPUs run");
	return pid;
}

/* Pinned by virsh to CPUs 3 and 1. */
static pid_t start(void)
{
	pid_t pid;

	cli_need();
	host_need_cpus(4);
	start_libvirt();
	pid = find_vm();
	virsh_must("vcpupin", NAME, "0", "3");
	virsh_must("vcpupin", NAME, "1", "1");
	expect_cpus("3", vm.tid[0], "vCPU 0, pinned by virsh");
	expect_cpus("1", vm.tid[1], "vCPU 1");
	return pid;
}

static void adopted(void)
{
	struct cgtree *tree;
	pid_t pid = start();

	tree = cgtree_take();
	cli_must("policy set pid:%d cpu-policy dedicated", pid);
	expect_cpus("3", vm.tid[0], "vCPU 0, cordoned as it is");
	expect_cpus("1", vm.tid[1], "vCPU 1");
	owned_vm_look(&vm);
	cli_must("policy del pid:%d", pid);
	cgtree_expect(tree, "after del");
	expect_cpus("3", vm.tid[0], "vCPU 0, as found");
	expect_cpus("1", vm.tid[1], "vCPU 1");
}

/* Held where they are, and it is told; then adopted. */
static void held(pid_t pid, const char *const was[VCPUS],
		 const char *const want[VCPUS])
{
	long drifts = cli_vm_int(pid, "drifts");

	for (int i = 0; i < VCPUS; i++)
		if (want[i])
			virsh_must("vcpupin", NAME, i ? "1" : "0", want[i]);
	for (int i = 0; i < VCPUS; i++)
		if (want[i])
			expect(task_gets_on(vm.tid[i], was[i], 10),
			       "vCPU %d is held to %s", i, was[i]);
	expect(ksft_until(10, cli_vm_int(pid, "drifts") > drifts), "drift is told");
	cli_must("policy replan pid:%d", pid);
	for (int i = 0; i < VCPUS; i++)
		if (want[i])
			expect_cpus(want[i], vm.tid[i], "vCPU %d, as virsh wants it", i);
	cli_must("policy del pid:%d", pid);
	for (int i = 0; i < VCPUS; i++)
		if (want[i])
			expect_cpus(want[i], vm.tid[i], "vCPU %d, left as it is", i);
}

/* To a CPU that may be owned, and is not: vCPU 1 shares CPUs with others. */
static void to_a_free_one(void)
{
	static const char *const was[] = { "3", NULL }, *const want[] = { "1", NULL };
	pid_t pid;

	ksft_need_time();
	pid = start();
	cli_must("policy set pid:%d cpu-policy mixed:0", pid);
	expect_cpus("3", vm.tid[0], "vCPU 0, cordoned as it is");
	expect_cpus("0,2", vm.tid[1], "vCPU 1, shared");
	held(pid, was, want);
}

/* Each to the other's; with a partition the kernel lets nobody do that. */
static void swapped(void)
{
	static const char *const was[] = { "3", "1" }, *const want[] = { "1", "3" };
	pid_t pid;

	ksft_need_time();
	cli_need();
	owned_forbid_partition();
	pid = start();
	cli_must("policy set pid:%d cpu-policy dedicated", pid);
	owned_vm_look(&vm);
	held(pid, was, want);
}

static const struct ksft_test tests[] = {
	{ "pins of virsh are adopted", adopted },
	{ "changed by virsh to a free CPU: held, until a replan", to_a_free_one },
	{ "changed by virsh among its CPUs, without a partition", swapped },
};

KSFT_MAIN(tests);
