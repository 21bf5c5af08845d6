// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test VMM's VMs and vCPUs over /dev/kvm. Runs in the VMM's process; its
 * main thread calls tvmm_do() for each request of the test (vmm.c), a vCPU's
 * thread runs vcpu_main().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tvmm.h"

/* Guest addresses; tguest.S knows only registers. */
#define GDT		0x500
#define IDT		0x800
#define CODE		0x1000
#define CTL		0x2000
#define STACKS		0x6000
#define WRITES		0x10000
#define STACK_BYTES	64
#define TIMER_NS	5000000
#define IRQ_TIMER	0x20
#define IRQ_WAKE	0x21

extern const uint8_t tguest_start[], tguest_irq[], tguest_end[];

struct vcpu {
	int fd;
	struct kvm_run *run;
	struct vcpu_rec *rec;
	pthread_t thread;
	int has_thread;
};

struct vm {
	int fd;
	int used;
	int vcpus;
	int flags;
	uint8_t *mem;
	struct vcpu vcpu[VMM_VCPUS];
};

static int kvm = -1;
static int run_bytes;
static struct vm vms[VMM_VMS];
static struct vmm_shared *shared;

static void on_kick(int sig)
{
	(void)sig;
}

void tvmm_init(struct vmm_shared *s)
{
	struct sigaction sa = { .sa_handler = on_kick };

	sigaction(SIGUSR1, &sa, NULL);
	shared = s;
}

static long futex(volatile uint32_t *word, int op, uint32_t value)
{
	return syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

static void gate(uint8_t *idt, int vector, uint32_t to)
{
	uint64_t entry = (to & 0xffff) | 8u << 16 | 0x8e00ull << 32 |
			 (uint64_t)(to >> 16) << 48;

	memcpy(idt + vector * 8, &entry, 8);
}

static void load_guest(uint8_t *mem)
{
	static const uint64_t gdt[] = {
		0, 0x00cf9b000000ffff, 0x00cf93000000ffff
	};
	uint32_t irq = CODE + (tguest_irq - tguest_start);

	memset(mem, 0, VMM_GUEST_BYTES);
	memcpy(mem + GDT, gdt, sizeof(gdt));
	gate(mem + IDT, IRQ_TIMER, irq);
	gate(mem + IDT, IRQ_WAKE, irq);
	memcpy(mem + CODE, tguest_start, tguest_end - tguest_start);
}

static int vm_irqchip(int fd, int flags)
{
	struct kvm_enable_cap split = {
		.cap = KVM_CAP_SPLIT_IRQCHIP, .args = { 24 }
	};
	struct kvm_pit_config pit = { 0 };

	if (!(flags & VM_IRQCHIP))
		return ioctl(fd, KVM_ENABLE_CAP, &split);
	if (ioctl(fd, KVM_CREATE_IRQCHIP, 0))
		return -1;
	return ioctl(fd, KVM_CREATE_PIT2, &pit);
}

/*
 * Small pages, so that each is a fault, and more of them than the host has
 * memory for: one file, mapped again and again.
 */
static void *map_faults(void)
{
	int file = memfd_create("faults", MFD_CLOEXEC);
	char *mem = mmap(NULL, FAULT_BYTES, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint32_t at;

	if (file < 0 || mem == MAP_FAILED || ftruncate(file, FAULT_FILE_BYTES))
		return NULL;
	for (at = 0; at < FAULT_BYTES; at += FAULT_FILE_BYTES)
		if (mmap(mem + at, FAULT_FILE_BYTES, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED)
			return NULL;
	close(file);
	return mem;
}

static int add_faults(int fd)
{
	void *mem = map_faults();
	struct kvm_userspace_memory_region region = {
		.slot = 1, .guest_phys_addr = FAULT_BASE,
		.memory_size = FAULT_BYTES, .userspace_addr = (uintptr_t)mem,
	};

	return mem ? ioctl(fd, KVM_SET_USER_MEMORY_REGION, &region) : -1;
}

static int open_vm(struct vm *vm, int flags)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = VMM_GUEST_BYTES,
		.userspace_addr = (uintptr_t)vm->mem,
	};

	if (kvm < 0) {
		kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
		if (kvm < 0)
			return -1;
		run_bytes = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	}
	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return -1;
	/* Processors without unrestricted guests want it; others refuse it. */
	ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000ul);
	if (vm_irqchip(vm->fd, flags) ||
	    ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) ||
	    ((flags & VM_FAULTS) && add_faults(vm->fd))) {
		close(vm->fd);
		return -1;
	}
	return 0;
}

static long vm_new(int flags)
{
	for (int i = 0; i < VMM_VMS; i++) {
		struct vm *vm = &vms[i];

		if (vm->used)
			continue;
		memset(vm, 0, sizeof(*vm));
		memset(shared->vcpu[i], 0, sizeof(shared->vcpu[i]));
		vm->mem = shared->guest[i];
		vm->flags = flags;
		load_guest(vm->mem);
		if (open_vm(vm, flags))
			return -errno;
		vm->used = 1;
		return i;
	}
	return -ENOSPC;
}

struct cpuid {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entry[4];
};

static struct kvm_cpuid_entry2 *add_leaf(struct cpuid *cpuid, uint32_t function)
{
	struct kvm_cpuid_entry2 *e = &cpuid->entry[cpuid->head.nent++];

	e->function = function;
	return e;
}

/* A level of leaf 0xB: this much of the APIC id is below it. */
static void add_level(struct cpuid *cpuid, int level, int shift, int index)
{
	struct kvm_cpuid_entry2 *e = add_leaf(cpuid, 0xb);

	e->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	e->index = level;
	e->eax = shift;
	e->ebx = 1 << shift;
	e->ecx = (level + 1) << 8 | level;
	e->edx = index;
}

/* An AMD of family 0x17, model 1, stepping 2. */
static void add_siblings(struct cpuid *cpuid, int index)
{
	struct kvm_cpuid_entry2 *e = add_leaf(cpuid, 0);

	e->eax = 0xb;
	e->ebx = 0x68747541;
	e->edx = 0x69746e65;
	e->ecx = 0x444d4163;
	add_level(cpuid, 0, 1, index);
	add_level(cpuid, 1, 2, index);
}

/* Without a CPUID leaf 1 KVM's APIC has no periodic timer. */
static int set_cpuid(int fd, int index, int flags)
{
	struct cpuid cpuid = { 0 };
	struct kvm_cpuid_entry2 *e = add_leaf(&cpuid, 1);

	e->edx = 1 << 9 /* APIC */;
	if (flags & VM_SIBLINGS) {
		e->eax = 0x00800f12;
		e->ebx = index << 24 | 4 << 16;
		e->edx |= 1 << 28 /* HTT */;
		add_siblings(&cpuid, index);
	}
	return ioctl(fd, KVM_SET_CPUID2, &cpuid);
}

static int set_registers(int fd, int index, int mode)
{
	struct kvm_segment code = {
		.limit = ~0u, .selector = 8, .type = 11, .present = 1, .s = 1,
		.db = 1, .g = 1,
	};
	struct kvm_segment data = code;
	struct kvm_sregs sregs;
	struct kvm_regs regs = {
		.rip = CODE, .rflags = 2,
		.rsi = CTL + index * sizeof(struct guest_ctl),
		.rsp = STACKS + (index + 1) * STACK_BYTES,
		.rdi = WRITES, .rbp = VMM_GUEST_BYTES,
	};
	struct kvm_mp_state state = {
		mode == GUEST_UNSTARTED ? KVM_MP_STATE_UNINITIALIZED :
					  KVM_MP_STATE_RUNNABLE
	};

	data.selector = 0x10;
	data.type = 3;
	if (ioctl(fd, KVM_GET_SREGS, &sregs))
		return -1;
	sregs.cs = code;
	sregs.ds = data;
	sregs.es = data;
	sregs.fs = data;
	sregs.gs = data;
	sregs.ss = data;
	sregs.gdt.base = GDT;
	sregs.gdt.limit = 23;
	sregs.idt.base = IDT;
	sregs.idt.limit = 2047;
	sregs.cr0 |= 1;
	return ioctl(fd, KVM_SET_SREGS, &sregs) ||
	       ioctl(fd, KVM_SET_REGS, &regs) ||
	       ioctl(fd, KVM_SET_MP_STATE, &state) ? -1 : 0;
}

/* Out of KVM_RUN: what does the test want? Returns true to run again. */
static int vcpu_pause(struct vcpu *c)
{
	struct vcpu_rec *rec = c->rec;
	uint32_t spawn = __atomic_exchange_n(&rec->spawn, 0, __ATOMIC_SEQ_CST);

	if (spawn)
		rec->spawned = tthread_new(spawn - 1, "spawned", 0);
	while (rec->want == VCPU_PARK) {
		rec->is = VCPU_PARK;
		futex(&rec->want, FUTEX_WAIT, VCPU_PARK);
		/* The kick that led here is over before the test says go. */
		rec->kicked = 0;
	}
	c->run->immediate_exit = 0;
	/* A kick between the read above and this line is not lost. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (rec->want == VCPU_RUN)
		rec->is = VCPU_RUN;
	return rec->want != VCPU_LEAVE;
}

static void *vcpu_main(void *arg)
{
	struct vcpu *c = arg;
	struct vcpu_rec *rec = c->rec;

	rec->tid = gettid();
	futex(&rec->tid, FUTEX_WAKE, 1);
	while (vcpu_pause(c)) {
		if (rec->want != VCPU_RUN || rec->spawn)
			continue;
		rec->runs++;
		if (!ioctl(c->fd, KVM_RUN, 0)) {
			rec->exits++;
			if (c->run->exit_reason == KVM_EXIT_IO)
				continue;
			rec->error = 10000 + c->run->exit_reason;
			break;
		}
		if (errno == EINTR || errno == EAGAIN) {
			if (!__atomic_exchange_n(&rec->kicked, 0, __ATOMIC_SEQ_CST))
				rec->disturbed++;
			continue;
		}
		rec->error = errno;
		break;
	}
	rec->is = VCPU_LEAVE;
	rec->tid = 0;
	return NULL;
}

static int start_thread(struct vcpu *c)
{
	pthread_attr_t attr;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	error = pthread_create(&c->thread, &attr, vcpu_main, c);
	pthread_attr_destroy(&attr);
	if (error)
		return -error;
	c->has_thread = 1;
	while (!c->rec->tid && c->rec->is != VCPU_LEAVE)
		futex(&c->rec->tid, FUTEX_WAIT, 0);
	return 0;
}

static long vcpu_new(struct vm *vm, int vm_index, int mode, int parked)
{
	int index = vm->vcpus;
	struct vcpu *c = &vm->vcpu[index];
	struct guest_ctl *ctl = (void *)(vm->mem + CTL);
	int error;

	if (index == VMM_VCPUS)
		return -ENOSPC;
	c->fd = ioctl(vm->fd, KVM_CREATE_VCPU, index);
	if (c->fd < 0)
		return -errno;
	c->run = mmap(NULL, run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
	if (c->run == MAP_FAILED || set_cpuid(c->fd, index, vm->flags) ||
	    set_registers(c->fd, index, mode))
		return -errno;
	ctl[index].mode = mode;
	ctl[index].timer_ns = TIMER_NS;
	c->rec = &shared->vcpu[vm_index][index];
	c->rec->want = parked ? VCPU_PARK : VCPU_RUN;
	error = start_thread(c);
	if (error)
		return error;
	vm->vcpus++;
	return index;
}

/* The vCPU's thread leaves KVM_RUN, or does not enter it. */
static void kick(struct vcpu *c)
{
	pid_t tid = c->rec->tid;

	c->rec->kicked = 1;
	c->run->immediate_exit = 1;
	if (tid)
		syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
	futex(&c->rec->want, FUTEX_WAKE, 1);
}

static void reap(struct vcpu *c)
{
	if (c->has_thread)
		pthread_join(c->thread, NULL);
	c->has_thread = 0;
}

static long wake(struct vm *vm, int vcpu)
{
	struct kvm_msi msi = {
		.address_lo = 0xfee00000u | vcpu << 12, .data = IRQ_WAKE
	};

	return ioctl(vm->fd, KVM_SIGNAL_MSI, &msi) < 0 ? -errno : 0;
}

static long vm_end(struct vm *vm)
{
	for (int i = 0; i < vm->vcpus; i++) {
		vm->vcpu[i].rec->want = VCPU_LEAVE;
		kick(&vm->vcpu[i]);
	}
	for (int i = 0; i < vm->vcpus; i++) {
		reap(&vm->vcpu[i]);
		munmap(vm->vcpu[i].run, run_bytes);
		close(vm->vcpu[i].fd);
	}
	if (vm->fd >= 0)
		close(vm->fd);
	vm->used = 0;
	return 0;
}

static long rejoin(struct vcpu *c)
{
	reap(c);
	c->rec->want = VCPU_RUN;
	c->rec->is = VCPU_RUN;
	return start_thread(c);
}

/* Requests about VMs: arg[0] is the VM, arg[1] the vCPU. */
long tvmm_vm_do(struct vmm_shared *s, const struct vmm_request *req)
{
	struct vm *vm = &vms[req->arg[0] % VMM_VMS];
	struct vcpu *c = &vm->vcpu[req->arg[1] % VMM_VCPUS];

	(void)s;
	switch (req->op) {
	case OP_VM_NEW:
		return vm_new(req->arg[0]);
	case OP_VM_CLOSE_FD:
		close(vm->fd);
		vm->fd = -1;
		return 0;
	case OP_VM_END:
		return vm_end(vm);
	case OP_VCPU_NEW:
		return vcpu_new(vm, req->arg[0], req->arg[2], req->arg[3]);
	case OP_VCPU_JOIN:
		return rejoin(c);
	case OP_KICK:
		kick(c);
		return 0;
	case OP_REAP:
		reap(c);
		return 0;
	case OP_WAKE:
		return wake(vm, req->arg[1]);
	}
	return -EINVAL;
}
