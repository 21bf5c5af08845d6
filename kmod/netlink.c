// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family: its operations. No logic.
 *
 * Operations run in parallel, in process context; policies have their own
 * mutex, so that a waiting set does not stop other families.
 */
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "confirm.h"
#include "netlink.h"
#include "notify.h"
#include "off.h"
#include "plan.h"
#include "policy.h"
#include "pool.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/* Texts of refusals that are kept. */
#define NL_TEXTS	64

static const struct nla_policy vm_get_policy[CORDON_A_VM_PID + 1] = {
	[CORDON_A_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_VM_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy thread_get_policy[CORDON_A_THREAD_VM_ID + 1] = {
	[CORDON_A_THREAD_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy policy_get_policy[CORDON_A_POLICY_PID + 1] = {
	[CORDON_A_POLICY_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_POLICY_PID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy stats_get_policy[CORDON_A_STATS_GROUP + 1] = {
	[CORDON_A_STATS_VM_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_STATS_PID] = NLA_POLICY_MIN(NLA_U32, 1),
	[CORDON_A_STATS_GROUP] = NLA_POLICY_RANGE(NLA_U32, 1,
						  CORDON_STATS_GROUP_MAX),
};

/* ---- requests ---- */

static void nl_init_why(struct refusal *why)
{
	memset(why, 0, sizeof(*why));
	why->cpu = -1;
}

/*
 * An extended ACK points to its text until it is sent, which is after doit() has
 * returned; the texts that it can hold itself came with 6.2 and have at most 80
 * bytes. So a text stays here until NL_TEXTS more requests were refused. Each is
 * sent by the task that wrote it, next, and the family's end waits for that.
 */
static void nl_set_text(struct netlink_ext_ack *extack, const char *text)
{
	static char texts[NL_TEXTS][REFUSAL_TEXT_LEN];
	static atomic_t last;
	char *slot = texts[(unsigned int)atomic_inc_return(&last) % NL_TEXTS];

	if (!extack)
		return;
	strscpy(slot, text, REFUSAL_TEXT_LEN);
	/* NL_SET_ERR_MSG() takes literals only. */
	extack->_msg = slot;
}

/* Tell a refusal to the user: its text, and the attribute it is about. */
static int nl_refused(struct genl_info *info, int err, const struct refusal *why)
{
	if (why->err)
		nl_set_text(info->extack, why->text);
	if (why->key && info->attrs[why->key])
		NL_SET_BAD_ATTR(info->extack, info->attrs[why->key]);
	return err;
}

static int nl_may_change(struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_NICE))
		return 0;
	NL_SET_ERR_MSG(info->extack, "this needs CAP_SYS_NICE");
	return -EPERM;
}

static struct cordon_vm *nl_get_vm_by_pid(u32 nr, int attr,
					  struct refusal *why)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct cordon_vm *vm = NULL;
	int err = -ESRCH;

	put_pid(pid);
	if (task) {
		vm = vm_get_by_process(task, &err);
		put_task_struct(task);
	}
	if (err == -ENOTUNIQ)
		refuse(why, err, attr,
		       "several VMs with pid:%u: name one by its id", nr);
	else if (err)
		refuse(why, -ENOENT, attr, "no VM with pid:%u", nr);
	return vm;
}

/* The VM that a request names by id or pid; @why says why there is none. */
static struct cordon_vm *nl_get_vm(struct genl_info *info, int id_attr,
				   int pid_attr, struct refusal *why)
{
	struct nlattr *id = info->attrs[id_attr], *pid = info->attrs[pid_attr];
	struct cordon_vm *vm;

	if (!id == !pid) {
		refuse(why, -EINVAL, 0, "name a VM by its id or by its pid");
		return NULL;
	}
	if (pid)
		return nl_get_vm_by_pid(nla_get_u32(pid), pid_attr, why);
	vm = vm_get_by_id(nla_get_u32(id));
	if (!vm)
		refuse(why, -ENOENT, id_attr, "no VM with id:%u",
		       nla_get_u32(id));
	return vm;
}

/* Build a reply with @fill in as much room as it takes, and send it. */
static int nl_reply(struct genl_info *info, u8 cmd,
		    int (*fill)(struct sk_buff *skb, const void *data),
		    const void *data)
{
	size_t size;

	for (size = NL_ROOM_MIN; size <= NL_ROOM_MAX; size *= 4) {
		struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);
		void *hdr;

		if (!skb)
			return -ENOMEM;
		hdr = genlmsg_put_reply(skb, info, &cordon_family, 0, cmd);
		if (hdr && !fill(skb, data)) {
			genlmsg_end(skb, hdr);
			return genlmsg_reply(skb, info);
		}
		nlmsg_free(skb);
	}
	return -EMSGSIZE;
}

/* Find the VM that a request names, and do @fn with it. */
static int nl_on_vm(struct genl_info *info, int id_attr, int pid_attr,
		    int (*fn)(struct genl_info *info, struct cordon_vm *vm,
			      struct refusal *why))
{
	struct cordon_vm *vm;
	struct refusal why;
	int ret;

	nl_init_why(&why);
	vm = nl_get_vm(info, id_attr, pid_attr, &why);
	ret = vm ? fn(info, vm, &why) : why.err;
	if (vm)
		vm_put(vm);
	return ret ? nl_refused(info, ret, &why) : 0;
}

struct nl_told {
	u8 cmd;
	struct cordon_vm *vm;
};

/* What is told of a VM, by the command that asks for it. */
static int fill_told(struct sk_buff *skb, const void *data)
{
	static int (*const fill[])(struct sk_buff *skb, struct cordon_vm *vm,
				   struct pid_namespace *ns) = {
		[CORDON_CMD_VM_GET] = fill_vm,
		[CORDON_CMD_POLICY_GET] = fill_policy,
		[CORDON_CMD_STATS_GET] = fill_stats,
	};
	const struct nl_told *told = data;

	return fill[told->cmd](skb, told->vm, nl_ns());
}

static int nl_tell(struct genl_info *info, struct cordon_vm *vm,
		   struct refusal *why)
{
	struct nl_told told = { .cmd = info->genlhdr->cmd, .vm = vm };

	return nl_reply(info, told.cmd, fill_told, &told);
}

static int nl_vm_get(struct sk_buff *skb, struct genl_info *info)
{
	return nl_on_vm(info, CORDON_A_VM_ID, CORDON_A_VM_PID, nl_tell);
}

static int nl_policy_get(struct sk_buff *skb, struct genl_info *info)
{
	return nl_on_vm(info, CORDON_A_POLICY_VM_ID, CORDON_A_POLICY_PID,
			nl_tell);
}

static int nl_stats_get(struct sk_buff *skb, struct genl_info *info)
{
	return nl_on_vm(info, CORDON_A_STATS_VM_ID, CORDON_A_STATS_PID,
			nl_tell);
}

struct set_reply {
	struct cordon_vm *vm;
	const struct policy_result *res;
	const struct refusal *why;
};

static int fill_set_reply(struct sk_buff *skb, const void *data)
{
	const struct set_reply *r = data;
	u64 left_ms;

	if (r->vm && nla_put_u32(skb, CORDON_A_POLICY_VM_ID, r->vm->id))
		return -EMSGSIZE;
	if (r->why)
		return fill_refusal(skb, r->why);
	return nla_put_u32(skb, CORDON_A_POLICY_THREADS, r->res->threads) ||
	       nla_put_u32(skb, CORDON_A_POLICY_MOVED, r->res->moved) ||
	       (r->res->uncapped &&
		nla_put_u32(skb, CORDON_A_POLICY_UNCAPPED, r->res->uncapped)) ||
	       (r->res->vcpus ?
		fill_cpus(skb, CORDON_A_POLICY_CPUS, r->res->vcpus) :
		fill_vcpu_cpus(skb, CORDON_A_POLICY_CPUS, r->vm)) ||
	       (r->res->evicted &&
		nla_put_u32(skb, CORDON_A_POLICY_EVICTED, r->res->evicted)) ||
	       (r->res->left &&
		nla_put_u32(skb, CORDON_A_POLICY_LEFT, r->res->left)) ||
	       (r->res->plan && fill_plan(skb, r->vm, r->res->plan,
					   r->res->audits)) ||
	       (confirm_left_ms(r->vm, &left_ms) &&
		nla_put_uint(skb, CORDON_A_POLICY_CONFIRM_MS, left_ms));
}

static int nl_policy_set(struct sk_buff *skb, struct genl_info *info)
{
	struct policy_request req = {};
	struct policy_result res = {};
	struct set_reply reply = { .res = &res };
	struct cordon_vm *vm;
	struct refusal why;
	int ret;

	ret = nl_may_change(skb, info);
	if (ret)
		return ret;
	nl_init_why(&why);
	vm = nl_get_vm(info, CORDON_A_POLICY_VM_ID, CORDON_A_POLICY_PID, &why);
	reply.vm = vm;
	ret = vm ? parse_policy(info, &req, &why) : why.err;
	/* A plan is told of what it would be refused for, but no nonsense. */
	req.plan = nla_get_flag(info->attrs[CORDON_A_POLICY_PLAN]);
	if (!ret)
		ret = policy_set(vm, &req, &res, &why);
	if (!ret || (req.plan && why.err)) {
		reply.why = ret ? &why : NULL;
		ret = nl_reply(info, CORDON_CMD_POLICY_SET, fill_set_reply,
			       &reply);
		/* Done is done, whether there is room to tell or not. */
		if (!req.plan)
			ret = 0;
	} else {
		nl_refused(info, ret, &why);
	}
	plan_put(res.plan);
	kfree(res.vcpus);
	policy_put(req.keys);
	if (vm)
		vm_put(vm);
	return ret;
}

static int nl_confirm_vm(struct genl_info *info, struct cordon_vm *vm,
			 struct refusal *why)
{
	return confirm_keep(vm, why);
}

static int nl_policy_confirm(struct sk_buff *skb, struct genl_info *info)
{
	return nl_may_change(skb, info) ?:
	       nl_on_vm(info, CORDON_A_POLICY_VM_ID, CORDON_A_POLICY_PID,
			nl_confirm_vm);
}

static int nl_del_vm(struct genl_info *info, struct cordon_vm *vm,
		     struct refusal *why)
{
	struct policy_result res = {};
	struct set_reply reply = { .vm = vm, .res = &res };

	int ret = policy_del(vm, &res, why);

	/* Done is done, whether there is room to tell or not. */
	if (!ret)
		nl_reply(info, CORDON_CMD_POLICY_DEL, fill_set_reply, &reply);
	return ret;
}

static int nl_policy_del(struct sk_buff *skb, struct genl_info *info)
{
	return nl_may_change(skb, info) ?:
	       nl_on_vm(info, CORDON_A_POLICY_VM_ID, CORDON_A_POLICY_PID,
			nl_del_vm);
}

static int fill_off_reply(struct sk_buff *skb, const void *data)
{
	const struct off_result *res = data;
	u32 i;

	if (nla_put_u32(skb, CORDON_A_OFF_POLICIES, res->policies) ||
	    nla_put_u32(skb, CORDON_A_OFF_HOOKS, res->hooks) ||
	    nla_put_u32(skb, CORDON_A_OFF_DETACHING_COUNT, res->left))
		return -EMSGSIZE;
	for (i = 0; i < res->nr; i++) {
		struct cordon_thread *t = res->detaching[i];
		struct nlattr *nest;

		nest = nla_nest_start(skb, CORDON_A_OFF_DETACHING);
		if (!nest || fill_thread(skb, t, 0, task_cpu(t->task), nl_ns()))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int nl_off(struct sk_buff *skb, struct genl_info *info)
{
	struct off_result *res;
	int ret;

	ret = nl_may_change(skb, info);
	if (ret)
		return ret;
	res = kzalloc(sizeof(*res), GFP_KERNEL);
	if (!res)
		return -ENOMEM;
	cordon_off(res);
	nl_reply(info, CORDON_CMD_OFF, fill_off_reply, res);
	while (res->nr)
		thread_put(res->detaching[--res->nr]);
	kfree(res);
	return ret;
}

static int nl_cpu_set(struct sk_buff *skb, struct genl_info *info)
{
	struct pool_request req = {};
	struct refusal why;
	int ret;

	ret = nl_may_change(skb, info);
	if (ret)
		return ret;
	nl_init_why(&why);
	ret = parse_pools(info, &req, &why) ?: pool_set(&req, &why);
	kfree(req.dedicated);
	kfree(req.shared);
	return ret ? nl_refused(info, ret, &why) : 0;
}

/* ---- the family ---- */

static const struct genl_ops cordon_ops[] = {
	{
		.cmd = CORDON_CMD_VM_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = vm_get_policy,
		.maxattr = ARRAY_SIZE(vm_get_policy) - 1,
		.doit = nl_vm_get,
		.start = dump_start,
		.dumpit = dump_vms,
	}, {
		.cmd = CORDON_CMD_THREAD_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = thread_get_policy,
		.maxattr = ARRAY_SIZE(thread_get_policy) - 1,
		.start = dump_threads_start,
		.dumpit = dump_threads,
	}, {
		.cmd = CORDON_CMD_POLICY_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = policy_get_policy,
		.maxattr = ARRAY_SIZE(policy_get_policy) - 1,
		.doit = nl_policy_get,
		.start = dump_policies_start,
		.dumpit = dump_policies,
	}, {
		.cmd = CORDON_CMD_POLICY_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = policy_set_policy,
		.maxattr = ARRAY_SIZE(policy_set_policy) - 1,
		.doit = nl_policy_set,
	}, {
		.cmd = CORDON_CMD_POLICY_CONFIRM,
		.flags = GENL_ADMIN_PERM,
		.policy = policy_get_policy,
		.maxattr = ARRAY_SIZE(policy_get_policy) - 1,
		.doit = nl_policy_confirm,
	}, {
		.cmd = CORDON_CMD_POLICY_DEL,
		.flags = GENL_ADMIN_PERM,
		.policy = policy_get_policy,
		.maxattr = ARRAY_SIZE(policy_get_policy) - 1,
		.doit = nl_policy_del,
	}, {
		.cmd = CORDON_CMD_OFF,
		.flags = GENL_ADMIN_PERM,
		.doit = nl_off,
	}, {
		.cmd = CORDON_CMD_STATS_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = stats_get_policy,
		.maxattr = ARRAY_SIZE(stats_get_policy) - 1,
		.doit = nl_stats_get,
		.start = dump_policies_start,
		.dumpit = dump_stats,
	}, {
		.cmd = CORDON_CMD_CPU_GET,
		.flags = GENL_ADMIN_PERM,
		.start = dump_start,
		.dumpit = dump_cpus,
	}, {
		.cmd = CORDON_CMD_CPU_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = cpu_set_policy,
		.maxattr = ARRAY_SIZE(cpu_set_policy) - 1,
		.doit = nl_cpu_set,
	},
};

static const struct genl_multicast_group cordon_groups[] = {
	{ .name = CORDON_MCGRP_MONITOR, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family cordon_family __ro_after_init = {
	.name = CORDON_FAMILY_NAME,
	.version = CORDON_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = false,
	.parallel_ops = true,
	.ops = cordon_ops,
	.n_ops = ARRAY_SIZE(cordon_ops),
	.resv_start_op = __CORDON_CMD_MAX,
	.mcgrps = cordon_groups,
	.n_mcgrps = ARRAY_SIZE(cordon_groups),
};

/**
 * netlink_init() - register the family
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int __init netlink_init(void)
{
	return genl_register_family(&cordon_family);
}

/**
 * netlink_exit() - unregister the family; when it returns no request runs
 *
 * Context: process.
 */
void netlink_exit(void)
{
	notify_stop();
	genl_unregister_family(&cordon_family);
}
