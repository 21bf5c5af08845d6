// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object policy: show, del, confirm, and the help that lists the keys.
 * What changes policies is in policyset.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attr.h"
#include "caps.h"
#include "cordon.h"
#include "done.h"
#include "keys.h"
#include "nl.h"
#include "out.h"
#include "policy.h"
#include "vms.h"

static char *name_of_pid(uint32_t pid)
{
	char *name, *uuid, path[64], comm[32] = "";
	FILE *f;

	cmdline_read(pid, &name, &uuid);
	free(uuid);
	if (name)
		return name;
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(comm, sizeof(comm), f))
		comm[strcspn(comm, "\n")] = '\0';
	if (f)
		fclose(f);
	return xstrdup(*comm ? comm : "-");
}

/* Is that pid the VMM of two VMs at least? */
static bool pid_is_shared(const struct vm_list *list, uint32_t pid)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += HAS(&list->vm[i], CORDON_A_VM_PID) &&
		     list->vm[i].pid == pid;
	return n > 1;
}

static void target_name(struct target *target, char *name)
{
	target->name = name;
	text_utf8(&target->shown, name, false);
}

int target_find(const struct vm_ref *ref, const struct vm_list *list,
		struct target *target)
{
	const struct vm_info *vm;
	int status;

	memset(target, 0, sizeof(*target));
	if (ref->kind == VM_REF_PID && !pid_is_shared(list, ref->number)) {
		target->pid = ref->number;
		target_name(target, name_of_pid(ref->number));
		text_add(&target->word, "pid:%u", ref->number);
		return DONE;
	}
	status = vm_find(ref, list, &vm);
	if (!status)
		target_of_vm(vm, list, target);
	return status;
}

void target_of_vm(const struct vm_info *vm, const struct vm_list *list,
		  struct target *target)
{
	memset(target, 0, sizeof(*target));
	target->id = vm->id;
	target_name(target, xstrdup(vm->name));
	vm_word(vm, list, &target->word);
}

void target_free(struct target *target)
{
	free(target->name);
	text_free(&target->shown);
	text_free(&target->word);
}

bool target_put(struct nl_msg *msg, const struct target *target)
{
	if (target->pid)
		return !nla_put_u32(msg, CORDON_A_POLICY_PID, target->pid);
	return !nla_put_u32(msg, CORDON_A_POLICY_VM_ID, target->id);
}

void target_fields(const struct target *target)
{
	if (target->id)
		out_uint("vm_id", target->id);
	if (target->pid)
		out_uint("pid", target->pid);
	out_string("vm", target->name);
}

const struct nlattr *reply_attr(const struct cn_reply *reply, int attr)
{
	struct genlmsghdr *hdr;

	if (!reply->n)
		return NULL;
	hdr = genlmsg_hdr(nlmsg_hdr(reply->msg[0]));
	return nla_find(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), attr);
}

int policy_get(const struct target *target, struct cn_reply *reply)
{
	struct nl_msg *request = cn_request(CORDON_CMD_POLICY_GET, 0);
	struct cn_error error;
	int err;

	target_put(request, target);
	err = cn_query(request, reply, &error);
	nlmsg_free(request);
	cn_error_clear(&error);
	return err;
}

/* Whose policy a message holds; by pid where the VM is not listed. */
static void target_read(const struct cn_reply *reply, const struct vm_list *list,
			struct target *target)
{
	const struct nlattr *id = reply_attr(reply, CORDON_A_POLICY_VM_ID);
	const struct nlattr *pid = reply_attr(reply, CORDON_A_POLICY_PID);
	const struct vm_info *vm = id ? vm_by_id(list, attr_uint(id)) : NULL;

	if (vm) {
		target_of_vm(vm, list, target);
		return;
	}
	memset(target, 0, sizeof(*target));
	if (id) {
		target->id = attr_uint(id);
		text_add(&target->word, "id:%u", target->id);
	} else if (pid) {
		target->pid = attr_uint(pid);
		text_add(&target->word, "pid:%u", target->pid);
	}
	target_name(target, pid ? name_of_pid(attr_uint(pid)) :
		    xstrdup(text_str(&target->word)));
}

/*
 * Does a message hold a policy? The kernel answers for VMs without one too,
 * and a policy whose keys were all reset has none to show.
 */
static bool is_policy(struct nl_msg *msg, const struct vm_list *list)
{
	struct cn_reply one = { .msg = &msg, .n = 1 };
	const struct nlattr *id = reply_attr(&one, CORDON_A_POLICY_VM_ID);
	const struct vm_info *vm = id ? vm_by_id(list, attr_uint(id)) : NULL;
	size_t i;

	if (vm && HAS(vm, CORDON_A_VM_MODE))
		return true;
	for (i = 0; i < nr_keys; i++)
		if (reply_attr(&one, keys[i].attr))
			return true;
	return false;
}

/* A time is told as a share of its period too, a size in bytes. */
static void other_add(const struct key *key, struct nl_msg *msg, struct text *t)
{
	struct cn_reply one = { .msg = &msg, .n = 1 };
	struct text other = { 0 };

	if (cap_has_share(key))
		share_print(&other, attr_uint(reply_attr(&one, key->attr)),
			    cap_period_of(key, msg));
	else
		key_print_other(key, msg, &other);
	if (key->attr == CORDON_A_POLICY_RESERVATION)
		text_add(&other, reply_attr(&one, CORDON_A_POLICY_GUARANTEE) ?
			 "; guaranteed by its weight" : "; for admission only");
	if (other.len)
		text_add(t, " (%s)", text_str(&other));
	text_free(&other);
}

static void key_line_print(const struct key *key, struct nl_msg *msg)
{
	struct text value = { 0 }, quoted = { 0 }, json_key = { 0 };

	if (key_print(key, msg, &value)) {
		text_shell_word(&quoted, text_str(&value));
		other_add(key, msg, &quoted);
		out_text("    %-18s%s\n", key->name, text_str(&quoted));
		key_json_name(key, &json_key);
		out_value(text_str(&json_key), key_json(key, msg));
	}
	text_free(&value);
	text_free(&quoted);
	text_free(&json_key);
}

static void guarantee_field(const struct cn_reply *policy)
{
	const struct nlattr *nla = reply_attr(policy, CORDON_A_POLICY_GUARANTEE);

	if (nla)
		out_uint("guarantee_millicpus", attr_uint(nla));
}

/* One policy, a key on each line as `policy set` takes it. */
static void policy_print(struct nl_msg *msg, const struct vm_list *list)
{
	struct cn_reply one = { .msg = &msg, .n = 1 };
	const struct vm_info *vm;
	const struct nlattr *ms;
	struct target target;
	size_t i;

	target_read(&one, list, &target);
	vm = vm_by_id(list, target.id);
	out_item();
	target_fields(&target);
	out_text("%s", text_str(&target.shown));
	if (target.id)
		out_text("  id:%u", target.id);
	if (vm && HAS(vm, CORDON_A_VM_PID)) {
		out_uint("pid", vm->pid);
		out_text("  pid:%u", vm->pid);
	}
	if (target.pid)
		out_text("  pid:%u", target.pid);
	out_text("\n");
	for (i = 0; i < nr_keys; i++)
		key_line_print(&keys[i], msg);
	guarantee_field(&one);
	ms = reply_attr(&one, CORDON_A_POLICY_CONFIRM_MS);
	if (ms) {
		out_uint("confirm_ms", attr_uint(ms));
		out_text("! goes back in %llu s, unless: cordon policy confirm %s\n",
			 (unsigned long long)(attr_uint(ms) + 999) / 1000,
			 text_str(&target.word));
	}
	target_free(&target);
}

static void policies_print(const struct cn_reply *reply,
			   const struct vm_list *list)
{
	const char *between = "";
	size_t i;

	out_begin("policy", NULL, 0);
	for (i = 0; i < reply->n; i++) {
		if (!is_policy(reply->msg[i], list))
			continue;
		out_text("%s", between);
		policy_print(reply->msg[i], list);
		between = "\n";
	}
	if (!*between)
		out_text("No policy.\n");
	out_end();
}

static int show_meant(const struct vm_ref *ref, const struct vm_list *list)
{
	bool all = ref->kind == VM_REF_ALL;
	struct cn_reply reply = { 0 };
	struct target target = { 0 };
	struct nl_msg *request;
	int status;

	if (!all) {
		status = target_find(ref, list, &target);
		if (status)
			return status;
	}
	request = cn_request(CORDON_CMD_POLICY_GET, all ? NLM_F_DUMP : 0);
	if (!all)
		target_put(request, &target);
	status = cn_ask(request, &reply, ref->word);
	if (!status)
		policies_print(&reply, list);
	cn_reply_free(&reply);
	target_free(&target);
	return status;
}

/* What show, del and confirm have in common: one word, the VM. */
static int with_vm(int argc, char **argv, const char *command, bool may_be_all,
		   int (*run)(const struct vm_ref *, const struct vm_list *))
{
	if (argc != 1)
		return usage_error(argc ? "policy %s: one VM, and nothing after it" :
				   "policy %s: which VM? NAME, UUID, id:N or pid:N",
				   command);
	if (!strcmp(argv[0], "all") && !may_be_all)
		return usage_error("policy %s: one VM at a time, not \"all\"",
				   command);
	return vm_run(argv[0], run);
}

static int show_run(int argc, char **argv)
{
	if (!argc)
		return vm_run("all", show_meant);
	return with_vm(argc, argv, "show", true, show_meant);
}

/* Tasks of others that may be again where they were before it owned CPUs. */
static void evicted_print(const struct cn_reply *reply)
{
	const struct nlattr *nla = reply_attr(reply, CORDON_A_POLICY_EVICTED);
	uint64_t n = nla ? attr_uint(nla) : 0;

	if (nla)
		out_uint("evicted", n);
	if (n)
		out_text(" and %llu task%s of others", (unsigned long long)n,
			 n == 1 ? "" : "s");
}

static int del_one(const struct target *target, bool may_be_gone)
{
	struct nl_msg *request = cn_request(CORDON_CMD_POLICY_DEL, 0);
	struct cn_reply reply = { 0 };
	const struct nlattr *restored;
	struct text count = { 0 };
	struct cn_error error;
	int status = DONE, err;

	target_put(request, target);
	err = cn_query(request, &reply, &error);
	if (err && !(may_be_gone && err == ENOENT))
		status = cn_failed(CORDON_CMD_POLICY_DEL, &error,
				   text_str(&target->word));
	if (!err) {
		out_item();
		target_fields(target);
		out_text("%s: policy deleted", text_str(&target->shown));
		restored = reply_attr(&reply, CORDON_A_POLICY_MOVED);
		if (!restored)
			restored = reply_attr(&reply, CORDON_A_POLICY_THREADS);
		if (restored) {
			out_uint("restored", attr_uint(restored));
			threads_count_print(attr_uint(restored), &count);
			out_text("; %s", text_str(&count));
			evicted_print(&reply);
			out_text(" given back as found");
		}
		out_text("\n");
	}
	text_free(&count);
	nlmsg_free(request);
	cn_error_clear(&error);
	cn_reply_free(&reply);
	return status;
}

/* Every policy, those of VMs that are not listed yet too. */
static int del_all(const struct vm_list *list)
{
	struct nl_msg *request = cn_request(CORDON_CMD_POLICY_GET, NLM_F_DUMP);
	struct cn_reply reply = { 0 };
	bool any = false;
	int status, one;
	size_t i;

	status = cn_ask(request, &reply, NULL);
	for (i = 0; i < reply.n; i++) {
		struct cn_reply single = { .msg = &reply.msg[i], .n = 1 };
		struct target target;

		if (!is_policy(reply.msg[i], list))
			continue;
		any = true;
		target_read(&single, list, &target);
		one = del_one(&target, true);
		if (one)
			status = one;
		target_free(&target);
	}
	if (!any && !status)
		out_text("No policy.\n");
	cn_reply_free(&reply);
	return status;
}

static int del_meant(const struct vm_ref *ref, const struct vm_list *list)
{
	struct target target;
	int status;

	out_begin("policy", NULL, 0);
	if (ref->kind == VM_REF_ALL) {
		status = del_all(list);
	} else {
		status = target_find(ref, list, &target);
		if (status)
			return status;
		status = del_one(&target, false);
		target_free(&target);
	}
	/* Of all, some may have failed: JSON tells the others. */
	if (!status || ref->kind == VM_REF_ALL)
		out_end();
	return status;
}

static int del_run(int argc, char **argv)
{
	return with_vm(argc, argv, "del", true, del_meant);
}

static int confirm_meant(const struct vm_ref *ref, const struct vm_list *list)
{
	struct nl_msg *request;
	struct target target;
	int status;

	status = target_find(ref, list, &target);
	if (status)
		return status;
	request = cn_request(CORDON_CMD_POLICY_CONFIRM, 0);
	target_put(request, &target);
	out_begin("policy", NULL, 0);
	status = cn_ask(request, NULL, text_str(&target.word));
	if (!status) {
		out_item();
		target_fields(&target);
		out_text("%s: policy confirmed, it stays\n",
			 text_str(&target.shown));
		out_end();
	}
	target_free(&target);
	return status;
}

static int confirm_run(int argc, char **argv)
{
	return with_vm(argc, argv, "confirm", false, confirm_meant);
}

static void help_json(void)
{
	size_t i;

	out_begin("key", NULL, 0);
	for (i = 0; i < nr_keys; i++) {
		out_item();
		out_string("name", keys[i].name);
		out_string("syntax", keys[i].kind->syntax);
		out_string("meaning", keys[i].meaning);
		out_value("words", key_words(&keys[i]));
	}
	out_end();
}

static void policy_help(void)
{
	size_t i;

	if (out_is_json()) {
		help_json();
		return;
	}
	puts("Usage: cordon policy { set | replace } VM KEY VALUE [ KEY VALUE ... ]\n"
	     "                                         [ confirm SECONDS ]\n"
	     "       cordon policy plan VM KEY VALUE [ KEY VALUE ... ]\n"
	     "       cordon policy replan VM\n"
	     "       cordon policy show [ VM ]\n"
	     "       cordon policy del VM\n"
	     "       cordon policy confirm VM\n"
	     "  VM := NAME | UUID | id:N | pid:N | all (show, del, and set all mode ... only)\n"
	     "\n"
	     "set changes the keys that it names, replace resets all others too; the value\n"
	     "`default` resets a key. plan tells what set would do, and changes nothing;\n"
	     "replan places anew what was placed before. With confirm, the policy goes back by\n"
	     "itself after so many seconds unless `cordon policy confirm VM` comes; until one\n"
	     "of the two, set, replace and replan are refused.\n"
	     "CPUS, VCPUS and NODES are lists: 0-3,^2,8.\n"
	     "TIME := 20ms, 1s, 500us or microseconds; SHARE%: of one CPU, as in 20% or 150%,\n"
	     "by the period that is set with it, or is set already.\n"
	     "SIZE := 4G, 512M, 64K or bytes. N: for rbps, wbps a SIZE, else a number; or max.\n"
	     "AMOUNT := 1500m or 1.5 CPUs\n"
	     "CLASS := other | batch | idle | fifo:PRIORITY | rr:PRIORITY\n"
	     "\n"
	     "KEY");
	for (i = 0; i < nr_keys; i++)
		printf("  %-16s %s\n  %16s %s\n", keys[i].name,
		       keys[i].kind->syntax, "", keys[i].meaning);
}

static const struct command commands[] = {
	{ "set", policy_set_run },
	{ "replace", policy_replace_run },
	{ "plan", policy_plan_run },
	{ "replan", policy_replan_run },
	{ "show", show_run },
	{ "del", del_run },
	{ "confirm", confirm_run },
	{ }
};

const struct object policy_object = {
	.name = "policy",
	.commands = commands,
	.help = policy_help,
};
