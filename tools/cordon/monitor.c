// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object monitor: one line, or one JSON object, for each notification,
 * until a signal ends it. What was lost is told, by the kernel's own count or
 * because the socket ran over.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attr.h"
#include "capinfo.h"
#include "cordon.h"
#include "cpuinfo.h"
#include "keys.h"
#include "nl.h"
#include "out.h"
#include "vms.h"
#include "words.h"

static const struct {
	const char *word;
	uint8_t cmd;
} types[] = {
	{ "vm-new", CORDON_CMD_VM_NEW_NTF },
	{ "vm-del", CORDON_CMD_VM_DEL_NTF },
	{ "thread-new", CORDON_CMD_THREAD_NEW_NTF },
	{ "policy", CORDON_CMD_POLICY_NTF },
	{ "drift", CORDON_CMD_DRIFT_NTF },
	{ "cap", CORDON_CMD_CAP_NTF },
	{ "intrusion", CORDON_CMD_INTRUSION_NTF },
};

/**
 * struct monitor - what is listened for
 * @wanted: a bit for each of types[]; 0: all
 * @vm_id: only this VM; 0: all
 * @pid: its VMM
 * @names: the VMs that are known, for their names
 */
struct monitor {
	unsigned int wanted;
	uint32_t vm_id;
	uint32_t pid;
	struct vm_list names;
};

/**
 * struct event - one notification, read
 * @type: index in types[]
 * @vm_id: the VM it is about; 0 if it is not listed yet
 * @pid: its VMM; 0 if it was not told
 * @lost: how many were left out before it
 * @json: what JSON gets
 * @t: what text gets
 */
struct event {
	size_t type;
	uint32_t vm_id;
	uint32_t pid;
	uint64_t lost;
	json_t *json;
	struct text t;
};

static volatile sig_atomic_t stopped;
static bool unloaded;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void clock_print(struct text *t, json_t *json)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	text_add(t, "%02d:%02d:%02d.%03ld ", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 now.tv_nsec / 1000000);
	json_object_set_new(json, "time_ns",
			    json_integer(now.tv_sec * 1000000000LL + now.tv_nsec));
}

static void put_uint(struct event *e, const char *key, uint64_t value)
{
	json_object_set_new(e->json, key, json_integer(value));
}

static void put_string(struct event *e, const char *key, const char *value)
{
	json_object_set_new(e->json, key, out_json_string(value));
}

static void put_cpus(struct event *e, const char *key, const struct cpulist *set)
{
	struct text t = { 0 };

	cpulist_print(set, &t);
	put_string(e, key, text_str(&t));
	text_free(&t);
}

static void name_add(struct monitor *m, struct vm_info *vm)
{
	m->names.vm = xgrow(m->names.vm, m->names.n + 1, sizeof(*vm));
	m->names.vm[m->names.n++] = *vm;
}

static void name_drop(struct monitor *m, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->names.n; i++) {
		if (m->names.vm[i].id != id)
			continue;
		vm_info_free(&m->names.vm[i]);
		m->names.vm[i] = m->names.vm[--m->names.n];
		return;
	}
}

/* "web-1 (id:3)", for whatever event. */
static void vm_print(struct monitor *m, struct event *e)
{
	const struct vm_info *vm = vm_by_id(&m->names, e->vm_id);

	if (vm) {
		text_utf8(&e->t, vm->name, false);
		put_string(e, "vm", vm->name);
	}
	if (e->vm_id) {
		text_add(&e->t, vm ? " (id:%u)" : "id:%u", e->vm_id);
		put_uint(e, "vm_id", e->vm_id);
	}
	if (e->pid) {
		text_add(&e->t, "%spid:%u", e->vm_id ? " " : "", e->pid);
		put_uint(e, "pid", e->pid);
	}
}

/* A thread that works for a whole process: which, and is it of one VM? */
static void process_read(struct monitor *m, struct event *e, uint32_t tid)
{
	char path[64], line[128];
	size_t i, n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %u", &e->pid) == 1)
			break;
	if (f)
		fclose(f);
	for (i = 0; i < m->names.n; i++) {
		if (!e->pid || m->names.vm[i].pid != e->pid)
			continue;
		e->vm_id = m->names.vm[i].id;
		n++;
	}
	if (n > 1)
		e->vm_id = 0;
	else
		e->pid = 0;
}

static void vm_event(struct monitor *m, struct event *e, struct nlattr *attrs,
		     int len)
{
	struct vm_info vm;

	vm_info_parse(attrs, len, &vm);
	e->vm_id = vm.id;
	e->pid = HAS(&vm, CORDON_A_VM_PID) ? vm.pid : 0;
	e->lost = vm.lost;
	if (types[e->type].cmd == CORDON_CMD_VM_NEW_NTF &&
	    !vm_by_id(&m->names, vm.id)) {
		name_add(m, &vm);
		vm_print(m, e);
	} else {
		vm_print(m, e);
		vm_info_free(&vm);
	}
	if (types[e->type].cmd == CORDON_CMD_VM_DEL_NTF)
		name_drop(m, e->vm_id);
}

static void thread_event(struct monitor *m, struct event *e,
			 struct nlattr *attrs, int len)
{
	struct thread_info thread;
	struct text sched = { 0 };
	bool drift = types[e->type].cmd == CORDON_CMD_DRIFT_NTF;

	thread_info_parse(attrs, len, &thread);
	e->vm_id = thread.vm_id;
	e->lost = thread.lost;
	if (!e->vm_id)
		process_read(m, e, thread.tid);
	vm_print(m, e);
	text_add(&e->t, "%s%s", e->vm_id || e->pid ? " " : "",
		 word_of(&class_words, thread.class));
	put_string(e, "class", word_of(&class_words, thread.class));
	if (HAS(&thread, CORDON_A_THREAD_VCPU)) {
		text_add(&e->t, " %u", thread.vcpu);
		put_uint(e, "vcpu", thread.vcpu);
	}
	text_add(&e->t, " tid %u", thread.tid);
	put_uint(e, "tid", thread.tid);
	if (thread.comm) {
		text_add(&e->t, " \"");
		text_utf8(&e->t, thread.comm, false);
		text_char(&e->t, '"');
		put_string(e, "comm", thread.comm);
	}
	if (HAS(&thread, CORDON_A_THREAD_CPU)) {
		text_add(&e->t, " on CPU %u", thread.cpu);
		put_uint(e, "cpu", thread.cpu);
	}
	if (HAS(&thread, CORDON_A_THREAD_CPUS)) {
		text_add(&e->t, drift ? ", allowed " : ", may run on ");
		cpulist_print(&thread.cpus, &e->t);
		put_cpus(e, "cpus", &thread.cpus);
	}
	if (HAS(&thread, CORDON_A_THREAD_WANT)) {
		text_add(&e->t, ", wanted on ");
		cpulist_print(&thread.want, &e->t);
		put_cpus(e, "want", &thread.want);
	}
	if (HAS(&thread, CORDON_A_THREAD_SCHED)) {
		sched_print(thread.sched, HAS(&thread, CORDON_A_THREAD_PRIORITY),
			    thread.priority, &sched);
		put_string(e, "sched", text_str(&sched));
		text_free(&sched);
	}
	if (HAS(&thread, CORDON_A_THREAD_STATE))
		put_string(e, "state", word_of(&thread_state_words, thread.state));
	if (HAS(&thread, CORDON_A_THREAD_DRIFTS))
		put_uint(e, "drifts", thread.drifts);
	thread_info_free(&thread);
}

/* The keys of the policy as it is now. */
static void keys_print(struct event *e, struct nl_msg *msg)
{
	size_t i;

	for (i = 0; i < nr_keys; i++) {
		struct text value = { 0 }, name = { 0 };

		if (key_print(&keys[i], msg, &value)) {
			text_add(&e->t, " %s ", keys[i].name);
			text_shell_word(&e->t, text_str(&value));
			key_json_name(&keys[i], &name);
			json_object_set_new(e->json, text_str(&name),
					    key_json(&keys[i], msg));
		}
		text_free(&value);
		text_free(&name);
	}
}

static void policy_event(struct monitor *m, struct event *e, struct nl_msg *msg)
{
	uint64_t event = 0, confirm_ms = 0;
	struct nlattr *pos;
	int rem;

	attr_for_each(pos, msg, rem) {
		switch (nla_type(pos)) {
		case CORDON_A_POLICY_VM_ID:
			e->vm_id = attr_uint(pos);
			break;
		case CORDON_A_POLICY_PID:
			e->pid = attr_uint(pos);
			break;
		case CORDON_A_POLICY_EVENT:
			event = attr_uint(pos);
			break;
		case CORDON_A_POLICY_CONFIRM_MS:
			confirm_ms = attr_uint(pos);
			break;
		case CORDON_A_POLICY_LOST:
			e->lost = attr_uint(pos);
			break;
		}
	}
	vm_print(m, e);
	text_add(&e->t, " %s", word_of(&policy_event_words, event));
	put_string(e, "change", word_of(&policy_event_words, event));
	/* What a deleted policy said is of no use any more. */
	if (event != CORDON_POLICY_EVENT_DEL)
		keys_print(e, msg);
	if (confirm_ms) {
		text_add(&e->t, " (goes back in %llu s unless confirmed)",
			 (unsigned long long)(confirm_ms + 999) / 1000);
		put_uint(e, "confirm_ms", confirm_ms);
	}
}

static void cap_print(struct event *e, const struct cap_info *cap)
{
	text_add(&e->t, " %s", word_of(&cap_words, cap->cap));
	if (HAS(cap, CORDON_A_CAP_VCPU))
		text_add(&e->t, " %u", cap->vcpu);
	if (HAS(cap, CORDON_A_CAP_TID))
		text_add(&e->t, " tid %u", cap->tid);
	text_add(&e->t, " waited at ");
	share_print(&e->t, cap->quota_us, cap->period_us);
	text_add(&e->t, ", for ");
	text_duration(&e->t, cap->throttled_ns);
	text_add(&e->t, " by now");
	json_object_update_new(e->json, cap_json(cap));
}

static void cap_event(struct monitor *m, struct event *e, struct nl_msg *msg)
{
	struct cap_info cap = { .period_us = CORDON_PERIOD_US };
	struct nlattr *pos;
	int rem;

	attr_for_each(pos, msg, rem) {
		switch (nla_type(pos)) {
		case CORDON_A_STATS_VM_ID:
			e->vm_id = attr_uint(pos);
			break;
		case CORDON_A_STATS_CAP:
			cap_info_free(&cap);
			cap_info_parse(pos, &cap);
			break;
		case CORDON_A_STATS_LOST:
			e->lost = attr_uint(pos);
			break;
		}
	}
	vm_print(m, e);
	cap_print(e, &cap);
	cap_info_free(&cap);
}

/* "web-1 (id:3) CPU 4: turned away make (pid 9, uid 1000)" */
static void intrusion_event(struct monitor *m, struct event *e,
			    struct nlattr *attrs, int len)
{
	struct cpu_info cpu;

	cpu_info_parse(attrs, len, &cpu);
	e->vm_id = cpu.owner;
	e->lost = cpu.lost;
	vm_print(m, e);
	put_uint(e, "cpu", cpu.id);
	text_add(&e->t, " CPU %u: %s ", cpu.id,
		 cpu.culprit.kind == CORDON_CULPRIT_TURNED_AWAY ? "turned away" :
		 word_of(&culprit_words, cpu.culprit.kind));
	culprit_print(&cpu.culprit, &e->t);
	json_object_set_new(e->json, "culprit", culprit_json(&cpu.culprit));
	cpu_info_free(&cpu);
}

static void lost_print(uint64_t n, const char *reason)
{
	json_t *json = json_object();
	struct text t = { 0 };

	json_object_set_new(json, "event", json_string("lost"));
	clock_print(&t, json);
	if (n) {
		text_add(&t, "lost %llu event%s: %s", (unsigned long long)n,
			 n > 1 ? "s" : "", reason);
		json_object_set_new(json, "lost", json_integer(n));
	} else {
		text_add(&t, "lost some events: %s", reason);
	}
	if (out_is_json()) {
		out_line(json);
	} else {
		out_text("%s\n", text_str(&t));
		fflush(stdout);
		json_decref(json);
	}
	text_free(&t);
}

static void event_read(struct monitor *m, struct event *e, struct nl_msg *msg)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));
	struct nlattr *attrs = genlmsg_attrdata(hdr, 0);
	int len = genlmsg_attrlen(hdr, 0);

	e->json = json_object();
	put_string(e, "event", types[e->type].word);
	clock_print(&e->t, e->json);
	text_add(&e->t, "%s ", types[e->type].word);
	switch (types[e->type].cmd) {
	case CORDON_CMD_VM_NEW_NTF:
	case CORDON_CMD_VM_DEL_NTF:
		vm_event(m, e, attrs, len);
		break;
	case CORDON_CMD_POLICY_NTF:
		policy_event(m, e, msg);
		break;
	case CORDON_CMD_CAP_NTF:
		cap_event(m, e, msg);
		break;
	case CORDON_CMD_INTRUSION_NTF:
		intrusion_event(m, e, attrs, len);
		break;
	default:
		thread_event(m, e, attrs, len);
	}
}

/* What belongs to a process, and so to no VM, belongs to each VM of it. */
static bool is_wanted_vm(const struct monitor *m, const struct event *e)
{
	if (!m->vm_id)
		return true;
	return e->vm_id ? e->vm_id == m->vm_id : e->pid && e->pid == m->pid;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct monitor *m = arg;
	struct event e = { 0 };

	if (cn_is_farewell(msg))
		unloaded = true;
	if (!cn_is_ours(msg))
		return NL_OK;
	for (e.type = 0; e.type < ARRAY_SIZE(types); e.type++)
		if (types[e.type].cmd == cn_command(msg))
			break;
	if (e.type == ARRAY_SIZE(types))
		return NL_OK;
	event_read(m, &e, msg);
	if (e.lost)
		lost_print(e.lost, "more came than the kernel tells");
	if ((!m->wanted || m->wanted >> e.type & 1) &&
	    is_wanted_vm(m, &e)) {
		if (out_is_json())
			out_line(json_incref(e.json));
		out_text("%s\n", text_str(&e.t));
		fflush(stdout);
	}
	json_decref(e.json);
	text_free(&e.t);
	return NL_OK;
}

/* Signals arrive while it waits, and nowhere else. */
static int listen_loop(struct nl_sock *sock, struct monitor *m)
{
	struct pollfd fd = { .fd = nl_socket_get_fd(sock), .events = POLLIN };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t block, before;
	int err;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &before);
	sigdelset(&before, SIGINT);
	sigdelset(&before, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	nl_socket_set_nonblocking(sock);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, m);
	while (!stopped && !unloaded && !ferror(stdout)) {
		if (ppoll(&fd, 1, NULL, &before) < 0)
			continue;
		err = nl_recvmsgs_default(sock);
		if (err == -NLE_NOMEM) {
			lost_print(0, "they came faster than they could be printed");
		} else if (err < 0 && err != -NLE_AGAIN) {
			error_print("the netlink socket failed: %s",
				    nl_geterror(err));
			return REFUSED;
		}
	}
	if (unloaded) {
		error_print("the module cordon was unloaded");
		return REFUSED;
	}
	return DONE;
}

static int type_of(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].word, word))
			return i;
	return -1;
}

static int unknown_event(const char *word)
{
	struct text t = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		text_add(&t, "%s %s", i ? "," : "", types[i].word);
	usage_error("unknown event \"%s\"; events:%s", word, text_str(&t));
	text_free(&t);
	return WRONG_USAGE;
}

/* [ VM ] [ TYPE ... ]: a first word that is no type is a VM. */
static int words_parse(int argc, char **argv, struct monitor *m,
		       struct vm_ref *ref)
{
	struct text err = { 0 };
	int i = 0, type;

	ref->kind = VM_REF_ALL;
	if (argc && type_of(argv[0]) < 0) {
		if (!vm_ref_parse(argv[0], ref, &err)) {
			usage_error("%s", text_str(&err));
			text_free(&err);
			return WRONG_USAGE;
		}
		i = 1;
	}
	for (; i < argc; i++) {
		type = type_of(argv[i]);
		if (type < 0)
			return unknown_event(argv[i]);
		m->wanted |= 1U << type;
	}
	return DONE;
}

static int monitor_run(int argc, char **argv)
{
	struct monitor m = { 0 };
	const struct vm_info *vm;
	struct nl_sock *sock = NULL;
	struct vm_ref ref = { 0 };
	int status;

	status = words_parse(argc, argv, &m, &ref);
	if (!status)
		status = cn_open();
	/* Listen first: what comes after the list was taken is heard. */
	if (!status)
		status = cn_listen(&sock);
	if (!status)
		status = vm_list_get(&m.names);
	if (!status && ref.kind != VM_REF_ALL) {
		status = vm_find(&ref, &m.names, &vm);
		if (!status) {
			m.vm_id = vm->id;
			m.pid = vm->pid;
		}
	}
	if (!status)
		status = listen_loop(sock, &m);
	vm_list_free(&m.names);
	nl_socket_free(sock);
	return status;
}

static void monitor_help(void)
{
	puts("Usage: cordon monitor [ VM ] [ TYPE ... ]\n"
	     "  VM   := NAME | UUID | id:N | pid:N | all\n"
	     "  TYPE := vm-new | vm-del | thread-new | policy | drift | cap | intrusion\n"
	     "\n"
	     "Prints one line for each event until it is interrupted; with -j one JSON object\n"
	     "on a line. Without a TYPE all are printed. Lost events are told.\n"
	     "\n"
	     "vm-new, vm-del  a VM was found, or ended\n"
	     "thread-new      a thread was found, or is of another class now\n"
	     "policy          a policy was set, confirmed, deleted, or went back\n"
	     "drift           a thread was found, or allowed, on a wrong CPU\n"
	     "cap             a thread had to wait for CPU time; once a second for each cap\n"
	     "intrusion       a task was turned away from a CPU that a VM owns");
}

const struct object monitor_object = {
	.name = "monitor",
	.run = monitor_run,
	.help = monitor_help,
};
