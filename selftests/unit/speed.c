// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the solver takes: 256 VMs, one after the other, on 1,024 CPUs of 8
 * nodes with 64 cores of two threads. Each VM's time is the least of three runs
 * over all of them, because others may use this machine; none may take longer
 * than 2 ms. Prints TAP.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "placement.h"
#include "tap.h"

#define NODES		8
#define CORES		512
#define CPUS		1024
#define VMS		256
#define VCPUS_MAX	8
#define RUNS		3
#define LIMIT_NS	2000000

/**
 * struct fleet - VMs that are placed one after the other
 * @name: what they are
 * @nr_vcpus: of the VM at a place, these in turn
 * @thread_policy: the same
 * @emulator: they want a CPU for it
 * @holes: every other core has another VM's CPU
 * @pinned: every other vCPU is pinned to the first free CPU
 */
struct fleet {
	const char *name;
	unsigned int nr_vcpus[4];
	unsigned int thread_policy[4];
	bool emulator;
	bool holes;
	bool pinned;
};

#define PREFER		CORDON_THREAD_POLICY_PREFER
#define REQUIRE		CORDON_THREAD_POLICY_REQUIRE
#define ISOLATE		CORDON_THREAD_POLICY_ISOLATE
#define SEPARATE	CORDON_THREAD_POLICY_SEPARATE

static const struct fleet fleets[] = {
	{
		.name = "prefer, 4 vCPUs",
		.nr_vcpus = { 4, 4, 4, 4 },
		.thread_policy = { PREFER, PREFER, PREFER, PREFER },
	}, {
		.name = "every policy, 1 to 4 vCPUs",
		.nr_vcpus = { 4, 1, 2, 3 },
		.thread_policy = { PREFER, ISOLATE, REQUIRE, SEPARATE },
	}, {
		.name = "with an emulator, fragmented",
		.nr_vcpus = { 2, 1, 2, 1 },
		.thread_policy = { PREFER, SEPARATE, PREFER, PREFER },
		.emulator = true,
		.holes = true,
	}, {
		.name = "half pinned",
		.nr_vcpus = { 4, 2, 4, 2 },
		.thread_policy = { PREFER, PREFER, PREFER, PREFER },
		.pinned = true,
	},
};

static struct placement_cpu cpus[CPUS];
static struct placement_vcpu vcpus[VCPUS_MAX];
static __u64 scores[NODES];
static __u32 vcpu_cpu[VCPUS_MAX];
static __u8 owned[CPUS];
static long least[VMS];

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000l + t.tv_nsec;
}

static void host_make(const struct fleet *f)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		cpus[i] = (struct placement_cpu) {
			.core = i % CORES,
			.node = i % CORES / (CORES / NODES),
			.usable = true,
			.taken = f->holes && i < CORES && i % 4 == 1,
		};
}

static void vcpus_make(const struct fleet *f, unsigned int n)
{
	unsigned int i, cpu = 0;

	for (i = 0; i < n; i++) {
		vcpus[i] = (struct placement_vcpu) {
			PLACEMENT_NONE, PLACEMENT_NONE, i / 2
		};
		if (!f->pinned || i % 2)
			continue;
		while (cpu < CPUS && cpus[cpu].taken)
			cpu++;
		if (cpu < CPUS)
			vcpus[i].pin = cpu++;
	}
}

/* Place all of them, and note how long each took; how many found a place. */
static unsigned int fleet_run(const struct fleet *f)
{
	struct placement_host host = { CPUS, CORES, NODES, cpus, scores };
	struct placement_request req = {
		.vcpu = vcpus, .numa = CORDON_NUMA_AUTO,
		.emulator = f->emulator, .emulator_pin = PLACEMENT_NONE,
	};
	struct placement_result res = { .vcpu_cpu = vcpu_cpu, .owned = owned };
	unsigned int vm, i, placed = 0;
	void *room = NULL;

	host_make(f);
	for (vm = 0; vm < VMS; vm++) {
		enum placement_refusal refusal;
		long ns;

		req.nr_vcpus = f->nr_vcpus[vm % 4];
		req.thread_policy = f->thread_policy[vm % 4];
		vcpus_make(f, req.nr_vcpus);
		scores[vm % NODES] = vm * 4096;
		room = realloc(room, placement_room(&host, &req) + 1);
		ns = now_ns();
		refusal = placement_solve(&host, &req, room, &res);
		ns = now_ns() - ns;
		if (!least[vm] || ns < least[vm])
			least[vm] = ns;
		if (refusal != PLACEMENT_OK)
			continue;
		placed++;
		for (i = 0; i < CPUS; i++)
			cpus[i].taken |= owned[i] != 0;
	}
	free(room);
	return placed;
}

static void fleet_time(const struct fleet *f)
{
	unsigned int placed = 0, run, vm;
	long longest = 0, sum = 0;
	char name[128];

	memset(least, 0, sizeof(least));
	for (run = 0; run < RUNS; run++)
		placed = fleet_run(f);
	for (vm = 0; vm < VMS; vm++) {
		sum += least[vm];
		if (least[vm] > longest)
			longest = least[vm];
	}
	snprintf(name, sizeof(name),
		 "speed: %s: %u of %u placed, mean %ld us, longest %ld us",
		 f->name, placed, VMS, sum / VMS / 1000, longest / 1000);
	tap_point(placed == VMS && longest <= LIMIT_NS, name);
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(fleets) / sizeof(fleets[0]); i++)
		fleet_time(&fleets[i]);
	return tap_end();
}
