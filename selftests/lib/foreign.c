// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intruders, see foreign.h. They are forked by the test's one thread, and touch
 * nothing of libc's that a fork could leave locked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "foreign.h"
#include "ksft.h"

#define MAX_SLOTS	2048
#define MAX_EPOCHS	4096
#define RELAY_SECONDS	1200
#define STACK_BYTES	(64 * 1024)
#define GETCPU_SEG	0x7b	/* the kernel keeps the CPU in its limit */

/* One that is counted: a process that the test started, or of a bomb. */
struct slot {
	volatile pid_t pid;
	volatile uint32_t epoch;	/* in which it ran last */
	struct cpus mask;		/* of a relay */
};

struct area {
	volatile uint32_t epoch;
	volatile uint32_t end;
	volatile int slots;
	struct cpus aim;
	struct slot slot[MAX_SLOTS];
	/* by epoch */
	volatile unsigned long seen[MAX_EPOCHS][HOST_CPUS / 64];
	/* the first one there in this epoch, by CPU */
	volatile pid_t first[HOST_CPUS];
};

static struct area *area;
static uid_t become;
static pid_t started[MAX_SLOTS];
static int nr_started;

static unsigned int this_cpu(void)
{
	unsigned int value;

	asm volatile("lsl %1, %0" : "=r"(value) : "r"(GETCPU_SEG));
	return value & 0xfff;
}

/* Where am I? The epoch is read before, and the processor holds to that. */
static void look(struct slot *slot)
{
	uint32_t epoch = area->epoch;
	unsigned long bit;
	unsigned int cpu;

	asm volatile("lfence" ::: "memory");
	cpu = this_cpu() % HOST_CPUS;
	bit = 1ul << (cpu % 64);
	if (!(area->seen[epoch][cpu / 64] & bit)) {
		__atomic_fetch_or(&area->seen[epoch][cpu / 64], bit,
				  __ATOMIC_SEQ_CST);
		area->first[cpu] = syscall(SYS_gettid);
	}
	if (slot && slot->epoch != epoch)
		slot->epoch = epoch;
}

static void nap(long ns)
{
	struct timespec ts = { .tv_nsec = ns };

	nanosleep(&ts, NULL);
}

static void aim(void)
{
	syscall(SYS_sched_setaffinity, 0, sizeof(area->aim), &area->aim);
}

/*
 * Hands over to a child until the end, which nobody may live to announce: so not
 * for ever. Returns in that child.
 */
static void run_relay(struct slot *slot, time_t end)
{
	struct cpus mask = { 0 };
	pid_t pid;

	syscall(SYS_sched_getaffinity, 0, sizeof(mask), &mask);
	slot->mask = mask;
	look(slot);
	do {
		pid = area->end || time(NULL) > end ? 1 : fork();
	} while (pid < 0);
	if (pid > 0)
		_exit(0);
}

static int in_thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++)
		look(NULL);
	return 0;
}

static void run_child(struct slot *slot, bool exec)
{
	pid_t pid = fork();

	if (!pid) {
		for (int i = 0; i < 20; i++)
			look(NULL);
		if (exec)
			execl("/bin/true", "true", NULL);
		_exit(0);
	}
	look(slot);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void run_thread(struct slot *slot, char *stack)
{
	/* A thread in all but the group, so that it can be waited for. */
	pid_t pid = clone(in_thread, stack + STACK_BYTES,
			  CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD, NULL);

	look(slot);
	if (pid > 0)
		waitpid(pid, NULL, __WALL);
}

static void run(enum foreign_kind kind, struct slot *slot)
{
	static char stack[STACK_BYTES] __attribute__((aligned(16)));
	time_t end = time(NULL) + RELAY_SECONDS;
	unsigned int round = 0;

	if (kind == FOREIGN_BOUND || kind == FOREIGN_RELAY)
		aim();
	while (!area->end) {
		look(slot);
		switch (kind) {
		case FOREIGN_BUSY:
		case FOREIGN_BOUND:
			break;
		case FOREIGN_NAPS:
			nap(1000000);
			break;
		case FOREIGN_FORKS:
			run_child(slot, false);
			break;
		case FOREIGN_EXECS:
			run_child(slot, true);
			break;
		case FOREIGN_THREADS:
			run_thread(slot, stack);
			break;
		case FOREIGN_AIMS:
			if (round++ % 64 == 0)
				aim();
			break;
		case FOREIGN_IDLE:
			nap(50000000);
			break;
		case FOREIGN_RELAY:
			run_relay(slot, end);
			break;
		}
	}
	_exit(0);
}

/* Its signal would be forgotten with another user. */
static void live(pid_t parent)
{
	if (become && setresuid(become, become, become))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "foreign");
	if (getppid() != parent)
		_exit(0);
}

static struct slot *slot_new(void)
{
	int number = __atomic_fetch_add(&area->slots, 1, __ATOMIC_SEQ_CST);

	if (number >= MAX_SLOTS)
		return NULL;
	area->slot[number].epoch = ~0u;
	return &area->slot[number];
}

static void need_area(void)
{
	if (area)
		return;
	area = mmap(NULL, sizeof(*area), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		ksft_die("memory for intruders: %s", strerror(errno));
}

void foreign_aim(const struct cpus *at)
{
	need_area();
	area->aim = *at;
}

void foreign_become(uid_t uid)
{
	need_area();
	become = uid;
	ksft_defer(foreign_end);
}

static pid_t start(enum foreign_kind kind)
{
	pid_t parent = getpid(), pid;
	struct slot *slot;

	need_area();
	slot = slot_new();
	if (!slot || nr_started == MAX_SLOTS)
		ksft_die("no room for one more intruder");
	ksft_defer(foreign_end);
	pid = fork();
	if (pid < 0)
		ksft_die("fork: %s", strerror(errno));
	if (!pid) {
		live(parent);
		run(kind, slot);
	}
	slot->pid = pid;
	started[nr_started++] = pid;
	return pid;
}

pid_t foreign_start(enum foreign_kind kind)
{
	struct slot *slot;
	pid_t pid = start(kind);

	slot = &area->slot[area->slots - 1];
	require(ksft_until(20, slot->epoch == area->epoch), "an intruder runs");
	return pid;
}

int foreign_relay(const char *at)
{
	struct cpus cpus = cpus_parse(at);

	foreign_aim(&cpus);
	foreign_start(FOREIGN_RELAY);
	return area->slots - 1;
}

struct cpus foreign_relayed(int number)
{
	return area->slot[number].mask;
}

void foreign_start_many(enum foreign_kind kind, int count)
{
	while (count-- > 0)
		start(kind);
}

/* Each makes others, with half of those that are yet to be made, and runs on. */
static void explode(struct slot *slot, int count)
{
	pid_t self = getpid();

	while (count > 1 && !area->end) {
		int share = count / 2;
		pid_t child = fork();

		if (!child) {
			slot = slot_new();
			live(self);
			self = getpid();
			if (slot)
				slot->pid = self;
			look(slot);
			count = share;
			continue;
		}
		count -= share;
	}
	while (!area->end) {
		for (int i = 0; i < 100; i++)
			look(slot);
		nap(200000000);
	}
	while (wait(NULL) > 0)
		;
	_exit(0);
}

void foreign_bomb(int count)
{
	pid_t parent = getpid(), pid;
	struct slot *slot;

	need_area();
	ksft_defer(foreign_end);
	slot = slot_new();
	pid = slot && nr_started < MAX_SLOTS ? fork() : -1;
	if (pid < 0)
		ksft_die("no room for a bomb");
	if (!pid) {
		live(parent);
		explode(slot, count);
	}
	slot->pid = pid;
	started[nr_started++] = pid;
}

static bool reap(void)
{
	for (int i = 0; i < nr_started; i++) {
		if (!started[i])
			continue;
		if (!waitpid(started[i], NULL, WNOHANG))
			return false;
		started[i] = 0;
	}
	return true;
}

void foreign_end(void)
{
	if (!area)
		return;
	become = 0;
	area->end = 1;
	if (!ksft_until(10, reap()))
		for (int i = 0; i < nr_started; i++)
			if (started[i]) {
				kill(started[i], SIGKILL);
				waitpid(started[i], NULL, 0);
			}
	nr_started = 0;
	munmap(area, sizeof(*area));
	area = NULL;
}

void foreign_epoch(void)
{
	need_area();
	require(area->epoch + 1 < MAX_EPOCHS, "room for an epoch");
	memset((void *)area->first, 0, sizeof(area->first));
	area->epoch++;
}

struct cpus foreign_seen(void)
{
	struct cpus seen;

	memcpy(&seen, (void *)area->seen[area->epoch], sizeof(seen));
	return seen;
}

int foreign_ran(void)
{
	int ran = 0;

	for (int i = 0; i < foreign_count(); i++)
		ran += area->slot[i].epoch == area->epoch;
	return ran;
}

bool foreign_all_ran(double seconds)
{
	return ksft_until(seconds, foreign_ran() == foreign_count());
}

int foreign_count(void)
{
	return area->slots < MAX_SLOTS ? area->slots : MAX_SLOTS;
}

int foreign_list(pid_t *pids, int max)
{
	int count = 0;

	for (int i = 0; i < foreign_count() && count < max; i++)
		if (area->slot[i].pid)
			pids[count++] = area->slot[i].pid;
	return count;
}

bool foreign_check(const struct cpus *owned, const char *what)
{
	struct cpus seen = foreign_seen();
	int ran = foreign_ran();
	bool ok = true;

	for (int cpu = 0; cpu < HOST_CPUS; cpu++) {
		if (!cpus_has(owned, cpu) || !cpus_has(&seen, cpu))
			continue;
		ksft_fail("%s: user instructions of others on owned CPU %d", what, cpu);
		ksft_note("  thread %d; all were seen on %s", area->first[cpu],
			  cpus_str(&seen));
		ok = false;
	}
	return expect(ran, "%s: some intruder ran (%d of %d)", what, ran,
		      foreign_count()) && ok;
}
