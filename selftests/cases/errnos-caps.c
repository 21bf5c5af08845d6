// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is refused of caps and of what a cgroup is to do, as errnos.c does it for
 * all other keys.
 */
#include <errno.h>
#include <string.h>

#include <linux/cordon.h>

#include "cli.h"
#include "ksft.h"
#include "rows.h"
#include "tvmm.h"

#define GIB	1073741824L
#define CAP_BY(who)	NUMBER(CAP_BY, CORDON_CAP_BY_##who)

static const struct row caps[] = {
	{ "a burst above the quota", EINVAL, "more than the quota",
	  CORDON_A_POLICY_VCPU_BURST, SELF,
	  { TIME(VCPU_QUOTA, 50000), TIME(VCPU_BURST, 50001) }, 0 },
	{ "a burst of no quota", EINVAL, "no quota", CORDON_A_POLICY_GLOBAL_BURST,
	  SELF, { TIME(GLOBAL_BURST, 1) }, 0 },
	{ "a quota below 1 ms", ERANGE, "range", CORDON_A_POLICY_EMULATOR_QUOTA,
	  SELF, { TIME(EMULATOR_QUOTA, 999) }, 0 },
	{ "a quota above the largest", ERANGE, "range",
	  CORDON_A_POLICY_VCPU_QUOTA, SELF, { TIME(VCPU_QUOTA, 17592186044416) }, 0 },
	{ "a period below 1 ms", ERANGE, "range", CORDON_A_POLICY_VCPU_PERIOD,
	  SELF, { NUMBER(VCPU_PERIOD, 999) }, 0 },
	{ "a period above 1 s", ERANGE, "range", CORDON_A_POLICY_GLOBAL_PERIOD,
	  SELF, { NUMBER(GLOBAL_PERIOD, 1000001) }, 0 },
};

static void wrong_caps(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, caps);
}

static const struct row dangerous_caps[] = {
	{ "a vCPU's cap below 5 %", EBUSY, "force on",
	  CORDON_A_POLICY_VCPU_QUOTA, SELF, { TIME(VCPU_QUOTA, 4999) }, 0 },
	{ "an iothread's cap below 5 %", EBUSY, "less than 5%",
	  CORDON_A_POLICY_IOTHREAD_QUOTA, SELF,
	  { TIME(IOTHREAD_QUOTA, 49999), NUMBER(IOTHREAD_PERIOD, 1000000) }, 0 },
	{ "a cap that stalls the emulator", EBUSY, "201 ms",
	  CORDON_A_POLICY_EMULATOR_QUOTA, SELF,
	  { TIME(EMULATOR_QUOTA, 299000), NUMBER(EMULATOR_PERIOD, 500000) }, 0 },
	{ "a cap that stalls the VM", EBUSY, "900 ms",
	  CORDON_A_POLICY_GLOBAL_QUOTA, SELF,
	  { TIME(GLOBAL_QUOTA, 100000), NUMBER(GLOBAL_PERIOD, 1000000) }, 0 },
};

/* Refused by themselves, and taken with force on. */
static void forced_caps(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, dangerous_caps);
	cli_must("policy set pid:%d vcpu-quota 4%% emulator-quota 100ms emulator-period 1s force on",
		 s.vm.v->pid);
	expect(vmm_moves(s.vm.v, 0, 0, 20), "the guest goes on under the cap");
}

static const struct row cgroup_values[] = {
	{ "caps by nobody", ERANGE, "range", CORDON_A_POLICY_CAP_BY, SELF,
	  { NUMBER(CAP_BY, 0) }, 0 },
	{ "caps by whom there is not", ERANGE, "range", CORDON_A_POLICY_CAP_BY,
	  SELF, { NUMBER(CAP_BY, CORDON_CAP_BY_MAX + 1) }, 0 },
	{ "a weight of 0", ERANGE, "range", CORDON_A_POLICY_WEIGHT, SELF,
	  { NUMBER(WEIGHT, 0), CAP_BY(CGROUP) }, 0 },
	{ "a weight above the largest", ERANGE, "range", CORDON_A_POLICY_WEIGHT,
	  SELF, { NUMBER(WEIGHT, CORDON_WEIGHT_MAX + 1), CAP_BY(CGROUP) }, 0 },
	{ "more bytes than unlimited", ERANGE, "range",
	  CORDON_A_POLICY_MEMORY_MAX, SELF, { BYTES(MEMORY_MAX, -1) }, 0 },
	{ "bytes as a number of four", EINVAL, "attribute",
	  CORDON_A_POLICY_MEMORY_LOW, SELF, { NUMBER(MEMORY_LOW, 4096) }, 0 },
	{ "a rate of 1", ERANGE, "range", CORDON_A_IO_MAX_RBPS, SELF,
	  { DISK_RATES(DEVICE(8, 0), 1, 0) }, 0 },
	{ "a major number of more than 12 bits", ERANGE, "range",
	  CORDON_A_IO_MAX_MAJOR, SELF, { DISK_RATES(DEVICE(4096L, 0), 2, 0) }, 0 },
	{ "a disk without a number", EINVAL, "major and minor",
	  CORDON_A_POLICY_IO_MAX, SELF,
	  { { CORDON_A_POLICY_IO_MAX, EMPTY, 0, 0, 0 } }, 0 },
	{ "a disk without a rate", EINVAL, "rbps, wbps, riops or wiops",
	  CORDON_A_POLICY_IO_MAX, SELF, { DISK_RATES(DEVICE(8, 0), 0, 0) }, 0 },
	{ "memory twice", EINVAL, "too many", CORDON_A_POLICY_MEMORY_MAX, SELF,
	  { BYTES(MEMORY_MAX, GIB), BYTES(MEMORY_MAX, GIB) }, 0 },
};

static void wrong_values(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, cgroup_values);
}

static const struct row contradictions[] = {
	{ "a weight without cap-by", EINVAL, "weight: weight needs cap-by cgroup",
	  CORDON_A_POLICY_WEIGHT, SELF, { NUMBER(WEIGHT, 200) }, 0 },
	{ "a weight with caps by cordon", EINVAL, "needs cap-by cgroup",
	  CORDON_A_POLICY_WEIGHT, SELF, { NUMBER(WEIGHT, 200), CAP_BY(CORDON) }, 0 },
	{ "memory-min above memory-low", EINVAL,
	  "memory-min (2147483648 bytes) is more than memory-low (1073741824 bytes)",
	  CORDON_A_POLICY_MEMORY_MIN, SELF,
	  { BYTES(MEMORY_MIN, 2 * GIB), BYTES(MEMORY_LOW, GIB) }, 0 },
	{ "memory-min above memory-max", EINVAL, "is more than memory-max",
	  CORDON_A_POLICY_MEMORY_MIN, SELF,
	  { BYTES(MEMORY_MIN, GIB + 1), BYTES(MEMORY_MAX, GIB) }, 0 },
	{ "memory-high without a limit, and memory-max", EINVAL,
	  "memory-high (max) is more than memory-max",
	  CORDON_A_POLICY_MEMORY_HIGH, SELF,
	  { BYTES(MEMORY_HIGH, CORDON_UNLIMITED), BYTES(MEMORY_MAX, GIB) }, 0 },
	{ "a disk twice", EINVAL, "8:16 is named twice", CORDON_A_POLICY_IO_MAX,
	  SELF, { DISK_RATES(DEVICE(8, 16), 1000, 0), DISK_RATES(DEVICE(8, 0), 1000, 0),
		  DISK_RATES(DEVICE(8, 16), 0, 1000) }, 0 },
	{ "quota and burst that cpu.max does not take", EINVAL, "together",
	  CORDON_A_POLICY_VCPU_BURST, SELF,
	  { TIME(VCPU_QUOTA, CORDON_QUOTA_MAX_US), TIME(VCPU_BURST, 1),
	    CAP_BY(CGROUP) }, 0 },
	{ "a realtime vCPU under cpu.max", EINVAL, "leave out vcpu-quota or vcpu-sched",
	  CORDON_A_POLICY_VCPU_QUOTA, SELF,
	  { TIME(VCPU_QUOTA, 50000), CLASSED(VCPU, FIFO, 1, 0), CAP_BY(CGROUP) }, 0 },
	{ "a realtime vCPU in a VM under cpu.max", EINVAL,
	  "leave out global-quota or vcpu-sched", CORDON_A_POLICY_GLOBAL_QUOTA, SELF,
	  { TIME(GLOBAL_QUOTA, 90000), CLASSED(VCPU, RR, 1, 0), CAP_BY(CGROUP) }, 0 },
	{ "realtime iothreads under cpu.max", EINVAL,
	  "leave out iothread-quota or iothread-sched",
	  CORDON_A_POLICY_IOTHREAD_QUOTA, SELF,
	  { TIME(IOTHREAD_QUOTA, 50000), CLASSED(IOTHREAD, FIFO, 1, -1),
	    CAP_BY(CGROUP) }, 0 },
};

static void contradict(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, contradictions);
}

/* A key that was right until another one is set: that one is at fault. */
static const struct row later[] = {
	{ "caps by cordon, with a weight", EINVAL, "cap-by: weight needs",
	  CORDON_A_POLICY_CAP_BY, OTHER, { CAP_BY(CORDON) }, 0 },
	{ "caps by default, with a weight", EINVAL, "weight needs cap-by cgroup", 0,
	  OTHER, { NUMBER(RESET, CORDON_A_POLICY_CAP_BY) }, 0 },
	{ "a memory-high below memory-low", EINVAL,
	  "memory-high: memory-low (1073741824 bytes) is more",
	  CORDON_A_POLICY_MEMORY_HIGH, OTHER, { BYTES(MEMORY_HIGH, 1 << 20) }, 0 },
	{ "a memory-low above memory-high", EINVAL, "memory-low: memory-low (max)",
	  CORDON_A_POLICY_MEMORY_LOW, OTHER,
	  { BYTES(MEMORY_LOW, CORDON_UNLIMITED) }, 0 },
};

static void expect_number(json_t *one, const char *key, long want)
{
	expect_eq(want, json_integer_value(json_object_get(one, key)), "%s", key);
}

/* Audit enforces nothing, so it takes them; and tells them as they were set. */
static void audited(void)
{
	json_t *all, *one, *disks;
	struct scene s;
	struct vmm *v;

	scene_start(&s);
	v = vmm_halting(1);
	s.other = cli_vm_id(v->pid);
	cli_must("policy set pid:%d mode audit cap-by cgroup weight 200 memory-min 0 memory-low 1G memory-high 2G memory-max max io-max '8:0 rbps=10M,wiops=500/8:16 wbps=max'",
		 v->pid);
	row_ask_all(&s, later);
	all = cli_json("policy", "policy show pid:%d", v->pid);
	one = json_array_get(all, 0);
	expect_str("cgroup", json_string_value(json_object_get(one, "cap_by")), "cap_by");
	expect_number(one, "weight", 200);
	expect(json_object_get(one, "memory_min_bytes"), "memory_min_bytes is there");
	expect_number(one, "memory_min_bytes", 0);
	expect_number(one, "memory_low_bytes", GIB);
	expect_number(one, "memory_high_bytes", 2 * GIB);
	expect_number(one, "memory_max_bytes", CORDON_UNLIMITED);
	disks = json_object_get(one, "io_max");
	expect_eq(2, json_array_size(disks), "disks");
	expect_number(json_array_get(disks, 0), "rbps", 10 << 20);
	expect_number(json_array_get(disks, 0), "wiops", 500);
	expect(!json_object_get(json_array_get(disks, 0), "wbps"), "wbps is not named");
	expect_number(json_array_get(disks, 1), "minor", 16);
	expect_number(json_array_get(disks, 1), "wbps", CORDON_UNLIMITED);
	json_decref(all);
	cli_must("policy show pid:%d", v->pid);
	expect(strstr(cli_out(), "1G (1073741824 bytes)"), "both forms: %s", cli_out());
	expect(strstr(cli_out(), "'8:0 rbps=10M,wiops=500/8:16 wbps=max' (8:0 rbps=10485760,"),
	       "both forms of rates: %s", cli_out());
	cli_must("policy replace pid:%d mode audit cap-by cgroup vcpu-quota 50ms vcpu-pin 0:2 emulator-cpus 3 vcpu-sched 0:fifo:1",
		 v->pid);
}

/* The subject is in a cgroup that it shares: the root, or the test's own. */
static const struct row not_its_own[] = {
	{ "a limit of memory", EOPNOTSUPP, "memory-max: the VM has no cgroup of its own",
	  CORDON_A_POLICY_MEMORY_MAX, SELF, { BYTES(MEMORY_MAX, GIB) }, 0 },
	{ "a limit of memory, with caps", EOPNOTSUPP, "memory-low: the VM has no cgroup",
	  CORDON_A_POLICY_MEMORY_LOW, SELF,
	  { TIME(VCPU_QUOTA, 50000), CAP_BY(CGROUP), BYTES(MEMORY_LOW, 4096) }, 0 },
	{ "a limit of a disk", EOPNOTSUPP, "io-max: the VM has no cgroup of its own",
	  CORDON_A_POLICY_IO_MAX, SELF, { DISK_RATES(DEVICE(8, 0), 1000, 0) }, 0 },
};

static void shared(void)
{
	struct scene s;

	scene_start(&s);
	row_ask_all(&s, not_its_own);
}

static const struct ksft_test tests[] = {
	{ "wrong caps: EINVAL, ERANGE", wrong_caps },
	{ "dangerous caps: EBUSY", forced_caps },
	{ "wrong values for a cgroup: EINVAL, ERANGE", wrong_values },
	{ "keys for a cgroup that contradict: EINVAL", contradict },
	{ "keys for a cgroup in audit", audited },
	{ "memory and disks of a shared cgroup: EOPNOTSUPP", shared },
};

KSFT_MAIN(tests);
