// SPDX-License-Identifier: GPL-2.0-only
/*
 * `cordon off`: undo everything, so that the module can go.
 *
 * Policies are deleted, which restores all at once; then every thread that
 * still has a hook, or a callback that waits for a safe point, is woken.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/task_work.h>

#include "cgroup.h"
#include "off.h"
#include "policy.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/* Who has not answered by then is named. */
#define OFF_TIMEOUT_MS 2000

/* Call @fn for each thread of each VMM; returns the sum of what it returns. */
static u32 off_visit_threads(u32 (*fn)(struct cordon_thread *t,
				       struct off_result *res),
			     struct off_result *res)
{
	struct cordon_vmm **vmms;
	unsigned int nr_vmms, nr, i, k;
	u32 sum = 0;

	vmms = vmm_get_all(&nr_vmms);
	if (!vmms)
		return 0;
	for (i = 0; i < nr_vmms; i++) {
		struct cordon_thread **threads = vmm_get_threads(vmms[i], &nr);

		if (!threads)
			continue;
		for (k = 0; k < nr; k++)
			sum += fn(threads[k], res);
		vmm_put_threads(threads, nr);
	}
	vmm_put_all(vmms, nr_vmms);
	return sum;
}

static u32 off_count_hook(struct cordon_thread *t, struct off_result *res)
{
	return READ_ONCE(t->hooked);
}

/*
 * A thread that was seen entering a vCPU holds the module until its next safe
 * point, which is far for a vCPU that waits for its INIT. Whose task work it is
 * cannot be told; a nudge makes any of it run.
 */
static bool off_waits(struct cordon_thread *t)
{
	return thread_detaching(t) ||
	       (!thread_is_helper(t) && task_work_pending(t->task));
}

static u32 off_nudge(struct cordon_thread *t, struct off_result *res)
{
	return off_waits(t) && !thread_nudge(t);
}

static u32 off_count_waiting(struct cordon_thread *t, struct off_result *res)
{
	return off_waits(t);
}

static u32 off_name(struct cordon_thread *t, struct off_result *res)
{
	if (!off_waits(t))
		return 0;
	if (res->nr < OFF_DETACHING_MAX)
		res->detaching[res->nr++] = thread_get(t);
	return 1;
}

static void off_del_policies(struct off_result *res)
{
	struct cordon_vm *vm;
	u32 id = 0;

	while ((vm = vm_get_next(id + 1))) {
		struct policy_result one = {};
		struct refusal why = {};

		id = vm->id;
		if (!policy_del(vm, &one, &why))
			res->policies++;
		vm_put(vm);
	}
}

/**
 * cordon_off() - delete all policies and take every hook off
 * @res: filled with what was done; the caller puts what it names
 *
 * Wakes sleepers: a system call of a VMM may return EINTR.
 *
 * Context: process; a signal ends the wait, what still waits is named then.
 */
void cordon_off(struct off_result *res)
{
	unsigned long until;
	u32 hooks;

	hooks = off_visit_threads(off_count_hook, res);
	off_del_policies(res);
	off_visit_threads(off_nudge, res);
	until = jiffies + msecs_to_jiffies(OFF_TIMEOUT_MS);
	while ((off_visit_threads(off_count_waiting, res) || cgroups_left()) &&
	       time_before(jiffies, until))
		if (msleep_interruptible(10))
			break;
	res->left = off_visit_threads(off_name, res);
	if (cgroups_left())
		pr_warn("cordon: a cgroup is not empty yet and goes later: somebody in it is ending\n");
	hooks -= min(hooks, off_visit_threads(off_count_hook, res));
	res->hooks = hooks;
}
