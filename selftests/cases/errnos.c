// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is refused, as a program sees it that speaks to the family: the errno, a
 * message in the extended ACK, the attribute at fault, and nothing changed. What
 * the command makes of it is errors.c's; caps and cgroups are errnos-caps.c's,
 * placement and pools errnos-placement.c's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/cordon.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"
#include "rows.h"
#include "tvmm.h"

#define NO_CPU		8191	/* what a request may say, and no host has */
#define NO_VM		99999
#define RT_RUNTIME	"/proc/sys/kernel/sched_rt_runtime_us"

static const struct row nowhere[] = {
	{ "an id that no VM has", ENOENT, "no VM with", 0, NOBODY,
	  { NUMBER(VM_ID, NO_VM), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "a pid without a VM", ENOENT, "no VM with", 0, NOBODY,
	  { NUMBER(PID, 1), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "a pid without a process", ENOENT, "no VM with", 0, NOBODY,
	  { NUMBER(PID, 0x3fffffff), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "policy-get of no VM", ENOENT, "no VM with", 0, NOBODY,
	  { NUMBER(VM_ID, NO_VM) }, CORDON_CMD_POLICY_GET },
	{ "policy-del of no VM", ENOENT, "no VM with", 0, NOBODY,
	  { NUMBER(VM_ID, NO_VM) }, CORDON_CMD_POLICY_DEL },
	{ "policy-confirm of no VM", ENOENT, "no VM with", 0, NOBODY,
	  { NUMBER(PID, 1) }, CORDON_CMD_POLICY_CONFIRM },
	{ "vm-get of no VM", ENOENT, "no VM with", 0, NOBODY,
	  { { CORDON_A_VM_ID, U32, NO_VM, 0, 0 } }, CORDON_CMD_VM_GET },
	{ "a confirm that nothing waits for", ENOENT, "waits to be confirmed", 0,
	  SELF, { { 0 } }, CORDON_CMD_POLICY_CONFIRM },
	{ "policy-del without a policy", ENOENT, "no policy", 0, OTHER, { { 0 } },
	  CORDON_CMD_POLICY_DEL },
	{ "no VM named", EINVAL, "by its id or by its pid", 0, NOBODY,
	  { CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "a VM named twice", EINVAL, "by its id or by its pid", 0, SELF,
	  { NUMBER(PID, 1), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
};

static void no_such_vm(void)
{
	struct scene s;
	struct vmm *v;

	scene_start(&s);
	v = vmm_halting(1);
	s.other = cli_vm_id(v->pid);
	row_ask_all(&s, nowhere);
}

/* It was there when its id was asked for. */
static void gone_meanwhile(void)
{
	static const struct row rows[] = {
		{ "policy-set of a VM that ended", ENOENT, "no VM with", 0, OTHER,
		  { CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
		{ "policy-get of a VM that ended", ENOENT, "no VM with", 0, OTHER,
		  { { 0 } }, CORDON_CMD_POLICY_GET },
		{ "policy-del of a VM that ended", ENOENT, "no VM with", 0, OTHER,
		  { { 0 } }, CORDON_CMD_POLICY_DEL },
	};
	struct scene s;
	struct vmm *v;
	pid_t pid;

	scene_start(&s);
	v = vmm_halting(1);
	pid = v->pid;
	s.other = cli_vm_id(pid);
	require(s.other > 0, "the other VM is known");
	vmm_kill(v);
	require(ksft_until(10, !cli_vm_count(pid)), "the VM is gone");
	row_ask_all(&s, rows);
}

static const struct row wrong[] = {
	{ "a CPU that does not exist", EINVAL, "does not exist",
	  CORDON_A_POLICY_VCPU_PIN, SELF, { PINNED(0, NO_CPU, NO_CPU) }, 0 },
	{ "one that does not exist among others", EINVAL, "does not exist",
	  CORDON_A_POLICY_HELPER_CPUS, SELF,
	  { PINNED(0, 2, 2), CPUS(HELPER_CPUS, 0, NO_CPU) }, 0 },
	{ "a range that ends before it begins", EINVAL, "before it begins",
	  CORDON_A_POLICY_EMULATOR_CPUS, SELF, { CPUS(EMULATOR_CPUS, 2, 1) }, 0 },
	{ "a CPU range without CPUs", EINVAL, "entry", CORDON_A_POLICY_IOTHREAD_CPUS,
	  SELF, { { CORDON_A_POLICY_IOTHREAD_CPUS, EMPTY, 0, 0, 0 } }, 0 },
	{ "a vcpu-pin without anything", EINVAL, "entry", CORDON_A_POLICY_VCPU_PIN,
	  SELF, { { CORDON_A_POLICY_VCPU_PIN, EMPTY, 0, 0, 0 } }, 0 },
	{ "a vCPU named twice", EINVAL, "named twice", CORDON_A_POLICY_VCPU_PIN,
	  SELF, { PINNED(0, 2, 2), PINNED(0, 3, 3) }, 0 },
	{ "a key twice", EINVAL, "too many", CORDON_A_POLICY_MODE, SELF,
	  { NUMBER(MODE, CORDON_MODE_AUDIT), NUMBER(MODE, CORDON_MODE_ENFORCE) }, 0 },
	{ "a key both set and reset", EINVAL, "both set and reset",
	  CORDON_A_POLICY_HELPER_CPUS, SELF,
	  { CPUS(HELPER_CPUS, 0, 1), NUMBER(RESET, CORDON_A_POLICY_HELPER_CPUS) }, 0 },
	{ "a tid of another process", EINVAL, "no thread of",
	  CORDON_A_POLICY_IOTHREAD_TIDS, SELF, { NUMBER(IOTHREAD_TIDS, 1) }, 0 },
	{ "fifo without a priority", EINVAL, "need a priority",
	  CORDON_A_POLICY_VCPU_SCHED, SELF, { CLASSED(VCPU, FIFO, 0, 0) }, 0 },
	{ "rr without a priority", EINVAL, "need a priority",
	  CORDON_A_POLICY_IOTHREAD_SCHED, SELF, { CLASSED(IOTHREAD, RR, 0, -1) }, 0 },
	{ "batch with a priority", EINVAL, "have a priority",
	  CORDON_A_POLICY_VCPU_SCHED, SELF, { CLASSED(VCPU, BATCH, 1, 0) }, 0 },
	{ "a realtime emulator", EINVAL, "other, batch or idle",
	  CORDON_A_POLICY_EMULATOR_SCHED, SELF, { CLASSED(EMULATOR, FIFO, 1, -1) }, 0 },
	{ "deadline", EINVAL, "deadline", CORDON_A_POLICY_VCPU_SCHED, SELF,
	  { CLASSED(VCPU, DEADLINE, 0, 0) }, 0 },
	{ "vcpu-sched without a vCPU", EINVAL, "first and last vCPU",
	  CORDON_A_POLICY_VCPU_SCHED, SELF, { CLASSED(VCPU, BATCH, 0, -1) }, 0 },
	{ "a realtime vCPU with two CPUs", EINVAL, "one CPU",
	  CORDON_A_POLICY_VCPU_SCHED, SELF,
	  { PINNED(0, 2, 3), CLASSED(VCPU, FIFO, 1, 0) }, 0 },
	{ "a realtime vCPU where the emulator may run", EINVAL, "alone on it",
	  CORDON_A_POLICY_VCPU_SCHED, SELF, { CLASSED(VCPU, FIFO, 1, 0) }, 0 },
};

static void wrong_values(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, wrong);
}

static void offline(void)
{
	static const struct row rows[] = {
		{ "an offline CPU", EINVAL, "offline", CORDON_A_POLICY_VCPU_PIN, SELF,
		  { PINNED(0, 3, 3) }, 0 },
		{ "an offline CPU among others", EINVAL, "offline",
		  CORDON_A_POLICY_EMULATOR_CPUS, SELF, { CPUS(EMULATOR_CPUS, 2, 3) }, 0 },
	};
	struct scene s;

	scene_start(&s);
	if (cpu_off(3))
		ksft_skip("CPU 3 cannot be taken offline");
	row_ask_all(&s, rows);
}

/* What netlink itself holds against the family's policies. */
static const struct row malformed[] = {
	{ "VM 0", ERANGE, "range", CORDON_A_POLICY_VM_ID, NOBODY,
	  { NUMBER(VM_ID, 0) }, 0 },
	{ "mode 0", ERANGE, "range", CORDON_A_POLICY_MODE, SELF, { NUMBER(MODE, 0) }, 0 },
	{ "a mode that there is not", ERANGE, "range", CORDON_A_POLICY_MODE, SELF,
	  { NUMBER(MODE, CORDON_MODE_MAX + 1) }, 0 },
	{ "force that is neither off nor on", ERANGE, "range", CORDON_A_POLICY_FORCE,
	  SELF, { NUMBER(FORCE, CORDON_SWITCH_MAX + 1) }, 0 },
	{ "a confirm time of 0", ERANGE, "range", CORDON_A_POLICY_CONFIRM_S, SELF,
	  { NUMBER(CONFIRM_S, 0), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "a confirm time of more than an hour", ERANGE, "range",
	  CORDON_A_POLICY_CONFIRM_S, SELF,
	  { NUMBER(CONFIRM_S, 3601), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "a reset of what is no key", ERANGE, "range", CORDON_A_POLICY_RESET, SELF,
	  { NUMBER(RESET, 9999) }, 0 },
	{ "a reset of the VM's id", ERANGE, "range", CORDON_A_POLICY_RESET, SELF,
	  { NUMBER(RESET, CORDON_A_POLICY_VM_ID) }, 0 },
	{ "a priority above 49", ERANGE, "range", CORDON_A_SCHED_PRIORITY, SELF,
	  { CLASSED(VCPU, FIFO, CORDON_SCHED_PRIORITY_MAX + 1, 0) }, 0 },
	{ "a CPU above 8191", ERANGE, "range", CORDON_A_CPU_RANGE_LAST, SELF,
	  { CPUS(EMULATOR_CPUS, 0, NO_CPU + 1) }, 0 },
	{ "a vCPU above 4095", ERANGE, "range", CORDON_A_VCPU_PIN_FIRST, SELF,
	  { PINNED(4096, 0, 0) }, 0 },
	{ "a key that there is not", EINVAL, "unknown attribute",
	  CORDON_A_POLICY_MAX + 1, SELF,
	  { { CORDON_A_POLICY_MAX + 1, U32, 1, 0, 0 }, CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "what only replies have", EINVAL, "attribute", CORDON_A_POLICY_MOVED, SELF,
	  { NUMBER(MOVED, 1), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "a number of two bytes", EINVAL, "attribute", CORDON_A_POLICY_MODE, SELF,
	  { { CORDON_A_POLICY_MODE, SHORT, 1, 0, 0 } }, 0 },
	{ "a flag with something in it", ERANGE, "attribute", CORDON_A_POLICY_REPLACE,
	  SELF, { NUMBER(REPLACE, 1), CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
	{ "a number where a nest belongs", EINVAL, "NLA_F_NESTED",
	  CORDON_A_POLICY_HELPER_CPUS, SELF, { NUMBER(HELPER_CPUS, 1) }, 0 },
	{ "a name that no thread has room for", EINVAL, "attribute",
	  CORDON_A_POLICY_IOTHREAD_MATCH, SELF,
	  { { CORDON_A_POLICY_IOTHREAD_MATCH, LONG_TEXT, 0, 0, 0 } }, 0 },
	{ "a key of policy-set for policy-del", EINVAL, "unknown attribute",
	  CORDON_A_POLICY_REPLACE, SELF,
	  { { CORDON_A_POLICY_REPLACE, FLAG, 0, 0, 0 } }, CORDON_CMD_POLICY_DEL },
};

static void out_of_form(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, malformed);
}

static void too_large(void)
{
	static const struct row row = {
		"a policy of more than 16 KiB", E2BIG, "too large", 0, SELF, { { 0 } }, 0
	};
	static struct nlq_answer answer;
	struct nl_msg *msg;
	struct scene s;

	scene_start(&s);
	msg = row_request(&s, &row);
	for (int i = 0; i < 1000; i++)
		row_put_range(msg, CORDON_A_POLICY_EMULATOR_CPUS, 0, 0);
	nlq_ask(msg, &answer);
	row_check(&row, &answer);
	scene_expect_same(&s, row.what);
}

/* A second VM in the process of the first. */
static void second_vm(struct scene *s)
{
	json_t *vms;

	vmm_vm_new(s->vm.v, 0);
	vmm_vcpu_new(s->vm.v, 1, GUEST_HALT);
	require(vmm_moves(s->vm.v, 1, 0, 20), "the second guest runs");
	vms = cli_vms(s->vm.v->pid);
	require_eq(2, json_array_size(vms), "VMs of the process");
	for (int i = 0; i < 2; i++) {
		long id = json_integer_value(json_object_get(json_array_get(vms, i), "id"));

		if (id != s->id)
			s->other = id;
	}
	json_decref(vms);
	s->shared = s->vm.v->pid;
}

static void owned(void)
{
	static const struct row rows[] = {
		{ "a pid with two VMs", ENOTUNIQ, "several VMs", 0, SHARED,
		  { CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
		{ "policy-del of a pid with two VMs", ENOTUNIQ, "several VMs", 0,
		  SHARED, { { 0 } }, CORDON_CMD_POLICY_DEL },
		{ "the emulator of another VM's policy", EBUSY, "owns its emulator",
		  CORDON_A_POLICY_EMULATOR_CPUS, OTHER,
		  { PINNED(0, 2, 2), CPUS(EMULATOR_CPUS, 2, 2) }, 0 },
		{ "iothreads of another VM's policy", EBUSY, "owns its emulator",
		  CORDON_A_POLICY_IOTHREAD_CPUS, OTHER, { CPUS(IOTHREAD_CPUS, 2, 2) }, 0 },
		{ "helpers of another VM's policy", EBUSY, "owns its emulator",
		  CORDON_A_POLICY_HELPER_CPUS, OTHER, { CPUS(HELPER_CPUS, 2, 2) }, 0 },
		{ "the cgroup of another VM's policy", EBUSY, "owns its emulator",
		  CORDON_A_POLICY_MEMORY_MAX, OTHER, { BYTES(MEMORY_MAX, 1 << 30) }, 0 },
	};
	struct cpus before;
	struct scene s;

	scene_start(&s);
	second_vm(&s);
	task_cpus(vmm_vcpu_tid(s.vm.v, 1, 0), &before);
	row_ask_all(&s, rows);
	expect_cpus(cpus_str(&before), vmm_vcpu_tid(s.vm.v, 1, 0), "the second VM's vCPU");
}

/* A realtime thread on a CPU that another VM's policy uses. */
static void realtime_shared(void)
{
	static const struct row row = {
		"a realtime vCPU on another VM's CPU", EBUSY, "alone on it", 0, OTHER,
		{ PINNED(0, 1, 1), CPUS(EMULATOR_CPUS, 2, 3), CLASSED(VCPU, FIFO, 1, 0) },
		0
	};
	struct cpus before;
	struct scene s;
	struct vmm *v;
	pid_t tid;

	scene_start(&s);
	v = vmm_halting(1);
	s.other = cli_vm_id(v->pid);
	tid = vmm_vcpu_tid(v, 0, 0);
	task_cpus(tid, &before);
	row_ask(&s, &row);
	expect_cpus(cpus_str(&before), tid, "the vCPU of the refused one");
	expect_eq(SCHED_OTHER, task_sched(tid, NULL), "its class");
}

static void pending(void)
{
	static const struct row row = {
		"a set while another waits to be confirmed", EBUSY,
		"waits to be confirmed", 0, OTHER, { CPUS(EMULATOR_CPUS, 3, 3) }, 0
	};
	struct scene s;
	struct vmm *v;

	scene_start(&s);
	v = vmm_halting(1);
	s.other = cli_vm_id(v->pid);
	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 1 confirm 3600", v->pid);
	row_ask(&s, &row);
	expect_cpus("1", v->pid, "the main thread of the one that waits");
	cli_must("policy confirm pid:%d", v->pid);
}

static struct __user_cap_data_struct caps[2];

static void set_caps(const struct __user_cap_data_struct *to)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };

	if (syscall(SYS_capset, &header, to))
		ksft_die("capset: %s", strerror(errno));
}

static void all_caps(void)
{
	set_caps(caps);
}

/* Asks without one of the capabilities, and has it again afterwards. */
static void ask_without(struct scene *s, int capability, const struct row *row)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct less[2];
	static struct nlq_answer answer;

	if (syscall(SYS_capget, &header, caps))
		ksft_die("capget: %s", strerror(errno));
	ksft_defer(all_caps);
	memcpy(less, caps, sizeof(less));
	less[capability / 32].effective &= ~(1u << capability % 32);
	set_caps(less);
	nlq_ask(row_request(s, row), &answer);
	set_caps(caps);
	row_check(row, &answer);
	scene_expect_same(s, row->what);
}

/* What netlink itself refuses for CAP_NET_ADMIN has no message in any family. */
static void no_permission(void)
{
	static const struct row nice[] = {
		{ "a set without CAP_SYS_NICE", EPERM, "CAP_SYS_NICE", 0, SELF,
		  { CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
		{ "a plan without CAP_SYS_NICE", EPERM, "CAP_SYS_NICE", 0, SELF,
		  { { CORDON_A_POLICY_PLAN, FLAG, 0, 0, 0 }, CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
		{ "policy-del without CAP_SYS_NICE", EPERM, "CAP_SYS_NICE", 0, SELF,
		  { { 0 } }, CORDON_CMD_POLICY_DEL },
		{ "policy-confirm without CAP_SYS_NICE", EPERM, "CAP_SYS_NICE", 0,
		  SELF, { { 0 } }, CORDON_CMD_POLICY_CONFIRM },
		{ "off without CAP_SYS_NICE", EPERM, "CAP_SYS_NICE", 0, NOBODY,
		  { { 0 } }, CORDON_CMD_OFF },
		{ "cpu-set without CAP_SYS_NICE", EPERM, "CAP_SYS_NICE", 0, NOBODY,
		  { { 0 } }, CORDON_CMD_CPU_SET },
	}, admin[] = {
		{ "a set without CAP_NET_ADMIN", EPERM, "", 0, SELF,
		  { CPUS(EMULATOR_CPUS, 0, 0) }, 0 },
		{ "policy-get without CAP_NET_ADMIN", EPERM, "", 0, SELF, { { 0 } },
		  CORDON_CMD_POLICY_GET },
		{ "off without CAP_NET_ADMIN", EPERM, "", 0, NOBODY, { { 0 } },
		  CORDON_CMD_OFF },
		{ "cpu-set without CAP_NET_ADMIN", EPERM, "", 0, NOBODY, { { 0 } },
		  CORDON_CMD_CPU_SET },
	};
	struct scene s;

	scene_start(&s);
	for (size_t i = 0; i < sizeof(nice) / sizeof(nice[0]); i++)
		ask_without(&s, CAP_SYS_NICE, &nice[i]);
	for (size_t i = 0; i < sizeof(admin) / sizeof(admin[0]); i++)
		ask_without(&s, CAP_NET_ADMIN, &admin[i]);
}

/* In a process that sees something else where the limit is read. */
static int ask_blind(const struct scene *s, const struct row *row,
		     struct nlq_answer *answer)
{
	struct nl_msg *msg = row_request(s, row);
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWNS) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("/dev/null", RT_RUNTIME, NULL, MS_BIND, NULL))
			_exit(1);
		_exit(nlq_try(msg, answer) ? 2 : 0);
	}
	nlmsg_free(msg);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

/* Realtime where nobody can tell whether something would stop it. */
static void no_feature(void)
{
	static const struct row row = {
		"realtime where throttling cannot be told", EOPNOTSUPP,
		"sched_rt_runtime_us cannot be read", CORDON_A_POLICY_VCPU_SCHED, SELF,
		{ CPUS(EMULATOR_CPUS, 0, 0), CLASSED(VCPU, FIFO, 1, 0) }, 0
	};
	char version[256] = "";
	struct nlq_answer *answer;
	struct scene s;
	int blind;

	scene_start(&s);
	host_read("/proc/version", version, sizeof(version));
	if (strstr(version, "PREEMPT_RT"))
		ksft_skip("a PREEMPT_RT kernel");
	answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(answer != MAP_FAILED, "shared memory");
	blind = ask_blind(&s, &row, answer);
	if (blind == 1)
		ksft_skip("needs a mount namespace of its own");
	require_eq(0, blind, "the family answers");
	row_check(&row, answer);
	munmap(answer, sizeof(*answer));
	scene_expect_same(&s, row.what);
}

static const struct ksft_test tests[] = {
	{ "no such VM: ENOENT, EINVAL", no_such_vm },
	{ "a VM gone meanwhile: ENOENT", gone_meanwhile },
	{ "wrong values: EINVAL", wrong_values },
	{ "a CPU that is offline: EINVAL", offline },
	{ "out of range or form: ERANGE, EINVAL", out_of_form },
	{ "too large: E2BIG", too_large },
	{ "two VMs of a process: ENOTUNIQ, EBUSY", owned },
	{ "realtime on another VM's CPU: EBUSY", realtime_shared },
	{ "a confirm that is pending: EBUSY", pending },
	{ "no permission: EPERM", no_permission },
	{ "what cannot be told: EOPNOTSUPP", no_feature },
};

KSFT_MAIN(tests);
