// SPDX-License-Identifier: GPL-2.0-only
/*
 * Isolated CPUs (isolcpus=): nothing balances the load between them, so that a
 * mask of several is refused unless force is on.
 */
#include <string.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define ISOLATED "/sys/devices/system/cpu/isolated"

/* A VM on this host, and its isolated CPU: the last one. */
static struct vmm *start(pid_t *tid)
{
	struct cpus isolated;
	char list[64];
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	if (!host_read(ISOLATED, list, sizeof(list)))
		ksft_die(ISOLATED ": %m");
	isolated = cpus_parse(list);
	if (!cpus_has(&isolated, 3) || cpus_has(&isolated, 2))
		ksft_skip("needs a host with isolcpus=3");
	v = vmm_halting(1);
	*tid = vmm_vcpu_tid(v, 0, 0);
	require_eq(0, task_set_cpus(*tid, "0-1"), "taskset");
	return v;
}

static void refused(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_refused(2, "CPU 3 is isolated", "policy set pid:%d emulator-cpus 1-3", v->pid);
	cli_refused(2, "force on", "policy set pid:%d vcpu-pin 0:2-3", v->pid);
	expect(strstr(cli_err(), "vcpu-pin"), "it names the key: %s", cli_err());
	expect_cpus("0-1", tid, "the vCPU");
	expect_str("unmanaged", cli_vm_text(v->pid, "state"), "its state");
}

static void forced(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d vcpu-pin 0:2-3 force on", v->pid);
	expect_cpus("2-3", tid, "the vCPU, by force");
	cli_refused(2, "force on", "policy set pid:%d force off", v->pid);
	expect_cpus("2-3", tid, "the vCPU, as before");
	cli_must("policy del pid:%d", v->pid);
	expect_cpus("0-1", tid, "the vCPU, restored");
}

static void alone(void)
{
	pid_t tid;
	struct vmm *v = start(&tid);

	cli_must("policy set pid:%d vcpu-pin 0:3 emulator-cpus 0-2", v->pid);
	expect_cpus("3", tid, "a vCPU alone on it");
	expect_cpus("0-2", v->pid, "the main thread");
}

static const struct ksft_test tests[] = {
	{ "a mask of several is refused", refused },
	{ "force on takes it", forced },
	{ "one alone needs no force", alone },
};

KSFT_MAIN(tests);
