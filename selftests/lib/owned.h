/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that a VM owns: what the family tells of them and of their receipts, and
 * an oracle that is not cordon: who runs on them in user mode, or enters a guest
 * there.
 */
#ifndef CORDON_OWNED_H
#define CORDON_OWNED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host.h"
#include "nlq.h"
#include "tvmm.h"

#define OWNED_CULPRITS	8

struct culprit {
	uint32_t kind;		/* enum cordon_culprit */
	pid_t pid;		/* 0: not told */
	char comm[32];
	long uid;
	uint64_t count, time_ns, longest_ns;
};

struct receipt {
	uint64_t since_ns, intrusions, foreign_ns, longest_ns;
	uint64_t irq_ns, softirq_ns, sibling_ns;
	bool has_irq, has_siblings;
	int culprits;
	struct culprit culprit[OWNED_CULPRITS];
};

/* What the family tells of a CPU. */
struct owned_cpu {
	long owner;		/* id of a VM, 0: nobody's */
	uint32_t pool, use, isolation;
	bool offline, has_receipt;
	char why[128];		/* why there is no partition */
	struct receipt receipt;
};

/* The test ends if there is no such CPU. */
void owned_read(int cpu, struct owned_cpu *is);
long owned_owner(int cpu);
/* All CPUs of a VM, by its id; 0: of nobody. */
struct cpus owned_by(long id);
/* The sum over all that a VM owned; false if it never owned one. */
bool owned_receipt(pid_t pid, struct receipt *receipt);
/* The entry of a thread in it, NULL if there is none. */
const struct culprit *owned_culprit(const struct receipt *receipt, pid_t pid);

/* The CPU that a guest was given, as the family tells it; false if it does not. */
struct guest_cpu {
	long sockets, cores, threads, match;	/* -1: not told */
};

bool owned_guest(pid_t pid, struct guest_cpu *guest);

/* Are owned CPUs kept by masks alone? */
bool owned_by_masks(void);
/*
 * So that they must be: from now on a cgroup of the test has the name that
 * cordon's would have.
 */
void owned_forbid_partition(void);

/*
 * Chooses pools and the reserve; the default is back when the test is over. NULL,
 * or -1 for the reserve: as it is. The errno, 0 if it is done, and what the family
 * said.
 */
int owned_pools(const char *dedicated, const char *shared, int reserve,
		char said[256]);
void owned_pools_must(const char *dedicated, const char *shared, int reserve);

/*
 * policy-set cpu-policy dedicated, without a command in between: when it returns
 * the family has answered this moment. Ends the test if it is refused.
 */
void owned_dedicate(pid_t pid);

/*
 * A VM whose vCPUs, which halt and are woken, own a CPU each; the emulator is
 * elsewhere. The vCPUs, and what they own by /proc.
 */
struct owned_vm {
	struct vmm *v;
	long id;
	int vcpus;
	pid_t tid[8];
	struct cpus cpus;
};

/* The VM, without a policy. */
void owned_vm_start(struct owned_vm *vm, int vcpus);
/* It is dedicated; reads where the vCPUs are, and that cordon says the same. */
void owned_vm_take(struct owned_vm *vm);
/* Only the second part of it, for those that were set otherwise. */
void owned_vm_look(struct owned_vm *vm);

/*
 * From now on: what others do on a VM's CPUs that leaves a trace. Entries into
 * guests; system calls and page faults, which take an instruction in user mode.
 */
struct owned_watch {
	struct oracle *entries, *calls;
	struct oracle *turns;	/* who was switched from, on all CPUs */
	struct cpus cpus;
};

void owned_watch(struct owned_watch *w, const struct owned_vm *vm);
/* There was nothing. False if the test failed by it. */
bool owned_watch_check(struct owned_watch *w, const char *what);

#endif /* CORDON_OWNED_H */
