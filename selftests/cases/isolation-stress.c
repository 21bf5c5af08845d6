// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress-ng on a host with a VM that owns CPUs: not one of its processes executes
 * an instruction there in user mode. What tells is that each of them makes system
 * calls and page faults wherever it is, which the kernel records on owned CPUs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "oracle.h"
#include "owned.h"
#include "tvmm.h"

/* stress-ng leaves out --exec when it is root. */
#define ROOT	0
#define NOBODY	65534

static struct owned_vm vm;
static pid_t stress;

static void end_stress(void)
{
	if (stress > 0) {
		kill(-stress, SIGKILL);
		waitpid(stress, NULL, 0);
	}
	stress = 0;
}

/* Runs one of its stressors for so long, as a user; its exit status. */
static int run(const char *stressor, const char *count, uid_t uid, int seconds)
{
	char time[16];
	int status = 0;

	snprintf(time, sizeof(time), "%d", seconds);
	ksft_defer(end_stress);
	stress = fork();
	if (!stress) {
		int log = open("stress.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		setpgid(0, 0);
		if (setuid(uid))
			_exit(126);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(log, 1);
		dup2(log, 2);
		execlp("stress-ng", "stress-ng", stressor, count, "--timeout", time,
		       "--temp-path", "/tmp", NULL);
		_exit(127);
	}
	require(ksft_until(seconds + 60, waitpid(stress, &status, WNOHANG) == stress),
		"stress-ng %s ends", stressor);
	stress = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void under(const char *stressor, const char *count, uid_t uid)
{
	int seconds = ksft_count(3, 60);
	struct cpus rest = cpus_parse("0,2");
	struct owned_watch watch;
	struct oracle *seen;
	double began;
	int status;

	ksft_need_time();
	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, 2);
	owned_vm_take(&vm);
	foreign_epoch();
	foreign_start(FOREIGN_NAPS);
	owned_watch(&watch, &vm);
	seen = oracle_new("raw_syscalls/sys_enter", "comm ~ \"stress-ng*\"", &rest, 8);
	began = ksft_now();
	status = run(stressor, count, uid, seconds);
	if (status == 127)
		ksft_skip("needs stress-ng");
	/* Its status is 0 as well if it leaves the stressor out. */
	ksft_note("%s: status %d after %.1f s, %lu system calls seen elsewhere",
		  stressor, status, ksft_now() - began, oracle_count(seen));
	expect_eq(0, status, "stress-ng %s: status", stressor);
	expect(ksft_now() - began >= seconds, "stress-ng %s ran", stressor);
	expect(oracle_count(seen), "the oracle saw stress-ng elsewhere");
	owned_watch_check(&watch, stressor);
	foreign_check(&vm.cpus, stressor);
	for (int i = 0; i < vm.vcpus; i++)
		expect(vmm_moves(vm.v, 0, i, 20), "vCPU %d goes on", i);
	expect_eq(0, vmm_disturbed(vm.v), "KVM_RUN interrupted");
}

static void cpu(void)
{
	under("--cpu", "4", ROOT);
}

static void forks(void)
{
	under("--fork", "4", ROOT);
}

static void affinity(void)
{
	under("--affinity", "4", ROOT);
}

static void execs(void)
{
	under("--exec", "2", NOBODY);
}

static void pthreads(void)
{
	under("--pthread", "2", ROOT);
}

static const struct ksft_test tests[] = {
	{ "stress-ng --cpu", cpu },
	{ "stress-ng --fork", forks },
	{ "stress-ng --affinity", affinity },
	{ "stress-ng --exec", execs },
	{ "stress-ng --pthread", pthreads },
};

KSFT_MAIN(tests);
