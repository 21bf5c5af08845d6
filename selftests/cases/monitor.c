// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as `cordon -j monitor` prints them, one object a line with known keys,
 * and as trace events cordon:*.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "monitor.h"
#include "oracle.h"
#include "tvmm.h"

#define MAX_EVENTS 512

static json_t *events[MAX_EVENTS];
static int count;
/* How much of what the monitor said is in @events. */
static size_t parsed;

static void forget_events(void)
{
	while (count)
		json_decref(events[--count]);
	parsed = 0;
}

/* Listens from now on. */
static void start_monitor(const char *args)
{
	ksft_defer(forget_events);
	monitor_start(args);
}

static void read_events(void)
{
	const char *line = monitor_said() + parsed, *end;

	while ((end = strchr(line, '\n')) && count < MAX_EVENTS) {
		events[count] = json_loadb(line, end - line, 0, NULL);
		if (!events[count++])
			ksft_die("no JSON in a line: %.*s", (int)(end - line), line);
		parsed += end + 1 - line;
		line = end + 1;
	}
}

static const char *value(json_t *event, const char *key)
{
	const char *got = json_string_value(json_object_get(event, key));

	return got ? got : "";
}

/* An event of @type on @tid (0: any), with @key = @want ("": whatever). */
static json_t *find(const char *type, long tid, const char *key, const char *want)
{
	read_events();
	for (int i = 0; i < count; i++) {
		if (strcmp(value(events[i], "event"), type))
			continue;
		if (tid && json_integer_value(json_object_get(events[i], "tid")) != tid)
			continue;
		if (!*key || !strcmp(value(events[i], key), want))
			return events[i];
	}
	return NULL;
}

/* It comes, and has exactly the keys that are golden. */
static void expect_event(const char *type, long tid, const char *key,
			 const char *want, const char *golden)
{
	char keys[512] = "";
	const char *name;
	json_t *event, *unused;

	ksft_until(5, find(type, tid, key, want));
	event = find(type, tid, key, want);
	if (!event) {
		ksft_fail("no event %s with %s=%s on %ld", type, key, want, tid);
		for (int i = 0; i < count; i++)
			ksft_note("  %s", json_dumps(events[i], JSON_SORT_KEYS));
		return;
	}
	json_object_foreach(event, name, unused) {
		(void)unused;
		snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys), "%s%s",
			 *keys ? " " : "", name);
	}
	expect_str(golden, keys, "keys of %s", type);
}

static void events_come(void)
{
	struct vmm *v;
	pid_t tid, pid;
	int slot;

	cli_need();
	host_need_cpus(4);
	start_monitor("");
	v = vmm_start();
	pid = v->pid;
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	tid = vmm_vcpu_tid(v, 0, 0);
	expect_event("vm-new", 0, "", "", "event time_ns vm vm_id pid");
	expect_event("thread-new", tid, "class", "vcpu",
		     "event time_ns vm vm_id class vcpu tid comm cpu cpus sched state drifts");
	slot = vmm_thread_new(v, THREAD_FUTEX, "IO io3");
	expect_event("thread-new", vmm_thread_tid(v, slot), "class", "iothread",
		     "event time_ns vm vm_id class tid comm cpu cpus sched state drifts");
	cli_must("policy set pid:%d vcpu-pin 0:2", pid);
	expect_event("policy", 0, "change", "set",
		     "event time_ns vm vm_id pid change vcpu_pin");
	task_set_cpus(tid, "0");
	require(task_gets_on(tid, "2", 5), "repaired");
	expect_event("drift", tid, "class", "vcpu",
		     "event time_ns vm vm_id class vcpu tid comm cpu cpus want sched state drifts");
	cli_must("policy set pid:%d vcpu-pin 0:3 confirm 30", pid);
	cli_must("policy confirm pid:%d", pid);
	expect_event("policy", 0, "change", "confirm",
		     "event time_ns vm vm_id pid change vcpu_pin");
	cli_must("policy set pid:%d vcpu-pin 0:2 confirm 1", pid);
	expect_event("policy", 0, "change", "revert",
		     "event time_ns vm vm_id pid change vcpu_pin");
	cli_must("policy del pid:%d", pid);
	expect_event("policy", 0, "change", "del", "event time_ns vm vm_id pid change");
	vmm_kill(v);
	expect_event("vm-del", 0, "", "", "event time_ns vm vm_id pid");
}

static void selected(void)
{
	struct vmm *v, *other;
	long id;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	other = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vm_new(other, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	vmm_vcpu_new(other, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20) && vmm_moves(other, 0, 0, 20), "guests run");
	id = cli_vm_id(v->pid);
	{
		char args[64];

		snprintf(args, sizeof(args), "id:%ld policy", id);
		start_monitor(args);
	}
	cli_must("policy set pid:%d vcpu-pin 0:1", other->pid);
	task_set_cpus(vmm_vcpu_tid(v, 0, 0), "0");
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	cli_must("policy del pid:%d", v->pid);
	require(ksft_until(5, find("policy", 0, "change", "del")), "events come");
	for (int i = 0; i < count; i++) {
		expect_str("policy", value(events[i], "event"), "only its type");
		expect_eq(id, json_integer_value(json_object_get(events[i], "vm_id")),
			  "only its VM");
	}
	expect_eq(2, count, "events");
}

/* Drifts may share an event; what is left out beyond that is told as lost. */
static void many_drifts(void)
{
	struct vmm *v;
	pid_t tid;
	long drifts, lost = 0, seen = 0, last = 0;

	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	tid = vmm_vcpu_tid(v, 0, 0);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	start_monitor("drift");
	for (int i = 0; i < 100; i++) {
		task_set_cpus(tid, "0");
		task_gets_on(tid, "2", 2);
	}
	/* The watch tells the last ones. */
	ksft_sleep_ms(1500);
	drifts = cli_thread_int(tid, "drifts");
	read_events();
	for (int i = 0; i < count; i++) {
		long now = json_integer_value(json_object_get(events[i], "drifts"));

		lost += json_integer_value(json_object_get(events[i], "lost"));
		if (strcmp(value(events[i], "event"), "drift"))
			continue;
		seen++;
		expect(now >= last, "the count never falls: %ld after %ld", now, last);
		last = now;
	}
	ksft_note("%ld drifts, %ld events, %ld told as lost", drifts, seen, lost);
	expect(drifts >= 100, "drifts are counted: %ld", drifts);
	expect_eq(drifts, last + lost, "what the last event says");
}

#define FLOOD	260

/* More new threads in a second than the kernel tells of. */
static void lost_is_told(void)
{
	static struct vmm *v[FLOOD / 50 + 1];
	long lost = 0, seen = 0;
	int made = 0;

	cli_need();
	for (int i = 0; i <= FLOOD / 50; i++) {
		v[i] = vmm_start();
		vmm_vm_new(v[i], 0);
		vmm_vcpu_new(v[i], 0, GUEST_SLEEP);
	}
	start_monitor("thread-new");
	for (; made < FLOOD; made++)
		vmm_thread_new(v[made / 50], THREAD_FUTEX, "");
	/* One more, after that second, tells what was left out. */
	ksft_sleep_ms(2000);
	vmm_thread_new(v[FLOOD / 50], THREAD_FUTEX, "");
	ksft_until(5, (read_events(), find("thread-new", 0, "", "")));
	ksft_sleep_ms(1000);
	read_events();
	for (int i = 0; i < count; i++) {
		seen += !strcmp(value(events[i], "event"), "thread-new");
		lost += json_integer_value(json_object_get(events[i], "lost"));
	}
	ksft_note("%d threads, %ld events, %ld told as lost", made + 1, seen, lost);
	expect_eq(made + 1, seen + lost, "events and what is told as lost");
}

static void trace_events(void)
{
	static const char *const names[] = {
		"vm_new", "thread_new", "policy", "drift", "vm_del"
	};
	struct cpus all = cpus_parse("0-3");
	struct oracle *o[5];
	struct vmm *v;
	char event[64];
	pid_t tid;

	cli_need();
	host_need_cpus(4);
	for (int i = 0; i < 5; i++) {
		snprintf(event, sizeof(event), "cordon/%s", names[i]);
		o[i] = oracle_new(event, "", &all, 64);
	}
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpu_new(v, 0, GUEST_IO);
	require(vmm_moves(v, 0, 0, 20), "the guest runs");
	tid = vmm_vcpu_tid(v, 0, 0);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	task_set_cpus(tid, "0");
	require(task_gets_on(tid, "2", 5), "repaired");
	vmm_kill(v);
	for (int i = 0; i < 5; i++)
		expect(ksft_until(2, oracle_count(o[i]) > 0), "a trace event %s", names[i]);
}

static const struct ksft_test tests[] = {
	{ "each event, with its keys", events_come },
	{ "of one VM and type", selected },
	{ "many drifts", many_drifts },
	{ "lost events are told", lost_is_told },
	{ "trace events", trace_events },
};

KSFT_MAIN(tests);
