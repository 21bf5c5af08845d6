// SPDX-License-Identifier: GPL-2.0-only
/*
 * `policy set ... confirm SECONDS` goes back by itself, as found, unless it is
 * confirmed in time.
 */
#include <string.h>

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
	require_eq(0, task_set_cpus(*tid, "0,2-3"), "taskset");
	require_eq(0, task_set_cpus(v->pid, "0-1,3"), "taskset");
	return v;
}

static void goes_back(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);
	double set;

	set = ksft_now();
	cli_must("policy set pid:%d vcpu-pin 0:1 emulator-cpus 2 confirm 3", v->pid);
	expect_cpus("1", tid, "the vCPU");
	expect_cpus("2", v->pid, "the main thread");
	expect_str("pending", cli_vm_text(v->pid, "state"), "its state");
	expect(cli_vm_int(v->pid, "confirm_ms") > 0, "what is left of the time");
	expect(ksft_until(10, task_is_on(tid, "0,2-3")), "the vCPU is as found");
	expect(ksft_now() - set >= 2.9, "not before 3 s: %.2f s", ksft_now() - set);
	expect(task_gets_on(v->pid, "0-1,3", 2), "the main thread is as found");
	expect(ksft_until(2, !strcmp("unmanaged", cli_vm_text(v->pid, "state"))),
	       "it has no policy");
}

/*
 * Seconds in which one more command is surely done: a kernel full of checks on
 * an emulated CPU takes some for each.
 */
static int in_time(void)
{
	const char *kernel = getenv("CORDON_KERNEL");

	return kernel && !strcmp(kernel, "debug") ? 30 : 6;
}

static void confirmed(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d vcpu-pin 0:1 confirm %d", v->pid, in_time());
	cli_must("policy confirm pid:%d", v->pid);
	expect_str("ok", cli_vm_text(v->pid, "state"), "its state");
	expect_eq(-1, cli_vm_int(v->pid, "confirm_ms"), "what is left of the time");
	ksft_sleep_ms(1000 * (in_time() + 1));
	expect_cpus("1", tid, "it stays");
	expect(cli("policy confirm pid:%d", v->pid) == 2,
	       "nothing is there to confirm");
}

/* Back to the policy that was there before, not to none. */
static void to_the_policy_before(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d vcpu-pin 0:1", v->pid);
	cli_must("policy set pid:%d vcpu-pin 0:2 emulator-cpus 2 confirm 2", v->pid);
	expect_cpus("2", tid, "the vCPU");
	expect(task_gets_on(tid, "1", 8), "the vCPU is where it was");
	expect(task_gets_on(v->pid, "0-1,3", 2), "the main thread is as found");
	expect(ksft_until(2, !strcmp("ok", cli_vm_text(v->pid, "state"))),
	       "the policy of before holds");
	cli_must("policy del pid:%d", v->pid);
	expect_cpus("0,2-3", tid, "the vCPU is as found");
}

/* The VM ends, or the policy goes, before the time is over. */
static void overtaken(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d vcpu-pin 0:1 confirm %d", v->pid, in_time());
	cli_must("policy del pid:%d", v->pid);
	expect_cpus("0,2-3", tid, "the vCPU is as found");
	cli_must("policy set pid:%d vcpu-pin 0:1", v->pid);
	ksft_sleep_ms(1000 * (in_time() + 1));
	expect_cpus("1", tid, "a policy that is set now stays");
	cli_must("policy set pid:%d vcpu-pin 0:2 confirm 1", v->pid);
	vmm_kill(v);
	ksft_sleep_ms(2000);
	cli_must("vm list");
}

static const struct ksft_test tests[] = {
	{ "goes back after 3 s", goes_back },
	{ "confirmed in time", confirmed },
	{ "goes back to the policy before", to_the_policy_before },
	{ "deleted, or the VM ends, before", overtaken },
};

KSFT_MAIN(tests);
