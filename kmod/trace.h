/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cordon's own trace events: cordon:vm_new, vm_del, thread_new, drift, policy.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cordon

#if !defined(_CORDON_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _CORDON_TRACE_H

#include <linux/tracepoint.h>
#include <uapi/linux/cordon.h>

#define cordon_show_class(class)					\
	__print_symbolic(class,						\
		{ CORDON_CLASS_VCPU, "vcpu" },				\
		{ CORDON_CLASS_EMULATOR, "emulator" },			\
		{ CORDON_CLASS_IOTHREAD, "iothread" },			\
		{ CORDON_CLASS_MIGRATION, "migration" },		\
		{ CORDON_CLASS_HELPER, "helper" })

#define cordon_show_policy_event(event)					\
	__print_symbolic(event,						\
		{ CORDON_POLICY_EVENT_SET, "set" },			\
		{ CORDON_POLICY_EVENT_CONFIRM, "confirm" },		\
		{ CORDON_POLICY_EVENT_DEL, "del" },			\
		{ CORDON_POLICY_EVENT_REVERT, "revert" })

DECLARE_EVENT_CLASS(cordon_vm,
	TP_PROTO(u32 id, pid_t pid),
	TP_ARGS(id, pid),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(pid_t, pid)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->pid = pid;
	),
	TP_printk("id=%u pid=%d", __entry->id, __entry->pid)
);

DEFINE_EVENT(cordon_vm, vm_new,
	TP_PROTO(u32 id, pid_t pid),
	TP_ARGS(id, pid)
);

DEFINE_EVENT(cordon_vm, vm_del,
	TP_PROTO(u32 id, pid_t pid),
	TP_ARGS(id, pid)
);

TRACE_EVENT(thread_new,
	TP_PROTO(pid_t tid, u32 class, u32 vcpu),
	TP_ARGS(tid, class, vcpu),
	TP_STRUCT__entry(
		__field(pid_t, tid)
		__field(u32, class)
		__field(u32, vcpu)
	),
	TP_fast_assign(
		__entry->tid = tid;
		__entry->class = class;
		__entry->vcpu = vcpu;
	),
	TP_printk("tid=%d class=%s vcpu=%u", __entry->tid,
		  cordon_show_class(__entry->class), __entry->vcpu)
);

TRACE_EVENT(drift,
	TP_PROTO(pid_t tid, int cpu, bool audit),
	TP_ARGS(tid, cpu, audit),
	TP_STRUCT__entry(
		__field(pid_t, tid)
		__field(int, cpu)
		__field(bool, audit)
	),
	TP_fast_assign(
		__entry->tid = tid;
		__entry->cpu = cpu;
		__entry->audit = audit;
	),
	TP_printk("tid=%d cpu=%d mode=%s", __entry->tid, __entry->cpu,
		  __entry->audit ? "audit" : "enforce")
);

TRACE_EVENT(policy,
	TP_PROTO(u32 id, u32 event, u32 moved),
	TP_ARGS(id, event, moved),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, event)
		__field(u32, moved)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->event = event;
		__entry->moved = moved;
	),
	TP_printk("id=%u event=%s moved=%u", __entry->id,
		  cordon_show_policy_event(__entry->event), __entry->moved)
);

#endif /* _CORDON_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
