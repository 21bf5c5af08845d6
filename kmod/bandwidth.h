/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_BANDWIDTH_H
#define _CORDON_BANDWIDTH_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "budget.h"
#include "registry.h"
#include "safepoint.h"

struct cordon_thread;
struct cordon_vm;

/* A thread's own class, and the whole VM. */
#define CAPS_MAX	2

/**
 * struct caps - the budgets that a thread draws from; never changed
 * @reap: freed after the hook's readers
 * @ref: one for the thread, one for each time that it runs on a CPU
 * @vm: with a reference, whose budgets they are, unless they are the thread's
 * @nr: how many
 * @budget: which
 */
struct caps {
	struct reap reap;
	refcount_t ref;
	struct cordon_vm *vm;
	unsigned int nr;
	struct budget *budget[CAPS_MAX];
};

/**
 * struct bandwidth - what limits a thread's CPU time
 * @caps: the budgets; NULL: none. Written under the thread's lock.
 * @own: the budget of a vCPU or iothread
 * @gate: the safe point where the thread waits
 * @on: the budgets that it took slices of, while it runs. This and what
 *	follows is the thread's own: in its hook, or with preemption disabled.
 * @slice_ns: those slices
 * @seen: the period in which it asked last, by the place in @on
 * @clock_ns: what it was charged for, by its CPU clock
 * @since_ns: the time when it took them, by the monotonic clock
 * @grace_ns: until then it may answer a signal, or come to its guest
 * @spare_ns: the same by its CPU clock; 0 if it is not in debt, or has not come
 *	to its gate yet
 * @waiter: on the list of the budget that it sleeps for
 * @waiting: it is inside its gate
 */
struct bandwidth {
	struct caps __rcu *caps;
	struct budget own;
	struct safepoint gate;
	struct caps *on;
	s64 slice_ns[CAPS_MAX];
	u32 seen[CAPS_MAX];
	u64 clock_ns;
	u64 since_ns;
	u64 grace_ns;
	u64 spare_ns;
	struct budget_waiter waiter;
	bool waiting;
};

/**
 * struct vm_budgets - what the threads of a VM share
 * @emulator: of all emulator threads
 * @migration: of all migration threads
 * @global: of all its threads
 */
struct vm_budgets {
	struct budget emulator;
	struct budget migration;
	struct budget global;
};

/**
 * struct bandwidth_want - what a policy wants a thread to be under
 * @vm: the VM whose policy it is
 * @own: a limit for the thread alone
 * @shared: the budget that it shares with its class, or NULL
 */
struct bandwidth_want {
	struct cordon_vm *vm;
	struct budget_limit own;
	struct budget *shared;
};

/**
 * bandwidth_wanted() - is the thread under a cap?
 * @bw: the thread's
 *
 * Context: any; at each switch of a hooked thread, so it is inline.
 * Return: true if so.
 */
static inline bool bandwidth_wanted(const struct bandwidth *bw)
{
	return rcu_access_pointer(bw->caps);
}

void bandwidth_init_thread(struct cordon_thread *t);
void bandwidth_free_thread(struct cordon_thread *t);
void bandwidth_init_vm(struct cordon_vm *vm);
void bandwidth_free_vm(struct cordon_vm *vm);

int bandwidth_hold(struct cordon_thread *t, const struct bandwidth_want *want);
void bandwidth_release(struct cordon_thread *t);

bool bandwidth_is_own(struct cordon_thread *t, const struct cordon_vm *vm);
u32 bandwidth_cap(const struct cordon_thread *t, const struct cordon_vm *vm,
		  const struct budget *b);

void bandwidth_sched_in(struct cordon_thread *t);
void bandwidth_sched_out(struct cordon_thread *t);
void bandwidth_leave(struct cordon_thread *t);
void bandwidth_guest_in(struct cordon_thread *t);

int bandwidth_init(void);
void bandwidth_exit(void);

#endif /* _CORDON_BANDWIDTH_H */
