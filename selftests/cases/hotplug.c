// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs go off and on under a pinned VM: while one of a vCPU's CPUs is active,
 * no guest entry off the mask from 50 ms after the change; with none left the
 * VM is reported as degraded, runs on, and heals when one is active again.
 */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "oracle.h"
#include "tvmm.h"

static struct vmm *start(const char *pins, pid_t tids[2])
{
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	vmm_vcpu_new(v, 0, GUEST_HALT);
	for (int i = 0; i < 2; i++)
		tids[i] = vmm_vcpu_tid(v, 0, i);
	cli_must("policy set pid:%d vcpu-pin %s", v->pid, pins);
	return v;
}

static void turn(int cpu, bool on)
{
	int error = on ? cpu_on(cpu) : cpu_off(cpu);

	if (error == -ENOENT)
		ksft_skip("CPU %d cannot be taken offline", cpu);
	require_eq(0, error, "turn CPU %d %s", cpu, on ? "on" : "off");
}

/*
 * No guest entry off the mask from 50 ms after the write to the CPU's `online`
 * returned. Nothing may wait or ask between the write and this: time is judged.
 */
static void settle(struct entries *e, const char *what)
{
	ksft_sleep_ms(50 * ksft_slow());
	entries_clear(e);
	ksft_sleep_ms(100);
	entries_check(e, what);
}

static void one_left(void)
{
	int rounds = ksft_count(6, 100);
	struct cpus allowed = cpus_parse("2-3");
	struct entries e;
	pid_t tids[2];
	struct vmm *v = start("0-1:2-3", tids);

	entries_watch(&e, tids, 2, &allowed);
	for (int round = 0; round < rounds * 2 && !ksft_failed(); round++) {
		int cpu = 2 + round / 2 % 2;

		turn(cpu, round % 2);
		settle(&e, round % 2 ? "after a CPU came" : "after a CPU went");
		expect_str("ok", cli_vm_text(v->pid, "state"), "its state");
		for (int i = 0; i < 2; i++)
			expect(vmm_moves(v, 0, i, 20), "vCPU %d goes on", i);
	}
	for (int i = 0; i < 2; i++)
		expect(task_gets_on(tids[i], "2-3", 5), "vCPU %d is healed", i);
}

static void none_left(void)
{
	int rounds = ksft_count(5, 100);
	struct cpus two = cpus_one(2);
	struct entries e;
	pid_t tids[2];
	struct vmm *v = start("0-1:2", tids);

	entries_watch(&e, tids, 2, &two);
	for (int round = 0; round < rounds && !ksft_failed(); round++) {
		long drifts;

		turn(2, false);
		for (int i = 0; i < 2; i++)
			expect(vmm_moves(v, 0, i, 20), "vCPU %d goes on", i);
		expect(ksft_until(5, !strcmp("degraded", cli_vm_text(v->pid, "state"))),
		       "degraded is told");
		expect_str("degraded", cli_thread_text(tids[0], "state"),
			   "state of the vCPU's thread");
		drifts = cli_thread_int(tids[0], "drifts");
		ksft_sleep_ms(300);
		expect(cli_thread_int(tids[0], "drifts") - drifts < 10,
		       "cordon does not loop: %ld drifts, then %ld", drifts,
		       cli_thread_int(tids[0], "drifts"));
		turn(2, true);
		settle(&e, "after its only CPU came back");
		for (int i = 0; i < 2; i++)
			expect(task_gets_on(tids[i], "2", 5), "vCPU %d is healed", i);
		expect(ksft_until(5, !strcmp("ok", cli_vm_text(v->pid, "state"))),
		       "its state is ok again");
	}
}

/* The vCPU sleeps in HLT while its CPU goes and comes. */
static void asleep(void)
{
	struct vmm *v;
	pid_t tid;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SLEEP);
	tid = vmm_vcpu_tid(v, 0, 0);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	require(ksft_until(5, task_state(tid) == 'S'), "it sleeps");
	turn(2, false);
	turn(2, true);
	expect(task_gets_on(tid, "2", 5), "it is healed");
	turn(2, false);
	vmm_mode(v, 0, 0, GUEST_SPIN);
	expect(vmm_moves(v, 0, 0, 20), "it wakes elsewhere");
	turn(2, true);
	expect(task_gets_on(tid, "2", 5), "it is healed");
	expect_eq(0, vmm_disturbed(v), "KVM_RUN interrupted");
}

/* The policy goes while its CPU is off: masks are back as found. */
static void del_meanwhile(void)
{
	struct cpus before;
	struct vmm *v;
	pid_t tid;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	tid = vmm_vcpu_tid(v, 0, 0);
	task_cpus(tid, &before);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	turn(2, false);
	expect(vmm_moves(v, 0, 0, 20), "the guest goes on");
	cli_must("policy del pid:%d", v->pid);
	turn(2, true);
	expect(task_gets_on(tid, cpus_str(&before), 5), "the mask is as found");
}

static const struct ksft_test tests[] = {
	{ "one of two CPUs goes and comes", one_left },
	{ "the only CPU goes and comes", none_left },
	{ "while the vCPU sleeps in HLT", asleep },
	{ "the policy is deleted meanwhile", del_meanwhile },
};

KSFT_MAIN(tests);
