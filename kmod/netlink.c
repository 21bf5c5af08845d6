// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family: its operations. No logic.
 *
 * Operations run in parallel, in process context; policies have their own
 * mutex, so that a waiting set does not stop other families.
 */
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "confirm.h"
#include "netlink.h"
#include "notify.h"
#include "off.h"
#include "policy.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/*
 * Room for one object of a dump: the largest policy (parse_policy()); a VM or
 * thread has at most two CPU sets. From DUMP_FULL on nothing is added: readers
 * like YNL have a buffer of 128 KiB.
 */
#define DUMP_ROOM_POLICY	SZ_256K
#define DUMP_FULL		SZ_64K
#define DUMP_ROOM	(SZ_8K + nr_cpu_ids * nla_total_size(2 * nla_total_size(sizeof(u32))))

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

/* ---- requests ---- */

/* Requests and dumps run in the reader. */
static struct pid_namespace *nl_ns(void)
{
	return task_active_pid_ns(current);
}

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

static int fill_vm_reply(struct sk_buff *skb, const void *data)
{
	return fill_vm(skb, (struct cordon_vm *)data, nl_ns());
}

static int fill_policy_reply(struct sk_buff *skb, const void *data)
{
	return fill_policy(skb, (struct cordon_vm *)data, nl_ns());
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

static int nl_vm_tell(struct genl_info *info, struct cordon_vm *vm,
		      struct refusal *why)
{
	return nl_reply(info, CORDON_CMD_VM_GET, fill_vm_reply, vm);
}

static int nl_vm_get(struct sk_buff *skb, struct genl_info *info)
{
	return nl_on_vm(info, CORDON_A_VM_ID, CORDON_A_VM_PID, nl_vm_tell);
}

static int nl_policy_tell(struct genl_info *info, struct cordon_vm *vm,
			  struct refusal *why)
{
	return nl_reply(info, CORDON_CMD_POLICY_GET, fill_policy_reply, vm);
}

static int nl_policy_get(struct sk_buff *skb, struct genl_info *info)
{
	return nl_on_vm(info, CORDON_A_POLICY_VM_ID, CORDON_A_POLICY_PID,
			nl_policy_tell);
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
	       fill_vcpu_cpus(skb, CORDON_A_POLICY_CPUS, r->vm) ||
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

/* ---- dumps ---- */

/**
 * struct dump_cursor - where a dump goes on, in cb->ctx
 * @vm_id: the VM
 * @tid: the last thread of it that was told, in the initial pid namespace
 */
struct dump_cursor {
	u32 vm_id;
	u32 tid;
};

/* Fills in a VM, or what is a VM's. */
typedef int (*fill_vm_fn)(struct sk_buff *skb, struct cordon_vm *vm,
			  struct pid_namespace *ns);

static int nl_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_ROOM;
	return 0;
}

static int nl_policy_dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_ROOM_POLICY;
	return 0;
}

/* A VM's threads: of one that is gone there is no list, not an empty one. */
static int nl_thread_dump_start(struct netlink_callback *cb)
{
	struct nlattr *only = compat_dump_attrs(cb)[CORDON_A_THREAD_VM_ID];
	struct cordon_vm *vm;

	if (only) {
		vm = vm_get_by_id(nla_get_u32(only));
		if (!vm) {
			NL_SET_ERR_MSG_ATTR(cb->extack, only,
					    "no VM with this id");
			return -ENOENT;
		}
		vm_put(vm);
	}
	return nl_dump_start(cb);
}

static void *nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb,
			 u8 cmd)
{
	void *hdr;

	cb->seq = registry_generation();
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &cordon_family, NLM_F_MULTI, cmd);
	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

static int nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		       fill_vm_fn fill, struct cordon_vm *vm)
{
	void *hdr = nl_dump_put(skb, cb, cmd);

	if (!hdr)
		return -EMSGSIZE;
	if (fill(skb, vm, nl_ns())) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int nl_dump_vms(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		       fill_vm_fn fill)
{
	struct dump_cursor *at = (struct dump_cursor *)cb->ctx;
	struct cordon_vm *vm;
	int ret = 0;

	while (!ret && skb->len < DUMP_FULL &&
	       (vm = vm_get_next(at->vm_id))) {
		ret = nl_dump_one(skb, cb, cmd, fill, vm);
		if (!ret)
			at->vm_id = vm->id + 1;
		vm_put(vm);
	}
	/* What did not fit comes in the next message. */
	return skb->len ?: ret;
}

static int nl_vm_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_dump_vms(skb, cb, CORDON_CMD_VM_GET, fill_vm);
}

static int nl_policy_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return nl_dump_vms(skb, cb, CORDON_CMD_POLICY_GET, fill_policy);
}

static int nl_cmp_threads(const void *a, const void *b)
{
	const struct cordon_thread *x = *(struct cordon_thread **)a;
	const struct cordon_thread *y = *(struct cordon_thread **)b;

	return task_pid_nr(x->task) - task_pid_nr(y->task);
}

static int nl_dump_thread(struct sk_buff *skb, struct netlink_callback *cb,
			  struct cordon_thread *t, u32 vm_id)
{
	void *hdr = nl_dump_put(skb, cb, CORDON_CMD_THREAD_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (fill_thread(skb, t, vm_id, task_cpu(t->task), nl_ns())) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* A VM's vCPUs, and the other threads of its process. */
static int nl_dump_threads_of(struct sk_buff *skb, struct netlink_callback *cb,
			      struct cordon_vm *vm)
{
	struct dump_cursor *at = (struct dump_cursor *)cb->ctx;
	struct cordon_thread **threads;
	unsigned int nr, i;
	int ret = 0;

	threads = vmm_get_threads(vm->vmm, &nr);
	if (!threads)
		return -ENOMEM;
	sort(threads, nr, sizeof(*threads), nl_cmp_threads, NULL);
	for (i = 0; i < nr && !ret; i++) {
		struct cordon_vm *of = rcu_access_pointer(threads[i]->vm);
		u32 tid = task_pid_nr(threads[i]->task);

		if ((of && of != vm) || !tid || tid <= at->tid)
			continue;
		ret = nl_dump_thread(skb, cb, threads[i], vm->id);
		if (!ret)
			at->tid = tid;
	}
	vmm_put_threads(threads, nr);
	return ret;
}

static int nl_thread_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *only = compat_dump_attrs(cb)[CORDON_A_THREAD_VM_ID];
	struct dump_cursor *at = (struct dump_cursor *)cb->ctx;
	struct cordon_vm *vm;
	int ret = 0;

	if (only && !at->vm_id)
		at->vm_id = nla_get_u32(only);
	while (!ret && (vm = vm_get_next(at->vm_id))) {
		if (only && vm->id != nla_get_u32(only)) {
			vm_put(vm);
			break;
		}
		/* The VM of the cursor may be gone: then so are its threads. */
		if (vm->id != at->vm_id)
			at->tid = 0;
		at->vm_id = vm->id;
		ret = nl_dump_threads_of(skb, cb, vm);
		if (!ret) {
			at->vm_id = vm->id + 1;
			at->tid = 0;
		}
		vm_put(vm);
	}
	return skb->len ?: ret;
}

/* ---- the family ---- */

static const struct genl_ops cordon_ops[] = {
	{
		.cmd = CORDON_CMD_VM_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = vm_get_policy,
		.maxattr = ARRAY_SIZE(vm_get_policy) - 1,
		.doit = nl_vm_get,
		.start = nl_dump_start,
		.dumpit = nl_vm_dump,
	}, {
		.cmd = CORDON_CMD_THREAD_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = thread_get_policy,
		.maxattr = ARRAY_SIZE(thread_get_policy) - 1,
		.start = nl_thread_dump_start,
		.dumpit = nl_thread_dump,
	}, {
		.cmd = CORDON_CMD_POLICY_GET,
		.flags = GENL_ADMIN_PERM,
		.policy = policy_get_policy,
		.maxattr = ARRAY_SIZE(policy_get_policy) - 1,
		.doit = nl_policy_get,
		.start = nl_policy_dump_start,
		.dumpit = nl_policy_dump,
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
