/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test VMM: KVM virtual machines with tiny guests whose vCPUs spin, halt,
 * do I/O or write memory as told, beside emulator threads that run or sleep.
 *
 * A VMM is a child process of the test (vmm_start()), so that it can be killed,
 * stopped or traced. It does what the vmm_*() calls ask for over a socket, and
 * shares with the test one area of memory (struct vmm_shared), which holds the
 * guests' memory and a record for each thread: a guest's mode is changed and
 * its progress read without asking the VMM.
 */
#ifndef CORDON_TVMM_H
#define CORDON_TVMM_H

#include <stdint.h>
#include <sys/types.h>

#define VMM_VMS		8	/* VMs of one VMM at a time */
#define VMM_VCPUS	128	/* vCPUs of one VM */
#define VMM_THREADS	512	/* threads that are no vCPUs, at a time */
#define VMM_GUEST_BYTES	(256 * 1024)

/* What a vCPU does; the guest reads it in each round (tguest.S). */
enum guest_mode {
	GUEST_SPIN,		/* never leaves the guest by itself */
	GUEST_HALT,		/* HLT, woken by its timer some 200 times a second */
	GUEST_SLEEP,		/* HLT, woken only by vmm_wake() */
	GUEST_IO,		/* exits to user space all the time */
	GUEST_WRITE,		/* writes page after page */
	GUEST_CPUID,		/* exits that stay in the kernel */
	GUEST_UNSTARTED,	/* nothing: waits for its INIT, not the first vCPU */
	GUEST_FAULT,		/* touches new memory; needs VM_FAULTS */
};

struct guest_ctl {
	volatile uint32_t mode;
	volatile uint32_t count;	/* rounds, wraps */
	volatile uint32_t timer_ns;
	volatile uint32_t timer_on;
	/* of GUEST_FAULT, times in ticks of the guest's TSC */
	volatile uint32_t pages;
	volatile uint32_t last;
	volatile uint32_t longest;	/* between two pages */
	volatile uint32_t limit;	/* a longer one counts */
	volatile uint32_t gaps;
	volatile uint32_t next;
	uint32_t pad[6];
};

/* What the VMM's thread does that runs the vCPU. */
enum vcpu_run {
	VCPU_RUN,
	VCPU_PARK,		/* out of KVM_RUN, waits in a futex */
	VCPU_LEAVE,		/* the thread ends, the vCPU stays */
};

struct vcpu_rec {
	volatile uint32_t tid;		/* 0: has no thread */
	volatile uint32_t want;		/* enum vcpu_run */
	volatile uint32_t is;		/* enum vcpu_run, reached */
	volatile uint32_t runs;		/* KVM_RUN called, wraps */
	volatile uint32_t exits;	/* to user space, wraps */
	volatile uint32_t disturbed;	/* EINTR that the test did not cause */
	volatile int32_t error;		/* KVM_RUN failed with it, or odd exit */
	volatile uint32_t spawn;	/* make a thread: enum thread_kind + 1 */
	volatile int32_t spawned;	/* its slot */
	volatile uint32_t kicked;	/* the EINTR to come is the test's */
};

/* What a thread that is no vCPU does. */
enum thread_kind {
	THREAD_BUSY,
	THREAD_FUTEX,
	THREAD_EPOLL,
	THREAD_NANOSLEEP,
	THREAD_PIPE,
	THREAD_URING,
	THREAD_VFORK,		/* uninterruptible, until its child ends */
	THREAD_GETCPU,		/* writes down CPUs from its first instruction */
	THREAD_REMAP,		/* maps, protects and unmaps memory */
	THREAD_KINDS
};

struct thread_rec {
	volatile uint32_t tid;
	volatile uint32_t kind;
	volatile uint32_t used;
	volatile uint32_t ready;	/* about to sleep, or runs */
	volatile uint32_t done;
	volatile uint32_t end;		/* asked to end */
	volatile uint32_t word;		/* what the futex sleeper waits on */
	volatile uint32_t disturbed;	/* system calls that returned unasked */
	volatile uint64_t rounds;
	volatile uint64_t limit;	/* rounds of THREAD_GETCPU; 0: until end */
	volatile uint64_t seen[4];	/* CPUs, of THREAD_GETCPU */
};

struct vmm_shared {
	struct thread_rec thread[VMM_THREADS];
	struct vcpu_rec vcpu[VMM_VMS][VMM_VCPUS];
	uint8_t guest[VMM_VMS][VMM_GUEST_BYTES]
		__attribute__((aligned(4096)));
};

#define VM_IRQCHIP	1	/* PIC, IOAPIC and PIT too, not just the APICs */
#define VM_FAULTS	2	/* memory for GUEST_FAULT */
#define VM_SIBLINGS	4	/* by CPUID: two threads a core, two cores a socket */

/* That memory, by guest address. */
#define FAULT_BASE	0x40000000u
#define FAULT_BYTES	0xb0000000u
#define FAULT_FILE_BYTES 0x8000000u

struct vmm {
	pid_t pid;
	int sock;
	struct vmm_shared *s;
};

/* Starts a VMM; it ends with the test, if not before. */
struct vmm *vmm_start(void);
/* Ends it at once (SIGKILL) and frees @v; fine for one that is dead already. */
void vmm_kill(struct vmm *v);
/* Frees @v when its process is known to be over, or waits for that. */
int vmm_wait(struct vmm *v);

/* A VM: its number, 0 to VMM_VMS - 1. */
int vmm_vm_new(struct vmm *v, int flags);
/* Closes the VM's fd; its vCPUs live on. */
void vmm_vm_close_fd(struct vmm *v, int vm);
/* Ends the VM's threads and closes all that it has. */
void vmm_vm_end(struct vmm *v, int vm);
/* A vCPU with its thread, which runs it at once; its index. */
int vmm_vcpu_new(struct vmm *v, int vm, enum guest_mode mode);
/* As vmm_vcpu_new(), but the thread waits before its first KVM_RUN. */
int vmm_vcpu_new_parked(struct vmm *v, int vm, enum guest_mode mode);
/* @count vCPUs at once. */
void vmm_vcpus_new(struct vmm *v, int vm, int count, enum guest_mode mode);
pid_t vmm_vcpu_tid(struct vmm *v, int vm, int vcpu);
/* Out of the guest and back; vmm_park() returns when it is out. */
void vmm_park(struct vmm *v, int vm, int vcpu);
void vmm_go(struct vmm *v, int vm, int vcpu);
/* The vCPU's thread ends; vmm_vcpu_join() gives the vCPU a new one. */
void vmm_vcpu_leave(struct vmm *v, int vm, int vcpu);
void vmm_vcpu_join(struct vmm *v, int vm, int vcpu);
void vmm_mode(struct vmm *v, int vm, int vcpu, enum guest_mode mode);
void vmm_wake(struct vmm *v, int vm, int vcpu);
/* The guest has made a round since now, within @seconds. */
int vmm_moves(struct vmm *v, int vm, int vcpu, int seconds);
/* A process with one VM, number 0, whose vCPUs halt and are woken for ever. */
struct vmm *vmm_halting(int vcpus);
struct guest_ctl *vmm_ctl(struct vmm *v, int vm, int vcpu);

/* A thread of @kind; its slot in the shared area. */
int vmm_thread_new(struct vmm *v, enum thread_kind kind, const char *name);
/* The same, created by a vCPU's thread. */
int vmm_thread_from_vcpu(struct vmm *v, int vm, int vcpu, enum thread_kind kind);
/* A THREAD_GETCPU of so many rounds. */
int vmm_getcpu_thread(struct vmm *v, uint64_t rounds);
pid_t vmm_thread_tid(struct vmm *v, int slot);
void vmm_thread_end(struct vmm *v, int slot);
void vmm_rename(struct vmm *v, int slot, const char *name);
void vmm_rename_tid(struct vmm *v, pid_t tid, const char *name);

/* A child process of the VMM that sleeps; ends with vmm_child_end(). */
pid_t vmm_child_new(struct vmm *v);
void vmm_child_end(struct vmm *v, pid_t pid);
/* The VMM turns into another program, or exits by itself: no answer. */
void vmm_exec(struct vmm *v);
void vmm_exit(struct vmm *v);

/* Kernel-side helpers; 0, or -errno. The kernel names their threads. */
int vmm_vhost_vsock(struct vmm *v);
int vmm_vhost_net(struct vmm *v);
int vmm_sqpoll(struct vmm *v);
int vmm_iowq(struct vmm *v);
/* They end. */
void vmm_helpers_end(struct vmm *v);

/* System calls of the VMM's threads that returned without the test's doing. */
unsigned int vmm_disturbed(struct vmm *v);
/* A vCPU failed to run or left the guest in a way that it should not. */
int vmm_error(struct vmm *v);

/* vmm.c to tvmm.c: the child's main loop and its commands. */
enum vmm_op {
	OP_VM_NEW, OP_VM_CLOSE_FD, OP_VM_END, OP_VCPU_NEW, OP_VCPU_JOIN,
	OP_KICK, OP_REAP, OP_WAKE, OP_THREAD_NEW, OP_THREAD_END, OP_RENAME,
	OP_CHILD_NEW, OP_CHILD_END, OP_EXEC, OP_EXIT, OP_VHOST, OP_SQPOLL,
	OP_IOWQ, OP_HELPERS_END,
};

struct vmm_request {
	int op;
	long arg[4];
	char text[32];
};

long tvmm_vm_do(struct vmm_shared *s, const struct vmm_request *req);
void tvmm_init(struct vmm_shared *s);
long tthread_new(enum thread_kind kind, const char *name, uint64_t limit);
long tthread_end(int slot);
long tthread_do(struct vmm_shared *s, const struct vmm_request *req);
void tthread_init(struct vmm_shared *s);

#endif /* CORDON_TVMM_H */
