// SPDX-License-Identifier: GPL-2.0-only
/*
 * cordon: cordons off CPU cores for KVM guests. Start and end, nothing else.
 */
#include <linux/module.h>

#include "bandwidth.h"
#include "cgroup.h"
#include "confirm.h"
#include "heal.h"
#include "hookkey.h"
#include "hooks.h"
#include "isolation.h"
#include "netlink.h"
#include "notify.h"
#include "policy.h"
#include "pool.h"
#include "registry.h"
#include "safepoint.h"
#include "sighting.h"

static int __init cordon_init(void)
{
	int ret;

	ret = sighting_init();
	if (ret)
		return ret;
	ret = bandwidth_init();
	if (ret)
		goto err_sighting;
	ret = pool_init();
	if (ret)
		goto err_bandwidth;
	ret = isolation_init();
	if (ret)
		goto err_pool;
	registry_init(&policy_registry_ops, &notify_registry_events);
	ret = confirm_module_init();
	if (ret)
		goto err_registry;
	ret = heal_init();
	if (ret)
		goto err_confirm;
	ret = netlink_init();
	if (ret)
		goto err_heal;
	ret = hooks_init();
	if (ret)
		goto err_netlink;
	return 0;

err_netlink:
	netlink_exit();
err_heal:
	heal_exit();
err_confirm:
	confirm_module_exit();
err_registry:
	registry_exit();
	isolation_exit();
err_pool:
	pool_exit();
err_bandwidth:
	bandwidth_exit();
err_sighting:
	sighting_exit();
	/* Begins by itself, at its first use. */
	cgroups_exit();
	return ret;
}

static void __exit cordon_exit(void)
{
	/*
	 * The reverse, but for the first two: without the probes nobody tells
	 * that a VM is gone, so nobody may ask for one any more by then.
	 */
	netlink_exit();
	hooks_exit();
	sighting_flush();
	isolation_flush();
	heal_exit();
	confirm_module_exit();
	registry_exit();
	safepoint_drain();
	sighting_exit();
	hookkey_exit();
	/* What was put by then is freed before the code that frees it goes. */
	registry_exit();
	isolation_exit();
	pool_exit();
	bandwidth_exit();
	cgroups_exit();
}

module_init(cordon_init);
module_exit(cordon_exit);

MODULE_DESCRIPTION("Cordons off CPU cores for KVM guests");
MODULE_AUTHOR("The cordon authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(CORDON_VERSION);
