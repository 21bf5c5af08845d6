// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one owner of tracepoints and kprobes: finds, registers, unregisters.
 *
 * Each probe but that on sched_switch, which runs under the runqueue lock,
 * disables preemption itself (tracepoints of 6.16 and later do not), which makes
 * it an RCU reader, and neither sleeps nor allocates.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/tracepoint.h>

#include "bandwidth.h"
#include "evicted.h"
#include "hooks.h"
#include "intruder.h"
#include "kvm.h"
#include "newborn.h"
#include "owner.h"
#include "sighting.h"
#include "thread.h"
#include "vm.h"
#include "vmm.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* In each KVM_RUN, before the guest is entered, and after it was left. */
static void probe_kvm_fpu(void *data, u32 load)
{
	struct cordon_thread *t;
	struct kvm_vcpu *vcpu;

	if (!load)
		return;
	preempt_disable_notrace();
	vcpu = kvm_current_vcpu();
	if (vcpu) {
		t = thread_lookup(current);
		if (!t || !thread_runs(t, vcpu)) {
			sighting_vcpu(vcpu);
		} else {
			if (unlikely(!READ_ONCE(t->vcpu_known)))
				thread_see_vcpu(t, vcpu);
			if (t->bandwidth.spare_ns)
				bandwidth_guest_in(t);
		}
	}
	preempt_enable_notrace();
}

/*
 * In the parent; the new task is on all lists and has not run. Unlike
 * sched_process_fork it also comes for vhost, io_uring and nx-recovery.
 */
static void probe_task_newtask(COMPAT_PROTO_TASK_NEWTASK)
{
	struct cordon_thread *parent;

	/* A kernel thread is known by its name, which it gets later. */
	if (task->flags & PF_KTHREAD)
		return;
	preempt_disable_notrace();
	if (evicted_any())
		evicted_birth(task);
	/* Pairs with the one in policy_publish(). */
	smp_mb();
	parent = thread_lookup(current);
	if (!(clone_flags & CLONE_THREAD)) {
		if (parent && !thread_is_helper(parent))
			sighting_child(task, parent);
	} else if (vmm_knows(task_tgid(task))) {
		if (task->flags & (PF_USER_WORKER | PF_IO_WORKER))
			sighting_remote(task, task_tgid(task), parent);
		else
			sighting_newborn(task, parent);
	}
	newborn_birth(task);
	preempt_enable_notrace();
}

static void probe_task_rename(void *data, struct task_struct *task,
			      const char *comm)
{
	struct cordon_thread *t;
	struct pid *tgid;

	preempt_disable_notrace();
	t = thread_lookup(task);
	if (t && !thread_is_helper(t)) {
		thread_renamed(t, comm);
		/* Whom another thread renames may sleep for long. */
		if (task == current)
			thread_guard(t);
		else
			sighting_remote(task, task_tgid(task), NULL);
	} else if (!t) {
		/* It may be on its way to be known, by its name before. */
		tgid = task->flags & PF_KTHREAD ? vmm_tgid_of_name(comm) :
						  task_tgid(task);
		if (tgid && vmm_knows(tgid))
			sighting_remote(task, tgid, NULL);
	}
	preempt_enable_notrace();
}

/* The new program owes us nothing, and we it its mask. */
static void probe_sched_process_exec(void *data, struct task_struct *task,
				     pid_t old_pid, struct linux_binprm *bprm)
{
	struct cordon_thread *t;
	struct cordon_vmm *vmm;

	preempt_disable_notrace();
	vmm = vmm_find_get(task_tgid(task));
	if (vmm) {
		t = thread_lookup(task);
		vmm_end(vmm);
		if (t)
			thread_guard(t);
		vmm_put(vmm);
	}
	preempt_enable_notrace();
}

/* In the exiting thread, which may not sleep any more for us. */
static void probe_sched_process_exit(COMPAT_PROTO_SCHED_PROCESS_EXIT)
{
	struct cordon_thread *t;
	struct cordon_vmm *vmm;

	preempt_disable_notrace();
	if (evicted_any())
		evicted_exit(task);
	t = thread_lookup(task);
	if (t)
		thread_exit(t);
	/* Pairs with the one in vmm_get_or_create(). */
	smp_mb();
	if (!atomic_read(&task->signal->live)) {
		vmm = vmm_find_get(task_tgid(task));
		if (vmm) {
			vmm_end(vmm);
			vmm_put(vmm);
		}
	}
	preempt_enable_notrace();
}

/*
 * Under the runqueue lock, so preemption is disabled already. On while a CPU is
 * owned, and then on the path of each switch on all CPUs.
 */
static void probe_sched_switch(COMPAT_PROTO_SCHED_SWITCH)
{
	if (unlikely(owner_watches()))
		intruder_switch(next);
}

/* kvm_arch_destroy_vm(struct kvm *kvm) */
static int probe_destroy_vm(struct kprobe *kp, struct pt_regs *regs)
{
	vm_kvm_destroyed((struct kvm *)regs_get_kernel_argument(regs, 0));
	return 0;
}

static struct kprobe destroy_probe;
static struct tracepoint *kvm_fpu_point;
static struct tracepoint *switch_point;
static bool switch_on;

static struct {
	const char *name;
	void *probe;
	struct tracepoint *point;
	bool on;
} hooks[] = {
	{ "task_newtask", probe_task_newtask },
	{ "task_rename", probe_task_rename },
	{ "sched_process_exec", probe_sched_process_exec },
	{ "sched_process_exit", probe_sched_process_exit },
};

static void hooks_match(struct tracepoint *point, void *data)
{
	size_t i;

	if (!strcmp(point->name, "sched_switch"))
		switch_point = point;
	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(point->name, hooks[i].name))
			hooks[i].point = point;
}

static void hooks_kernel_off(void)
{
	size_t i = ARRAY_SIZE(hooks);

	while (i--) {
		if (!hooks[i].on)
			continue;
		tracepoint_probe_unregister(hooks[i].point, hooks[i].probe,
					    NULL);
		hooks[i].on = false;
	}
	tracepoint_synchronize_unregister();
}

static int hooks_kernel_on(void)
{
	size_t i;
	int ret;

	for_each_kernel_tracepoint(hooks_match, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = hooks[i].point ?
		      tracepoint_probe_register(hooks[i].point, hooks[i].probe,
						NULL) : -EOPNOTSUPP;
		if (ret) {
			pr_err("cordon: no tracepoint %s (%d)\n", hooks[i].name,
			       ret);
			hooks_kernel_off();
			return ret;
		}
		hooks[i].on = true;
	}
	return 0;
}

/**
 * hooks_switch_on() - put the probe on sched_switch, if it is not on
 *
 * Context: process; one at a time.
 * Return: 0 or a negative errno.
 */
int hooks_switch_on(void)
{
	int ret;

	if (switch_on)
		return 0;
	ret = switch_point ?
	      tracepoint_probe_register(switch_point, probe_sched_switch,
					NULL) : -EOPNOTSUPP;
	switch_on = !ret;
	return ret;
}

/**
 * hooks_switch_off() - take it off; when it returns it runs nowhere
 *
 * Context: process; one at a time.
 */
void hooks_switch_off(void)
{
	if (!switch_on)
		return;
	tracepoint_probe_unregister(switch_point, probe_sched_switch, NULL);
	tracepoint_synchronize_unregister();
	switch_on = false;
}

static struct tracepoint *hooks_find_kvm_fpu(struct module *mod)
{
	unsigned int i;

	for (i = 0; i < mod->num_tracepoints; i++) {
		struct tracepoint *point;

		point = tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]);
		if (!strcmp(point->name, "kvm_fpu"))
			return point;
	}
	return NULL;
}

static void hooks_kvm_off(struct module *mod)
{
	tracepoint_probe_unregister(kvm_fpu_point, probe_kvm_fpu, NULL);
	tracepoint_synchronize_unregister();
	unregister_kprobe(&destroy_probe);
	kvm_fpu_point = NULL;
	kvm_module_clear(mod);
}

static void hooks_kvm_on(struct module *mod, struct tracepoint *point)
{
	int ret;

	destroy_probe = (struct kprobe){
		.symbol_name = "kvm_arch_destroy_vm",
		.pre_handler = probe_destroy_vm,
	};
	ret = register_kprobe(&destroy_probe);
	if (ret) {
		pr_err("cordon: no kprobe on kvm_arch_destroy_vm (%d): VMs will not be seen\n",
		       ret);
		return;
	}
	kvm_module_set(mod);
	ret = tracepoint_probe_register(point, probe_kvm_fpu, NULL);
	if (ret) {
		pr_err("cordon: no tracepoint kvm_fpu (%d): VMs will not be seen\n",
		       ret);
		unregister_kprobe(&destroy_probe);
		kvm_module_clear(mod);
		return;
	}
	kvm_fpu_point = point;
}

/* Also tells of modules that were there before, and of going at the end. */
static int hooks_module_event(struct notifier_block *nb, unsigned long event,
			      void *data)
{
	struct module *mod = ((struct tp_module *)data)->mod;
	struct tracepoint *point = hooks_find_kvm_fpu(mod);

	if (!point)
		return NOTIFY_OK;
	if (event == MODULE_STATE_COMING && !kvm_fpu_point)
		hooks_kvm_on(mod, point);
	else if (event == MODULE_STATE_GOING && kvm_fpu_point == point)
		hooks_kvm_off(mod);
	return NOTIFY_OK;
}

static struct notifier_block hooks_module_nb = {
	.notifier_call = hooks_module_event,
};

/**
 * hooks_init() - put the probes on, and find the VMs that exist already
 *
 * The last step of the module's start: from here on threads may hold
 * references on it.
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int hooks_init(void)
{
	int ret = hooks_kernel_on();

	if (ret)
		return ret;
	ret = register_tracepoint_module_notifier(&hooks_module_nb);
	if (ret) {
		hooks_kernel_off();
		return ret;
	}
	vm_scan_all();
	return 0;
}

/**
 * hooks_exit() - take the probes off; when it returns none of them runs
 *
 * Context: process.
 */
void hooks_exit(void)
{
	unregister_tracepoint_module_notifier(&hooks_module_nb);
	hooks_kernel_off();
}
