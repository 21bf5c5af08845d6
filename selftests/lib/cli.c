// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the command cordon and reads its JSON, see cli.h. Called by the tests'
 * one thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "nlq.h"

#define MAX_ARGS	512
#define OUT_BYTES	(4 << 20)

static char *out, *err;
static int dropped = -1;

static const char *program(void)
{
	const char *path = getenv("CORDON_CLI");

	return path ? path : "cordon";
}

/* Splits @line in place. */
static void split(char *line, char **argv)
{
	int argc = 0;

	argv[argc++] = (char *)program();
	while (argc < MAX_ARGS - 1) {
		char stop = ' ';

		line += strspn(line, " ");
		if (!*line)
			break;
		if (*line == '\'')
			stop = *line++;
		argv[argc++] = line;
		line = strchr(line, stop);
		if (!line)
			break;
		*line++ = 0;
	}
	argv[argc] = NULL;
}

static pid_t start(const char *fmt, va_list args, int fd_out, int fd_err)
{
	static char line[65536];
	char *argv[MAX_ARGS];
	pid_t pid;

	vsnprintf(line, sizeof(line), fmt, args);
	split(line, argv);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dropped >= 0)
		prctl(PR_CAPBSET_DROP, dropped, 0, 0, 0);
	dup2(fd_out, 1);
	dup2(fd_err, 2);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Reads both ends until they are closed. */
static void drain(int fd_out, int fd_err)
{
	struct pollfd fds[2] = { { fd_out, POLLIN, 0 }, { fd_err, POLLIN, 0 } };
	char *text[2] = { out, err };
	size_t len[2] = { 0 };
	int open = 2;

	while (open && poll(fds, 2, -1) >= 0) {
		for (int i = 0; i < 2; i++) {
			ssize_t n;

			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			n = read(fds[i].fd, text[i] + len[i], OUT_BYTES - 1 - len[i]);
			if (n > 0) {
				len[i] += n;
				continue;
			}
			close(fds[i].fd);
			fds[i].fd = -1;
			open--;
		}
	}
	out[len[0]] = 0;
	err[len[1]] = 0;
}

static int vcli(const char *fmt, va_list args)
{
	int pipes[2][2], status = 0;
	pid_t pid;

	if (!out)
		out = malloc(OUT_BYTES);
	if (!err)
		err = malloc(OUT_BYTES);
	if (!out || !err || pipe2(pipes[0], O_CLOEXEC) || pipe2(pipes[1], O_CLOEXEC))
		ksft_die("pipes: %s", strerror(errno));
	pid = start(fmt, args, pipes[0][1], pipes[1][1]);
	if (pid < 0)
		ksft_die("fork: %s", strerror(errno));
	close(pipes[0][1]);
	close(pipes[1][1]);
	drain(pipes[0][0], pipes[1][0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int cli(const char *fmt, ...)
{
	va_list args;
	int status;

	va_start(args, fmt);
	status = vcli(fmt, args);
	va_end(args);
	return status;
}

const char *cli_out(void)
{
	return out ? out : "";
}

const char *cli_err(void)
{
	return err ? err : "";
}

static void describe(char *line, size_t size, const char *fmt, va_list args)
{
	int len = snprintf(line, size, "cordon ");

	vsnprintf(line + len, size - len, fmt, args);
}

void cli_must(const char *fmt, ...)
{
	va_list args, again;
	char line[256];
	int status;

	va_start(args, fmt);
	va_copy(again, args);
	describe(line, sizeof(line), fmt, again);
	status = vcli(fmt, args);
	va_end(again);
	va_end(args);
	if (status)
		ksft_die("%s: exit status %d\n%s", line, status, cli_err());
}

bool cli_refused(int status, const char *text, const char *fmt, ...)
{
	va_list args, again;
	char line[256];
	int got;

	va_start(args, fmt);
	va_copy(again, args);
	describe(line, sizeof(line), fmt, again);
	got = vcli(fmt, args);
	va_end(again);
	va_end(args);
	if (got != status) {
		ksft_fail("%s: exit status", line);
		ksft_note("  expected %d, got %d: %.500s", status, got, cli_err());
		return false;
	}
	if (!strcasestr(cli_err(), text)) {
		ksft_fail("%s: what it says", line);
		ksft_note("  expected \"... %s ...\", got \"%.500s\"", text, cli_err());
		return false;
	}
	return true;
}

void cli_need(void)
{
	static bool there;

	mod_need();
	if (!there && cli("-V") == 127)
		ksft_skip("needs the command cordon");
	there = true;
}

void cli_without(int capability)
{
	dropped = capability;
}

pid_t cli_start(int *fd, const char *fmt, ...)
{
	va_list args;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC))
		ksft_die("pipe: %s", strerror(errno));
	va_start(args, fmt);
	pid = start(fmt, args, pair[1], pair[1]);
	va_end(args);
	close(pair[1]);
	*fd = pair[0];
	return pid;
}

json_t *cli_json(const char *object, const char *fmt, ...)
{
	char command[60000], line[256];
	json_t *root, *array;
	json_error_t error;
	va_list args;
	int status;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	snprintf(line, sizeof(line), "cordon -j %.200s", command);
	status = cli("-j %s", command);
	if (status)
		ksft_die("%s: exit status %d\n%s", line, status, cli_err());
	root = json_loads(out, 0, &error);
	array = json_object_get(root, object);
	if (!json_is_array(array))
		ksft_die("%s: no array \"%s\": %.500s %s", line, object, out,
			 root ? "" : error.text);
	json_incref(array);
	json_decref(root);
	return array;
}

json_t *cli_vms(pid_t pid)
{
	json_t *all = nlq_vms(), *mine = json_array(), *vm;
	size_t i;

	json_array_foreach(all, i, vm)
		if (json_integer_value(json_object_get(vm, "pid")) == pid)
			json_array_append(mine, vm);
	json_decref(all);
	if (json_array_size(mine))
		return mine;
	json_decref(mine);
	return NULL;
}

int cli_vm_count(pid_t pid)
{
	json_t *vms = cli_vms(pid);
	int count = json_array_size(vms);

	json_decref(vms);
	return count;
}

static long integer(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

long cli_vm_int(pid_t pid, const char *key)
{
	json_t *vms = cli_vms(pid);
	long value = integer(json_array_get(vms, 0), key);

	json_decref(vms);
	return value;
}

long cli_vm_id(pid_t pid)
{
	long id = cli_vm_int(pid, "id");

	return id < 0 ? 0 : id;
}

static const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	static char buffers[4][256];
	static int turn;
	char *copy = buffers[turn++ % 4];

	snprintf(copy, sizeof(buffers[0]), "%s", value ? value : "");
	return copy;
}

const char *cli_vm_text(pid_t pid, const char *key)
{
	json_t *vms = cli_vms(pid);
	const char *value = text(json_array_get(vms, 0), key);

	json_decref(vms);
	return value;
}

/* A new reference, or NULL. */
static json_t *find_thread(pid_t tid)
{
	json_t *all = nlq_threads(), *thread, *found = NULL;
	size_t i;

	json_array_foreach(all, i, thread)
		if (integer(thread, "tid") == tid)
			found = json_incref(thread);
	json_decref(all);
	return found;
}

long cli_thread_int(pid_t tid, const char *key)
{
	json_t *thread = find_thread(tid);
	long value = integer(thread, key);

	json_decref(thread);
	return value;
}

const char *cli_thread_text(pid_t tid, const char *key)
{
	json_t *thread = find_thread(tid);
	const char *value = text(thread, key);

	json_decref(thread);
	return value;
}
