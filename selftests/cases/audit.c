// SPDX-License-Identifier: GPL-2.0-only
/*
 * mode audit changes nothing and tells what it would have done; it may stand
 * alone, and becomes enforcement and back by one key.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

static struct vmm *start(pid_t *tid)
{
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = vmm_halting(1);
	*tid = vmm_vcpu_tid(v, 0, 0);
	require_eq(0, task_set_cpus(*tid, "0-1"), "taskset");
	require_eq(0, task_set_cpus(v->pid, "0,3"), "taskset");
	return v;
}

static void changes_nothing(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d mode audit vcpu-pin 0:2 emulator-cpus 1 emulator-sched batch",
		 v->pid);
	expect_cpus("0-1", tid, "the vCPU");
	expect_cpus("0,3", v->pid, "the main thread");
	expect_eq(SCHED_OTHER, task_sched(v->pid, NULL), "its class");
	expect_str("audit", cli_vm_text(v->pid, "state"), "state of the VM");
	expect_str("audit", cli_vm_text(v->pid, "mode"), "its mode");
	expect_str("audit", cli_thread_text(tid, "state"), "state of the vCPU");
	expect_str("2", cli_thread_text(tid, "want"), "where it should be");
	expect_str("0-1", cli_thread_text(tid, "cpus"), "where it may be");
	ksft_sleep_ms(200);
	expect_cpus("0-1", tid, "the vCPU, later");
	expect(cli_thread_int(tid, "drifts") > 0, "what would be repaired is counted");
	cli_must("policy del pid:%d", v->pid);
	expect_cpus("0-1", tid, "the vCPU, after del");
	expect_cpus("0,3", v->pid, "the main thread, after del");
}

static void to_and_fro(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d mode audit vcpu-pin 0:2 emulator-cpus 1", v->pid);
	for (int i = 0; i < ksft_count(3, 50); i++) {
		cli_must("policy set pid:%d mode enforce", v->pid);
		expect_cpus("2", tid, "the vCPU, enforced");
		expect_cpus("1", v->pid, "the main thread, enforced");
		cli_must("policy set pid:%d mode audit", v->pid);
		expect_cpus("0-1", tid, "the vCPU, audited");
		expect_cpus("0,3", v->pid, "the main thread, audited");
	}
	cli_must("policy set all mode audit");
	expect_str("audit", cli_vm_text(v->pid, "state"), "state of the VM");
}

static void alone(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d mode audit", v->pid);
	expect_str("audit", cli_vm_text(v->pid, "state"), "state of the VM");
	expect_cpus("0-1", tid, "the vCPU");
	require_eq(0, task_set_cpus(tid, "1-2"), "taskset");
	ksft_sleep_ms(200);
	expect_cpus("1-2", tid, "the vCPU");
}

static const struct ksft_test tests[] = {
	{ "changes nothing", changes_nothing },
	{ "to enforce and back", to_and_fro },
	{ "alone", alone },
};

KSFT_MAIN(tests);
