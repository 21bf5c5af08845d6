// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMMs that are killed, turn into another program or exit at any time, while
 * policies are set, changed and deleted: nothing is left of them. What the
 * kernel's log says about it is judged by the bed.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

enum way { KILL, EXEC, EXIT, WAYS };

static struct vmm *start(int vcpus)
{
	struct vmm *v = vmm_start();

	vmm_vm_new(v, 0);
	for (int i = 0; i < vcpus; i++)
		vmm_vcpu_new(v, 0, i % 3);
	vmm_thread_new(v, THREAD_FUTEX, "IO io0");
	return v;
}

static void end(struct vmm *v, enum way way)
{
	if (way == EXEC)
		vmm_exec(v);
	else if (way == EXIT)
		vmm_exit(v);
	else
		kill(v->pid, SIGKILL);
}

/* How many `cordon OBJECT list` has. */
static int listed(const char *object)
{
	json_t *all = cli_json(object, "%s list", object);
	int count = json_array_size(all);

	json_decref(all);
	return count;
}

/* No VM, no thread and no reference is left: at once, and after `cordon off`. */
static void check_nothing_left(void)
{
	expect(ksft_until(5, !listed("vm")), "VMs that cordon knows: %d", listed("vm"));
	expect(ksft_until(5, !listed("thread")), "threads that cordon knows: %d",
	       listed("thread"));
	require_eq(0, cli("off"), "cordon off: %s", cli_err());
	expect_eq(0, listed("vm"), "VMs that cordon knows after off");
	expect_eq(0, listed("thread"), "threads that cordon knows after off");
	expect(ksft_until(5, mod_refs("cordon") == 0),
	       "references to the module: %ld", mod_refs("cordon"));
	expect_eq(0, mod_unload("cordon"), "rmmod cordon");
	expect_eq(0, mod_load("cordon"), "insmod cordon");
}

/* A command at work on the VM when it ends. */
static pid_t meanwhile(struct vmm *v, int turn, int *out)
{
	switch (turn % 4) {
	case 0:
		return cli_start(out, "policy set pid:%d vcpu-pin 0-1:1-2 emulator-cpus 0",
				 v->pid);
	case 1:
		cli_must("policy set pid:%d vcpu-pin 0-1:2 iothread-cpus 3", v->pid);
		return cli_start(out, "policy set pid:%d vcpu-pin 0-1:1 emulator-sched batch",
				 v->pid);
	case 2:
		cli_must("policy set pid:%d vcpu-pin 0-1:2 emulator-cpus 0", v->pid);
		return cli_start(out, "policy del pid:%d", v->pid);
	default:
		cli_must("policy set pid:%d vcpu-pin 0-1:1-2", v->pid);
		return cli_start(out, "off");
	}
}

static void any_end(void)
{
	int rounds = ksft_count(36, 500);

	cli_need();
	host_need_cpus(4);
	srand(2);
	for (int i = 0; i < rounds && !ksft_failed(); i++) {
		struct vmm *v = start(2);
		enum way way = i % WAYS;
		pid_t pid = v->pid;
		int out, status;
		pid_t command = meanwhile(v, rand(), &out);

		ksft_sleep_ms(rand() % 40);
		end(v, way);
		if (way == EXEC) {
			expect(ksft_until(20, !cli_vm_count(pid)),
			       "exec ends the VM");
			kill(pid, SIGKILL);
		}
		vmm_wait(v);
		waitpid(command, &status, 0);
		close(out);
		expect(WIFEXITED(status), "the command survives");
		expect(ksft_until(5, !cli_vm_count(pid)), "the VM is gone");
	}
	check_nothing_left();
}

static pid_t start_storm(struct vmm *v, int vcpus)
{
	static const char *const masks[] = { "0", "1-2", "3", "0-3", "2" };
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0;; i++)
		task_set_cpus(vmm_vcpu_tid(v, 0, i % vcpus), masks[i % 5]);
}

static void storm(void)
{
	int rounds = ksft_count(10, 200);

	cli_need();
	host_need_cpus(4);
	srand(3);
	for (int i = 0; i < rounds && !ksft_failed(); i++) {
		struct vmm *v = start(6);
		pid_t pid = v->pid, storm_pid;

		cli_must("policy set pid:%d vcpu-pin 0-5:1-2 emulator-cpus 0", pid);
		storm_pid = start_storm(v, 6);
		ksft_sleep_ms(50 + rand() % 100);
		kill(pid, SIGKILL);
		kill(storm_pid, SIGKILL);
		waitpid(storm_pid, NULL, 0);
		vmm_wait(v);
		expect(ksft_until(5, !cli_vm_count(pid)), "the VM is gone");
	}
	check_nothing_left();
}

/* Its vCPUs' threads end one by one, its main thread first. */
static void threads_end(void)
{
	int rounds = ksft_count(10, 100);
	struct vmm *v;

	cli_need();
	host_need_cpus(4);
	v = start(2);
	cli_must("policy set pid:%d vcpu-pin 0-1:1 emulator-cpus 0", v->pid);
	for (int i = 0; i < rounds; i++) {
		int slot = vmm_thread_new(v, i % THREAD_GETCPU, "short");

		vmm_vcpu_leave(v, 0, i % 2);
		vmm_thread_end(v, slot);
		vmm_vcpu_join(v, 0, i % 2);
	}
	expect_eq(3 + 1, cli_vm_int(v->pid, "threads") -
		  !!task_find_helper(v->pid, "kvm-nx-lpage-recovery-"),
		  "threads that cordon knows");
	vmm_kill(v);
	check_nothing_left();
}

static const struct ksft_test tests[] = {
	{ "kill -9, exec and exit", any_end },
	{ "affinity storm on six vCPUs, then kill -9", storm },
	{ "threads that come and go", threads_end },
};

KSFT_MAIN(tests);
