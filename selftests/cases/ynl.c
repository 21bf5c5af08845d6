// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own YNL client drives the family from the spec alone: it lists
 * VMs, sets a policy, reads it back, hears of it and deletes it. And what the
 * kernel itself reports of its policies is what the spec says.
 *
 * YNL is not in this tree: $CORDON_YNL, or selftests/ynl/linux, where the test
 * bed puts what selftests/ynl/fetch brings.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <linux/cordon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "tvmm.h"

#define VCPUS 2

/* What CORDON_CLI was before it became the YNL client's Python. */
static char command[PATH_MAX];
static char ynl[PATH_MAX], spec[PATH_MAX], check[PATH_MAX];

/* From here on cli() runs Python. */
static void need_ynl(void)
{
	const char *env = getenv("CORDON_YNL");
	char self[PATH_MAX - 64] = "", *tree;

	ksft_need_time();
	mod_need();
	host_need_cpus(4);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		ksft_die("/proc/self/exe: %m");
	tree = dirname(dirname(dirname(self)));
	snprintf(spec, sizeof(spec), "%s/Documentation/netlink/specs/cordon.yaml", tree);
	snprintf(check, sizeof(check), "%s/selftests/ynl/policy-check", tree);
	if (env)
		snprintf(ynl, sizeof(ynl), "%s", env);
	else
		snprintf(ynl, sizeof(ynl), "%s/selftests/ynl/linux", tree);
	if (access(ynl, R_OK) || access(spec, R_OK))
		ksft_skip("needs YNL, see selftests/ynl/fetch");
	if (!command[0])
		snprintf(command, sizeof(command), "%s", getenv("CORDON_CLI") ?: "cordon");
	setenv("CORDON_CLI", "python3", 1);
	if (cli("-c 'import yaml'"))
		ksft_skip("needs python3 and python3-yaml");
}

/* YNL's own command; @how is "--do OP" or alike, @request JSON. */
static int client(const char *how, const char *request)
{
	return cli("%s/tools/net/ynl/cli.py --spec %s --no-schema --output-json %s --json '%s'",
		   ynl, spec, how, request);
}

/* What the client answers as JSON, in its one line. */
static json_t *parse(const char *text)
{
	json_t *answer = json_loads(text, JSON_DECODE_ANY, NULL);

	if (!answer)
		ksft_die("no JSON from YNL: %.1000s", text);
	return answer;
}

static json_t *ask(const char *how, const char *request)
{
	if (client(how, request))
		ksft_die("YNL %s %s: %.1000s %.1000s", how, request, cli_out(), cli_err());
	return parse(cli_out());
}

static long number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *word(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* The entry of an array in which @key is @value, or NULL. */
static json_t *entry(json_t *array, const char *key, long value)
{
	json_t *object;
	size_t i;

	json_array_foreach(array, i, object)
		if (number(object, key) == value)
			return object;
	return NULL;
}

static struct vmm *start(void)
{
	struct vmm *v;

	need_ynl();
	v = vmm_start();
	vmm_vm_new(v, 0);
	vmm_vcpus_new(v, 0, VCPUS, GUEST_HALT);
	require(vmm_moves(v, 0, VCPUS - 1, 20), "the guest runs");
	return v;
}

static void lists(void)
{
	struct vmm *v = start();
	json_t *all, *vm, *thread;
	char request[64];

	all = ask("--dump vm-get", "{}");
	vm = entry(all, "pid", v->pid);
	require(vm, "the VM of process %d is listed: %s", v->pid, cli_out());
	expect_eq(VCPUS, number(vm, "vcpus"), "its vCPUs");
	expect_str("unmanaged", word(vm, "state"), "its state");
	snprintf(request, sizeof(request), "{\"vm-id\": %ld}", number(vm, "id"));
	json_decref(all);

	all = ask("--dump thread-get", request);
	for (int i = 0; i < VCPUS; i++) {
		thread = entry(all, "tid", vmm_vcpu_tid(v, 0, i));
		require(thread, "thread %d is listed", vmm_vcpu_tid(v, 0, i));
		expect_str("vcpu", word(thread, "class"), "its class");
		expect_eq(i, number(thread, "vcpu"), "its index");
	}
	expect_str("emulator", word(entry(all, "tid", v->pid), "class"),
		   "the main thread's class");
	json_decref(all);
}

/* Keys of every type that the family has. */
#define KEYS								\
	"\"mode\": \"enforce\","					\
	"\"vcpu-pin\": [{\"first\": 0, \"last\": 1,"			\
	" \"cpus\": [{\"first\": 1, \"last\": 2}], \"one-to-one\": true}],"	\
	"\"emulator-cpus\": [{\"first\": 0, \"last\": 0}, {\"first\": 3, \"last\": 3}]," \
	"\"iothread-match\": [\"IO *\", \"disk*\"],"			\
	"\"vcpu-sched\": [{\"first\": 1, \"last\": 1, \"policy\": \"batch\"}]"

static void sets_and_deletes(void)
{
	struct vmm *v = start();
	struct cpus found[VCPUS], main_found;
	json_t *reply, *want, *got;
	char request[1024], pid[64];

	for (int i = 0; i < VCPUS; i++)
		task_cpus(vmm_vcpu_tid(v, 0, i), &found[i]);
	task_cpus(v->pid, &main_found);
	snprintf(pid, sizeof(pid), "{\"pid\": %d}", v->pid);
	snprintf(request, sizeof(request), "{\"pid\": %d, " KEYS "}", v->pid);

	reply = ask("--do policy-set", request);
	expect(number(reply, "threads") >= VCPUS + 1, "threads that it holds: %ld",
	       number(reply, "threads"));
	expect(number(reply, "moved") >= VCPUS + 1, "threads that it moved: %ld",
	       number(reply, "moved"));
	expect_cpus("1", vmm_vcpu_tid(v, 0, 0), "vCPU 0");
	expect_cpus("2", vmm_vcpu_tid(v, 0, 1), "vCPU 1");
	expect_cpus("0,3", v->pid, "the main thread");

	got = ask("--do policy-get", pid);
	want = json_loads(request, 0, NULL);
	require(want, "the request is JSON");
	expect_eq(number(reply, "vm-id"), number(got, "vm-id"), "the VM's id");
	json_object_del(got, "vm-id");
	expect(json_equal(want, got), "the policy is read back as it was set: %s",
	       cli_out());
	json_decref(want);
	json_decref(got);
	json_decref(reply);

	reply = ask("--do policy-del", pid);
	expect(number(reply, "moved") >= VCPUS + 1, "threads that were restored: %ld",
	       number(reply, "moved"));
	json_decref(reply);
	for (int i = 0; i < VCPUS; i++)
		expect_cpus(cpus_str(&found[i]), vmm_vcpu_tid(v, 0, i), "vCPU %d", i);
	expect_cpus(cpus_str(&main_found), v->pid, "the main thread");
	got = ask("--do policy-get", pid);
	expect_eq(2, json_object_size(got), "no key is left: %s", cli_out());
	json_decref(got);
}

/* Keys about placement: vCPU 1 alone on a CPU, vCPU 0 on the shared pool. */
#define PLACED								\
	"\"cpu-policy\": [{\"kind\": \"mixed\", \"first\": 1, \"last\": 1}],"	\
	"\"placement\": \"solve\", \"thread-policy\": \"prefer\","		\
	"\"emulator-policy\": \"share\","					\
	"\"numa\": [{\"kind\": \"nodes\", \"first\": 0, \"last\": 0}],"	\
	"\"numa-map\": [{\"first\": 1, \"last\": 1, \"node\": 0}],"		\
	"\"numa-prefer\": [0], \"reservation\": 500"

/* The CPU that the only place of a reply names. */
static long placed_on(json_t *reply)
{
	json_t *place = json_array_get(json_object_get(reply, "place"), 0);

	require(place, "a place: %s", cli_out());
	expect_eq(1, json_array_size(json_object_get(reply, "place")), "places");
	expect_eq(1, number(place, "vcpu"), "its vCPU");
	expect_eq(0, number(place, "node"), "its node");
	return number(place, "cpu");
}

static void places(void)
{
	static const char *const told[] = {
		"vm-id", "place", "owned", "emulator-on"
	};
	json_t *reply, *want, *got, *cpu;
	char request[1024], pid[64];
	struct cpus one;
	struct vmm *v;
	long on;

	ksft_need_time();
	v = start();
	snprintf(pid, sizeof(pid), "{\"pid\": %d}", v->pid);
	snprintf(request, sizeof(request), "{\"pid\": %d, \"plan\": true, " PLACED "}",
		 v->pid);
	reply = ask("--do policy-set", request);
	expect(!json_object_get(reply, "refusal"), "the plan is not refused: %s", cli_out());
	on = placed_on(reply);
	json_decref(reply);

	snprintf(request, sizeof(request), "{\"pid\": %d, " PLACED "}", v->pid);
	reply = ask("--do policy-set", request);
	expect_eq(on, placed_on(reply), "its CPU, as in the plan");
	one = cpus_one(on);
	expect_cpus(cpus_str(&one), vmm_vcpu_tid(v, 0, 1), "vCPU 1");

	got = ask("--do policy-get", pid);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		expect(json_equal(json_object_get(reply, told[i]),
				  json_object_get(got, told[i])),
		       "%s of both: %s", told[i], cli_out());
		json_object_del(got, told[i]);
	}
	want = json_loads(request, 0, NULL);
	require(want, "the request is JSON");
	expect(json_equal(want, got), "the policy is read back as it was set: %s",
	       cli_out());
	json_decref(want);
	json_decref(got);

	got = ask("--dump cpu-get", "{}");
	cpu = entry(got, "id", on);
	require(cpu, "CPU %ld is listed: %s", on, cli_out());
	expect_str("dedicated", word(cpu, "pool"), "its pool");
	expect_eq(number(reply, "vm-id"), number(cpu, "owner"), "its owner");
	expect_str("vcpu", word(cpu, "use"), "what for");
	expect(*word(cpu, "isolation"), "how it is isolated");
	expect(number(json_object_get(cpu, "receipt"), "since-ns") > 0, "its receipt");
	cpu = entry(got, "id", 0);
	require(cpu, "CPU 0 is listed");
	expect(!json_object_get(cpu, "owner") && !json_object_get(cpu, "receipt"),
	       "nobody owns CPU 0");
	json_decref(got);

	got = ask("--do vm-get", pid);
	expect_str("mixed", word(got, "cpu-policy"), "the VM's cpu-policy");
	expect_eq(1, json_array_size(json_object_get(got, "owned")), "what it owns");
	expect(json_object_get(got, "receipt"), "its receipt: %s", cli_out());
	json_decref(got);
	json_decref(reply);

	snprintf(request, sizeof(request), "{\"pid\": %d, \"replan\": true}", v->pid);
	reply = ask("--do policy-set", request);
	placed_on(reply);
	json_decref(reply);
	json_decref(ask("--do policy-del", pid));
	/* As many as cordon thinks right, which they are. */
	expect_eq(0, client("--do cpu-set", "{\"reserve\": 0}"), "a reserve is chosen");
	expect_eq(1, client("--do cpu-set", "{\"reserve\": 8192}"),
		  "a reserve out of range is refused");
	got = ask("--dump cpu-get", "{}");
	expect(!json_object_get(entry(got, "id", on), "owner"), "nobody owns it: %s",
	       cli_out());
	json_decref(got);
}

static void refusals(void)
{
	json_t *reply, *refusal;
	char request[256];
	struct vmm *v;

	ksft_need_time();
	v = start();
	snprintf(request, sizeof(request),
		 "{\"pid\": %d, \"plan\": true, \"helper-cpus\": [{\"first\": 0, \"last\": 250}]}",
		 v->pid);
	reply = ask("--do policy-set", request);
	refusal = json_object_get(reply, "refusal");
	expect_eq(EINVAL, number(refusal, "errno"), "the errno of a plan's refusal");
	expect_eq(CORDON_A_POLICY_HELPER_CPUS, number(refusal, "key"), "its key");
	expect(strstr(word(refusal, "text"), "does not exist"), "its text: %s",
	       word(refusal, "text"));
	json_decref(reply);

	snprintf(request, sizeof(request),
		 "{\"pid\": %d, \"helper-cpus\": [{\"first\": 0, \"last\": 250}]}", v->pid);
	expect_eq(1, client("--do policy-set", request), "the same set is refused");
	expect(strstr(cli_out(), "does not exist") && strstr(cli_out(), ".helper-cpus"),
	       "with a text and the attribute: %s", cli_out());

	snprintf(request, sizeof(request),
		 "{\"pid\": %d, \"helper-cpus\": [{\"first\": 0, \"last\": 8192}]}", v->pid);
	expect_eq(1, client("--do policy-set", request), "what the checks forbid is refused");
	expect(strstr(cli_out(), "8191"), "with the range: %s", cli_out());
}

/* YNL of 6.12 listens only while it does nothing else: to the end of a sleep. */
static void notifies(void)
{
	static char heard[65536];
	json_t *events, *event, *found = NULL;
	struct vmm *v = start();
	size_t len = 0, i;
	ssize_t n;
	pid_t pid;
	int fd;

	/*
	 * How long the client takes to subscribe is anybody's guess on a slow
	 * host: something happens again and again until it has listened. By the
	 * command, which takes a fraction of the time that Python does.
	 */
	pid = cli_start(&fd, "%s/tools/net/ynl/cli.py --spec %s --no-schema --output-json --subscribe monitor --sleep %d",
			ynl, spec, 8 * ksft_slow());
	setenv("CORDON_CLI", command, 1);
	while (!waitpid(pid, NULL, WNOHANG)) {
		cli_must("policy set pid:%d mode audit", v->pid);
		ksft_sleep_ms(500);
	}
	while ((n = read(fd, heard + len, sizeof(heard) - 1 - len)) > 0)
		len += n;
	close(fd);

	events = parse(heard);
	json_array_foreach(events, i, event)
		if (!strcmp(word(event, "name"), "policy-ntf"))
			found = json_object_get(event, "msg");
	require(found, "a notification of the policy: %s", heard);
	expect_eq(v->pid, number(found, "pid"), "its VM");
	expect_str("set", word(found, "event"), "what happened");
	expect_str("audit", word(found, "mode"), "the key");
	json_decref(events);
}

static void policies(void)
{
	int status;

	need_ynl();
	status = cli("%s %s %s", check, ynl, spec);
	ksft_note("%s", cli_out());
	expect_eq(0, status, "the kernel's policies are the spec's: %s", cli_err());
}

static const struct ksft_test tests[] = {
	{ "the kernel's policies are the spec's", policies },
	{ "VMs and threads are listed", lists },
	{ "a policy is set, read back and deleted", sets_and_deletes },
	{ "a VM is placed, and CPUs are listed", places },
	{ "refusals come as text and as attributes", refusals },
	{ "a notification is heard", notifies },
};

KSFT_MAIN(tests);
