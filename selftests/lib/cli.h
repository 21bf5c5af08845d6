/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command cordon, as a person runs it: $CORDON_CLI, or cordon from PATH.
 * Arguments are split at blanks; 'single quotes' keep one together.
 */
#ifndef CORDON_CLI_H
#define CORDON_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

/* Runs it: its exit status; what it said is in cli_out() and cli_err(). */
int cli(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *cli_out(void);
const char *cli_err(void);
/* Ends the test unless the exit status is 0. */
void cli_must(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* From now on it runs without this capability; -1: with all. */
void cli_without(int capability);
/* Skips the test if there is no command, or no module. */
void cli_need(void);
/* Exit status @status and @text in what it says on stderr. */
bool cli_refused(int status, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* `cordon -j ...`: the array of @object, a new reference; ends the test if
 * there is none.
 */
json_t *cli_json(const char *object, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* VMs of a process, new references; NULL if it has none. */
json_t *cli_vms(pid_t pid);
int cli_vm_count(pid_t pid);
/* The id of the only VM of a process, 0 if it has none. */
long cli_vm_id(pid_t pid);
/* An integer of its (first) VM, -1 if there is no VM or no such key. */
long cli_vm_int(pid_t pid, const char *key);
/* A string of it, "" if there is none; a static buffer. */
const char *cli_vm_text(pid_t pid, const char *key);

/* A thread that cordon knows: its integer, or string; -1 or "" if unknown. */
long cli_thread_int(pid_t tid, const char *key);
const char *cli_thread_text(pid_t tid, const char *key);

/* Starts `cordon ...` in the background; its output goes to the pipe *@out. */
pid_t cli_start(int *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* CORDON_CLI_H */
