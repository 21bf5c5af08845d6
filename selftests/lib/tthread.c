// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test VMM's other threads: emulator and I/O threads that run or sleep in
 * a system call, and the kernel's helpers that work for a VMM (vhost, io_uring).
 * Runs in the VMM's process; called by its main thread, and by a vCPU's thread
 * that is told to create a thread.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/vhost.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tvmm.h"

#define STACK_BYTES	(64 * 1024)
#define GETCPU_SEG	0x7b	/* the kernel keeps the CPU in its limit */
#define MAX_HELPERS	8

static struct vmm_shared *shared;
static uint8_t *stacks;
static uint32_t clear_tid[VMM_THREADS];
static int wake_fd[VMM_THREADS];
static int wait_fd[VMM_THREADS];
static int helper_fds[MAX_HELPERS];
static int helpers;
static pthread_mutex_t slots = PTHREAD_MUTEX_INITIALIZER;

void tthread_init(struct vmm_shared *s)
{
	shared = s;
	stacks = mmap(NULL, VMM_THREADS * STACK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/*
 * The threads are made by clone() without a libc thread around them, so that
 * the first instructions of a thread are the test's own. They use system calls
 * through sys(), which touches neither errno nor thread-local storage.
 */
static long sys(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	register long r9 asm("r9") = f;
	long ret;

	asm volatile("syscall" : "=a"(ret)
		     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return ret;
}

static unsigned int this_cpu(void)
{
	unsigned int value;

	asm volatile("lsl %1, %0" : "=r"(value) : "r"(GETCPU_SEG));
	return value & 0xfff;
}

static void run_getcpu(struct thread_rec *rec)
{
	uint64_t rounds = 0;

	do {
		unsigned int cpu = this_cpu();

		rec->seen[cpu / 64 % 4] |= 1ull << (cpu % 64);
		rec->rounds = ++rounds;
	} while (rec->limit ? rounds < rec->limit : !rec->end);
}

/*
 * What a VMM does with its memory when it plugs, migrates or balloons; all of it
 * holds mmap_lock for writing. The memory is of small pages on all kernels:
 * they differ in how many of it would be huge ones, which take no time.
 */
static void run_remap(struct thread_rec *rec)
{
	const long bytes = 16 << 20, rw = PROT_READ | PROT_WRITE;
	const long flags = MAP_PRIVATE | MAP_ANONYMOUS;
	long kept = sys(SYS_mmap, 0, bytes, rw, flags, -1, 0), part;

	sys(SYS_madvise, kept, bytes, MADV_NOHUGEPAGE, 0, 0, 0);
	sys(SYS_madvise, kept, bytes, MADV_POPULATE_WRITE, 0, 0, 0);
	while (!rec->end) {
		sys(SYS_mprotect, kept, bytes, PROT_READ, 0, 0, 0);
		sys(SYS_mprotect, kept, bytes, rw, 0, 0, 0);
		part = sys(SYS_mmap, 0, bytes / 16, rw, flags, -1, 0);
		sys(SYS_munmap, part, bytes / 16, 0, 0, 0, 0);
		rec->rounds++;
	}
	sys(SYS_munmap, kept, bytes, 0, 0, 0, 0);
}

/* The child of a vfork(), in the memory of its parent, which waits for it. */
static int vfork_child(void *arg)
{
	struct thread_rec *rec = arg;

	sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	while (!rec->word)
		sys(SYS_futex, (long)&rec->word, FUTEX_WAIT, 0, 0, 0, 0);
	sys(SYS_exit, 0, 0, 0, 0, 0, 0);
	return 0;
}

static long run_vfork(struct thread_rec *rec, int slot)
{
	uint8_t *stack = stacks + slot * STACK_BYTES + STACK_BYTES / 2;
	pid_t pid = clone(vfork_child, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, rec);

	return pid < 0 ? pid : sys(SYS_wait4, pid, 0, 0, 0, 0, 0);
}

/* One sleep of the thread; what it returned. */
static long sleep_once(struct thread_rec *rec, int slot)
{
	struct timespec day = { 86400, 0 };
	struct epoll_event event;
	char byte[8];

	switch (rec->kind) {
	case THREAD_FUTEX:
		return sys(SYS_futex, (long)&rec->word, FUTEX_WAIT, 0, 0, 0, 0);
	case THREAD_EPOLL:
		return sys(SYS_epoll_wait, wait_fd[slot], (long)&event, 1, -1, 0, 0);
	case THREAD_NANOSLEEP:
		return sys(SYS_nanosleep, (long)&day, 0, 0, 0, 0, 0);
	case THREAD_PIPE:
		return sys(SYS_read, wait_fd[slot], (long)byte, 1, 0, 0, 0);
	case THREAD_VFORK:
		return run_vfork(rec, slot);
	case THREAD_URING:
		return sys(SYS_io_uring_enter, wait_fd[slot], 0, 1,
			   IORING_ENTER_GETEVENTS, 0, 0);
	}
	return 0;
}

static int thread_main(void *arg)
{
	struct thread_rec *rec = arg;
	int slot = rec - shared->thread;

	if (rec->kind == THREAD_GETCPU)
		run_getcpu(rec);
	rec->ready = 1;
	if (rec->kind == THREAD_REMAP)
		run_remap(rec);
	while (!rec->end && rec->kind != THREAD_GETCPU) {
		rec->rounds++;
		if (rec->kind == THREAD_BUSY)
			continue;
		sleep_once(rec, slot);
		if (!rec->end)
			rec->disturbed++;
	}
	rec->done = 1;
	sys(SYS_exit, 0, 0, 0, 0, 0, 0);
	return 0;
}

static int prepare(int slot, enum thread_kind kind)
{
	struct io_uring_params params = { 0 };
	struct epoll_event event = { .events = EPOLLIN };
	int fds[2];

	wake_fd[slot] = -1;
	wait_fd[slot] = -1;
	switch (kind) {
	case THREAD_EPOLL:
		wake_fd[slot] = eventfd(0, EFD_CLOEXEC);
		wait_fd[slot] = epoll_create1(EPOLL_CLOEXEC);
		return epoll_ctl(wait_fd[slot], EPOLL_CTL_ADD, wake_fd[slot], &event);
	case THREAD_PIPE:
		if (pipe2(fds, O_CLOEXEC))
			return -1;
		wait_fd[slot] = fds[0];
		wake_fd[slot] = fds[1];
		return 0;
	case THREAD_URING:
		wait_fd[slot] = syscall(SYS_io_uring_setup, 4, &params);
		return wait_fd[slot] < 0 ? -1 : 0;
	default:
		return 0;
	}
}

static void release(int slot)
{
	if (wake_fd[slot] >= 0)
		close(wake_fd[slot]);
	if (wait_fd[slot] >= 0)
		close(wait_fd[slot]);
	shared->thread[slot].used = 0;
}

static int find_slot(void)
{
	int slot;

	pthread_mutex_lock(&slots);
	for (slot = 0; slot < VMM_THREADS; slot++)
		if (!shared->thread[slot].used)
			break;
	if (slot < VMM_THREADS)
		memset(&shared->thread[slot], 0, sizeof(shared->thread[slot]));
	if (slot < VMM_THREADS)
		shared->thread[slot].used = 1;
	pthread_mutex_unlock(&slots);
	return slot < VMM_THREADS ? slot : -ENOSPC;
}

static void name_thread(pid_t tid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, name, strlen(name)) < 0)
		perror("rename a thread");
	close(fd);
}

long tthread_new(enum thread_kind kind, const char *name, uint64_t limit)
{
	int slot = find_slot();
	struct thread_rec *rec;
	pid_t tid;

	if (slot < 0)
		return slot;
	rec = &shared->thread[slot];
	rec->kind = kind;
	rec->limit = limit;
	if (prepare(slot, kind)) {
		release(slot);
		return -errno;
	}
	clear_tid[slot] = 1;
	tid = clone(thread_main, stacks + (slot + 1) * STACK_BYTES - 256,
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID,
		    rec, NULL, NULL, &clear_tid[slot]);
	if (tid < 0) {
		release(slot);
		return -errno;
	}
	rec->tid = tid;
	if (*name)
		name_thread(tid, name);
	return slot;
}

/* Its event comes first, a signal only for those that have none. */
long tthread_end(int slot)
{
	struct thread_rec *rec = &shared->thread[slot];
	uint64_t one = 1;

	rec->end = 1;
	rec->word = 1;
	syscall(SYS_futex, &rec->word, FUTEX_WAKE, 1, NULL, NULL, 0);
	if (wake_fd[slot] >= 0 && write(wake_fd[slot], &one, sizeof(one)) < 0)
		perror("wake a thread");
	while (__atomic_load_n(&clear_tid[slot], __ATOMIC_SEQ_CST)) {
		struct timespec ms = { 0, 1000000 };

		if (rec->kind == THREAD_NANOSLEEP || rec->kind == THREAD_URING)
			syscall(SYS_tgkill, getpid(), rec->tid, SIGUSR1);
		nanosleep(&ms, NULL);
	}
	release(slot);
	return 0;
}

static long add_helper(int fd)
{
	if (fd < 0)
		return -errno;
	if (helpers == MAX_HELPERS)
		return -ENOSPC;
	helper_fds[helpers++] = fd;
	return 0;
}

static long vhost(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, VHOST_SET_OWNER)) {
		int error = errno;

		close(fd);
		return -error;
	}
	return add_helper(fd);
}

static long sqpoll(void)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 100
	};

	return add_helper(syscall(SYS_io_uring_setup, 4, &params));
}

/* A read from an empty pipe that a worker thread of io_uring has to wait in. */
static long io_worker(void)
{
	struct io_uring_params params = { 0 };
	struct io_uring_sqe *sqes;
	static char byte;
	uint32_t *ring;
	int fd, fds[2];
	long error;

	fd = syscall(SYS_io_uring_setup, 4, &params);
	error = add_helper(fd);
	if (error)
		return error;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	add_helper(fds[0]);
	add_helper(fds[1]);
	ring = mmap(NULL, params.sq_off.array + params.sq_entries * 4,
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, params.sq_entries * sizeof(*sqes),
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (ring == MAP_FAILED || sqes == MAP_FAILED)
		return -errno;
	memset(sqes, 0, sizeof(*sqes));
	sqes->opcode = IORING_OP_READ;
	sqes->flags = IOSQE_ASYNC;
	sqes->fd = fds[0];
	sqes->addr = (uintptr_t)&byte;
	sqes->len = 1;
	ring[params.sq_off.array / 4] = 0;
	__atomic_store_n(&ring[params.sq_off.tail / 4], 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0) == 1 ? 0 : -errno;
}

static long helpers_end(void)
{
	while (helpers)
		close(helper_fds[--helpers]);
	return 0;
}

static long child_new(void)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static long child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

long tthread_do(struct vmm_shared *s, const struct vmm_request *req)
{
	(void)s;
	switch (req->op) {
	case OP_THREAD_NEW:
		return tthread_new(req->arg[0], req->text, req->arg[1]);
	case OP_THREAD_END:
		return tthread_end(req->arg[0]);
	case OP_RENAME:
		name_thread(req->arg[0], req->text);
		return 0;
	case OP_CHILD_NEW:
		return child_new();
	case OP_CHILD_END:
		return child_end(req->arg[0]);
	case OP_VHOST:
		return vhost(req->text);
	case OP_SQPOLL:
		return sqpoll();
	case OP_IOWQ:
		return io_worker();
	case OP_HELPERS_END:
		return helpers_end();
	}
	return -EINVAL;
}
