// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test VMM as a child process: the calls of tvmm.h, which a test makes, and
 * the loop in the child that answers them. All that a test started ends with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ksft.h"
#include "tvmm.h"

#define CTL		0x2000
#define ANSWER_MS	60000
#define MAX_VMMS	256

static struct vmm *all[MAX_VMMS];

static void child_main(struct vmm_shared *s, int sock)
{
	struct vmm_request req;
	long answer;

	while (recv(sock, &req, sizeof(req), 0) == sizeof(req)) {
		switch (req.op) {
		case OP_EXEC:
			execl("/bin/sleep", "sleep", "1000", NULL);
			_exit(1);
		case OP_EXIT:
			_exit(0);
		case OP_VM_NEW ... OP_WAKE:
			answer = tvmm_vm_do(s, &req);
			break;
		default:
			answer = tthread_do(s, &req);
		}
		if (send(sock, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static void child(struct vmm_shared *s, int sock, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NAME, "tvmm");
	for (int i = 0; i < MAX_VMMS; i++)
		if (all[i])
			close(all[i]->sock);
	tvmm_init(s);
	tthread_init(s);
	child_main(s, sock);
}

static void kill_all(void)
{
	for (int i = 0; i < MAX_VMMS; i++)
		if (all[i])
			vmm_kill(all[i]);
}

struct vmm *vmm_start(void)
{
	struct vmm *v = calloc(1, sizeof(*v));
	pid_t parent = getpid();
	int slot = 0, pair[2];

	while (slot < MAX_VMMS && all[slot])
		slot++;
	if (!v || slot == MAX_VMMS)
		ksft_die("no room for one more VMM");
	v->s = mmap(NULL, sizeof(*v->s), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (v->s == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		ksft_die("a VMM's memory and socket: %s", strerror(errno));
	v->sock = pair[0];
	v->pid = fork();
	if (v->pid < 0)
		ksft_die("fork: %s", strerror(errno));
	if (!v->pid) {
		close(pair[0]);
		child(v->s, pair[1], parent);
	}
	close(pair[1]);
	all[slot] = v;
	ksft_defer(kill_all);
	return v;
}

int vmm_wait(struct vmm *v)
{
	int status = -1;

	waitpid(v->pid, &status, 0);
	for (int i = 0; i < MAX_VMMS; i++)
		if (all[i] == v)
			all[i] = NULL;
	close(v->sock);
	munmap(v->s, sizeof(*v->s));
	free(v);
	return status;
}

void vmm_kill(struct vmm *v)
{
	kill(v->pid, SIGKILL);
	vmm_wait(v);
}

/* Returns what the VMM answered; one that does not answer ends the test. */
static long ask(struct vmm *v, const struct vmm_request *req)
{
	struct pollfd pfd = { .fd = v->sock, .events = POLLIN };
	long answer;
	int n;

	if (send(v->sock, req, sizeof(*req), MSG_NOSIGNAL) != sizeof(*req))
		ksft_die("VMM %d is gone (request %d)", v->pid, req->op);
	do {
		n = poll(&pfd, 1, ANSWER_MS * ksft_slow());
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		ksft_die("VMM %d does not answer request %d", v->pid, req->op);
	if (recv(v->sock, &answer, sizeof(answer), 0) != sizeof(answer))
		ksft_die("VMM %d died in request %d", v->pid, req->op);
	return answer;
}

static long call(struct vmm *v, int op, long a, long b, long c, long d)
{
	struct vmm_request req = { .op = op, .arg = { a, b, c, d } };

	return ask(v, &req);
}

static long call_text(struct vmm *v, int op, long a, long b, const char *text)
{
	struct vmm_request req = { .op = op, .arg = { a, b } };

	strncpy(req.text, text, sizeof(req.text) - 1);
	return ask(v, &req);
}

static long must(long answer, const char *what)
{
	if (answer < 0)
		ksft_die("%s: %s", what, strerror(-answer));
	return answer;
}

int vmm_vm_new(struct vmm *v, int flags)
{
	return must(call(v, OP_VM_NEW, flags, 0, 0, 0), "create a VM");
}

void vmm_vm_close_fd(struct vmm *v, int vm)
{
	must(call(v, OP_VM_CLOSE_FD, vm, 0, 0, 0), "close a VM's fd");
}

void vmm_vm_end(struct vmm *v, int vm)
{
	must(call(v, OP_VM_END, vm, 0, 0, 0), "end a VM");
}

int vmm_vcpu_new(struct vmm *v, int vm, enum guest_mode mode)
{
	return must(call(v, OP_VCPU_NEW, vm, 0, mode, 0), "create a vCPU");
}

int vmm_vcpu_new_parked(struct vmm *v, int vm, enum guest_mode mode)
{
	int vcpu = must(call(v, OP_VCPU_NEW, vm, 0, mode, 1), "create a vCPU");

	if (!ksft_until(10, v->s->vcpu[vm][vcpu].is == VCPU_PARK))
		ksft_die("a new vCPU's thread does not wait");
	return vcpu;
}

void vmm_vcpus_new(struct vmm *v, int vm, int count, enum guest_mode mode)
{
	while (count-- > 0)
		vmm_vcpu_new(v, vm, mode);
}

pid_t vmm_vcpu_tid(struct vmm *v, int vm, int vcpu)
{
	return v->s->vcpu[vm][vcpu].tid;
}

static void set_want(struct vmm *v, int vm, int vcpu, enum vcpu_run want)
{
	v->s->vcpu[vm][vcpu].want = want;
	must(call(v, OP_KICK, vm, vcpu, 0, 0), "kick a vCPU");
}

void vmm_park(struct vmm *v, int vm, int vcpu)
{
	set_want(v, vm, vcpu, VCPU_PARK);
	if (!ksft_until(10, v->s->vcpu[vm][vcpu].is == VCPU_PARK))
		ksft_die("a vCPU does not leave the guest");
}

void vmm_go(struct vmm *v, int vm, int vcpu)
{
	struct vcpu_rec *rec = &v->s->vcpu[vm][vcpu];

	rec->want = VCPU_RUN;
	/* The word is shared memory: no need to ask the VMM. */
	syscall(SYS_futex, &rec->want, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void vmm_vcpu_leave(struct vmm *v, int vm, int vcpu)
{
	set_want(v, vm, vcpu, VCPU_LEAVE);
	must(call(v, OP_REAP, vm, vcpu, 0, 0), "end a vCPU's thread");
}

void vmm_vcpu_join(struct vmm *v, int vm, int vcpu)
{
	must(call(v, OP_VCPU_JOIN, vm, vcpu, 0, 0), "start a vCPU's thread");
}

struct guest_ctl *vmm_ctl(struct vmm *v, int vm, int vcpu)
{
	return (struct guest_ctl *)(v->s->guest[vm] + CTL) + vcpu;
}

void vmm_wake(struct vmm *v, int vm, int vcpu)
{
	struct guest_ctl *ctl = vmm_ctl(v, vm, vcpu);
	uint32_t count = ctl->count;

	/* Emulators lose one now and then, see tguest.S. */
	for (int tries = 0; tries < 5; tries++) {
		must(call(v, OP_WAKE, vm, vcpu, 0, 0), "interrupt a vCPU");
		if (ksft_until(1, ctl->count != count))
			return;
	}
}

void vmm_mode(struct vmm *v, int vm, int vcpu, enum guest_mode mode)
{
	struct guest_ctl *ctl = vmm_ctl(v, vm, vcpu);
	enum guest_mode old = ctl->mode;

	ctl->mode = mode;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (old == GUEST_SLEEP)
		vmm_wake(v, vm, vcpu);
}

int vmm_moves(struct vmm *v, int vm, int vcpu, int seconds)
{
	struct guest_ctl *ctl = vmm_ctl(v, vm, vcpu);
	uint32_t count = ctl->count;

	return ksft_until(seconds, ctl->count != count);
}

struct vmm *vmm_halting(int vcpus)
{
	struct vmm *v = vmm_start();

	vmm_vm_new(v, 0);
	vmm_vcpus_new(v, 0, vcpus, GUEST_HALT);
	require(vmm_moves(v, 0, vcpus - 1, 20), "the guest runs");
	return v;
}

static int ready(struct vmm *v, long slot)
{
	must(slot, "create a thread");
	if (!ksft_until(20, v->s->thread[slot].ready ||
			v->s->thread[slot].rounds))
		ksft_die("a new thread does not run");
	return slot;
}

int vmm_thread_new(struct vmm *v, enum thread_kind kind, const char *name)
{
	return ready(v, call_text(v, OP_THREAD_NEW, kind, 0, name));
}

int vmm_getcpu_thread(struct vmm *v, uint64_t rounds)
{
	return ready(v, call_text(v, OP_THREAD_NEW, THREAD_GETCPU, rounds, ""));
}

int vmm_thread_from_vcpu(struct vmm *v, int vm, int vcpu, enum thread_kind kind)
{
	struct vcpu_rec *rec = &v->s->vcpu[vm][vcpu];

	rec->spawned = -EINPROGRESS;
	rec->spawn = kind + 1;
	must(call(v, OP_KICK, vm, vcpu, 0, 0), "kick a vCPU");
	if (!ksft_until(10, rec->spawned != -EINPROGRESS))
		ksft_die("a vCPU's thread does not create a thread");
	return ready(v, rec->spawned);
}

pid_t vmm_thread_tid(struct vmm *v, int slot)
{
	return v->s->thread[slot].tid;
}

void vmm_thread_end(struct vmm *v, int slot)
{
	must(call(v, OP_THREAD_END, slot, 0, 0, 0), "end a thread");
}

void vmm_rename_tid(struct vmm *v, pid_t tid, const char *name)
{
	must(call_text(v, OP_RENAME, tid, 0, name), "rename a thread");
}

void vmm_rename(struct vmm *v, int slot, const char *name)
{
	vmm_rename_tid(v, vmm_thread_tid(v, slot), name);
}

pid_t vmm_child_new(struct vmm *v)
{
	return must(call(v, OP_CHILD_NEW, 0, 0, 0, 0), "fork in the VMM");
}

void vmm_child_end(struct vmm *v, pid_t pid)
{
	must(call(v, OP_CHILD_END, pid, 0, 0, 0), "end the VMM's child");
}

static void tell(struct vmm *v, int op)
{
	struct vmm_request req = { .op = op };

	send(v->sock, &req, sizeof(req), MSG_NOSIGNAL);
}

void vmm_exec(struct vmm *v)
{
	tell(v, OP_EXEC);
}

void vmm_exit(struct vmm *v)
{
	tell(v, OP_EXIT);
}

int vmm_vhost_vsock(struct vmm *v)
{
	return call_text(v, OP_VHOST, 0, 0, "/dev/vhost-vsock");
}

int vmm_vhost_net(struct vmm *v)
{
	return call_text(v, OP_VHOST, 0, 0, "/dev/vhost-net");
}

int vmm_sqpoll(struct vmm *v)
{
	return call(v, OP_SQPOLL, 0, 0, 0, 0);
}

int vmm_iowq(struct vmm *v)
{
	return call(v, OP_IOWQ, 0, 0, 0, 0);
}

void vmm_helpers_end(struct vmm *v)
{
	must(call(v, OP_HELPERS_END, 0, 0, 0, 0), "end helpers");
}

unsigned int vmm_disturbed(struct vmm *v)
{
	unsigned int sum = 0;

	for (int i = 0; i < VMM_THREADS; i++)
		sum += v->s->thread[i].disturbed;
	for (int vm = 0; vm < VMM_VMS; vm++)
		for (int i = 0; i < VMM_VCPUS; i++)
			sum += v->s->vcpu[vm][i].disturbed;
	return sum;
}

int vmm_error(struct vmm *v)
{
	for (int vm = 0; vm < VMM_VMS; vm++)
		for (int i = 0; i < VMM_VCPUS; i++)
			if (v->s->vcpu[vm][i].error)
				return v->s->vcpu[vm][i].error;
	return 0;
}
