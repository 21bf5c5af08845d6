// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes whose events are measured, see sampler.h: a small VMM without
 * threads of its own but the vCPUs', or no VMM at all. Called by cost.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ksft.h"
#include "sampler.h"

#define GUEST_BYTES	0x10000
#define GUEST_CODE	0x1000
#define GUEST_SAMPLES	0x4000
#define WARM_UP		100

extern const uint8_t bguest_start[], bguest_exits[], bguest_end[];

struct vcpu {
	int fd;
	struct kvm_run *run;
};

/* In the sampler's process. */
static struct sampler *self;
static struct vcpu vcpus[2];
static uint8_t *guest;
static int ping[2], pong[2];

static uint64_t tsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

uint64_t sampler_ticks_of_loop(uint32_t rounds)
{
	uint64_t start = tsc();

	asm volatile("1: decl %0\n\tjnz 1b" : "+r"(rounds) : : "cc");
	return tsc() - start;
}

/* In the child nothing can be told but by dying, which its parent sees. */
static void must(int ok)
{
	if (!ok)
		_exit(1);
}

static void set_registers(int fd, const uint8_t *code)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = {
		.rip = GUEST_CODE + (code - bguest_start), .rflags = 2,
		.rdi = GUEST_SAMPLES, .rbp = SAMPLER_SAMPLES,
	};

	must(!ioctl(fd, KVM_GET_SREGS, &sregs));
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	must(!ioctl(fd, KVM_SET_SREGS, &sregs));
	must(!ioctl(fd, KVM_SET_REGS, &regs));
}

static void vm_new(int count, const uint8_t *code)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
	struct kvm_userspace_memory_region region = {
		.memory_size = GUEST_BYTES,
	};

	guest = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(guest != MAP_FAILED);
	memcpy(guest + GUEST_CODE, bguest_start, bguest_end - bguest_start);
	region.userspace_addr = (uintptr_t)guest;
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	must(vm >= 0 && !ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
	for (int i = 0; i < count; i++) {
		vcpus[i].fd = ioctl(vm, KVM_CREATE_VCPU, i);
		must(vcpus[i].fd >= 0);
		set_registers(vcpus[i].fd, code);
		vcpus[i].run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
				    PROT_READ | PROT_WRITE, MAP_SHARED,
				    vcpus[i].fd, 0);
		must(vcpus[i].run != MAP_FAILED);
	}
}

static void run_vcpu(struct vcpu *c)
{
	must(!ioctl(c->fd, KVM_RUN, 0) && c->run->exit_reason == KVM_EXIT_IO);
}

static void ready(void)
{
	must(write(self->ready[1], "", 1) == 1);
}

/* Nothing is left to do when the parent is gone. */
static void wait_for_go(void)
{
	char byte;

	must(read(self->go[0], &byte, 1) == 1);
}

static void echo(void)
{
	char byte;

	while (read(ping[0], &byte, 1) == 1)
		must(write(pong[1], &byte, 1) == 1);
}

static void *vcpu_echo(void *arg)
{
	struct vcpu *c = arg;

	self->tid[1] = gettid();
	run_vcpu(c);
	echo();
	return NULL;
}

static void round_trip(void)
{
	char byte = 0;

	must(write(ping[1], &byte, 1) == 1);
	must(read(pong[0], &byte, 1) == 1);
}

static void enter_guest(void)
{
	run_vcpu(&vcpus[0]);
}

static void repeat(void (*event)(void))
{
	for (int i = 0; i < WARM_UP; i++)
		event();
	for (int i = 0; i < SAMPLER_SAMPLES; i++) {
		uint64_t start = tsc();

		event();
		self->sample[i] = tsc() - start;
	}
}

/*
 * Who is woken does not preempt the other one, so that each round trip has two
 * switches, both because the one that ran sleeps.
 */
static void prepare_pipes(void)
{
	struct sched_param param = { 0 };

	must(!pipe(ping) && !pipe(pong));
	must(!sched_setscheduler(0, SCHED_BATCH, &param));
}

static void tasks(void)
{
	pid_t pid;

	prepare_pipes();
	pid = fork();
	must(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo();
		_exit(0);
	}
	ready();
	wait_for_go();
	repeat(round_trip);
}

static void two_vcpus(void)
{
	pthread_t thread;

	prepare_pipes();
	vm_new(2, bguest_start);
	must(!pthread_create(&thread, NULL, vcpu_echo, &vcpus[1]));
	run_vcpu(&vcpus[0]);
	/* The other one has run its vCPU when it answers. */
	round_trip();
	ready();
	wait_for_go();
	repeat(round_trip);
}

static void *run_once(void *arg)
{
	run_vcpu(arg);
	return NULL;
}

static void *thread_echo(void *arg)
{
	(void)arg;
	self->tid[1] = gettid();
	echo();
	return NULL;
}

static void two_threads(void)
{
	pthread_t vcpu, thread;

	prepare_pipes();
	vm_new(1, bguest_start);
	must(!pthread_create(&vcpu, NULL, run_once, &vcpus[0]) &&
	     !pthread_join(vcpu, NULL));
	must(!pthread_create(&thread, NULL, thread_echo, NULL));
	round_trip();
	ready();
	wait_for_go();
	repeat(round_trip);
}

static void exits(void)
{
	vm_new(1, bguest_exits);
	run_vcpu(&vcpus[0]);
	ready();
	wait_for_go();
	run_vcpu(&vcpus[0]);
	memcpy(self->sample, guest + GUEST_SAMPLES, sizeof(self->sample));
}

static void runs(void)
{
	vm_new(1, bguest_start);
	run_vcpu(&vcpus[0]);
	ready();
	wait_for_go();
	repeat(enter_guest);
}

static const struct {
	void (*main)(void);
	int vcpus;
} kinds[] = {
	[SAMPLER_TASKS] = { tasks, 0 },
	[SAMPLER_VCPUS] = { two_vcpus, 2 },
	[SAMPLER_THREADS] = { two_threads, 0 },
	[SAMPLER_EXIT] = { exits, 1 },
	[SAMPLER_RUN] = { runs, 1 },
};

static void child(enum sampler_kind kind)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(self->ready[0]);
	close(self->go[1]);
	self->tid[0] = gettid();
	kinds[kind].main();
	ready();
	wait_for_go();
	_exit(0);
}

static void await(struct sampler *s, const char *what)
{
	char byte;

	if (read(s->ready[0], &byte, 1) != 1)
		ksft_die("a sampler died while it was to %s", what);
}

struct sampler *sampler_start(enum sampler_kind kind)
{
	struct sampler *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (s == MAP_FAILED || pipe2(s->go, O_CLOEXEC) ||
	    pipe2(s->ready, O_CLOEXEC))
		ksft_die("a sampler's memory and pipes: %s", strerror(errno));
	s->vcpus = kinds[kind].vcpus;
	pid = fork();
	if (pid < 0)
		ksft_die("fork: %s", strerror(errno));
	if (!pid) {
		self = s;
		child(kind);
	}
	/* The memory is shared: not before the child has its own 0. */
	s->pid = pid;
	close(s->ready[1]);
	close(s->go[0]);
	await(s, "get ready");
	return s;
}

void sampler_measure(struct sampler *s)
{
	if (write(s->go[1], "", 1) != 1)
		ksft_die("a sampler is gone: %s", strerror(errno));
	await(s, "measure");
}

void sampler_end(struct sampler *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->ready[0]);
	close(s->go[1]);
	munmap(s, sizeof(*s));
}
