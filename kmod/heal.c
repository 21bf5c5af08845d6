// SPDX-License-Identifier: GPL-2.0-only
/*
 * What no hook sees: CPUs that come back, helpers, which carry no hook, and
 * whoever may run on owned CPUs and has not come there yet.
 *
 * A watch settles all threads of managed VMs now and then, as long as there
 * are any; a CPU that becomes active calls it at once.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/workqueue.h>

#include "heal.h"
#include "isolation.h"
#include "policy.h"

#define HEAL_PERIOD_MS 250

static void heal_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(heal_work, heal_work_fn);
static int heal_state;

static void heal_work_fn(struct work_struct *work)
{
	if (!policy_any() && !isolation_must_heal())
		return;
	/*
	 * The callback below comes before the new CPU is active, but under
	 * the hotplug lock, which is given back after it is.
	 */
	cpus_read_lock();
	cpus_read_unlock();
	policy_settle_all();
	isolation_heal();
	policy_settle_cgroups();
	queue_delayed_work(compat_unbound_wq, &heal_work,
			   msecs_to_jiffies(HEAL_PERIOD_MS));
}

static int heal_cpu_online(unsigned int cpu)
{
	if (policy_any())
		mod_delayed_work(compat_unbound_wq, &heal_work, 0);
	return 0;
}

/**
 * heal_start() - there is a managed VM now
 *
 * Context: process.
 */
void heal_start(void)
{
	queue_delayed_work(compat_unbound_wq, &heal_work,
			   msecs_to_jiffies(HEAL_PERIOD_MS));
}

/**
 * heal_init() - hear of CPUs that come online
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int heal_init(void)
{
	heal_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN,
					       "cordon:online",
					       heal_cpu_online, NULL);
	return heal_state < 0 ? heal_state : 0;
}

/**
 * heal_exit() - the counterpart of heal_init()
 *
 * Context: process, at module exit, when no policy is left.
 */
void heal_exit(void)
{
	cpuhp_remove_state_nocalls(heal_state);
	cancel_delayed_work_sync(&heal_work);
}
