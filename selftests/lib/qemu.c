// SPDX-License-Identifier: GPL-2.0-only
/*
 * A real QEMU, see qemu.h. In the test bed it is the bed's own way to start one,
 * with a Linux guest; elsewhere the firmware keeps a guest without a kernel busy
 * just as well.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "qemu.h"

#define START	"/guest/start"
#define SOCKET	"qemu.qmp"

#define MAX_OTHERS 4

static pid_t qemu;
static FILE *qmp;
static pid_t others[MAX_OTHERS];
static int nr_others;

static void end_qemu(void)
{
	if (qmp)
		fclose(qmp);
	qmp = NULL;
	if (qemu) {
		kill(qemu, SIGKILL);
		waitpid(qemu, NULL, 0);
	}
	qemu = 0;
}

bool qemu_ended(void)
{
	if (qemu && waitpid(qemu, NULL, WNOHANG) == qemu)
		qemu = 0;
	if (!qemu)
		end_qemu();
	return !qemu;
}

static void exec_qemu(bool bare, const char *option, const char *value)
{
	const char *bed[] = { START, "cordon-test", NULL };
	const char *plain[] = {
		"qemu-system-x86_64", "-name", "guest=cordon-test,debug-threads=on",
		"-accel", "kvm", "-cpu", "host", "-machine", "q35", "-smp", "2",
		"-m", "192", "-nodefaults", "-no-user-config", "-display", "none",
		"-object", "iothread,id=io0", NULL
	};
	const char *more[] = {
		"-qmp", "unix:" SOCKET ",server=on,wait=off", option, value, NULL
	};
	const char *argv[32] = { NULL };
	int n = 0, log = open("qemu.log", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	for (const char **arg = bare ? plain : bed; *arg; arg++)
		argv[n++] = *arg;
	for (const char **arg = more; *arg; arg++)
		argv[n++] = *arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(log, 1);
	dup2(log, 2);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static pid_t start(bool bare, const char *option, const char *value)
{
	int status;

	unlink(SOCKET);
	qemu = fork();
	if (!qemu)
		exec_qemu(bare, option, value);
	ksft_defer(end_qemu);
	ksft_until(60, cli_vm_int(qemu, "vcpus") == QEMU_VCPUS ||
		   waitpid(qemu, &status, WNOHANG));
	if (kill(qemu, 0)) {
		qemu = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			ksft_skip("needs qemu-system-x86_64");
		ksft_die("QEMU ended with status %#x, see qemu.log", status);
	}
	return qemu;
}

pid_t qemu_start(const char *option, const char *value)
{
	return start(access(START, X_OK), option, value);
}

pid_t qemu_start_bare(void)
{
	return start(true, NULL, NULL);
}

static void end_others(void)
{
	while (nr_others) {
		kill(others[--nr_others], SIGKILL);
		waitpid(others[nr_others], NULL, 0);
	}
}

pid_t qemu_start_smp(const char *name, int vcpus, const char *smp)
{
	pid_t pid;

	if (access(START, X_OK))
		ksft_skip("needs the test bed's guest");
	require(nr_others < MAX_OTHERS, "room for one more QEMU");
	ksft_defer(end_others);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(START, START, name, "-smp", smp, NULL);
		_exit(127);
	}
	others[nr_others++] = pid;
	require(ksft_until(120, cli_vm_int(pid, "vcpus") == vcpus),
		"%s has %d vCPUs", name, vcpus);
	return pid;
}

const char *qemu_console(const char *name)
{
	static char text[65536];
	char file[64];

	snprintf(file, sizeof(file), "%s.serial", name);
	if (!host_read(file, text, sizeof(text)))
		*text = 0;
	return text;
}

/* The answer to a command; events come in between. */
static json_t *answer(void)
{
	char line[4096];
	json_t *said;

	while (fgets(line, sizeof(line), qmp)) {
		said = json_loads(line, 0, NULL);
		if (json_object_get(said, "return"))
			return said;
		require(!json_object_get(said, "error"), "QMP: %s", line);
		json_decref(said);
	}
	ksft_die("QMP: the connection ended");
}

static json_t *run(const char *command)
{
	fprintf(qmp, "{\"execute\": \"%s\"}\n", command);
	fflush(qmp);
	return answer();
}

static void open_qmp(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	require(ksft_until(20, !connect(fd, (struct sockaddr *)&address,
					sizeof(address))),
		"QMP answers: %s", strerror(errno));
	qmp = fdopen(fd, "r+");
	require(qmp, "a stream");
	setvbuf(qmp, NULL, _IOLBF, 4096);
	json_decref(run("qmp_capabilities"));
}

void qemu_command(const char *command)
{
	if (!qmp)
		open_qmp();
	json_decref(run(command));
}

const char *qemu_status(void)
{
	static char status[32];
	json_t *said;

	if (!qmp)
		open_qmp();
	said = run("query-status");
	snprintf(status, sizeof(status), "%s",
		 json_string_value(json_object_get(json_object_get(said, "return"),
						   "status")));
	json_decref(said);
	return status;
}
