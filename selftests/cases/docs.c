// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every call of cordon that README.rst and Documentation/ show is run, in their
 * order, on a host with the VMs that they speak of. Wrong usage fails; so does a
 * refusal, unless the text shows it or this host has too few CPUs for it.
 */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define LINE_MAX_BYTES 1024
/* What is refused in the texts for a CPU that is not there is so up to here. */
#define CPUS_MAX 8
#define SCRIPT "docs-command.sh"

static char extract[PATH_MAX];

static void start_vm(const char *name)
{
	struct vmm *v = vmm_start();

	vmm_rename_tid(v, v->pid, name);
	vmm_vm_new(v, 0);
	vmm_vcpus_new(v, 0, 4, GUEST_HALT);
	vmm_thread_new(v, THREAD_EPOLL, "IO io1");
	require(vmm_moves(v, 0, 3, 20), "%s runs", name);
}

static void find_texts(void)
{
	char self[PATH_MAX - 64] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		ksft_die("/proc/self/exe: %m");
	snprintf(extract, sizeof(extract), "%s/docs/commands", dirname(dirname(self)));
	if (access(extract, X_OK))
		ksft_skip("needs the texts: run from the tree");
}

/* By a shell: a command may have quotes, or be a pipe. */
static int run(const char *command)
{
	bool monitor = strstr(command, " monitor");
	FILE *script = fopen(SCRIPT, "w");
	char timeout[64] = "";
	int status;

	if (!script)
		ksft_die(SCRIPT ": %m");
	fprintf(script, "%s%s\n", monitor ? "exec " : "", command);
	fclose(script);
	/* A monitor runs until it is interrupted, and then has done well. */
	if (monitor)
		snprintf(timeout, sizeof(timeout), "--preserve-status -s INT %d sh ",
			 5 * ksft_slow());
	setenv("CORDON_CLI", monitor ? "timeout" : "sh", 1);
	status = cli("%s" SCRIPT, timeout);
	unlink(SCRIPT);
	return status;
}

/* This host is not large enough for what was asked of it. */
static bool lacks(const char *error)
{
	return strstr(error, "does not exist") || strstr(error, " wanted, ") ||
	       strstr(error, "has no SMT");
}

/*
 * A text for a larger host than this one: its policy is refused for a CPU that
 * is not there, and what follows on it finds no policy.
 */
static bool too_small(bool *missed)
{
	if (lacks(cli_err())) {
		*missed = true;
		return true;
	}
	return *missed && strstr(cli_err(), "no policy");
}

/* Each block begins with two VMs that have a policy. */
static void begin_block(void)
{
	run("cordon policy del all");
	expect_eq(0, run("cordon policy set web-1 emulator-cpus 0-1"), "%s", cli_err());
	expect_eq(0, run("cordon policy set web-2 emulator-cpus 0-1"), "%s", cli_err());
}

static void judge(const char *where, const char *block, bool refused,
		  const char *command)
{
	static char last[LINE_MAX_BYTES];
	char this[LINE_MAX_BYTES];
	static bool missed;
	int status;

	snprintf(this, sizeof(this), "%.*s:%s", (int)strcspn(where, ":"), where, block);
	if (strcmp(last, this)) {
		strcpy(last, this);
		missed = false;
		begin_block();
	}
	status = run(command);
	if (!status && strstr(command, " set "))
		missed = false;
	if (refused)
		expect_eq(2, status, "%s: %s: as refused as the text shows", where, command);
	else if (status == 2 && too_small(&missed))
		ksft_note("%s: %s: this host is too small: %.100s", where, command,
			  cli_err());
	else
		expect_eq(0, status, "%s: %s: %.300s", where, command, cli_err());
}

static void commands(void)
{
	char line[LINE_MAX_BYTES];
	struct cpus online;
	int count = 0;
	FILE *list;

	ksft_need_time();
	find_texts();
	cli_need();
	host_need_cpus(4);
	online = cpus_online();
	if (cpus_count(&online) > CPUS_MAX)
		ksft_skip("needs a host of at most %d CPUs", CPUS_MAX);
	start_vm("web-1");
	start_vm("web-2");
	list = popen(extract, "r");
	require(list, "the texts are read");
	while (fgets(line, sizeof(line), list)) {
		char *where = strtok(line, "\t"), *block = strtok(NULL, "\t");
		char *how = strtok(NULL, "\t"), *command = strtok(NULL, "\n");

		if (!command || (strncmp(command, "cordon", 6) && strncmp(command, "eval ", 5)))
			continue;
		count++;
		judge(where, block, !strcmp(how, "refused"), command);
	}
	expect_eq(0, pclose(list), "%s", extract);
	expect(count > 10, "commands in the texts: %d", count);
	ksft_note("%d commands", count);
}

static const struct ksft_test tests[] = {
	{ "every command that is shown", commands },
};

KSFT_MAIN(tests);
