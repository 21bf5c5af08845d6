/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every part of the cordon command shares: exit codes, the way errors
 * are told, and the objects that main.c dispatches to.
 */
#ifndef _CORDON_TOOL_H
#define _CORDON_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/cordon.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))

/**
 * enum cordon_exit - exit status of the command
 * @DONE: done
 * @WRONG_USAGE: the command line is wrong, nothing was sent to the kernel
 * @REFUSED: the kernel refused, or something failed
 * @NO_MODULE: the module is not loaded and cannot be
 */
enum cordon_exit {
	DONE = 0,
	WRONG_USAGE = 1,
	REFUSED = 2,
	NO_MODULE = 3,
};

/**
 * struct command - one command of an object
 * @name: the word
 * @run: does it, with the words after the command; returns an exit status
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

/**
 * struct object - one object of the command line
 * @name: the word
 * @commands: what can be done with it, ended by an empty one; NULL if the
 *	object is a command itself
 * @run: for an object without commands
 * @help: prints its help to stdout; needs neither root nor the module
 */
struct object {
	const char *name;
	const struct command *commands;
	int (*run)(int argc, char **argv);
	void (*help)(void);
};

extern const struct object vm_object;
extern const struct object thread_object;
extern const struct object policy_object;
extern const struct object cpu_object;
extern const struct object stats_object;
extern const struct object monitor_object;
extern const struct object off_object;

/* vm.c: what bare `cordon` shows. */
int vm_overview(void);

/* main.c */
PRINTF(1, 2) void error_print(const char *fmt, ...);
PRINTF(1, 2) int usage_error(const char *fmt, ...);

#endif /* _CORDON_TOOL_H */
