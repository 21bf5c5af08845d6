// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps: VMs, threads and policies, as many as there are, in as many messages
 * as it takes. A dump goes on by id where it was. No logic.
 */
#include <linux/sched/signal.h>
#include <linux/sort.h>

#include "netlink.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/*
 * Room for one object of a dump: the largest policy (parse_policy()), or where it
 * places the vCPUs; a VM or thread has at most two CPU sets, a receipt, and the
 * names of some features. From DUMP_FULL on nothing is added: readers
 * like YNL have a buffer of 128 KiB.
 */
#define DUMP_ROOM_POLICY	SZ_256K
#define DUMP_FULL		SZ_64K
#define DUMP_ROOM	(SZ_8K + nr_cpu_ids * nla_total_size(2 * nla_total_size(sizeof(u32))))

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

/**
 * dump_start() - begin to tell VMs
 * @cb: the dump
 *
 * Context: process.
 * Return: 0.
 */
int dump_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_ROOM;
	return 0;
}

/**
 * dump_policies_start() - begin to tell policies
 * @cb: the dump
 *
 * Context: process.
 * Return: 0.
 */
int dump_policies_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = DUMP_ROOM_POLICY;
	return 0;
}

/**
 * dump_threads_start() - begin to tell threads, of one VM if it is named
 * @cb: the dump
 *
 * Context: process.
 * Return: 0, or -ENOENT: of a VM that is gone there is no list, not an empty one.
 */
int dump_threads_start(struct netlink_callback *cb)
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
	return dump_start(cb);
}

/**
 * dump_put() - begin a message of a dump
 * @skb: the message to fill
 * @cb: the dump
 * @cmd: the command
 *
 * Context: process.
 * Return: its header, or NULL if there is no room.
 */
void *dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr;

	cb->seq = registry_generation();
	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &cordon_family, NLM_F_MULTI, cmd);
	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
		    fill_vm_fn fill, struct cordon_vm *vm)
{
	void *hdr = dump_put(skb, cb, cmd);

	if (!hdr)
		return -EMSGSIZE;
	if (fill(skb, vm, nl_ns())) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int dump_each_vm(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd,
			fill_vm_fn fill)
{
	struct dump_cursor *at = (struct dump_cursor *)cb->ctx;
	struct cordon_vm *vm;
	int ret = 0;

	while (!ret && skb->len < DUMP_FULL &&
	       (vm = vm_get_next(at->vm_id))) {
		ret = dump_one(skb, cb, cmd, fill, vm);
		if (!ret)
			at->vm_id = vm->id + 1;
		vm_put(vm);
	}
	/* What did not fit comes in the next message. */
	return skb->len ?: ret;
}

/**
 * dump_vms() - tell VMs
 * @skb: the message to fill
 * @cb: the dump; goes on where @cb->ctx says
 *
 * Context: process.
 * Return: the length of the message, 0 at the end, or a negative errno.
 */
int dump_vms(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_each_vm(skb, cb, CORDON_CMD_VM_GET, fill_vm);
}

/**
 * dump_policies() - tell policies
 * @skb: the message to fill
 * @cb: the dump; goes on where @cb->ctx says
 *
 * Context: process.
 * Return: the length of the message, 0 at the end, or a negative errno.
 */
int dump_policies(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_each_vm(skb, cb, CORDON_CMD_POLICY_GET, fill_policy);
}

/**
 * dump_stats() - tell the statistics of VMs
 * @skb: the message to fill
 * @cb: the dump; goes on where @cb->ctx says
 *
 * Context: process.
 * Return: the length of the message, 0 at the end, or a negative errno.
 */
int dump_stats(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_each_vm(skb, cb, CORDON_CMD_STATS_GET, fill_stats);
}

static int cmp_threads(const void *a, const void *b)
{
	const struct cordon_thread *x = *(struct cordon_thread **)a;
	const struct cordon_thread *y = *(struct cordon_thread **)b;

	return task_pid_nr(x->task) - task_pid_nr(y->task);
}

static int dump_thread(struct sk_buff *skb, struct netlink_callback *cb,
		       struct cordon_thread *t, u32 vm_id)
{
	void *hdr = dump_put(skb, cb, CORDON_CMD_THREAD_GET);

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
static int dump_threads_of(struct sk_buff *skb, struct netlink_callback *cb,
			   struct cordon_vm *vm)
{
	struct dump_cursor *at = (struct dump_cursor *)cb->ctx;
	struct cordon_thread **threads;
	unsigned int nr, i;
	int ret = 0;

	threads = vmm_get_threads(vm->vmm, &nr);
	if (!threads)
		return -ENOMEM;
	sort(threads, nr, sizeof(*threads), cmp_threads, NULL);
	for (i = 0; i < nr && !ret; i++) {
		struct cordon_vm *of = rcu_access_pointer(threads[i]->vm);
		u32 tid = task_pid_nr(threads[i]->task);

		if ((of && of != vm) || !tid || tid <= at->tid)
			continue;
		ret = dump_thread(skb, cb, threads[i], vm->id);
		if (!ret)
			at->tid = tid;
	}
	vmm_put_threads(threads, nr);
	return ret;
}

/**
 * dump_threads() - tell threads
 * @skb: the message to fill
 * @cb: the dump; goes on where @cb->ctx says
 *
 * Context: process.
 * Return: the length of the message, 0 at the end, or a negative errno.
 */
int dump_threads(struct sk_buff *skb, struct netlink_callback *cb)
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
		ret = dump_threads_of(skb, cb, vm);
		if (!ret) {
			at->vm_id = vm->id + 1;
			at->tid = 0;
		}
		vm_put(vm);
	}
	return skb->len ?: ret;
}
