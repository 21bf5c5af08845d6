// SPDX-License-Identifier: GPL-2.0-only
/* The object thread: what each thread is for, and where it may run. */
#include <stdio.h>
#include <string.h>

#include "cordon.h"
#include "out.h"
#include "vms.h"

static const struct out_column columns[] = {
	{ "TID", "tid", true, 0 },
	{ "CLASS", "class", false, 0 },
	{ "VCPU", "vcpu", true, 0 },
	{ "CPU", "cpu", true, 0 },
	{ "CPUS", "cpus", false, 6 },
	{ "WANT", "want", false, 6 },
	{ "SCHED", "sched", false, 0 },
	{ "STATE", "state", false, 0 },
	{ "DRIFTS", "drifts", true, 0 },
	{ "NAME", "comm", false, 8 },
};

/* Do the VMM's own threads all have one name, so that none can be told apart? */
static bool names_are_alike(const struct thread_info *thread, size_t n)
{
	const char *name = NULL;
	size_t alike = 0, i;

	for (i = 0; i < n; i++) {
		if (thread[i].class == CORDON_CLASS_VCPU ||
		    thread[i].class == CORDON_CLASS_HELPER || !thread[i].comm)
			continue;
		if (name && strcmp(name, thread[i].comm))
			return false;
		name = thread[i].comm;
		alike++;
	}
	return alike > 1;
}

static void threads_print(const struct vm_info *vm,
			  const struct thread_info *thread, size_t n, bool head)
{
	struct text name = { 0 };
	size_t i;

	text_utf8(&name, vm ? vm->name : "-", false);
	if (head)
		out_text("%s  id:%u\n", text_str(&name), thread->vm_id);
	for (i = 0; i < n; i++) {
		out_item();
		thread_fields(&thread[i], vm);
	}
	out_table_end();
	if (names_are_alike(thread, n))
		out_text("! %s: its threads are named alike, so iothread-match finds none: start\n"
			 "!   QEMU with -name NAME,debug-threads=on, or use iothread-tids\n",
			 text_str(&name));
	text_free(&name);
}

static void list_print(const struct vm_list *vms,
		       const struct thread_list *list, bool heads)
{
	size_t from, to;

	for (from = 0; from < list->n; from = to) {
		uint32_t vm_id = list->thread[from].vm_id;

		for (to = from; to < list->n; to++)
			if (list->thread[to].vm_id != vm_id)
				break;
		out_text(from ? "\n" : "");
		threads_print(vm_by_id(vms, vm_id), &list->thread[from],
			      to - from, heads);
	}
	if (!list->n)
		out_table_end();
}

static int list_meant(const struct vm_ref *ref, const struct vm_list *vms)
{
	const struct vm_info *vm = NULL;
	struct thread_list list;
	int status;

	if (ref->kind != VM_REF_ALL) {
		status = vm_find(ref, vms, &vm);
		if (status)
			return status;
	}
	status = thread_list_get(vm ? vm->id : 0, &list);
	if (status)
		return status;
	if (vm && !list.n) {
		error_print("no VM with id:%u any more", vm->id);
		thread_list_free(&list);
		return REFUSED;
	}
	out_begin("thread", columns, ARRAY_SIZE(columns));
	list_print(vms, &list, !vm);
	out_end();
	thread_list_free(&list);
	return DONE;
}

static int thread_list_run(int argc, char **argv)
{
	if (argc > 1)
		return usage_error("thread list: one VM, and nothing after it");
	return vm_run(argc ? argv[0] : "all", list_meant);
}

static void thread_help(void)
{
	puts("Usage: cordon thread list [ VM ]\n"
	     "  VM := NAME | UUID | id:N | pid:N | all\n"
	     "\n"
	     "CLASS   vcpu, emulator, iothread, migration or helper\n"
	     "CPU     where it runs, or ran last\n"
	     "CPUS    where it may run\n"
	     "WANT    where its policy wants it\n"
	     "STATE   free: no policy names it; held; audit: only watched;\n"
	     "        degraded: no CPU of WANT is active; detaching: its hook comes off\n"
	     "        soon; exempt: the kernel forbids to move it");
}

static const struct command commands[] = {
	{ "list", thread_list_run },
	{ }
};

const struct object thread_object = {
	.name = "thread",
	.commands = commands,
	.help = thread_help,
};
