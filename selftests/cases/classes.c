// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each thread is for: all five classes, by fact or by name, and each on
 * the CPUs that the policy gives its class. Helpers are the kernel's own
 * threads, which newer kernels show as threads of the VMM.
 */
#include <string.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

static struct vmm *start(int flags)
{
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, flags);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	return v;
}

static void names(void)
{
	static const struct {
		const char *comm, *class, *cpus;
	} want[] = {
		{ "worker", "emulator", "0" },
		{ "IO io0", "iothread", "1" },
		{ "IO mon_iothread", "emulator", "0" },
		{ "live_migration", "migration", "3" },
		{ "multifdsend_0", "migration", "3" },
		{ "mig/dst/main", "migration", "3" },
		{ "IO io1", "iothread", "1" },
		{ "again a worker", "emulator", "0" },
	};
	struct vmm *v = start(0);
	int slot = vmm_thread_new(v, THREAD_FUTEX, "first");
	pid_t tid = vmm_thread_tid(v, slot);

	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 0 iothread-cpus 1 migration-cpus 3",
		 v->pid);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		vmm_rename(v, slot, want[i].comm);
		/* It sleeps, and is looked at a moment later. */
		ksft_until(2, !strcmp(want[i].class, cli_thread_text(tid, "class")));
		expect_str(want[i].class, cli_thread_text(tid, "class"),
			   "class of \"%s\"", want[i].comm);
		expect(task_gets_on(tid, want[i].cpus, 5), "CPUs of \"%s\"",
		       want[i].comm);
	}
	expect_eq(0, vmm_disturbed(v), "system calls that returned unasked");
}

/* A vCPU's thread stays one, whatever it is called. */
static void vcpu_renamed(void)
{
	struct vmm *v = start(0);
	pid_t tid = vmm_vcpu_tid(v, 0, 0);

	cli_must("policy set pid:%d vcpu-pin 0:2 iothread-cpus 1", v->pid);
	vmm_rename_tid(v, tid, "IO io9");
	expect_str("IO io9", cli_thread_text(tid, "comm"), "its name");
	expect_str("vcpu", cli_thread_text(tid, "class"), "a vCPU called IO io9");
	expect_cpus("2", tid, "a vCPU called IO io9");
}

/* Without keys of their own they follow the emulator. */
static void follow_emulator(void)
{
	struct vmm *v = start(0);
	int io = vmm_thread_new(v, THREAD_EPOLL, "IO io0");
	int mig = vmm_thread_new(v, THREAD_EPOLL, "live_migration");

	cli_must("policy set pid:%d emulator-cpus 3", v->pid);
	expect_cpus("3", vmm_thread_tid(v, io), "an iothread");
	expect_cpus("3", vmm_thread_tid(v, mig), "a migration thread");
	cli_must("policy set pid:%d iothread-cpus 1", v->pid);
	expect_cpus("1", vmm_thread_tid(v, io), "an iothread");
	expect_cpus("3", vmm_thread_tid(v, mig), "a migration thread");
	cli_must("policy set pid:%d iothread-cpus default", v->pid);
	expect_cpus("3", vmm_thread_tid(v, io), "an iothread again");
}

static void iothread_keys(void)
{
	struct vmm *v = start(0);
	int a = vmm_thread_new(v, THREAD_EPOLL, "IO io1");
	int b = vmm_thread_new(v, THREAD_EPOLL, "IO io2");
	int c = vmm_thread_new(v, THREAD_EPOLL, "disk-7");
	int d = vmm_thread_new(v, THREAD_EPOLL, "queue");

	cli_must("policy set pid:%d emulator-cpus 0 iothread-cpus 1 'iothread-pin' io1:2/io2:3",
		 v->pid);
	expect_cpus("2", vmm_thread_tid(v, a), "IO io1");
	expect_cpus("3", vmm_thread_tid(v, b), "IO io2");
	expect_cpus("0", vmm_thread_tid(v, c), "disk-7");
	cli_must("policy set pid:%d iothread-match disk-* iothread-tids %d", v->pid,
		 vmm_thread_tid(v, d));
	expect_str("emulator", cli_thread_text(vmm_thread_tid(v, a), "class"),
		   "IO io1, which no longer matches");
	expect_str("iothread", cli_thread_text(vmm_thread_tid(v, c), "class"),
		   "disk-7, which matches");
	expect_str("iothread", cli_thread_text(vmm_thread_tid(v, d), "class"),
		   "a thread named by its tid");
	expect_cpus("1", vmm_thread_tid(v, c), "disk-7");
	expect_cpus("1", vmm_thread_tid(v, d), "queue");
}

/* Its name comes while it is being born: no order of the two hides it. */
static void named_at_birth(void)
{
	int i, n = ksft_count(50, 500), slot;
	struct vmm *v = start(0);
	pid_t tid;

	cli_must("policy set pid:%d emulator-cpus 0 iothread-cpus 1", v->pid);
	for (i = 0; i < n && !ksft_failed(); i++) {
		slot = vmm_thread_new(v, THREAD_FUTEX, "IO new");
		tid = vmm_thread_tid(v, slot);
		expect(task_gets_on(tid, "1", 2), "thread %d is an iothread, class \"%s\"",
		       i, cli_thread_text(tid, "class"));
		vmm_thread_end(v, slot);
	}
}

/* A helper is classed and placed when the policy comes, and when it comes. */
static void helper(int (*add)(struct vmm *), const char *name, const char *need)
{
	struct vmm *v;
	pid_t tid;
	int error;

	if (need)
		mod_load(need);
	for (int late = 0; late < 2; late++) {
		v = start(0);
		if (late)
			cli_must("policy set pid:%d vcpu-pin 0:2 helper-cpus 3", v->pid);
		error = add(v);
		if (error)
			ksft_skip("%s: %s", name, strerror(-error));
		require(ksft_until(5, task_find_helper(v->pid, name)), "there is %s", name);
		tid = task_find_helper(v->pid, name);
		if (!late)
			cli_must("policy set pid:%d vcpu-pin 0:2 helper-cpus 3", v->pid);
		expect(ksft_until(5, !strcmp("helper", cli_thread_text(tid, "class"))),
		       "%s%d is a helper, %s the policy, not \"%s\"", name, tid,
		       late ? "after" : "before", cli_thread_text(tid, "class"));
		expect(task_gets_on(tid, "3", 5), "%s is on helper-cpus", name);
		cli_must("policy del pid:%d", v->pid);
		if (!late)
			expect(!task_is_on(tid, "3"), "%s has its CPUs back", name);
		vmm_helpers_end(v);
		vmm_kill(v);
	}
}

static void vhost_vsock(void)
{
	helper(vmm_vhost_vsock, "vhost-", "vhost_vsock");
}

static void vhost_net(void)
{
	helper(vmm_vhost_net, "vhost-", "vhost_net");
}

static void sqpoll(void)
{
	helper(vmm_sqpoll, "iou-sqp-", NULL);
}

static void iowq(void)
{
	helper(vmm_iowq, "iou-wrk-", NULL);
}

/* The thread that zaps split huge pages, where the host splits them. */
static void nx_recovery(void)
{
	struct vmm *v = start(0);
	pid_t tid;

	if (!ksft_until(2, task_find_helper(v->pid, "kvm-nx-lpage-recovery-")))
		ksft_skip("the host does not split huge pages (kvm.nx_huge_pages)");
	tid = task_find_helper(v->pid, "kvm-nx-lpage-recovery-");
	expect_str("helper", cli_thread_text(tid, "class"), "the recovery thread");
	cli_must("policy set pid:%d vcpu-pin 0:2 helper-cpus 3", v->pid);
	expect(task_gets_on(tid, "3", 5), "it is on helper-cpus");
	cli_must("policy del pid:%d", v->pid);
	expect(!task_is_on(tid, "3"), "it has its CPUs back");
}

static void pit(void)
{
	struct vmm *v = start(VM_IRQCHIP);
	pid_t tid = task_find_helper(v->pid, "kvm-pit/");

	if (!tid)
		ksft_skip("no thread kvm-pit");
	cli_must("policy set pid:%d vcpu-pin 0:2 helper-cpus 3", v->pid);
	expect_str("helper", cli_thread_text(tid, "class"), "kvm-pit");
	expect(task_gets_on(tid, "3", 5), "it is on helper-cpus");
}

static const struct ksft_test tests[] = {
	{ "by name, again at each rename", names },
	{ "named at birth", named_at_birth },
	{ "a vCPU by fact, not by name", vcpu_renamed },
	{ "classes without CPUs follow the emulator", follow_emulator },
	{ "iothread-pin, -match and -tids", iothread_keys },
	{ "helper: vhost-vsock", vhost_vsock },
	{ "helper: vhost-net", vhost_net },
	{ "helper: SQPOLL", sqpoll },
	{ "helper: io-wq", iowq },
	{ "helper: nx recovery", nx_recovery },
	{ "helper: kvm-pit", pit },
};

KSFT_MAIN(tests);
