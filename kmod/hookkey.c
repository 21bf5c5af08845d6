// SPDX-License-Identifier: GPL-2.0-only
/*
 * The static key of the preempt notifiers, while anybody may put a hook on:
 * each policy and each hook has it.
 *
 * Switching it sleeps, and the last hook may come off in an exit probe: so
 * only a worker switches it off. key_mutex nests inside the policy mutex; the
 * CPU hotplug lock inside it. It is not taken at safe points: there the thread
 * may hold a vcpu->mutex.
 */
#include <linux/atomic.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/workqueue.h>

#include "hookkey.h"

/* Switching the key; its nesting stands above. */
static DEFINE_MUTEX(key_mutex);
static atomic_t key_users = ATOMIC_INIT(0);
static bool key_on;

static void hookkey_work_fn(struct work_struct *work)
{
	mutex_lock(&key_mutex);
	if (key_on && !atomic_read(&key_users)) {
		preempt_notifier_dec();
		key_on = false;
	}
	mutex_unlock(&key_mutex);
}

static DECLARE_WORK(hookkey_work, hookkey_work_fn);

static void hookkey_irq_fn(struct irq_work *irq)
{
	queue_work(compat_unbound_wq, &hookkey_work);
}

static DEFINE_IRQ_WORK(hookkey_irq, hookkey_irq_fn);

/**
 * hookkey_get() - hooks may be put on from now on
 *
 * Context: process.
 */
void hookkey_get(void)
{
	mutex_lock(&key_mutex);
	atomic_inc(&key_users);
	if (!key_on) {
		preempt_notifier_inc();
		key_on = true;
	}
	mutex_unlock(&key_mutex);
}

/**
 * hookkey_tryget() - one more hook, if the key is on
 *
 * The policy that wants the hook has the key; no policy, no hook.
 *
 * Context: any; at safe points too, as it does not sleep.
 * Return: false if nobody has the key.
 */
bool hookkey_tryget(void)
{
	return atomic_inc_not_zero(&key_users);
}

/**
 * hookkey_put() - the counterpart of hookkey_get()
 *
 * Context: any but NMI.
 */
void hookkey_put(void)
{
	if (atomic_dec_and_test(&key_users))
		irq_work_queue(&hookkey_irq);
}

/**
 * hookkey_exit() - leave the static key as it was found
 *
 * Context: process, at module exit, when no hook is left.
 */
void hookkey_exit(void)
{
	irq_work_sync(&hookkey_irq);
	flush_work(&hookkey_work);
}
