// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object vm: `vm list` and the overview. `vm show` has a file of its own.
 */
#include <stdio.h>
#include <string.h>

#include "cordon.h"
#include "cpus.h"
#include "nl.h"
#include "out.h"
#include "vms.h"
#include "vmshow.h"
#include "words.h"

static const struct out_column columns[] = {
	{ "ID", "id", true, 0 },
	{ "PID", "pid", true, 0 },
	{ "NAME", "name", false, 12 },
	{ "VCPUS", "vcpus", true, 0 },
	{ "POLICY", "mode", false, 8 },
	{ "CPUS", "cpus", false, 12 },
	{ "DRIFTS", "drifts", true, 0 },
	{ "STATE", "state", false, 0 },
};

/* The worst first: what needs a person, then what waits, then the rest. */
static int rank(const struct vm_info *vm)
{
	if (vm->state == CORDON_VM_STATE_DEGRADED)
		return 0;
	if (HAS(vm, CORDON_A_VM_CONFIRM_MS))
		return 1;
	return 2;
}

static void degraded_print(const struct vm_info *vm, const char *name,
			   const char *word)
{
	struct thread_list threads;
	struct cpulist want = { 0 };
	struct text t = { 0 };
	size_t i, n = 0;

	if (thread_list_get(vm->id, &threads))
		return;
	for (i = 0; i < threads.n; i++) {
		if (threads.thread[i].state != CORDON_THREAD_STATE_DEGRADED)
			continue;
		cpulist_union(&want, &threads.thread[i].want);
		n++;
	}
	cpulist_print(&want, &t);
	if (n)
		out_text("! %s: %zu thread%s wanted on %s, where no CPU is active: bring one\n"
			 "!   online, or into the cpuset, or: cordon policy set %s KEY VALUE\n",
			 name, n, n > 1 ? "s are" : " is", text_str(&t), word);
	text_free(&t);
	thread_list_free(&threads);
}

/* A line for what is wrong, and what to do. */
static void trouble_print(const struct vm_info *vm, const struct vm_list *list)
{
	struct text name = { 0 }, word = { 0 };

	text_utf8(&name, vm->name, false);
	vm_word(vm, list, &word);
	if (vm->state == CORDON_VM_STATE_DEGRADED)
		degraded_print(vm, text_str(&name), text_str(&word));
	if (HAS(vm, CORDON_A_VM_CONFIRM_MS))
		out_text("! %s: goes back in %llu s, unless: cordon policy confirm %s\n",
			 text_str(&name),
			 (unsigned long long)(vm->confirm_ms + 999) / 1000,
			 text_str(&word));
	text_free(&name);
	text_free(&word);
}

/* "dedicated/isolate", "shared"; what is only watched, or not placed, by mode. */
static void policy_show(const struct vm_info *vm)
{
	const char *policy = word_of(&cpu_policy_words, vm->cpu_policy);

	if (!HAS(vm, CORDON_A_VM_CPU_POLICY) || !HAS(vm, CORDON_A_VM_MODE) ||
	    vm->mode == CORDON_MODE_AUDIT)
		return;
	if (HAS(vm, CORDON_A_VM_THREAD_POLICY) &&
	    vm->thread_policy != CORDON_THREAD_POLICY_PREFER)
		out_show("mode", "%s/%s", policy,
			 word_of(&thread_policy_words, vm->thread_policy));
	else
		out_show("mode", "%s", policy);
}

/* "8-11 +40-43": where its vCPUs may run, and what else it owns. */
static void cpus_show(const struct vm_info *vm)
{
	struct cpulist more = vm->owned;
	struct text t = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(more.bits); i++)
		more.bits[i] &= ~vm->cpus.bits[i];
	if (cpulist_empty(&more))
		return;
	cpulist_print(&vm->cpus, &t);
	text_add(&t, " +");
	cpulist_print(&more, &t);
	out_show("cpus", "%s", text_str(&t));
	text_free(&t);
}

static void footer_print(void)
{
	struct cpu_counts counts;
	struct cpu_list cpus;
	struct text t = { 0 };

	if (cpu_list_get(&cpus))
		return;
	cpu_count(&cpus, &counts);
	cpu_counts_print(&counts, &t);
	out_text("%s\n", text_str(&t));
	text_free(&t);
	cpu_list_free(&cpus);
}

static void list_print(const struct vm_list *list)
{
	size_t i;
	int r;

	out_begin("vm", columns, ARRAY_SIZE(columns));
	for (r = 0; r <= 2; r++) {
		for (i = 0; i < list->n; i++) {
			const struct vm_info *vm = &list->vm[i];

			if (rank(vm) != r)
				continue;
			out_item();
			vm_fields(vm);
			policy_show(vm);
			cpus_show(vm);
			if (vm->state == CORDON_VM_STATE_UNMANAGED)
				out_show("state", "-");
			else if (vm->state == CORDON_VM_STATE_DEGRADED)
				out_show("state", "! degraded");
		}
	}
	out_table_end();
	if (!out_is_json()) {
		footer_print();
		for (i = 0; i < list->n; i++)
			trouble_print(&list->vm[i], list);
	}
	out_end();
}

static int vm_list_run(int argc, char **argv)
{
	struct vm_list list;
	int status;

	if (argc > 1 || (argc && strcmp(argv[0], "all")))
		return usage_error("vm list: nothing may follow, not \"%s\"; one VM: cordon vm show VM",
				   argv[argc - 1]);
	status = cn_open();
	if (!status)
		status = vm_list_get(&list);
	if (status)
		return status;
	list_print(&list);
	vm_list_free(&list);
	return DONE;
}

/* Is there a thread that enforcing this VM's policy would move? */
static bool would_move(const struct vm_info *vm)
{
	struct thread_list threads;
	bool any = false;
	size_t i;

	if (thread_list_get(vm->id, &threads))
		return false;
	for (i = 0; i < threads.n; i++)
		any |= thread_is_wrong(&threads.thread[i]);
	thread_list_free(&threads);
	return any;
}

static void summary_print(const struct vm_list *list)
{
	size_t held = 0, watched = 0, wrong = 0, astray = 0, i;

	if (!list->n) {
		out_text("No KVM guest runs here. cordon finds one when it first runs a vCPU.\n");
		return;
	}
	for (i = 0; i < list->n; i++) {
		const struct vm_info *vm = &list->vm[i];

		if (HAS(vm, CORDON_A_VM_MODE)) {
			held += vm->mode == CORDON_MODE_ENFORCE;
			watched += vm->mode == CORDON_MODE_AUDIT;
			astray += vm->mode == CORDON_MODE_AUDIT &&
				  would_move(vm);
		}
		wrong += rank(vm) < 2;
	}
	out_text("%zu VM%s: %zu held to a policy, %zu only watched, %zu without a policy.",
		 list->n, list->n > 1 ? "s" : "", held, watched,
		 list->n - held - watched);
	if (wrong)
		out_text(" %zu need%s you.", wrong, wrong > 1 ? "" : "s");
	else if (held + watched && !astray)
		out_text(" All well.");
	else if (!astray)
		out_text("\nHold one: cordon policy set VM vcpu-pin 0:4/1:5 (cordon policy help)");
	if (astray)
		out_text("\n%zu that %s only watched %s not as the policy says: cordon vm show VM",
			 astray, astray > 1 ? "are" : "is",
			 astray > 1 ? "are" : "is");
	out_text("\n");
}

int vm_overview(void)
{
	struct vm_list list;
	int status;

	status = cn_open();
	if (!status)
		status = vm_list_get(&list);
	if (status)
		return status;
	list_print(&list);
	if (!out_is_json())
		summary_print(&list);
	vm_list_free(&list);
	return DONE;
}

static void vm_help(void)
{
	puts("Usage: cordon vm list\n"
	     "       cordon vm show VM\n"
	     "  VM := NAME | UUID | id:N | pid:N | all\n"
	     "\n"
	     "list  every KVM guest of this host, and what is wrong with it\n"
	     "show  one VM, its threads by class, and whether its policy holds");
}

static const struct command commands[] = {
	{ "list", vm_list_run },
	{ "show", vm_show_run },
	{ }
};

const struct object vm_object = {
	.name = "vm",
	.commands = commands,
	.help = vm_help,
};
