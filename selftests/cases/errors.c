// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is refused, and how: the exit status, a message that names what is
 * wrong, and nothing changed - no mask, no scheduling class, no policy.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "subject.h"
#include "tvmm.h"

#define CROWD	400
#define RT_RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"

/* The policy of the subject, as shown. */
static char *policy;

static char *policy_now(struct vmm *v)
{
	json_t *all = cli_json("policy", "policy show"), *one;
	char *text = NULL;
	size_t i;

	json_array_foreach(all, i, one)
		if (json_integer_value(json_object_get(one, "pid")) == v->pid)
			text = json_dumps(one, JSON_SORT_KEYS);
	json_decref(all);
	return text;
}

static void start(struct subject *s)
{
	subject_start(s);
	free(policy);
	policy = policy_now(s->v);
	require(policy, "the policy is shown");
}

static void expect_same(struct subject *s, const char *after)
{
	char *now = policy_now(s->v);

	subject_expect_same(s, after);
	expect_str(policy, now, "the policy after %s", after);
	free(now);
}

/* `cordon policy set pid:N ARGS` is refused with both texts in the message. */
static void refused(struct subject *s, const char *args, const char *text,
		    const char *also)
{
	if (cli_refused(2, text, "policy set pid:%d %s", s->v->pid, args))
		expect(strcasestr(cli_err(), also), "\"%s\" in what %s says: %s", also,
		       args, cli_err());
	expect(!strncmp(cli_err(), "Error: ", 7), "\"Error: \" begins it: %s",
	       cli_err());
	expect_same(s, args);
}

static void no_such_vm(void)
{
	struct subject s;

	start(&s);
	cli_refused(2, "no VM", "policy set pid:1 vcpu-pin 0:1");
	cli_refused(2, "no VM", "policy set id:99999 vcpu-pin 0:1");
	cli_refused(2, "no VM", "policy set pid:%d vcpu-pin 0:1", 4000000);
	cli_refused(2, "no VM", "policy del id:99999");
	cli_refused(2, "no VM", "policy show id:99999");
	cli_refused(2, "no VM", "policy confirm id:99999");
	cli_refused(2, "no VM", "vm show id:99999");
	cli_refused(2, "no VM", "thread list pid:1");
	cli_refused(2, "no VM", "vm show no-such-name");
	expect_same(&s, "commands on VMs that do not exist");
}

static void bad_cpus(void)
{
	struct subject s;

	start(&s);
	refused(&s, "vcpu-pin 0:250", "250", "vcpu-pin");
	refused(&s, "emulator-cpus 0,250", "250", "emulator-cpus");
	refused(&s, "iothread-cpus 2000", "2000", "iothread-cpus");
	refused(&s, "vcpu-pin 0:2 helper-cpus 250", "250", "helper-cpus");
	if (cpu_off(3))
		ksft_skip("CPU 3 cannot be taken offline");
	refused(&s, "vcpu-pin 0:3", "CPU 3", "vcpu-pin");
	refused(&s, "emulator-cpus 2-3", "CPU 3", "emulator-cpus");
	require_eq(0, cpu_on(3), "turn CPU 3 on");
	expect_same(&s, "CPU 3 off and on");
}

/* What a policy names may go later: that keeps nobody from another key. */
static void gone_since(void)
{
	struct subject s;
	int slot;

	start(&s);
	slot = vmm_thread_new(s.v, THREAD_FUTEX, "worker");
	cli_must("policy set pid:%d iothread-tids %d vcpu-pin 1:3", s.v->pid,
		 vmm_thread_tid(s.v, slot));
	vmm_thread_end(s.v, slot);
	cli_must("policy set pid:%d iothread-cpus 1", s.v->pid);
	expect_cpus("1", s.tid[2], "the iothread");
	if (cpu_off(3))
		ksft_skip("CPU 3 cannot be taken offline");
	ksft_until(2, !strcmp("degraded", cli_vm_text(s.v->pid, "state")));
	cli_must("policy set pid:%d iothread-cpus 0", s.v->pid);
	expect_cpus("0", s.tid[2], "the iothread, with a CPU gone");
	cli_refused(2, "vcpu-pin: CPU 3 is offline", "policy set pid:%d vcpu-pin 1:3",
		    s.v->pid);
	cli_must("policy set pid:%d mode audit", s.v->pid);
	require_eq(0, cpu_on(3), "turn CPU 3 on");
	cli_must("policy set pid:%d mode enforce", s.v->pid);
	expect(task_gets_on(s.tid[1], "3", 5), "the vCPU is back");
}

static void bad_sched(void)
{
	struct subject s;

	start(&s);
	refused(&s, "vcpu-sched 0:fifo", "fifo", "priority");
	refused(&s, "iothread-sched rr", "rr", "priority");
	refused(&s, "vcpu-sched 0:fifo:50", "49", "vcpu-sched");
	refused(&s, "vcpu-sched 0:fifo:0", "49", "vcpu-sched");
	refused(&s, "vcpu-sched 0:other:1", "priority", "vcpu-sched");
	refused(&s, "emulator-sched fifo:1", "emulator-sched", "batch");
	/* vCPU 1 has no CPU of its own; the emulator may use that of vCPU 0. */
	refused(&s, "vcpu-sched 1:fifo:1", "one CPU", "vcpu-sched");
	refused(&s, "vcpu-sched 0:fifo:1", "alone", "vcpu-sched");
	refused(&s, "emulator-cpus 0 vcpu-pin 0:1/1:1 vcpu-sched 0:fifo:1", "alone",
		"vcpu-sched");
}

static char rt_runtime[32];

static void restore_rt(void)
{
	host_write(RT_RUNTIME, "%s", rt_runtime);
}

/* Realtime where nothing would stop a runaway thread. */
static void no_throttling(void)
{
	char version[256] = "";
	struct subject s;

	start(&s);
	host_read("/proc/version", version, sizeof(version));
	if (strstr(version, "PREEMPT_RT"))
		ksft_skip("a PREEMPT_RT kernel");
	require(host_read(RT_RUNTIME, rt_runtime, sizeof(rt_runtime)), "read it");
	ksft_defer(restore_rt);
	if (host_write(RT_RUNTIME, "-1"))
		ksft_skip("realtime throttling cannot be switched off");
	refused(&s, "emulator-cpus 0 vcpu-sched 0:fifo:1", "sched_rt_runtime_us",
		"vcpu-sched");
}

/* One process, two VMs: the first policy that names the emulator owns it. */
static void owned(void)
{
	long ids[2] = { 0 };
	json_t *vms;
	struct cpus before;
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	for (int i = 0; i < 2; i++) {
		char owner[32];

		vmm_vm_new(v, 0);
		vmm_vcpu_new(v, i, GUEST_HALT);
		require(vmm_moves(v, i, 0, 20), "the guest runs");
		vms = cli_vms(v->pid);
		require_eq(i + 1, json_array_size(vms), "VMs of the process");
		for (int j = 0; j <= i; j++) {
			long id = json_integer_value(json_object_get(json_array_get(vms, j), "id"));

			if (id != ids[0])
				ids[i] = id;
		}
		json_decref(vms);
		if (!i)
			continue;
		cli_must("policy set id:%ld emulator-cpus 1", ids[0]);
		snprintf(owner, sizeof(owner), "%ld", ids[0]);
		task_cpus(vmm_vcpu_tid(v, 1, 0), &before);
		if (cli_refused(2, owner, "policy set id:%ld vcpu-pin 0:2 emulator-cpus 2", ids[1]))
			expect(strcasestr(cli_err(), "emulator-cpus"),
			       "the key is named: %s", cli_err());
		cli_refused(2, owner, "policy set id:%ld iothread-cpus 2", ids[1]);
		cli_refused(2, owner, "policy set id:%ld helper-cpus 2", ids[1]);
		expect_cpus("1", v->pid, "the main thread");
		expect_cpus(cpus_str(&before), vmm_vcpu_tid(v, 1, 0),
			    "the vCPU of the refused one");
		cli_must("policy set id:%ld vcpu-pin 0:2", ids[1]);
		cli_must("policy del id:%ld", ids[0]);
		cli_must("policy set id:%ld emulator-cpus 3", ids[1]);
		expect_cpus("3", v->pid, "the main thread, of the other VM now");
	}
}

static void all_capabilities(void)
{
	cli_without(-1);
}

static void no_permission(void)
{
	struct subject s;

	start(&s);
	ksft_defer(all_capabilities);
	cli_without(CAP_NET_ADMIN);
	cli_refused(2, "CAP_NET_ADMIN", "vm list");
	cli_refused(2, "CAP_NET_ADMIN", "policy set pid:%d vcpu-pin 0:2", s.v->pid);
	cli_without(CAP_SYS_NICE);
	cli_refused(2, "CAP_SYS_NICE", "policy set pid:%d vcpu-pin 0:2", s.v->pid);
	cli_refused(2, "CAP_SYS_NICE", "policy del pid:%d", s.v->pid);
	cli_refused(2, "CAP_SYS_NICE", "policy confirm pid:%d", s.v->pid);
	cli_refused(2, "CAP_SYS_NICE", "off");
	expect_eq(0, cli("vm list"), "reading needs only CAP_NET_ADMIN: %s", cli_err());
	cli_without(-1);
	expect_same(&s, "commands without permission");
}

static void wrong_usage(void)
{
	static const char *const lines[] = {
		"policy set", "policy set pid:1", "policy set pid:1 vcpu-pin",
		"policy set pid:1 no-such-key 1", "policy set pid:1 vcpu-pin 0-",
		"policy set pid:1 mode maybe", "policy set 17 vcpu-pin 0:1",
		"policy set pid:1 vcpu-pin 0:1 confirm never", "no-such-object",
		"vm no-such-command", "policy set all vcpu-pin 0:1",
		"monitor policy no-such-type", "vm list 17",
	};
	struct subject s;

	start(&s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		expect_eq(1, cli("%s", lines[i]), "exit status of %s", lines[i]);
		expect(*cli_err(), "%s says what is wrong", lines[i]);
	}
	expect_same(&s, "commands that are no commands");
}

/* All of a set or nothing: the last key is wrong, the first ones stay undone. */
static void all_or_nothing(void)
{
	struct subject s;

	start(&s);
	refused(&s, "vcpu-pin 0:2/1:3 emulator-cpus 0 iothread-cpus 1 helper-cpus 250",
		"250", "helper-cpus");
	cli_refused(2, "250", "policy replace pid:%d vcpu-pin 0:2 helper-cpus 250",
		    s.v->pid);
	expect_same(&s, "a replace that is refused");
	refused(&s, "vcpu-pin 0:2 iothread-tids 1", "1", "iothread-tids");
}

static bool has_moved(pid_t tid)
{
	cpu_set_t now, was;

	CPU_ZERO(&was);
	CPU_SET(0, &was);
	CPU_SET(1, &was);
	CPU_ZERO(&now);
	return !sched_getaffinity(tid, sizeof(now), &now) && !CPU_EQUAL(&now, &was);
}

/*
 * Starves what runs on CPU 3 for 4 s, from the moment that one of these threads
 * is no more on CPUs 0-1.
 */
static pid_t starve_cpu3(const pid_t *tids, int count)
{
	pid_t pid = fork();
	double end;
	int i = 0;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, -20);
	while (!has_moved(tids[i]))
		i = (i + 1) % count;
	task_set_cpus(getpid(), "3");
	end = ksft_now() + 4;
	while (ksft_now() < end)
		;
	_exit(0);
}

static void run_as(int policy, const char *cpus)
{
	struct sched_param param = { 0 };

	require_eq(0, sched_setscheduler(0, policy, &param), "scheduling class");
	require_eq(0, task_set_cpus(getpid(), cpus), "CPUs");
}

static void run_as_before(void)
{
	run_as(SCHED_OTHER, "0-3");
}

/*
 * A set by who is the least on its CPU, and has to share it from the first
 * thread on: its exit status.
 */
static int starved_set(struct subject *s, const pid_t *tids, int count)
{
	pid_t hog = starve_cpu3(tids, count);
	int status;

	ksft_defer(run_as_before);
	run_as(SCHED_IDLE, "3");
	status = cli("policy set pid:%d emulator-cpus 2", s->v->pid);
	run_as_before();
	kill(hog, SIGKILL);
	waitpid(hog, NULL, 0);
	return status;
}

/*
 * A set that takes longer than 2 s. On a host whose CPUs take turns it may be
 * over before anybody sees that it has begun: that is no set to look at, and
 * there is another one.
 */
static void no_answer(void)
{
	pid_t crowd[CROWD], seen[3];
	struct subject s;
	int tries = 0;

	start(&s);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = vmm_thread_tid(s.v, vmm_thread_new(s.v, THREAD_FUTEX, "crowd"));
	seen[0] = s.v->pid;
	seen[1] = crowd[0];
	seen[2] = crowd[CROWD - 1];
	while (!starved_set(&s, seen, 3)) {
		require(tries++ < 50, "one of 50 sets is slow");
		cli_must("policy set pid:%d emulator-cpus 0-1", s.v->pid);
	}
	expect(strstr(cli_err(), "Error: thread ") == cli_err() &&
	       strstr(cli_err(), "did not answer in 2 s"), "it says: %s", cli_err());
	expect_same(&s, "a set that took longer than 2 s");
	for (int i = 0; i < CROWD; i++)
		expect_cpus("0-1", crowd[i], "thread %d, put back", i);
}

static const struct ksft_test tests[] = {
	{ "no such VM", no_such_vm },
	{ "CPUs that do not exist or are offline", bad_cpus },
	{ "what a policy names has gone", gone_since },
	{ "scheduling classes that contradict", bad_sched },
	{ "realtime without throttling", no_throttling },
	{ "classes that another VM's policy owns", owned },
	{ "no permission", no_permission },
	{ "wrong usage", wrong_usage },
	{ "all or nothing", all_or_nothing },
	{ "a thread that does not answer", no_answer },
};

KSFT_MAIN(tests);
