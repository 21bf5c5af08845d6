// SPDX-License-Identifier: GPL-2.0-only
/* The object stats: what caps allow, what was used, and who had to wait. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "capinfo.h"
#include "cordon.h"
#include "nl.h"
#include "out.h"
#include "policy.h"
#include "vms.h"
#include "words.h"

static const struct out_column columns[] = {
	{ "CAP", "cap", false, 0 },
	{ "VCPU", "vcpu", true, 0 },
	{ "TID", "tid", true, 0 },
	{ "QUOTA", "quota", true, 0 },
	{ "PERIOD", "period", true, 0 },
	{ "BURST", "burst", true, 0 },
	{ "USED", "used", true, 0 },
	{ "PERIODS", "nr_periods", true, 0 },
	{ "THROTTLED", "nr_throttled", true, 0 },
	{ "WAITED", "waited", true, 0 },
	{ "NAME", "comm", false, 6 },
};

static void time_show(const char *key, uint64_t us)
{
	struct text t = { 0 };

	time_print(&t, us);
	out_show(key, "%s", text_str(&t));
	text_free(&t);
}

static void duration_show(const char *key, uint64_t ns)
{
	struct text t = { 0 };

	text_duration(&t, ns);
	out_show(key, "%s", text_str(&t));
	text_free(&t);
}

/* One budget, as a row. */
static void cap_show(const struct cap_info *cap)
{
	struct text quota = { 0 };

	out_item();
	out_string("cap", word_of(&cap_words, cap->cap));
	if (HAS(cap, CORDON_A_CAP_VCPU))
		out_uint("vcpu", cap->vcpu);
	if (HAS(cap, CORDON_A_CAP_TID))
		out_uint("tid", cap->tid);
	share_print(&quota, cap->quota_us, cap->period_us);
	out_show("quota", "%s", text_str(&quota));
	time_show("period", cap->period_us);
	if (cap->burst_us)
		time_show("burst", cap->burst_us);
	duration_show("used", cap->time_ns);
	out_uint("nr_periods", cap->nr_periods);
	out_uint("nr_throttled", cap->nr_throttled);
	duration_show("waited", cap->throttled_ns);
	if (cap->comm)
		out_string("comm", cap->comm);
	text_free(&quota);
}

static const struct vm_info *stats_vm(struct nl_msg *msg,
				      const struct vm_list *list)
{
	struct cn_reply one = { .msg = &msg, .n = 1 };
	const struct nlattr *id = reply_attr(&one, CORDON_A_STATS_VM_ID);

	return id ? vm_by_id(list, attr_uint(id)) : NULL;
}

/* Each in a row, or all in one array. */
static void caps_print(struct nl_msg *msg)
{
	json_t *caps = json_array();
	struct cap_info cap;
	struct nlattr *pos;
	int rem;

	attr_for_each(pos, msg, rem) {
		if (nla_type(pos) != CORDON_A_STATS_CAP)
			continue;
		cap_info_parse(pos, &cap);
		if (out_is_json())
			json_array_append_new(caps, cap_json(&cap));
		else
			cap_show(&cap);
		cap_info_free(&cap);
	}
	out_value("cap", caps);
}

static bool has_caps(struct nl_msg *msg)
{
	struct cn_reply one = { .msg = &msg, .n = 1 };

	return reply_attr(&one, CORDON_A_STATS_CAP);
}

static void stats_print(struct nl_msg *msg, const struct vm_info *vm)
{
	struct text name = { 0 };

	text_utf8(&name, vm->name, false);
	if (out_is_json()) {
		out_item();
		out_uint("vm_id", vm->id);
		out_string("vm", vm->name);
		caps_print(msg);
	} else if (has_caps(msg)) {
		out_text("%s  id:%u\n", text_str(&name), vm->id);
		caps_print(msg);
		out_table_end();
	} else {
		out_text("%s  id:%u: no cap\n", text_str(&name), vm->id);
	}
	text_free(&name);
}

/* Of all VMs, text shows those that have caps. */
static void all_print(const struct cn_reply *reply, const struct vm_list *list,
		      bool one)
{
	const struct vm_info *vm;
	const char *between = "";
	size_t i;

	out_begin("stats", columns, ARRAY_SIZE(columns));
	for (i = 0; i < reply->n; i++) {
		vm = stats_vm(reply->msg[i], list);
		if (!vm || !(one || out_is_json() || has_caps(reply->msg[i])))
			continue;
		out_text("%s", between);
		stats_print(reply->msg[i], vm);
		between = "\n";
	}
	if (!*between)
		out_text("No cap.\n");
	out_end();
}

static int show_meant(const struct vm_ref *ref, const struct vm_list *list)
{
	bool all = ref->kind == VM_REF_ALL;
	struct cn_reply reply = { 0 };
	const struct vm_info *vm;
	struct nl_msg *request;
	int status;

	if (!all) {
		status = vm_find(ref, list, &vm);
		if (status)
			return status;
	}
	request = cn_request(CORDON_CMD_STATS_GET, all ? NLM_F_DUMP : 0);
	if (!all)
		nla_put_u32(request, CORDON_A_STATS_VM_ID, vm->id);
	status = cn_ask(request, &reply, ref->word);
	if (!status)
		all_print(&reply, list, !all);
	cn_reply_free(&reply);
	return status;
}

/* [ VM ] [ cap ] */
static int show_run(int argc, char **argv)
{
	if (argc && !strcmp(argv[argc - 1], "cap"))
		argc--;
	if (argc > 1)
		return usage_error("stats show: unknown group \"%s\"; groups: cap",
				   argv[1]);
	return vm_run(argc ? argv[0] : "all", show_meant);
}

static void stats_help(void)
{
	puts("Usage: cordon stats show [ VM ] [ cap ]\n"
	     "  VM := NAME | UUID | id:N | pid:N | all\n"
	     "\n"
	     "CAP        whom it limits: each vcpu, each iothread, the emulator threads\n"
	     "           together, the migration threads, or the whole VM (global)\n"
	     "VCPU, TID  whose it is, where that is one thread, and its NAME\n"
	     "QUOTA      of one CPU, in each PERIOD; BURST: what may be saved up\n"
	     "USED       CPU time under the cap\n"
	     "PERIODS    in which it was used; THROTTLED: those in which a thread waited\n"
	     "WAITED     how long, summed over the threads (with cap-by cgroup: over CPUs)");
}

static const struct command commands[] = {
	{ "show", show_run },
	{ }
};

const struct object stats_object = {
	.name = "stats",
	.commands = commands,
	.help = stats_help,
};
