// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object off: every policy deleted, every hook off, so that the module
 * can be unloaded. Threads that cannot answer now are named with the reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attr.h"
#include "cordon.h"
#include "nl.h"
#include "out.h"
#include "policy.h"
#include "vms.h"

static const struct out_column columns[] = {
	{ "TID", "tid", true, 0 },
	{ "NAME", "comm", false, 0 },
	{ "WHY", "why", false, 0 },
};

/* The state letter of a thread, as in proc(5); 0 if it is gone. */
static char state_read(uint32_t tid)
{
	char path[64], line[512], state = 0;
	const char *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/stat", tid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	/* The name before the state may hold anything, brackets too. */
	if (fgets(line, sizeof(line), f)) {
		end = strrchr(line, ')');
		if (end && end[1] == ' ')
			state = end[2];
	}
	fclose(f);
	return state;
}

/* Is the thread's cgroup (v2) frozen? */
static bool is_frozen(uint32_t tid)
{
	char path[4400], line[4096];
	bool frozen = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/cgroup", tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	path[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "0::", 3))
			snprintf(path, sizeof(path),
				 "/sys/fs/cgroup%s/cgroup.events", line + 3);
	}
	fclose(f);
	f = path[0] ? fopen(path, "re") : NULL;
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		frozen |= !strcmp(line, "frozen 1\n");
	fclose(f);
	return frozen;
}

static const char *why(uint32_t tid)
{
	switch (state_read(tid)) {
	case 0:
	case 'X':
	case 'Z':
		return "it is ending";
	case 'T':
		return "stopped by a signal: it answers when it is continued";
	case 't':
		return "stopped by a debugger: it answers when it is continued";
	case 'D':
		return "in uninterruptible sleep: it answers when that ends";
	}
	if (is_frozen(tid))
		return "in a frozen cgroup: it answers when that is thawed";
	return "it has not come to a safe point yet";
}

/* Returns how many it named: the kernel does not name all of very many. */
static uint64_t detaching_print(const struct cn_reply *reply, json_t *list)
{
	struct nlattr *pos;
	uint64_t named = 0;
	int rem;

	attr_for_each(pos, reply->msg[0], rem) {
		struct thread_info thread;
		const char *reason;
		json_t *json;

		if (nla_type(pos) != CORDON_A_OFF_DETACHING)
			continue;
		thread_info_parse(nla_data(pos), nla_len(pos), &thread);
		reason = why(thread.tid);
		if (out_is_json()) {
			json = json_object();
			json_object_set_new(json, "tid", json_integer(thread.tid));
			json_object_set_new(json, "comm", out_json_string(thread.comm ? thread.comm : "-"));
			json_object_set_new(json, "why", json_string(reason));
			json_array_append_new(list, json);
		} else {
			out_item();
			out_uint("tid", thread.tid);
			out_string("comm", thread.comm ? thread.comm : "-");
			out_string("why", reason);
		}
		thread_info_free(&thread);
		named++;
	}
	return named;
}

static uint64_t count(const struct cn_reply *reply, int attr)
{
	const struct nlattr *nla = reply_attr(reply, attr);

	return nla ? attr_uint(nla) : 0;
}

static void done_print(const struct cn_reply *reply)
{
	uint64_t policies = count(reply, CORDON_A_OFF_POLICIES);
	uint64_t hooks = count(reply, CORDON_A_OFF_HOOKS);
	uint64_t detaching = count(reply, CORDON_A_OFF_DETACHING_COUNT);
	uint64_t named = 0;
	json_t *list = json_array();

	out_begin("off", detaching ? columns : NULL,
		  detaching ? ARRAY_SIZE(columns) : 0);
	out_text("cordon is off: %llu polic%s deleted, %llu hook%s taken off",
		 (unsigned long long)policies, policies == 1 ? "y" : "ies",
		 (unsigned long long)hooks, hooks == 1 ? "" : "s");
	if (detaching)
		out_text(";\n%llu thread%s cannot answer now, and rmmod waits for %s:\n",
			 (unsigned long long)detaching, detaching == 1 ? "" : "s",
			 detaching == 1 ? "it" : "them");
	else
		out_text(". rmmod cordon unloads it.\n");
	if (out_is_json()) {
		out_item();
		out_uint("policies", policies);
		out_uint("hooks", hooks);
		out_uint("detaching_count", detaching);
	}
	if (reply->n)
		named = detaching_print(reply, list);
	out_value("detaching", list);
	out_table_end();
	if (detaching > named)
		out_text("and %llu more\n",
			 (unsigned long long)(detaching - named));
	out_end();
}

static int off_run(int argc, char **argv)
{
	struct cn_reply reply = { 0 };
	int status;

	if (argc)
		return usage_error("off: nothing may follow, not \"%s\"", argv[0]);
	if (access("/sys/module/cordon", F_OK)) {
		out_begin("off", NULL, 0);
		out_text("The module cordon is not loaded: nothing to undo.\n");
		out_end();
		return DONE;
	}
	status = cn_open();
	if (status)
		return status;
	status = cn_ask(cn_request(CORDON_CMD_OFF, 0), &reply, NULL);
	if (!status)
		done_print(&reply);
	cn_reply_free(&reply);
	return status;
}

static void off_help(void)
{
	puts("Usage: cordon off\n"
	     "\n"
	     "Deletes every policy, gives everything back as found and takes every hook off,\n"
	     "so that the module can be unloaded. Threads that cannot answer now (stopped,\n"
	     "traced, frozen, in uninterruptible sleep) are listed; theirs come off later.\n"
	     "A system call in which a thread of a VMM sleeps may return EINTR.");
}

const struct object off_object = {
	.name = "off",
	.run = off_run,
	.help = off_help,
};
