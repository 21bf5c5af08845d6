// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command cordon: options, then the table of objects. Each object has a
 * file of its own; words match exactly.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cordon.h"
#include "nl.h"
#include "out.h"

#ifndef CORDON_VERSION
#define CORDON_VERSION "unknown"
#endif

static const struct object *const objects[] = {
	&vm_object, &thread_object, &policy_object, &cpu_object,
	&stats_object, &monitor_object, &off_object,
};

void error_print(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("Error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int usage_error(const char *fmt, ...)
{
	va_list ap;

	fputs("Error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return WRONG_USAGE;
}

static void usage(FILE *f)
{
	fputs("Usage: cordon [ OPTIONS ] [ OBJECT { COMMAND | help } ]\n"
	      "  OBJECT  := { vm | thread | policy | cpu | stats | monitor | off }\n"
	      "  OPTIONS := { -j[son] | -p[retty] (implies -j) | -V[ersion] | -h[elp] }\n"
	      "  VM      := NAME | UUID | id:N | pid:N | all\n"
	      "\n"
	      "cordon vm list                     every KVM guest of this host\n"
	      "cordon vm show VM                  one of them, and whether its policy holds\n"
	      "cordon thread list [ VM ]          its threads, and where each may run\n"
	      "cordon policy { set | replace } VM KEY VALUE ... [ confirm SECONDS ]\n"
	      "                                   hold its threads to CPUs and CPU time\n"
	      "cordon policy plan VM KEY VALUE ...\n"
	      "                                   what set would do, and whom that would move\n"
	      "cordon policy replan VM            place its vCPUs anew\n"
	      "cordon policy confirm VM           keep a policy that would go back\n"
	      "cordon policy show [ VM ]          what is set\n"
	      "cordon policy del VM               give all back as found\n"
	      "cordon cpu show                    what each CPU is for, and who owns it\n"
	      "cordon cpu set { dedicated LIST | shared LIST | reserve N } ...\n"
	      "                                   what VMs may own or share\n"
	      "cordon stats show [ VM ] [ cap ]   what its caps allow, and what was used\n"
	      "cordon monitor [ VM ] [ TYPE ... ] tell what happens\n"
	      "cordon off                         undo everything\n"
	      "\n"
	      "Without an object: an overview. More: cordon OBJECT help, man 8 cordon.\n", f);
}

/* The words that may follow, for an error message. */
static int unknown_word(const char *object, const char *word,
			const struct command *commands)
{
	fprintf(stderr, "Error: ");
	if (word)
		fprintf(stderr, "%s: unknown command \"%s\"; it knows:", object,
			word);
	else
		fprintf(stderr, "%s: what about it? It knows:", object);
	for (; commands->name; commands++)
		fprintf(stderr, " %s,", commands->name);
	fprintf(stderr, " help\n");
	return WRONG_USAGE;
}

static int object_run(const struct object *object, int argc, char **argv)
{
	const struct command *command;

	if (argc && !strcmp(argv[0], "help")) {
		if (argc > 1)
			return usage_error("%s help: nothing may follow", object->name);
		object->help();
		return DONE;
	}
	if (object->run)
		return object->run(argc, argv);
	if (!argc)
		return unknown_word(object->name, NULL, object->commands);
	for (command = object->commands; command->name; command++)
		if (!strcmp(argv[0], command->name))
			return command->run(argc - 1, argv + 1);
	return unknown_word(object->name, argv[0], object->commands);
}

static int dispatch(int argc, char **argv)
{
	size_t i;

	if (!argc)
		return vm_overview();
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (!strcmp(argv[0], objects[i]->name))
			return object_run(objects[i], argc - 1, argv + 1);
	if (!strcmp(argv[0], "help")) {
		if (argc > 1)
			return usage_error("help: nothing may follow; of an object: cordon OBJECT help");
		usage(stdout);
		return DONE;
	}
	return usage_error("unknown object \"%s\"; objects: vm, thread, policy, cpu, stats, monitor, off",
			   argv[0]);
}

static bool is_option(const char *arg, const char *word)
{
	/* -j, -json and --json */
	if (arg[0] != '-')
		return false;
	if (arg[1] == word[0] && !arg[2])
		return true;
	return !strcmp(arg + 1, word) ||
	       (arg[1] == '-' && !strcmp(arg + 2, word));
}

/* What was promised on stdout must have arrived there. */
static int finish(int status)
{
	cn_close();
	if (fflush(stdout) || ferror(stdout)) {
		error_print("cannot write to standard output");
		return status ? status : REFUSED;
	}
	return status;
}

int main(int argc, char **argv)
{
	bool json = false, pretty = false;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (is_option(argv[i], "json")) {
			json = true;
		} else if (is_option(argv[i], "pretty")) {
			json = pretty = true;
		} else if (is_option(argv[i], "Version") ||
			   !strcmp(argv[i], "--version")) {
			printf("cordon %s\n", CORDON_VERSION);
			return finish(DONE);
		} else if (is_option(argv[i], "help")) {
			usage(stdout);
			return finish(DONE);
		} else {
			return usage_error("unknown option \"%s\"; options: -j, -p, -V, -h",
					   argv[i]);
		}
	}
	out_init(json, pretty);
	return finish(dispatch(argc - i, argv + i));
}
