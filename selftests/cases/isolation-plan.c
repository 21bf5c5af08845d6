// SPDX-License-Identifier: GPL-2.0-only
/*
 * `policy plan` shows what `policy set` then does, and changes nothing; what
 * would be refused is told with its numbers. And keys that contradict each other
 * or the host.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/cordon.h>

#include "cgtree.h"
#include "cli.h"
#include "foreign.h"
#include "host.h"
#include "ksft.h"
#include "masks.h"
#include "owned.h"
#include "tvmm.h"

static struct owned_vm vm;

static void start(int vcpus)
{
	cli_need();
	host_need_cpus(4);
	owned_vm_start(&vm, vcpus);
}

/* The entry of the VM in what a plan or a set says, a new reference. */
static json_t *ask(const char *command, const char *keys)
{
	json_t *all = cli_json("policy", "policy %s pid:%d %s", command, vm.v->pid,
			       keys);
	json_t *entry = json_incref(json_array_get(all, 0));

	require(entry, "policy %s says something", command);
	json_decref(all);
	return entry;
}

static long number(json_t *entry, const char *key)
{
	json_t *value = json_object_get(entry, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

static const char *text(json_t *entry, const char *key)
{
	const char *value = json_string_value(json_object_get(entry, key));

	return value ? value : "";
}

/* Both say the same of where the VM is, and whom that moves. */
static void expect_same(json_t *plan, json_t *set, const char *keys)
{
	static const char *const same[] = {
		"places", "owned", "idle", "emulator_on"
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		json_t *want = json_object_get(plan, same[i]);
		json_t *got = json_object_get(set, same[i]);

		if (!want && !got)
			continue;
		if (!want || !got || !json_equal(want, got)) {
			ksft_fail("%s: %s of plan and set", keys, same[i]);
			ksft_note("  plan %s", json_dumps(plan, 0));
			ksft_note("  set  %s", json_dumps(set, 0));
		}
	}
}

/* What is told is where the vCPUs are. */
static void expect_places(json_t *entry)
{
	json_t *places = json_object_get(entry, "places"), *place;
	size_t i;

	require_eq(vm.vcpus, json_array_size(places), "places");
	json_array_foreach(places, i, place) {
		struct cpus cpus = cpus_one(number(place, "cpu"));

		expect_cpus(cpus_str(&cpus), vm.tid[number(place, "vcpu")],
			    "vCPU %ld", number(place, "vcpu"));
		expect(number(place, "node") >= 0, "its node");
	}
}

static void plan_then_set(const char *keys)
{
	struct masks *masks = masks_take();
	struct cgtree *tree = cgtree_take();
	json_t *plan, *set;
	struct cpus owned;
	long evicted, near;

	plan = ask("plan", keys);
	masks_expect(masks, 0, "a plan changes nothing");
	cgtree_expect(tree, "a plan changes nothing");
	expect_str("unmanaged", cli_vm_text(vm.v->pid, "state"), "its state");
	owned = owned_by(vm.id);
	expect_eq(0, cpus_count(&owned), "CPUs that it owns after a plan");
	set = ask("set", keys);
	expect_same(plan, set, keys);
	expect_places(set);
	owned = owned_by(vm.id);
	expect_str(cpus_str(&owned), text(plan, "owned"), "what it owns");
	/* Tasks come and go meanwhile, kernel threads too. */
	evicted = number(set, "evicted");
	near = number(plan, "tasks_there");
	expect(evicted >= 6 && near >= 6 && evicted - near <= 6 && near - evicted <= 6,
	       "tasks moved off: %ld planned, %ld done", near, evicted);
	json_decref(plan);
	json_decref(set);
	cli_must("policy del pid:%d", vm.v->pid);
}

static void same(void)
{
	start(2);
	foreign_start_many(FOREIGN_NAPS, 6);
	plan_then_set("cpu-policy dedicated");
	plan_then_set("cpu-policy dedicated vcpu-pin 0:3/1:1");
	plan_then_set("cpu-policy dedicated emulator-policy own numa any");
	plan_then_set("cpu-policy dedicated numa-map 0:1/1:0");
}

/* What is refused is told by the plan with its numbers, and by the set. */
static void expect_refused(const char *keys, int error, const char *said,
			   long wanted, long free)
{
	struct masks *masks = masks_take();
	json_t *root, *refusal;

	cli("-j policy plan pid:%d %s", vm.v->pid, keys);
	root = json_loads(cli_out(), 0, NULL);
	refusal = json_object_get(json_array_get(json_object_get(root, "policy"), 0),
				  "refusal");
	if (!refusal) {
		ksft_fail("%s: no refusal: %.300s", keys, cli_out());
		return;
	}
	ksft_note("%s: %s", keys, text(refusal, "text"));
	expect_eq(error, number(refusal, "errno"), "%s: errno", keys);
	expect(strstr(text(refusal, "text"), said), "%s: \"%s\" in: %s", keys, said,
	       text(refusal, "text"));
	expect_eq(wanted, number(refusal, "wanted"), "%s: wanted", keys);
	expect_eq(free, number(refusal, "free"), "%s: free", keys);
	json_decref(root);
	cli_refused(2, said, "policy set pid:%d %s", vm.v->pid, keys);
	expect_str("unmanaged", cli_vm_text(vm.v->pid, "state"), "its state");
	masks_expect(masks, 0, keys);
}

static void no_room(void)
{
	start(3);
	expect_refused("cpu-policy dedicated", ENOSPC, "3 wanted, 2 free", 3, 2);
	expect_refused("cpu-policy mixed:0-1 emulator-policy isolate", ENOSPC,
		       "3 wanted, 2 free", 3, 2);
	expect_refused("cpu-policy mixed:0-1 numa 1", ENOSPC, "numa", 2, 1);
	expect_refused("cpu-policy mixed:0-1 numa-map 0-1:0", ENOSPC, "numa-map", 2, 1);
	owned_pools_must(NULL, NULL, 3);
	expect_refused("cpu-policy mixed:0-1", EBUSY, "reserve", 2, 1);
}

static void contradictions(void)
{
	start(2);
	expect_refused("cpu-policy dedicated thread-policy require", EINVAL,
		       "no SMT", -1, -1);
	expect_refused("thread-policy isolate", EINVAL, "thread-policy", -1, -1);
	expect_refused("cpu-policy shared thread-policy prefer", EINVAL,
		       "thread-policy", -1, -1);
	expect_refused("cpu-policy dedicated vcpu-pin 0:1-3", EINVAL, "vcpu-pin",
		       -1, -1);
	expect_refused("cpu-policy dedicated vcpu-pin 0-1:1", EINVAL, "vcpu-pin",
		       -1, -1);
	expect_refused("cpu-policy dedicated vcpu-pin 0:0", EINVAL, "dedicated pool",
		       -1, -1);
	expect_refused("cpu-policy dedicated numa 1 vcpu-pin 0:1", EINVAL, "numa",
		       -1, -1);
	expect_refused("cpu-policy dedicated numa-map 0:9", EINVAL, "numa-map", -1, -1);
	expect_refused("cpu-policy dedicated placement adopt", EINVAL,
		       "nothing to adopt", -1, -1);
	expect_refused("cpu-policy dedicated emulator-policy isolate emulator-cpus 1,3",
		       EINVAL, "emulator", -1, -1);
}

static void without_smt(void)
{
	start(2);
	plan_then_set("cpu-policy dedicated thread-policy isolate");
	plan_then_set("cpu-policy dedicated thread-policy separate");
	plan_then_set("cpu-policy dedicated thread-policy avoid");
}

/* In audit a plan is what would be; nothing is owned. */
static void audit(void)
{
	struct masks *masks;
	struct cpus owned;

	start(2);
	masks = masks_take();
	cli_must("policy set pid:%d mode audit cpu-policy dedicated", vm.v->pid);
	owned = owned_by(0);
	expect_str("0-3", cpus_str(&owned), "CPUs that nobody owns");
	masks_expect(masks, 0, "in audit");
	cli_must("policy set pid:%d mode enforce", vm.v->pid);
	owned_vm_look(&vm);
	cli_must("policy set pid:%d mode audit", vm.v->pid);
	owned = owned_by(0);
	expect_str("0-3", cpus_str(&owned), "CPUs that nobody owns");
	masks_expect(masks, 1, "in audit again");
}

/* What people and tools read: `cpu show`, `vm show`. */
static void shown(void)
{
	json_t *cpus, *cpu;
	size_t i;

	start(2);
	owned_vm_take(&vm);
	cpus = cli_json("cpu", "cpu show");
	require_eq(4, json_array_size(cpus), "CPUs");
	json_array_foreach(cpus, i, cpu) {
		long id = number(cpu, "id");
		bool owned = cpus_has(&vm.cpus, id);

		expect_str(owned ? "dedicated" : "shared", text(cpu, "pool"),
			   "pool of CPU %ld", id);
		expect_eq(owned ? vm.id : -1, number(cpu, "owner"), "owner of CPU %ld",
			  id);
		expect(owned == !!json_object_get(cpu, "receipt"), "receipt of CPU %ld",
		       id);
	}
	json_decref(cpus);
	cli_must("cpu show");
	expect(strstr(cli_out(), "dedicated"), "its table: %s", cli_out());
	cli_must("vm show pid:%d", vm.v->pid);
	expect(strstr(cli_out(), "edicated"), "vm show: %s", cli_out());
}

static const struct ksft_test tests[] = {
	{ "a set does what its plan says", same },
	{ "thread policies without siblings", without_smt },
	{ "no room, with what is free", no_room },
	{ "keys that contradict", contradictions },
	{ "audit owns nothing", audit },
	{ "cpu show and vm show", shown },
};

KSFT_MAIN(tests);
