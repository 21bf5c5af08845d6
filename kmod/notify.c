// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the monitor group is told: the same attributes as in a get reply, rate
 * limited by type, with the number of those that were left out.
 */
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/pid_namespace.h>

#include "cgroup.h"
#include "isolation.h"
#include "netlink.h"
#include "notify.h"
#include "registry.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

/* Notifications of one type that are sent in a second. */
#define NOTIFY_BURST 200

/**
 * struct notify_type - one type of notification
 * @cmd: its command
 * @lost_attr: the attribute that tells how many were left out
 * @since: begin of the current second, in jiffies
 * @sent: sent in it
 * @lost: left out since the last that was sent
 *
 * The last three are under notify_mutex.
 */
struct notify_type {
	u8 cmd;
	int lost_attr;
	unsigned long since;
	u32 sent;
	u64 lost;
};

static struct notify_type notify_vm_new = {
	.cmd = CORDON_CMD_VM_NEW_NTF, .lost_attr = CORDON_A_VM_LOST,
};

static struct notify_type notify_vm_del = {
	.cmd = CORDON_CMD_VM_DEL_NTF, .lost_attr = CORDON_A_VM_LOST,
};

static struct notify_type notify_thread_new = {
	.cmd = CORDON_CMD_THREAD_NEW_NTF, .lost_attr = CORDON_A_THREAD_LOST,
};

static struct notify_type notify_drift = {
	.cmd = CORDON_CMD_DRIFT_NTF, .lost_attr = CORDON_A_THREAD_LOST,
};

static struct notify_type notify_policy_type = {
	.cmd = CORDON_CMD_POLICY_NTF, .lost_attr = CORDON_A_POLICY_LOST,
};

static struct notify_type notify_cap = {
	.cmd = CORDON_CMD_CAP_NTF, .lost_attr = CORDON_A_STATS_LOST,
};

static struct notify_type notify_intrusion = {
	.cmd = CORDON_CMD_INTRUSION_NTF, .lost_attr = CORDON_A_CPU_LOST,
};

/*
 * One is filled and sent at a time: so a later one never tells of an earlier
 * state. Taken at safe points too, where the thread may hold a vcpu->mutex;
 * the netlink core's own locks nest inside it.
 */
static DEFINE_MUTEX(notify_mutex);
/* The family is going; under the mutex. */
static bool notify_stopped;

static bool notify_may_send(struct notify_type *type, u64 *lost)
{
	if (!type->since || time_after(jiffies, type->since + HZ)) {
		type->since = jiffies ?: 1;
		type->sent = 0;
	}
	if (type->sent == NOTIFY_BURST) {
		type->lost++;
		return false;
	}
	type->sent++;
	*lost = type->lost;
	type->lost = 0;
	return true;
}

typedef int (*notify_fill_fn)(struct sk_buff *skb, void *object, u32 number);

/* One message in as much room as it takes; NULL if there is none. */
static struct sk_buff *notify_build(const struct notify_type *type, u64 lost,
				    notify_fill_fn fill, void *object,
				    u32 number)
{
	size_t size;

	for (size = NL_ROOM_MIN; size <= NL_ROOM_MAX; size *= 4) {
		struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);
		void *hdr;

		if (!skb)
			return NULL;
		hdr = genlmsg_put(skb, 0, 0, &cordon_family, 0, type->cmd);
		if (hdr && !fill(skb, object, number) &&
		    (!lost || !nla_put_uint(skb, type->lost_attr, lost))) {
			genlmsg_end(skb, hdr);
			return skb;
		}
		nlmsg_free(skb);
	}
	return NULL;
}

static void notify_send_locked(struct notify_type *type, notify_fill_fn fill,
			       void *object, u32 number)
{
	struct sk_buff *skb;
	u64 lost = 0;

	if (notify_stopped || !notify_may_send(type, &lost))
		return;
	skb = notify_build(type, lost, fill, object, number);
	if (skb)
		genlmsg_multicast(&cordon_family, skb, 0, 0, GFP_KERNEL);
	else
		type->lost = lost + 1;
}

/**
 * notify_is_heard() - does anybody listen?
 *
 * Context: any.
 * Return: true if so.
 */
bool notify_is_heard(void)
{
	return genl_has_listeners(&cordon_family, &init_net, 0);
}

static void notify_send(struct notify_type *type, notify_fill_fn fill,
			void *object, u32 number)
{
	if (!notify_is_heard())
		return;
	mutex_lock(&notify_mutex);
	notify_send_locked(type, fill, object, number);
	mutex_unlock(&notify_mutex);
}

/*
 * Notifications are made by whoever is at a safe point, but read by root's
 * monitors: pids are those of the initial namespace.
 */
static int notify_fill_vm(struct sk_buff *skb, void *object, u32 number)
{
	return fill_vm(skb, object, &init_pid_ns);
}

static int notify_fill_thread(struct sk_buff *skb, void *object, u32 number)
{
	struct cordon_thread *t = object;

	return fill_thread(skb, t, number, task_cpu(t->task), &init_pid_ns);
}

static int notify_fill_drift(struct sk_buff *skb, void *object, u32 number)
{
	struct cordon_thread *t = object;

	return fill_thread(skb, t, number, READ_ONCE(t->affinity.drift_cpu),
			   &init_pid_ns);
}

static int notify_fill_policy(struct sk_buff *skb, void *object, u32 number)
{
	return nla_put_u32(skb, CORDON_A_POLICY_EVENT, number) ||
	       fill_policy(skb, object, &init_pid_ns);
}

static void notify_vm_new_fn(struct cordon_vm *vm)
{
	notify_send(&notify_vm_new, notify_fill_vm, vm, 0);
}

static void notify_vm_del_fn(struct cordon_vm *vm)
{
	notify_send(&notify_vm_del, notify_fill_vm, vm, 0);
}

/* A thread is told of for its vCPU's VM, else for one of its process. */
static u32 notify_vm_id(struct cordon_thread *t)
{
	struct cordon_vm *vm = thread_get_vm(t) ?: vmm_get_vm(t->vmm);
	u32 id = vm ? vm->id : 0;

	if (vm)
		vm_put(vm);
	return id;
}

static void notify_thread_new_fn(struct cordon_thread *t)
{
	notify_send(&notify_thread_new, notify_fill_thread, t, notify_vm_id(t));
}

static void notify_drift_fn(struct cordon_thread *t)
{
	notify_send(&notify_drift, notify_fill_drift, t, notify_vm_id(t));
}

struct notify_throttled {
	struct cordon_thread *t;
	struct cordon_vm *vm;
	u32 cap;
	struct budget_limit limit;
	struct budget_stats stats;
};

static int notify_fill_cap(struct sk_buff *skb, void *object, u32 number)
{
	struct notify_throttled *o = object;

	return nla_put_u32(skb, CORDON_A_STATS_VM_ID, o->vm->id) ||
	       fill_cap(skb, o->t, o->cap, &o->limit, &o->stats, &init_pid_ns);
}

static void notify_throttled_fn(struct cordon_thread *t, struct cordon_vm *vm,
				struct budget *b)
{
	struct notify_throttled object = {
		.t = t, .vm = vm, .cap = bandwidth_cap(t, vm, b),
	};

	budget_read(b, &object.limit, &object.stats);
	notify_send(&notify_cap, notify_fill_cap, &object, 0);
}

struct notify_intruder {
	struct cordon_vm *owner;
	const struct isolation_culprit *who;
};

static int notify_fill_intrusion(struct sk_buff *skb, void *object, u32 number)
{
	const struct notify_intruder *o = object;

	return nla_put_u32(skb, CORDON_A_CPU_ID, number) ||
	       nla_put_u32(skb, CORDON_A_CPU_OWNER, o->owner->id) ||
	       fill_culprit(skb, CORDON_A_CPU_CULPRIT, o->who, &init_pid_ns);
}

static void notify_intrusion_fn(unsigned int cpu, struct cordon_vm *owner,
				const struct isolation_culprit *who)
{
	struct notify_intruder object = { .owner = owner, .who = who };

	notify_send(&notify_intrusion, notify_fill_intrusion, &object, cpu);
}

const struct registry_events notify_registry_events = {
	.intrusion = notify_intrusion_fn,
	.vm_new = notify_vm_new_fn,
	.vm_del = notify_vm_del_fn,
	.thread_new = notify_thread_new_fn,
	.drift = notify_drift_fn,
	.throttled = notify_throttled_fn,
};

/**
 * notify_policy() - a VM's policy changed
 * @vm: the VM
 * @event: enum cordon_policy_event
 *
 * Context: process.
 */
void notify_policy(struct cordon_vm *vm, u32 event)
{
	notify_send(&notify_policy_type, notify_fill_policy, vm, event);
}

/**
 * notify_cap_reading() - threads had to wait at the cgroup level
 * @vm: the VM
 * @t: the thread whose cap it is, or NULL
 * @r: the cap
 *
 * Context: process.
 */
void notify_cap_reading(struct cordon_vm *vm, struct cordon_thread *t,
			const struct cgroup_reading *r)
{
	struct notify_throttled object = {
		.t = t, .vm = vm, .cap = r->cap, .limit = r->limit,
		.stats = r->stats,
	};

	notify_send(&notify_cap, notify_fill_cap, &object, 0);
}

/**
 * notify_stop() - send nothing any more
 *
 * Context: process, before the family is unregistered.
 */
void notify_stop(void)
{
	mutex_lock(&notify_mutex);
	notify_stopped = true;
	mutex_unlock(&notify_mutex);
}
