/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The generic netlink family of cordon.
 *
 * The contract is Documentation/netlink/specs/cordon.yaml; a test holds this
 * header, the kernel's policies and that file against each other.
 *
 * Rules for every attribute:
 *  - nothing is smaller than u32; a counter is 4 or 8 bytes long ("uint"),
 *    read by its length;
 *  - a CPU set is a cpu-range nest (CORDON_A_CPU_RANGE_*), repeated;
 *  - what a kernel cannot tell is absent, never 0.
 *
 * Every command needs CAP_NET_ADMIN; those that change something need
 * CAP_SYS_NICE in the initial user namespace as well.
 */
#ifndef _UAPI_LINUX_CORDON_H
#define _UAPI_LINUX_CORDON_H

#define CORDON_FAMILY_NAME	"cordon"
#define CORDON_FAMILY_VERSION	1
#define CORDON_MCGRP_MONITOR	"monitor"

/**
 * enum cordon_cmd - what the family understands
 * @CORDON_CMD_VM_GET: one VM (by id or pid), or a dump of all; vm set
 * @CORDON_CMD_THREAD_GET: dump of threads, of one VM or all; thread set
 * @CORDON_CMD_POLICY_GET: the policy of one VM, or of all; policy set
 * @CORDON_CMD_POLICY_SET: set keys of a VM's policy, as one transaction; the
 *	reply carries what was done or, if CORDON_A_POLICY_PLAN was given, what
 *	would be done or why it would be refused (CORDON_A_POLICY_REFUSAL)
 * @CORDON_CMD_POLICY_CONFIRM: keep a policy that was set with a confirm time
 * @CORDON_CMD_POLICY_DEL: delete a VM's policy and restore all as found; the
 *	reply carries how many threads were restored (CORDON_A_POLICY_MOVED)
 * @CORDON_CMD_OFF: delete all policies and take every hook off; off set
 * @CORDON_CMD_STATS_GET: statistics of one VM (by id or pid), or a dump of all;
 *	stats set
 * @CORDON_CMD_CPU_GET: dump of all CPUs: pool, owner, receipt; cpu set
 * @CORDON_CMD_CPU_SET: choose pools and the reserve (CORDON_A_CPU_DEDICATED,
 *	CORDON_A_CPU_SHARED, CORDON_A_CPU_RESERVE); what is not given stays
 * @CORDON_CMD_VM_NEW_NTF: a VM was found
 * @CORDON_CMD_VM_DEL_NTF: a VM ended
 * @CORDON_CMD_THREAD_NEW_NTF: a thread of a VM was found or changed its class
 * @CORDON_CMD_POLICY_NTF: a policy was set, confirmed, deleted or fell back
 * @CORDON_CMD_DRIFT_NTF: a thread was found, or allowed, on a CPU that its
 *	policy does not allow; thread set
 * @CORDON_CMD_CAP_NTF: threads had to wait for a budget; stats set, with the
 *	VM's id and that budget only; at most once a second for each budget
 * @CORDON_CMD_INTRUSION_NTF: a task was turned away from an owned CPU; cpu set,
 *	with the CPU, its owner and the culprit only
 */
enum cordon_cmd {
	CORDON_CMD_VM_GET = 1,
	CORDON_CMD_THREAD_GET,
	CORDON_CMD_POLICY_GET,
	CORDON_CMD_POLICY_SET,
	CORDON_CMD_POLICY_CONFIRM,
	CORDON_CMD_POLICY_DEL,
	CORDON_CMD_OFF,
	CORDON_CMD_STATS_GET,
	CORDON_CMD_CPU_GET,
	CORDON_CMD_CPU_SET,
	CORDON_CMD_VM_NEW_NTF,
	CORDON_CMD_VM_DEL_NTF,
	CORDON_CMD_THREAD_NEW_NTF,
	CORDON_CMD_POLICY_NTF,
	CORDON_CMD_DRIFT_NTF,
	CORDON_CMD_CAP_NTF,
	CORDON_CMD_INTRUSION_NTF,

	__CORDON_CMD_MAX,
	CORDON_CMD_MAX = (__CORDON_CMD_MAX - 1)
};

/**
 * enum cordon_class - what a thread is for
 * @CORDON_CLASS_VCPU: runs KVM_RUN for a vCPU
 * @CORDON_CLASS_EMULATOR: any other thread of the VMM
 * @CORDON_CLASS_IOTHREAD: a VMM thread named, or listed, as an iothread
 * @CORDON_CLASS_MIGRATION: a VMM thread that migrates the guest, by name
 * @CORDON_CLASS_HELPER: a kernel-side thread that works for the VM
 */
enum cordon_class {
	CORDON_CLASS_VCPU = 1,
	CORDON_CLASS_EMULATOR,
	CORDON_CLASS_IOTHREAD,
	CORDON_CLASS_MIGRATION,
	CORDON_CLASS_HELPER,

	__CORDON_CLASS_MAX,
	CORDON_CLASS_MAX = (__CORDON_CLASS_MAX - 1)
};

/**
 * enum cordon_mode - what a policy does
 * @CORDON_MODE_ENFORCE: holds the threads to it
 * @CORDON_MODE_AUDIT: changes nothing, reports what it would have done
 */
enum cordon_mode {
	CORDON_MODE_ENFORCE = 1,
	CORDON_MODE_AUDIT,

	__CORDON_MODE_MAX,
	CORDON_MODE_MAX = (__CORDON_MODE_MAX - 1)
};

/**
 * enum cordon_switch - a key that is off or on
 * @CORDON_SWITCH_OFF: off
 * @CORDON_SWITCH_ON: on
 */
enum cordon_switch {
	CORDON_SWITCH_OFF = 1,
	CORDON_SWITCH_ON,

	__CORDON_SWITCH_MAX,
	CORDON_SWITCH_MAX = (__CORDON_SWITCH_MAX - 1)
};

/**
 * enum cordon_sched - a scheduling class by its name in sched(7)
 * @CORDON_SCHED_OTHER: SCHED_OTHER
 * @CORDON_SCHED_BATCH: SCHED_BATCH
 * @CORDON_SCHED_IDLE: SCHED_IDLE
 * @CORDON_SCHED_FIFO: SCHED_FIFO, with a priority
 * @CORDON_SCHED_RR: SCHED_RR, with a priority
 * @CORDON_SCHED_DEADLINE: SCHED_DEADLINE; only shown, never set
 */
enum cordon_sched {
	CORDON_SCHED_OTHER = 1,
	CORDON_SCHED_BATCH,
	CORDON_SCHED_IDLE,
	CORDON_SCHED_FIFO,
	CORDON_SCHED_RR,
	CORDON_SCHED_DEADLINE,

	__CORDON_SCHED_MAX,
	CORDON_SCHED_MAX = (__CORDON_SCHED_MAX - 1)
};

/* The highest realtime priority that a policy may ask for. */
#define CORDON_SCHED_PRIORITY_MAX	49

/**
 * enum cordon_cap - whom a cap is for
 * @CORDON_CAP_VCPU: one vCPU
 * @CORDON_CAP_EMULATOR: all emulator threads together
 * @CORDON_CAP_IOTHREAD: one iothread
 * @CORDON_CAP_MIGRATION: all migration threads together
 * @CORDON_CAP_GLOBAL: all threads of the VM together; where cordon enforces
 *	it, but helpers
 */
enum cordon_cap {
	CORDON_CAP_VCPU = 1,
	CORDON_CAP_EMULATOR,
	CORDON_CAP_IOTHREAD,
	CORDON_CAP_MIGRATION,
	CORDON_CAP_GLOBAL,

	__CORDON_CAP_MAX,
	CORDON_CAP_MAX = (__CORDON_CAP_MAX - 1)
};

/* Limits of a cap, in microseconds. The largest quota is libvirt's. */
#define CORDON_QUOTA_MIN_US	1000
#define CORDON_QUOTA_MAX_US	17592186044415
#define CORDON_PERIOD_MIN_US	1000
#define CORDON_PERIOD_MAX_US	1000000
#define CORDON_PERIOD_US	100000

/**
 * enum cordon_cap_by - who enforces caps
 * @CORDON_CAP_BY_CORDON: cordon, at safe points; helpers have none
 * @CORDON_CAP_BY_CGROUP: the scheduler, by cpu.max of cgroup v2, which does not
 *	limit realtime threads
 */
enum cordon_cap_by {
	CORDON_CAP_BY_CORDON = 1,
	CORDON_CAP_BY_CGROUP,

	__CORDON_CAP_BY_MAX,
	CORDON_CAP_BY_MAX = (__CORDON_CAP_BY_MAX - 1)
};

/* Shares of CPU under contention, as in cpu.weight, where 100 is usual. */
#define CORDON_WEIGHT_MIN	1
#define CORDON_WEIGHT_MAX	10000

/* Bytes, or a rate, without a limit: what cgroup v2 writes as "max". */
#define CORDON_UNLIMITED	9223372036854775807

/* The least rate of io-max that the kernel takes; and device numbers. */
#define CORDON_IO_RATE_MIN	2
#define CORDON_IO_MAJOR_MAX	4095
#define CORDON_IO_MINOR_MAX	1048575

/**
 * enum cordon_cpu_policy - whose CPUs vCPUs run on
 * @CORDON_CPU_POLICY_SHARED: on the shared pool, beside others
 * @CORDON_CPU_POLICY_DEDICATED: each vCPU alone on a CPU of the dedicated pool, which the VM owns
 * @CORDON_CPU_POLICY_MIXED: the vCPUs that are named dedicated, the others shared
 */
enum cordon_cpu_policy {
	CORDON_CPU_POLICY_SHARED = 1,
	CORDON_CPU_POLICY_DEDICATED,
	CORDON_CPU_POLICY_MIXED,

	__CORDON_CPU_POLICY_MAX,
	CORDON_CPU_POLICY_MAX = (__CORDON_CPU_POLICY_MAX - 1)
};

/**
 * enum cordon_placement - who chooses the CPUs of dedicated vCPUs
 * @CORDON_PLACEMENT_ADOPT: whoever pinned each to a CPU of its own before
 * @CORDON_PLACEMENT_SOLVE: cordon
 */
enum cordon_placement {
	CORDON_PLACEMENT_ADOPT = 1,
	CORDON_PLACEMENT_SOLVE,

	__CORDON_PLACEMENT_MAX,
	CORDON_PLACEMENT_MAX = (__CORDON_PLACEMENT_MAX - 1)
};

/**
 * enum cordon_thread_policy - how dedicated vCPUs share cores, as
 *	Nova's hw:cpu_thread_policy has it
 * @CORDON_THREAD_POLICY_PREFER: fill sibling groups, the largest free ones first
 * @CORDON_THREAD_POLICY_REQUIRE: only whole sibling groups of this VM; refused without SMT
 * @CORDON_THREAD_POLICY_ISOLATE: one vCPU a core, on a core that is free; its siblings are owned
 *	and stay idle
 * @CORDON_THREAD_POLICY_SEPARATE: no two vCPUs of this VM on siblings
 * @CORDON_THREAD_POLICY_AVOID: refused on a host with SMT
 */
enum cordon_thread_policy {
	CORDON_THREAD_POLICY_PREFER = 1,
	CORDON_THREAD_POLICY_REQUIRE,
	CORDON_THREAD_POLICY_ISOLATE,
	CORDON_THREAD_POLICY_SEPARATE,
	CORDON_THREAD_POLICY_AVOID,

	__CORDON_THREAD_POLICY_MAX,
	CORDON_THREAD_POLICY_MAX = (__CORDON_THREAD_POLICY_MAX - 1)
};

/**
 * enum cordon_emulator_policy - where the emulator of a VM with dedicated
 *	vCPUs runs
 * @CORDON_EMULATOR_POLICY_OWN: on its dedicated vCPUs' CPUs
 * @CORDON_EMULATOR_POLICY_SHARE: on the shared pool
 * @CORDON_EMULATOR_POLICY_BOTH: on either
 * @CORDON_EMULATOR_POLICY_ISOLATE: on one more CPU that the VM owns
 */
enum cordon_emulator_policy {
	CORDON_EMULATOR_POLICY_OWN = 1,
	CORDON_EMULATOR_POLICY_SHARE,
	CORDON_EMULATOR_POLICY_BOTH,
	CORDON_EMULATOR_POLICY_ISOLATE,

	__CORDON_EMULATOR_POLICY_MAX,
	CORDON_EMULATOR_POLICY_MAX = (__CORDON_EMULATOR_POLICY_MAX - 1)
};

/**
 * enum cordon_numa - which nodes dedicated vCPUs may be on
 * @CORDON_NUMA_AUTO: the fewest that fit, those first that hold the guest's memory
 * @CORDON_NUMA_ANY: all, whatever they are
 * @CORDON_NUMA_NODES: those that are named
 */
enum cordon_numa {
	CORDON_NUMA_AUTO = 1,
	CORDON_NUMA_ANY,
	CORDON_NUMA_NODES,

	__CORDON_NUMA_MAX,
	CORDON_NUMA_MAX = (__CORDON_NUMA_MAX - 1)
};

/**
 * enum cordon_pool - what a CPU is for
 * @CORDON_POOL_HOST: for the host: no policy gives it to a VM
 * @CORDON_POOL_SHARED: for VMs that share CPUs
 * @CORDON_POOL_DEDICATED: may be owned by one VM
 */
enum cordon_pool {
	CORDON_POOL_HOST = 1,
	CORDON_POOL_SHARED,
	CORDON_POOL_DEDICATED,

	__CORDON_POOL_MAX,
	CORDON_POOL_MAX = (__CORDON_POOL_MAX - 1)
};

/**
 * enum cordon_cpu_use - what its owner has a CPU for
 * @CORDON_CPU_USE_VCPU: a dedicated vCPU
 * @CORDON_CPU_USE_EMULATOR: the emulator, by emulator-policy isolate
 * @CORDON_CPU_USE_IDLE: a sibling that is held idle
 */
enum cordon_cpu_use {
	CORDON_CPU_USE_VCPU = 1,
	CORDON_CPU_USE_EMULATOR,
	CORDON_CPU_USE_IDLE,

	__CORDON_CPU_USE_MAX,
	CORDON_CPU_USE_MAX = (__CORDON_CPU_USE_MAX - 1)
};

/**
 * enum cordon_isolation - how others are kept off an owned CPU
 * @CORDON_ISOLATION_MASKS: by their masks
 * @CORDON_ISOLATION_PARTITION: by a cpuset partition of cgroup v2, and masks
 */
enum cordon_isolation {
	CORDON_ISOLATION_MASKS = 1,
	CORDON_ISOLATION_PARTITION,

	__CORDON_ISOLATION_MAX,
	CORDON_ISOLATION_MAX = (__CORDON_ISOLATION_MAX - 1)
};

/**
 * enum cordon_culprit - what kind of task ran on an owned CPU
 * @CORDON_CULPRIT_TURNED_AWAY: a task that was moved off before it ran in user mode
 * @CORDON_CULPRIT_LEFT: a task that is left there, by force
 * @CORDON_CULPRIT_KTHREAD: a kernel thread
 */
enum cordon_culprit {
	CORDON_CULPRIT_TURNED_AWAY = 1,
	CORDON_CULPRIT_LEFT,
	CORDON_CULPRIT_KTHREAD,

	__CORDON_CULPRIT_MAX,
	CORDON_CULPRIT_MAX = (__CORDON_CULPRIT_MAX - 1)
};

/**
 * enum cordon_stats_group - what statistics are asked for
 * @CORDON_STATS_GROUP_CAP: caps: what was used, and how long threads waited
 */
enum cordon_stats_group {
	CORDON_STATS_GROUP_CAP = 1,

	__CORDON_STATS_GROUP_MAX,
	CORDON_STATS_GROUP_MAX = (__CORDON_STATS_GROUP_MAX - 1)
};

/**
 * enum cordon_vm_state - how a VM fares
 * @CORDON_VM_STATE_UNMANAGED: it has no policy
 * @CORDON_VM_STATE_OK: every thread is where its policy wants it
 * @CORDON_VM_STATE_AUDIT: the policy only watches
 * @CORDON_VM_STATE_DEGRADED: some thread's mask has no active CPU left
 * @CORDON_VM_STATE_PENDING: set with a confirm time that has not passed
 */
enum cordon_vm_state {
	CORDON_VM_STATE_UNMANAGED = 1,
	CORDON_VM_STATE_OK,
	CORDON_VM_STATE_AUDIT,
	CORDON_VM_STATE_DEGRADED,
	CORDON_VM_STATE_PENDING,

	__CORDON_VM_STATE_MAX,
	CORDON_VM_STATE_MAX = (__CORDON_VM_STATE_MAX - 1)
};

/**
 * enum cordon_thread_state - how a thread fares
 * @CORDON_THREAD_STATE_FREE: no policy names it
 * @CORDON_THREAD_STATE_HELD: held to its policy
 * @CORDON_THREAD_STATE_AUDIT: watched only
 * @CORDON_THREAD_STATE_DEGRADED: its mask has no active CPU left; it runs
 *	where the kernel put it, and returns when one is active again
 * @CORDON_THREAD_STATE_DETACHING: no policy names it any more, its hook comes
 *	off at its next safe point
 * @CORDON_THREAD_STATE_EXEMPT: the kernel forbids to move it
 */
enum cordon_thread_state {
	CORDON_THREAD_STATE_FREE = 1,
	CORDON_THREAD_STATE_HELD,
	CORDON_THREAD_STATE_AUDIT,
	CORDON_THREAD_STATE_DEGRADED,
	CORDON_THREAD_STATE_DETACHING,
	CORDON_THREAD_STATE_EXEMPT,

	__CORDON_THREAD_STATE_MAX,
	CORDON_THREAD_STATE_MAX = (__CORDON_THREAD_STATE_MAX - 1)
};

/**
 * enum cordon_policy_event - why a policy notification was sent
 * @CORDON_POLICY_EVENT_SET: set or replaced
 * @CORDON_POLICY_EVENT_CONFIRM: confirmed in time
 * @CORDON_POLICY_EVENT_DEL: deleted
 * @CORDON_POLICY_EVENT_REVERT: not confirmed in time, back as before
 */
enum cordon_policy_event {
	CORDON_POLICY_EVENT_SET = 1,
	CORDON_POLICY_EVENT_CONFIRM,
	CORDON_POLICY_EVENT_DEL,
	CORDON_POLICY_EVENT_REVERT,

	__CORDON_POLICY_EVENT_MAX,
	CORDON_POLICY_EVENT_MAX = (__CORDON_POLICY_EVENT_MAX - 1)
};

/**
 * enum cordon_cpu_range_attr - a run of CPUs; repeated, they make a CPU set
 * @CORDON_A_CPU_RANGE_FIRST: u32, the first CPU
 * @CORDON_A_CPU_RANGE_LAST: u32, the last CPU, not below the first
 */
enum cordon_cpu_range_attr {
	CORDON_A_CPU_RANGE_FIRST = 1,
	CORDON_A_CPU_RANGE_LAST,

	__CORDON_A_CPU_RANGE_MAX,
	CORDON_A_CPU_RANGE_MAX = (__CORDON_A_CPU_RANGE_MAX - 1)
};

/**
 * enum cordon_vm_attr - a VM
 * @CORDON_A_VM_ID: u32, cordon's own number, never reused while it is loaded
 * @CORDON_A_VM_PID: u32, the VMM process, in the reader's pid namespace
 * @CORDON_A_VM_COMM: string, the VMM's comm
 * @CORDON_A_VM_VCPUS: u32, vCPUs that have been created
 * @CORDON_A_VM_THREADS: u32, threads of its process that are known, helpers too
 * @CORDON_A_VM_STATE: u32, enum cordon_vm_state
 * @CORDON_A_VM_MODE: u32, enum cordon_mode; absent without a policy
 * @CORDON_A_VM_CPUS: cpu-range, repeated: where its vCPUs may run now
 * @CORDON_A_VM_DRIFTS: uint, drifts of its threads since it was found
 * @CORDON_A_VM_DRIFT_AGE_NS: uint, time since the last drift; absent if none
 * @CORDON_A_VM_AGE_NS: uint, time since cordon found it
 * @CORDON_A_VM_CONFIRM_MS: uint, what is left of the confirm time
 * @CORDON_A_VM_CPU_POLICY: u32, enum cordon_cpu_policy; absent if no policy says
 * @CORDON_A_VM_THREAD_POLICY: u32, enum cordon_thread_policy; dedicated vCPUs
 *	only
 * @CORDON_A_VM_OWNED: cpu-range, repeated: CPUs that it owns
 * @CORDON_A_VM_RECEIPT: receipt nest: the sum over the CPUs it owned since it was
 *	found; absent if it never owned one
 * @CORDON_A_VM_GUEST_CPU: guest-cpu nest; absent while its CPUID is not known
 * @CORDON_A_VM_LOST: uint, notifications left out before this one
 */
enum cordon_vm_attr {
	CORDON_A_VM_ID = 1,
	CORDON_A_VM_PID,
	CORDON_A_VM_COMM,
	CORDON_A_VM_VCPUS,
	CORDON_A_VM_THREADS,
	CORDON_A_VM_STATE,
	CORDON_A_VM_MODE,
	CORDON_A_VM_CPUS,
	CORDON_A_VM_DRIFTS,
	CORDON_A_VM_DRIFT_AGE_NS,
	CORDON_A_VM_AGE_NS,
	CORDON_A_VM_CONFIRM_MS,
	CORDON_A_VM_CPU_POLICY,
	CORDON_A_VM_THREAD_POLICY,
	CORDON_A_VM_OWNED,
	CORDON_A_VM_RECEIPT,
	CORDON_A_VM_GUEST_CPU,
	CORDON_A_VM_LOST,

	__CORDON_A_VM_MAX,
	CORDON_A_VM_MAX = (__CORDON_A_VM_MAX - 1)
};

/**
 * enum cordon_thread_attr - a thread of a VM
 * @CORDON_A_THREAD_VM_ID: u32, the VM; in a request, only this VM's threads. In
 *	a notification about a thread of a process with several VMs, the one
 *	whose policy owns it, else one of them; absent in the reply to off
 * @CORDON_A_THREAD_TID: u32, in the reader's pid namespace
 * @CORDON_A_THREAD_COMM: string
 * @CORDON_A_THREAD_CLASS: u32, enum cordon_class
 * @CORDON_A_THREAD_VCPU: u32, index of the vCPU (order of creation); vCPUs only
 * @CORDON_A_THREAD_STATE: u32, enum cordon_thread_state
 * @CORDON_A_THREAD_CPU: u32, where it runs or ran last; in a drift
 *	notification, where it was found
 * @CORDON_A_THREAD_CPUS: cpu-range, repeated: where it may run now
 * @CORDON_A_THREAD_WANT: cpu-range, repeated: where its policy wants it;
 *	absent if the policy does not say
 * @CORDON_A_THREAD_SCHED: u32, enum cordon_sched, as it is now
 * @CORDON_A_THREAD_PRIORITY: u32, realtime priority; realtime classes only
 * @CORDON_A_THREAD_DRIFTS: uint
 * @CORDON_A_THREAD_LOST: uint, notifications left out before this one
 */
enum cordon_thread_attr {
	CORDON_A_THREAD_VM_ID = 1,
	CORDON_A_THREAD_TID,
	CORDON_A_THREAD_COMM,
	CORDON_A_THREAD_CLASS,
	CORDON_A_THREAD_VCPU,
	CORDON_A_THREAD_STATE,
	CORDON_A_THREAD_CPU,
	CORDON_A_THREAD_CPUS,
	CORDON_A_THREAD_WANT,
	CORDON_A_THREAD_SCHED,
	CORDON_A_THREAD_PRIORITY,
	CORDON_A_THREAD_DRIFTS,
	CORDON_A_THREAD_LOST,

	__CORDON_A_THREAD_MAX,
	CORDON_A_THREAD_MAX = (__CORDON_A_THREAD_MAX - 1)
};

/**
 * enum cordon_vcpu_pin_attr - where some vCPUs may run
 * @CORDON_A_VCPU_PIN_FIRST: u32, the first vCPU of the run
 * @CORDON_A_VCPU_PIN_LAST: u32, the last one
 * @CORDON_A_VCPU_PIN_CPUS: cpu-range, repeated
 * @CORDON_A_VCPU_PIN_ONE_TO_ONE: flag: the n-th vCPU of the run on the n-th
 *	CPU of the set (there must be as many); without it, each vCPU of the
 *	run on any CPU of the set
 */
enum cordon_vcpu_pin_attr {
	CORDON_A_VCPU_PIN_FIRST = 1,
	CORDON_A_VCPU_PIN_LAST,
	CORDON_A_VCPU_PIN_CPUS,
	CORDON_A_VCPU_PIN_ONE_TO_ONE,

	__CORDON_A_VCPU_PIN_MAX,
	CORDON_A_VCPU_PIN_MAX = (__CORDON_A_VCPU_PIN_MAX - 1)
};

/**
 * enum cordon_iothread_pin_attr - where one iothread may run
 * @CORDON_A_IOTHREAD_PIN_NAME: string, its comm, or the comm less "IO "
 * @CORDON_A_IOTHREAD_PIN_CPUS: cpu-range, repeated
 */
enum cordon_iothread_pin_attr {
	CORDON_A_IOTHREAD_PIN_NAME = 1,
	CORDON_A_IOTHREAD_PIN_CPUS,

	__CORDON_A_IOTHREAD_PIN_MAX,
	CORDON_A_IOTHREAD_PIN_MAX = (__CORDON_A_IOTHREAD_PIN_MAX - 1)
};

/**
 * enum cordon_sched_attr - a scheduling class for threads
 * @CORDON_A_SCHED_FIRST: u32, the first vCPU it is for; vcpu-sched only
 * @CORDON_A_SCHED_LAST: u32, the last vCPU it is for; vcpu-sched only
 * @CORDON_A_SCHED_POLICY: u32, enum cordon_sched
 * @CORDON_A_SCHED_PRIORITY: u32, 1 to 49; fifo and rr need it
 */
enum cordon_sched_attr {
	CORDON_A_SCHED_FIRST = 1,
	CORDON_A_SCHED_LAST,
	CORDON_A_SCHED_POLICY,
	CORDON_A_SCHED_PRIORITY,

	__CORDON_A_SCHED_MAX,
	CORDON_A_SCHED_MAX = (__CORDON_A_SCHED_MAX - 1)
};

/**
 * enum cordon_io_max_attr - how fast a disk may be used
 * @CORDON_A_IO_MAX_MAJOR: u32, the disk's major number
 * @CORDON_A_IO_MAX_MINOR: u32, its minor number
 * @CORDON_A_IO_MAX_RBPS: u64, bytes read in a second, or CORDON_UNLIMITED, as
 *	in the three that follow; what is not named of the four stays as it is
 * @CORDON_A_IO_MAX_WBPS: u64, bytes written in a second
 * @CORDON_A_IO_MAX_RIOPS: u64, reads in a second
 * @CORDON_A_IO_MAX_WIOPS: u64, writes in a second
 */
enum cordon_io_max_attr {
	CORDON_A_IO_MAX_MAJOR = 1,
	CORDON_A_IO_MAX_MINOR,
	CORDON_A_IO_MAX_RBPS,
	CORDON_A_IO_MAX_WBPS,
	CORDON_A_IO_MAX_RIOPS,
	CORDON_A_IO_MAX_WIOPS,

	__CORDON_A_IO_MAX_MAX,
	CORDON_A_IO_MAX_MAX = (__CORDON_A_IO_MAX_MAX - 1)
};

/**
 * enum cordon_cpu_policy_attr - whose CPUs some vCPUs run on
 * @CORDON_A_CPU_POLICY_KIND: u32, enum cordon_cpu_policy
 * @CORDON_A_CPU_POLICY_FIRST: u32, mixed only: the first of a run of dedicated vCPUs
 * @CORDON_A_CPU_POLICY_LAST: u32, mixed only: the last of it
 */
enum cordon_cpu_policy_attr {
	CORDON_A_CPU_POLICY_KIND = 1,
	CORDON_A_CPU_POLICY_FIRST,
	CORDON_A_CPU_POLICY_LAST,

	__CORDON_A_CPU_POLICY_MAX,
	CORDON_A_CPU_POLICY_MAX = (__CORDON_A_CPU_POLICY_MAX - 1)
};

/**
 * enum cordon_numa_attr - nodes
 * @CORDON_A_NUMA_KIND: u32, enum cordon_numa
 * @CORDON_A_NUMA_FIRST: u32, nodes only: the first of a run of nodes
 * @CORDON_A_NUMA_LAST: u32, nodes only: the last of it
 */
enum cordon_numa_attr {
	CORDON_A_NUMA_KIND = 1,
	CORDON_A_NUMA_FIRST,
	CORDON_A_NUMA_LAST,

	__CORDON_A_NUMA_MAX,
	CORDON_A_NUMA_MAX = (__CORDON_A_NUMA_MAX - 1)
};

/**
 * enum cordon_numa_map_attr - the node of some vCPUs
 * @CORDON_A_NUMA_MAP_FIRST: u32, the first vCPU of the run
 * @CORDON_A_NUMA_MAP_LAST: u32, the last one
 * @CORDON_A_NUMA_MAP_NODE: u32, the host's node
 */
enum cordon_numa_map_attr {
	CORDON_A_NUMA_MAP_FIRST = 1,
	CORDON_A_NUMA_MAP_LAST,
	CORDON_A_NUMA_MAP_NODE,

	__CORDON_A_NUMA_MAP_MAX,
	CORDON_A_NUMA_MAP_MAX = (__CORDON_A_NUMA_MAP_MAX - 1)
};

/**
 * enum cordon_place_attr - where a dedicated vCPU is, or would be
 * @CORDON_A_PLACE_VCPU: u32, its index
 * @CORDON_A_PLACE_CPU: u32
 * @CORDON_A_PLACE_NODE: u32, the CPU's node
 * @CORDON_A_PLACE_GUEST_CORE: u32, the lowest index of the vCPUs that are its siblings to the
 *	guest, itself among them; absent if the guest's topology is not known
 */
enum cordon_place_attr {
	CORDON_A_PLACE_VCPU = 1,
	CORDON_A_PLACE_CPU,
	CORDON_A_PLACE_NODE,
	CORDON_A_PLACE_GUEST_CORE,

	__CORDON_A_PLACE_MAX,
	CORDON_A_PLACE_MAX = (__CORDON_A_PLACE_MAX - 1)
};

/**
 * enum cordon_culprit_attr - who ran on an owned CPU
 * @CORDON_A_CULPRIT_KIND: u32, enum cordon_culprit
 * @CORDON_A_CULPRIT_PID: u32, its thread id, in the reader's pid namespace; absent if it has
 *	none there
 * @CORDON_A_CULPRIT_COMM: string
 * @CORDON_A_CULPRIT_UID: u32, in the initial user namespace
 * @CORDON_A_CULPRIT_COUNT: uint, how often
 * @CORDON_A_CULPRIT_TIME_NS: uint, for how long
 * @CORDON_A_CULPRIT_LONGEST_NS: uint, the longest time without a break
 */
enum cordon_culprit_attr {
	CORDON_A_CULPRIT_KIND = 1,
	CORDON_A_CULPRIT_PID,
	CORDON_A_CULPRIT_COMM,
	CORDON_A_CULPRIT_UID,
	CORDON_A_CULPRIT_COUNT,
	CORDON_A_CULPRIT_TIME_NS,
	CORDON_A_CULPRIT_LONGEST_NS,

	__CORDON_A_CULPRIT_MAX,
	CORDON_A_CULPRIT_MAX = (__CORDON_A_CULPRIT_MAX - 1)
};

/**
 * enum cordon_receipt_attr - what isolation really held
 * @CORDON_A_RECEIPT_SINCE_NS: uint, for how long it has been kept
 * @CORDON_A_RECEIPT_INTRUSIONS: uint, tasks turned away
 * @CORDON_A_RECEIPT_INTRUSION_AGE_NS: uint, time since the last one; absent if none
 * @CORDON_A_RECEIPT_FOREIGN_NS: uint, time of tasks that are not the owner's: kernel threads,
 *	tasks that were turned away or are left there
 * @CORDON_A_RECEIPT_LONGEST_NS: uint, the longest of it without a break
 * @CORDON_A_RECEIPT_IRQ_NS: uint, time in interrupts, as the kernel accounts it; absent if it
 *	does not
 * @CORDON_A_RECEIPT_SOFTIRQ_NS: uint, time in softirqs; the same
 * @CORDON_A_RECEIPT_SIBLING_NS: uint, time in which somebody else ran on a sibling while the
 *	owner ran; absent where the CPU has no siblings
 * @CORDON_A_RECEIPT_CULPRIT: culprit nest, repeated: who it was, the worst first; at most 8
 */
enum cordon_receipt_attr {
	CORDON_A_RECEIPT_SINCE_NS = 1,
	CORDON_A_RECEIPT_INTRUSIONS,
	CORDON_A_RECEIPT_INTRUSION_AGE_NS,
	CORDON_A_RECEIPT_FOREIGN_NS,
	CORDON_A_RECEIPT_LONGEST_NS,
	CORDON_A_RECEIPT_IRQ_NS,
	CORDON_A_RECEIPT_SOFTIRQ_NS,
	CORDON_A_RECEIPT_SIBLING_NS,
	CORDON_A_RECEIPT_CULPRIT,

	__CORDON_A_RECEIPT_MAX,
	CORDON_A_RECEIPT_MAX = (__CORDON_A_RECEIPT_MAX - 1)
};

/**
 * enum cordon_guest_cpu_attr - the CPU that a guest was given, by its CPUID
 * @CORDON_A_GUEST_CPU_VENDOR: string, of 12 characters
 * @CORDON_A_GUEST_CPU_FAMILY: u32
 * @CORDON_A_GUEST_CPU_MODEL: u32
 * @CORDON_A_GUEST_CPU_STEPPING: u32
 * @CORDON_A_GUEST_CPU_SOCKETS: u32, by the vCPUs that exist
 * @CORDON_A_GUEST_CPU_CORES: u32, of a socket
 * @CORDON_A_GUEST_CPU_THREADS: u32, of a core
 * @CORDON_A_GUEST_CPU_NESTED: flag: it may run guests of its own
 * @CORDON_A_GUEST_CPU_MISSING: string, repeated: a feature, by its name in /proc/cpuinfo, that the
 *	host has and the guest lacks
 * @CORDON_A_GUEST_CPU_MATCH: u32, 1 if the siblings of the guest are siblings of the host, as
 *	the vCPUs are placed now, else 0; absent if it has none, or is not placed
 */
enum cordon_guest_cpu_attr {
	CORDON_A_GUEST_CPU_VENDOR = 1,
	CORDON_A_GUEST_CPU_FAMILY,
	CORDON_A_GUEST_CPU_MODEL,
	CORDON_A_GUEST_CPU_STEPPING,
	CORDON_A_GUEST_CPU_SOCKETS,
	CORDON_A_GUEST_CPU_CORES,
	CORDON_A_GUEST_CPU_THREADS,
	CORDON_A_GUEST_CPU_NESTED,
	CORDON_A_GUEST_CPU_MISSING,
	CORDON_A_GUEST_CPU_MATCH,

	__CORDON_A_GUEST_CPU_MAX,
	CORDON_A_GUEST_CPU_MAX = (__CORDON_A_GUEST_CPU_MAX - 1)
};

/**
 * enum cordon_cpu_attr - a CPU, and a request to choose pools
 * @CORDON_A_CPU_ID: u32, its number
 * @CORDON_A_CPU_PACKAGE: u32
 * @CORDON_A_CPU_NODE: u32
 * @CORDON_A_CPU_CORE: u32, the lowest CPU of its core
 * @CORDON_A_CPU_CACHE: u32, the lowest CPU that shares its last cache; absent if unknown
 * @CORDON_A_CPU_OFFLINE: flag: it is offline
 * @CORDON_A_CPU_POOL: u32, enum cordon_pool
 * @CORDON_A_CPU_OWNER: u32, id of the VM that owns it; absent if none does
 * @CORDON_A_CPU_USE: u32, enum cordon_cpu_use; owned CPUs only
 * @CORDON_A_CPU_ISOLATION: u32, enum cordon_isolation; owned CPUs only
 * @CORDON_A_CPU_WHY_MASKS: string, why there is no partition; owned CPUs by masks only
 * @CORDON_A_CPU_RECEIPT: receipt nest; owned CPUs only
 * @CORDON_A_CPU_DEDICATED: cpu-range, repeated, request: the pool
 * @CORDON_A_CPU_SHARED: cpu-range, repeated, request: the pool
 * @CORDON_A_CPU_RESERVE: u32, CPUs that no policy may own, of the whole host; 0 in a
 *	request: as many as cordon thinks right
 * @CORDON_A_CPU_CULPRIT: culprit nest, intrusion notifications only
 * @CORDON_A_CPU_LOST: uint, notifications left out before this one
 */
enum cordon_cpu_attr {
	CORDON_A_CPU_ID = 1,
	CORDON_A_CPU_PACKAGE,
	CORDON_A_CPU_NODE,
	CORDON_A_CPU_CORE,
	CORDON_A_CPU_CACHE,
	CORDON_A_CPU_OFFLINE,
	CORDON_A_CPU_POOL,
	CORDON_A_CPU_OWNER,
	CORDON_A_CPU_USE,
	CORDON_A_CPU_ISOLATION,
	CORDON_A_CPU_WHY_MASKS,
	CORDON_A_CPU_RECEIPT,
	CORDON_A_CPU_DEDICATED,
	CORDON_A_CPU_SHARED,
	CORDON_A_CPU_RESERVE,
	CORDON_A_CPU_CULPRIT,
	CORDON_A_CPU_LOST,

	__CORDON_A_CPU_MAX,
	CORDON_A_CPU_MAX = (__CORDON_A_CPU_MAX - 1)
};

/**
 * enum cordon_refusal_attr - why a request was, or would be, refused
 * @CORDON_A_REFUSAL_ERRNO: u32, the errno, positive
 * @CORDON_A_REFUSAL_TEXT: string, the reason with its numbers and names
 * @CORDON_A_REFUSAL_KEY: u32, enum cordon_policy_attr, the key it is about
 * @CORDON_A_REFUSAL_CPU: u32, the CPU it is about
 * @CORDON_A_REFUSAL_OWNER: u32, id of the VM that owns what was asked for
 * @CORDON_A_REFUSAL_TID: u32, the thread it is about
 * @CORDON_A_REFUSAL_WANTED: u32, how much was asked for
 * @CORDON_A_REFUSAL_FREE: u32, how much there is
 */
enum cordon_refusal_attr {
	CORDON_A_REFUSAL_ERRNO = 1,
	CORDON_A_REFUSAL_TEXT,
	CORDON_A_REFUSAL_KEY,
	CORDON_A_REFUSAL_CPU,
	CORDON_A_REFUSAL_OWNER,
	CORDON_A_REFUSAL_TID,
	CORDON_A_REFUSAL_WANTED,
	CORDON_A_REFUSAL_FREE,

	__CORDON_A_REFUSAL_MAX,
	CORDON_A_REFUSAL_MAX = (__CORDON_A_REFUSAL_MAX - 1)
};

/**
 * enum cordon_policy_attr - a policy, and a request to change one
 * @CORDON_A_POLICY_VM_ID: u32, the VM by its id
 * @CORDON_A_POLICY_PID: u32, the VM by its VMM; works before any vCPU has run
 * @CORDON_A_POLICY_REPLACE: flag: keys that are not named are reset
 * @CORDON_A_POLICY_PLAN: flag: tell what would be done, change nothing
 * @CORDON_A_POLICY_REPLAN: flag: place its dedicated vCPUs anew, as if they had
 *	never been placed
 * @CORDON_A_POLICY_RESET: u32, repeated: a key (its number here) to reset
 * @CORDON_A_POLICY_CONFIRM_S: u32, 1 to 3600: go back by itself after that
 *	many seconds, unless CORDON_CMD_POLICY_CONFIRM comes
 * @CORDON_A_POLICY_MODE: u32, enum cordon_mode
 * @CORDON_A_POLICY_VCPU_PIN: vcpu-pin nest, repeated; set as a whole
 * @CORDON_A_POLICY_EMULATOR_CPUS: cpu-range, repeated
 * @CORDON_A_POLICY_IOTHREAD_CPUS: cpu-range, repeated
 * @CORDON_A_POLICY_IOTHREAD_PIN: iothread-pin nest, repeated; set as a whole
 * @CORDON_A_POLICY_IOTHREAD_MATCH: string, repeated: a glob on the comm
 * @CORDON_A_POLICY_IOTHREAD_TIDS: u32, repeated: a thread id
 * @CORDON_A_POLICY_MIGRATION_CPUS: cpu-range, repeated
 * @CORDON_A_POLICY_HELPER_CPUS: cpu-range, repeated
 * @CORDON_A_POLICY_VCPU_SCHED: sched nest, repeated; set as a whole
 * @CORDON_A_POLICY_IOTHREAD_SCHED: sched nest
 * @CORDON_A_POLICY_EMULATOR_SCHED: sched nest, no realtime class
 * @CORDON_A_POLICY_VCPU_QUOTA: u64, CPU time in microseconds, for
 *	each vCPU by itself, in a period
 * @CORDON_A_POLICY_VCPU_PERIOD: u32, microseconds; 100000 if it is not set
 * @CORDON_A_POLICY_VCPU_BURST: u64, microseconds: unused time that is saved up,
 *	at most the quota, and refused without one; so are the other bursts
 * @CORDON_A_POLICY_EMULATOR_QUOTA: u64, CPU time in microseconds, for
 *	all emulator threads together, and migration threads without a quota of
 *	their own, in a period
 * @CORDON_A_POLICY_EMULATOR_PERIOD: u32, microseconds; 100000 if it is not set
 * @CORDON_A_POLICY_EMULATOR_BURST: u64, microseconds: unused time that is saved up
 * @CORDON_A_POLICY_IOTHREAD_QUOTA: u64, CPU time in microseconds, for
 *	each iothread by itself, in a period
 * @CORDON_A_POLICY_IOTHREAD_PERIOD: u32, microseconds; 100000 if it is not set
 * @CORDON_A_POLICY_IOTHREAD_BURST: u64, microseconds: unused time that is saved up
 * @CORDON_A_POLICY_MIGRATION_QUOTA: u64, CPU time in microseconds, for
 *	all migration threads together, in a period
 * @CORDON_A_POLICY_MIGRATION_PERIOD: u32, microseconds; 100000 if it is not set
 * @CORDON_A_POLICY_MIGRATION_BURST: u64, microseconds: unused time that is saved up
 * @CORDON_A_POLICY_GLOBAL_QUOTA: u64, CPU time in microseconds, for
 *	all threads of the VM together, in a period; with CORDON_CAP_BY_CORDON
 *	but helpers, with CORDON_CAP_BY_CGROUP with those in the VM's cgroup
 * @CORDON_A_POLICY_GLOBAL_PERIOD: u32, microseconds; 100000 if it is not set
 * @CORDON_A_POLICY_GLOBAL_BURST: u64, microseconds: unused time that is saved up
 * @CORDON_A_POLICY_CAP_BY: u32, enum cordon_cap_by: who enforces the caps;
 *	cordon, if it is not set
 * @CORDON_A_POLICY_WEIGHT: u32, 1 to 10000: cpu.weight of the VM's cgroup, its
 *	own or the one that is made for it; needs CORDON_CAP_BY_CGROUP
 * @CORDON_A_POLICY_MEMORY_MIN: u64, bytes: memory.min of the VM's own cgroup,
 *	or CORDON_UNLIMITED, as in the three that follow; none of the four may
 *	be more than a later one
 * @CORDON_A_POLICY_MEMORY_LOW: u64, bytes: memory.low
 * @CORDON_A_POLICY_MEMORY_HIGH: u64, bytes: memory.high; below what is in use
 *	refused without CORDON_A_POLICY_FORCE
 * @CORDON_A_POLICY_MEMORY_MAX: u64, bytes: memory.max; the same
 * @CORDON_A_POLICY_IO_MAX: io-max nest, repeated: io.max of the VM's own
 *	cgroup, a disk each; set as a whole
 * @CORDON_A_POLICY_CPU_POLICY: cpu-policy nest, repeated for mixed; set as a whole
 * @CORDON_A_POLICY_PLACEMENT: u32, enum cordon_placement; dedicated vCPUs only,
 *	as in the keys up to CORDON_A_POLICY_NUMA_PREFER
 * @CORDON_A_POLICY_THREAD_POLICY: u32, enum cordon_thread_policy; prefer, if it is
 *	not set
 * @CORDON_A_POLICY_EMULATOR_POLICY: u32, enum cordon_emulator_policy; share, if it
 *	is not set
 * @CORDON_A_POLICY_NUMA: numa nest, repeated for nodes; set as a whole; auto, if it is
 *	not set
 * @CORDON_A_POLICY_NUMA_MAP: numa-map nest, repeated; set as a whole
 * @CORDON_A_POLICY_NUMA_PREFER: u32, repeated: a node to prefer
 * @CORDON_A_POLICY_RESERVATION: u32, thousandths of a CPU that the VM is sure of
 * @CORDON_A_POLICY_FORCE: u32, enum cordon_switch: accept what is refused as
 *	dangerous
 * @CORDON_A_POLICY_THREADS: u32, reply: threads that the policy holds or watches
 * @CORDON_A_POLICY_MOVED: u32, reply: threads whose mask or class was changed, or
 *	given back; in audit, whose would be
 * @CORDON_A_POLICY_UNCAPPED: u32, reply: helpers, which a cap of the whole VM
 *	that cordon enforces does not cover; absent if there are none
 * @CORDON_A_POLICY_CPUS: cpu-range, repeated, reply: where the vCPUs are
 * @CORDON_A_POLICY_PLACE: place nest, repeated, reply: the dedicated vCPUs
 * @CORDON_A_POLICY_EMULATOR_ON: cpu-range, repeated, reply: where the emulator is
 *	by the placement; absent if that does not say
 * @CORDON_A_POLICY_OWNED: cpu-range, repeated, reply: CPUs that the VM owns
 * @CORDON_A_POLICY_IDLE: cpu-range, repeated, reply: those of them held idle
 * @CORDON_A_POLICY_EVICTED: u32, reply: tasks of others that were moved off, or
 *	given back what they had
 * @CORDON_A_POLICY_LEFT: u32, reply: tasks that are left on owned CPUs by force
 * @CORDON_A_POLICY_GUARANTEE: u32, thousandths of a CPU that its cgroup's weight
 *	gives it at least under contention; absent if the reservation is for
 *	admission only
 * @CORDON_A_POLICY_REFUSAL: refusal nest, reply to a plan
 * @CORDON_A_POLICY_EVENT: u32, enum cordon_policy_event; notifications only
 * @CORDON_A_POLICY_CONFIRM_MS: uint, what is left of the confirm time
 * @CORDON_A_POLICY_LOST: uint, notifications left out before this one
 */
enum cordon_policy_attr {
	CORDON_A_POLICY_VM_ID = 1,
	CORDON_A_POLICY_PID,
	CORDON_A_POLICY_REPLACE,
	CORDON_A_POLICY_PLAN,
	CORDON_A_POLICY_REPLAN,
	CORDON_A_POLICY_RESET,
	CORDON_A_POLICY_CONFIRM_S,
	CORDON_A_POLICY_MODE,
	CORDON_A_POLICY_VCPU_PIN,
	CORDON_A_POLICY_EMULATOR_CPUS,
	CORDON_A_POLICY_IOTHREAD_CPUS,
	CORDON_A_POLICY_IOTHREAD_PIN,
	CORDON_A_POLICY_IOTHREAD_MATCH,
	CORDON_A_POLICY_IOTHREAD_TIDS,
	CORDON_A_POLICY_MIGRATION_CPUS,
	CORDON_A_POLICY_HELPER_CPUS,
	CORDON_A_POLICY_VCPU_SCHED,
	CORDON_A_POLICY_IOTHREAD_SCHED,
	CORDON_A_POLICY_EMULATOR_SCHED,
	CORDON_A_POLICY_VCPU_QUOTA,
	CORDON_A_POLICY_VCPU_PERIOD,
	CORDON_A_POLICY_VCPU_BURST,
	CORDON_A_POLICY_EMULATOR_QUOTA,
	CORDON_A_POLICY_EMULATOR_PERIOD,
	CORDON_A_POLICY_EMULATOR_BURST,
	CORDON_A_POLICY_IOTHREAD_QUOTA,
	CORDON_A_POLICY_IOTHREAD_PERIOD,
	CORDON_A_POLICY_IOTHREAD_BURST,
	CORDON_A_POLICY_MIGRATION_QUOTA,
	CORDON_A_POLICY_MIGRATION_PERIOD,
	CORDON_A_POLICY_MIGRATION_BURST,
	CORDON_A_POLICY_GLOBAL_QUOTA,
	CORDON_A_POLICY_GLOBAL_PERIOD,
	CORDON_A_POLICY_GLOBAL_BURST,
	CORDON_A_POLICY_CAP_BY,
	CORDON_A_POLICY_WEIGHT,
	CORDON_A_POLICY_MEMORY_MIN,
	CORDON_A_POLICY_MEMORY_LOW,
	CORDON_A_POLICY_MEMORY_HIGH,
	CORDON_A_POLICY_MEMORY_MAX,
	CORDON_A_POLICY_IO_MAX,
	CORDON_A_POLICY_CPU_POLICY,
	CORDON_A_POLICY_PLACEMENT,
	CORDON_A_POLICY_THREAD_POLICY,
	CORDON_A_POLICY_EMULATOR_POLICY,
	CORDON_A_POLICY_NUMA,
	CORDON_A_POLICY_NUMA_MAP,
	CORDON_A_POLICY_NUMA_PREFER,
	CORDON_A_POLICY_RESERVATION,
	CORDON_A_POLICY_FORCE,
	CORDON_A_POLICY_THREADS,
	CORDON_A_POLICY_MOVED,
	CORDON_A_POLICY_UNCAPPED,
	CORDON_A_POLICY_CPUS,
	CORDON_A_POLICY_PLACE,
	CORDON_A_POLICY_EMULATOR_ON,
	CORDON_A_POLICY_OWNED,
	CORDON_A_POLICY_IDLE,
	CORDON_A_POLICY_EVICTED,
	CORDON_A_POLICY_LEFT,
	CORDON_A_POLICY_GUARANTEE,
	CORDON_A_POLICY_REFUSAL,
	CORDON_A_POLICY_EVENT,
	CORDON_A_POLICY_CONFIRM_MS,
	CORDON_A_POLICY_LOST,

	__CORDON_A_POLICY_MAX,
	CORDON_A_POLICY_MAX = (__CORDON_A_POLICY_MAX - 1)
};

/**
 * enum cordon_off_attr - what `off` did
 * @CORDON_A_OFF_POLICIES: u32, policies deleted
 * @CORDON_A_OFF_HOOKS: u32, hooks taken off
 * @CORDON_A_OFF_DETACHING: thread nest, repeated: threads that cannot answer
 *	now (stopped, traced, frozen, uninterruptible); at most 32 are named
 * @CORDON_A_OFF_DETACHING_COUNT: u32, how many of them there are
 */
enum cordon_off_attr {
	CORDON_A_OFF_POLICIES = 1,
	CORDON_A_OFF_HOOKS,
	CORDON_A_OFF_DETACHING,
	CORDON_A_OFF_DETACHING_COUNT,

	__CORDON_A_OFF_MAX,
	CORDON_A_OFF_MAX = (__CORDON_A_OFF_MAX - 1)
};

/**
 * enum cordon_cap_attr - a budget, and what it has seen
 * @CORDON_A_CAP_CAP: u32, enum cordon_cap
 * @CORDON_A_CAP_VCPU: u32, index of the vCPU; vCPUs only
 * @CORDON_A_CAP_TID: u32, in the reader's pid namespace; where it is one
 *	thread's
 * @CORDON_A_CAP_COMM: string; where it is one thread's
 * @CORDON_A_CAP_QUOTA: uint, microseconds
 * @CORDON_A_CAP_PERIOD: uint, microseconds
 * @CORDON_A_CAP_BURST: uint, microseconds; 0 for none
 * @CORDON_A_CAP_NR_PERIODS: uint, periods in which it was used
 * @CORDON_A_CAP_NR_THROTTLED: uint, those of them in which a thread waited
 * @CORDON_A_CAP_THROTTLED_NS: uint, how long, summed over the threads; with
 *	CORDON_CAP_BY_CGROUP summed over CPUs
 * @CORDON_A_CAP_TIME_NS: uint, CPU time used
 *
 * With CORDON_CAP_BY_CGROUP the last four are what cpu.stat has counted since
 * the limit was set. With CORDON_CAP_BY_CORDON they go on when a cap is taken off
 * and set again.
 */
enum cordon_cap_attr {
	CORDON_A_CAP_CAP = 1,
	CORDON_A_CAP_VCPU,
	CORDON_A_CAP_TID,
	CORDON_A_CAP_COMM,
	CORDON_A_CAP_QUOTA,
	CORDON_A_CAP_PERIOD,
	CORDON_A_CAP_BURST,
	CORDON_A_CAP_NR_PERIODS,
	CORDON_A_CAP_NR_THROTTLED,
	CORDON_A_CAP_THROTTLED_NS,
	CORDON_A_CAP_TIME_NS,

	__CORDON_A_CAP_MAX,
	CORDON_A_CAP_MAX = (__CORDON_A_CAP_MAX - 1)
};

/**
 * enum cordon_stats_attr - statistics of a VM
 * @CORDON_A_STATS_VM_ID: u32, the VM
 * @CORDON_A_STATS_PID: u32, the VM by its VMM, in the reader's pid namespace;
 *	absent in notifications
 * @CORDON_A_STATS_GROUP: u32, repeated, request: enum cordon_stats_group; none:
 *	all of them
 * @CORDON_A_STATS_CAP: cap nest, repeated: each budget
 * @CORDON_A_STATS_LOST: uint, notifications left out before this one
 */
enum cordon_stats_attr {
	CORDON_A_STATS_VM_ID = 1,
	CORDON_A_STATS_PID,
	CORDON_A_STATS_GROUP,
	CORDON_A_STATS_CAP,
	CORDON_A_STATS_LOST,

	__CORDON_A_STATS_MAX,
	CORDON_A_STATS_MAX = (__CORDON_A_STATS_MAX - 1)
};

#endif /* _UAPI_LINUX_CORDON_H */
