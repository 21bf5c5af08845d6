// SPDX-License-Identifier: GPL-2.0-only
/*
 * "Go back by itself, unless I say that I am still here."
 *
 * While a confirm time runs, the VM keeps the policy before (or none) as its
 * fallback, and the queued work holds a reference on the VM.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "confirm.h"
#include "notify.h"
#include "policy.h"
#include "trace.h"
#include "vm.h"

static struct workqueue_struct *confirm_wq;

/* Take the fallback away from the VM; the caller owns its reference. */
static struct cordon_policy *confirm_end(struct cordon_vm *vm)
{
	struct cordon_policy *fallback = vm->fallback;

	vm->fallback = NULL;
	WRITE_ONCE(vm->confirming, false);
	module_put(THIS_MODULE);
	return fallback;
}

static void confirm_revert(struct cordon_vm *vm)
{
	struct cordon_policy *fallback = confirm_end(vm);
	struct policy_result res = {};
	struct refusal why = {}, none = {};

	/*
	 * If the policy before cannot be had any more (another VM has taken
	 * what it needs), the masks as found are the next best thing.
	 */
	if ((fallback && policy_check_again(vm, fallback, &why)) ||
	    policy_commit(vm, fallback, &res, &why))
		policy_commit(vm, NULL, &res, &none);
	policy_put(fallback);
	trace_policy(vm->id, CORDON_POLICY_EVENT_REVERT, res.moved);
	notify_policy(vm, CORDON_POLICY_EVENT_REVERT);
}

static void confirm_work_fn(struct work_struct *work)
{
	struct cordon_vm *vm = container_of(to_delayed_work(work),
					    struct cordon_vm, confirm);

	mutex_lock(&policy_mutex);
	/* It may have been confirmed, and another one set, meanwhile. */
	if (vm->confirming && time_after_eq(jiffies, vm->confirm_until))
		confirm_revert(vm);
	mutex_unlock(&policy_mutex);
	vm_put(vm);
}

/**
 * confirm_init() - prepare a new VM
 * @vm: the VM
 *
 * Context: process.
 */
void confirm_init(struct cordon_vm *vm)
{
	INIT_DELAYED_WORK(&vm->confirm, confirm_work_fn);
}

/**
 * confirm_start() - go back after some time
 * @vm: the VM
 * @fallback: the policy to go back to, whose reference is taken over, or NULL
 * @seconds: the time
 *
 * Context: process, policy mutex held, in a request (so the module is not
 * going).
 */
void confirm_start(struct cordon_vm *vm, struct cordon_policy *fallback,
		   u32 seconds)
{
	lockdep_assert_held(&policy_mutex);
	/* There may be no policy meanwhile that would hold the module. */
	__module_get(THIS_MODULE);
	vm->fallback = fallback;
	vm->confirm_until = jiffies + seconds * HZ;
	WRITE_ONCE(vm->confirming, true);
	vm_get(vm);
	if (!queue_delayed_work(confirm_wq, &vm->confirm, seconds * HZ))
		vm_put(vm);
}

/**
 * confirm_cancel() - do not go back
 * @vm: the VM
 *
 * Context: process, policy mutex held.
 */
void confirm_cancel(struct cordon_vm *vm)
{
	lockdep_assert_held(&policy_mutex);
	if (!vm->confirming)
		return;
	policy_put(confirm_end(vm));
	/* If it has begun, it waits for the mutex and puts the VM itself. */
	if (cancel_delayed_work(&vm->confirm))
		vm_put(vm);
}

/**
 * confirm_keep() - the user confirms the policy
 * @vm: the VM
 * @why: filled if there is nothing to confirm
 *
 * Context: process.
 * Return: 0, -ENOENT, -EINTR.
 */
int confirm_keep(struct cordon_vm *vm, struct refusal *why)
{
	int ret = 0;

	if (mutex_lock_killable(&policy_mutex))
		return -EINTR;
	if (vm->confirming) {
		confirm_cancel(vm);
		trace_policy(vm->id, CORDON_POLICY_EVENT_CONFIRM, 0);
		notify_policy(vm, CORDON_POLICY_EVENT_CONFIRM);
	} else {
		ret = refuse(why, -ENOENT, 0,
			     "no policy of id:%u waits to be confirmed",
			     vm->id);
	}
	mutex_unlock(&policy_mutex);
	return ret;
}

/**
 * confirm_left_ms() - what is left of the confirm time
 * @vm: the VM
 * @left_ms: set to it, in milliseconds
 *
 * Context: any.
 * Return: false if none runs.
 */
bool confirm_left_ms(struct cordon_vm *vm, u64 *left_ms)
{
	long left = READ_ONCE(vm->confirm_until) - jiffies;

	if (!READ_ONCE(vm->confirming))
		return false;
	*left_ms = left > 0 ? jiffies_to_msecs(left) : 0;
	return true;
}

/**
 * confirm_module_init() - make the workqueue
 *
 * Context: process, before the registry.
 * Return: 0 or -ENOMEM.
 */
int confirm_module_init(void)
{
	confirm_wq = alloc_workqueue("cordon", WQ_UNBOUND, 0);
	return confirm_wq ? 0 : -ENOMEM;
}

/**
 * confirm_module_exit() - wait for the last work
 *
 * Context: process, at module exit, when no policy is left.
 */
void confirm_module_exit(void)
{
	destroy_workqueue(confirm_wq);
}
