// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family is sent what no client would send: random commands and
 * attributes, nests cut short, lengths that lie. It answers with errors, goes
 * on, and changes nothing that was not asked for.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/cordon.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "owned.h"
#include "tvmm.h"

#define MAX_BYTES 2048

struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	uint8_t body[MAX_BYTES];
};

static int family(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int id;

	if (!sock || genl_connect(sock))
		ksft_die("a generic netlink socket");
	id = genl_ctrl_resolve(sock, CORDON_FAMILY_NAME);
	nl_socket_free(sock);
	if (id < 0)
		ksft_die("no family " CORDON_FAMILY_NAME);
	return id;
}

static int raw_socket(void)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct timeval wait = { 10 * ksft_slow(), 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)))
		ksft_die("a netlink socket: %s", strerror(errno));
	return fd;
}

/* Sends it; the errno of its answer (positive), 0 for data or an ACK. */
static int exchange(int fd, struct message *m, size_t body, uint16_t flags)
{
	static uint8_t answer[1 << 16];
	struct nlmsghdr *nl = (struct nlmsghdr *)answer;
	ssize_t n;

	m->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + body;
	m->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	if (send(fd, m, m->nl.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		n = recv(fd, answer, sizeof(answer), 0);
		if (n < (ssize_t)sizeof(*nl))
			ksft_die("no answer to command %d: %s", m->genl.cmd,
				 strerror(errno));
		for (nl = (struct nlmsghdr *)answer; NLMSG_OK(nl, n);
		     nl = NLMSG_NEXT(nl, n)) {
			struct nlmsgerr *error = NLMSG_DATA(nl);

			if (nl->nlmsg_type == NLMSG_ERROR)
				return -error->error;
			if (nl->nlmsg_type == NLMSG_DONE)
				return 0;
		}
	}
}

static uint8_t *put(uint8_t *at, uint8_t *end, int type, const void *data, size_t len)
{
	struct nlattr *nla = (struct nlattr *)at;

	if (at + NLA_HDRLEN + NLA_ALIGN(len) > end)
		return at;
	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + len;
	memcpy(at + NLA_HDRLEN, data, len);
	return at + NLA_HDRLEN + NLA_ALIGN(len);
}

/* Attributes of any type and length, nests in nests. */
static uint8_t *garbage(uint8_t *at, uint8_t *end, int depth)
{
	int count = rand() % 6;

	while (count-- > 0) {
		uint8_t data[64];
		uint8_t *start = at;
		int type = rand() % (CORDON_A_POLICY_MAX + 4);

		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = rand() % 4 ? rand() % 4 : rand();
		if (depth && rand() % 2) {
			at = garbage(at + NLA_HDRLEN, end, depth - 1);
			((struct nlattr *)start)->nla_type = type | NLA_F_NESTED;
			((struct nlattr *)start)->nla_len = at - start;
		} else {
			size_t len = rand() % 3 ? 4 : rand() % sizeof(data);

			at = put(at, end - 128, type, data, len);
		}
		/* A length that lies, now and then. */
		if (at > start && rand() % 12 == 0)
			((struct nlattr *)start)->nla_len = rand() % 256;
	}
	return at;
}

static struct vmm *v;
static struct cpus before[2];
static char *vm_before;

static char *state(void)
{
	json_t *vms = cli_vms(v->pid), *vm = json_array_get(vms, 0);
	char *now;

	json_object_del(vm, "age_ns");
	json_object_del(vm, "drifts");
	json_object_del(vm, "drift_age_ns");
	now = json_dumps(vm, JSON_SORT_KEYS);
	json_decref(vms);
	return now;
}

static void start(void)
{
	cli_need();
	host_need_cpus(4);
	v = vmm_start();
	/* An id that random bytes hardly hit: what is asked for may happen. */
	do {
		vmm_vm_new(v, 0);
		vmm_vcpu_new(v, 0, GUEST_HALT);
		require(vmm_moves(v, 0, 0, 20), "the guest runs");
		if (cli_vm_id(v->pid) >= 16)
			break;
		vmm_vm_end(v, 0);
	} while (cli_vm_count(v->pid) == 0);
	cli_must("policy set pid:%d vcpu-pin 0:2", v->pid);
	task_cpus(v->pid, &before[0]);
	task_cpus(vmm_vcpu_tid(v, 0, 0), &before[1]);
	vm_before = state();
}

static void expect_same(void)
{
	char *now = state();

	expect_str(vm_before, now, "the VM");
	expect_cpus(cpus_str(&before[0]), v->pid, "the main thread");
	expect_cpus(cpus_str(&before[1]), vmm_vcpu_tid(v, 0, 0), "the vCPU");
	free(now);
	free(vm_before);
}

static void random_attributes(void)
{
	int rounds = ksft_count(3000, 100000), fd, id, errors = 0;
	struct message m;

	start();
	/* cpu-set names no VM, so it may hit: the pools are put back at the end. */
	owned_pools_must(NULL, NULL, -1);
	id = family();
	fd = raw_socket();
	srand(4);
	for (int i = 0; i < rounds; i++) {
		int cmd = rand() % (CORDON_CMD_MAX + 3);
		uint16_t flags = rand() % 4 ? 0 : NLM_F_DUMP;
		uint8_t *end;

		memset(&m, 0, sizeof(m));
		m.nl.nlmsg_type = id;
		m.genl.cmd = cmd;
		m.genl.version = rand() % 8 ? CORDON_FAMILY_VERSION : rand();
		end = garbage(m.body, m.body + sizeof(m.body) - 256, 3);
		/* off would do what it says. */
		if (cmd == CORDON_CMD_OFF)
			continue;
		errors += exchange(fd, &m, end - m.body, flags) != 0;
	}
	close(fd);
	ksft_note("%d errors to %d messages", errors, rounds);
	expect(errors > rounds / 3, "errors are told: %d of %d", errors, rounds);
	expect_same();
}

/* A good request, with one byte changed, or cut short. */
static void nearly_right(void)
{
	int rounds = ksft_count(2000, 50000), fd, id;
	uint32_t pid = 0, two = 2, zero = 0;
	struct message m, good = { 0 };
	uint8_t *at = good.body, *end = good.body + MAX_BYTES, *pin, *cpus, *nest;
	size_t body;

	start();
	id = family();
	fd = raw_socket();
	/* No such process: even one that passes changes nothing. */
	pid = 1;
	at = put(at, end, CORDON_A_POLICY_PID, &pid, 4);
	pin = at;
	at = put(at + NLA_HDRLEN, end, CORDON_A_VCPU_PIN_FIRST, &zero, 4);
	at = put(at, end, CORDON_A_VCPU_PIN_LAST, &zero, 4);
	cpus = at;
	at = put(at + NLA_HDRLEN, end, CORDON_A_CPU_RANGE_FIRST, &two, 4);
	at = put(at, end, CORDON_A_CPU_RANGE_LAST, &two, 4);
	((struct nlattr *)cpus)->nla_type = CORDON_A_VCPU_PIN_CPUS | NLA_F_NESTED;
	((struct nlattr *)cpus)->nla_len = at - cpus;
	((struct nlattr *)pin)->nla_type = CORDON_A_POLICY_VCPU_PIN | NLA_F_NESTED;
	((struct nlattr *)pin)->nla_len = at - pin;
	nest = at;
	at = put(at + NLA_HDRLEN, end, CORDON_A_CPU_POLICY_KIND, &two, 4);
	((struct nlattr *)nest)->nla_type = CORDON_A_POLICY_CPU_POLICY | NLA_F_NESTED;
	((struct nlattr *)nest)->nla_len = at - nest;
	nest = at;
	at = put(at + NLA_HDRLEN, end, CORDON_A_NUMA_MAP_FIRST, &zero, 4);
	at = put(at, end, CORDON_A_NUMA_MAP_LAST, &zero, 4);
	at = put(at, end, CORDON_A_NUMA_MAP_NODE, &zero, 4);
	((struct nlattr *)nest)->nla_type = CORDON_A_POLICY_NUMA_MAP | NLA_F_NESTED;
	((struct nlattr *)nest)->nla_len = at - nest;
	body = at - good.body;
	good.nl.nlmsg_type = id;
	good.genl.cmd = CORDON_CMD_POLICY_SET;
	good.genl.version = CORDON_FAMILY_VERSION;
	m = good;
	require_eq(ENOENT, exchange(fd, &m, body, 0), "the message is right");
	srand(5);
	for (int i = 0; i < rounds; i++) {
		size_t len = body;

		m = good;
		if (rand() % 3 == 0)
			len = rand() % (body + 1);
		m.body[NLA_HDRLEN + 4 + rand() % (body - NLA_HDRLEN - 4)] ^= 1 << rand() % 8;
		if (!exchange(fd, &m, len, 0))
			ksft_fail("message %d passed", i);
	}
	close(fd);
	expect_same();
}

/* Values at the edges of what the policies of the attributes allow. */
static void edges(void)
{
	static const struct {
		uint8_t cmd;
		int type;
		uint32_t value;
	} bad[] = {
		{ CORDON_CMD_VM_GET, CORDON_A_VM_ID, 0 },
		{ CORDON_CMD_VM_GET, CORDON_A_VM_ID, 0xffffffff },
		{ CORDON_CMD_VM_GET, CORDON_A_VM_PID, 0xffffffff },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_PID, 0 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_PID, 0x80000000 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_MODE, 0 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_MODE, CORDON_MODE_MAX + 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_CONFIRM_S, 0 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_CONFIRM_S, 3601 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_RESET, 9999 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_CAP_BY, CORDON_CAP_BY_MAX + 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_WEIGHT, 0 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_WEIGHT, CORDON_WEIGHT_MAX + 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_MEMORY_MAX, 4096 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_IO_MAX, 8 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_REPLAN, 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_CPU_POLICY, 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_PLACEMENT, 0 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_PLACEMENT,
		  CORDON_PLACEMENT_MAX + 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_THREAD_POLICY,
		  CORDON_THREAD_POLICY_MAX + 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_EMULATOR_POLICY,
		  CORDON_EMULATOR_POLICY_MAX + 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_NUMA, 1 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_NUMA_MAP, 0 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_NUMA_PREFER, 0xffffffff },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_RESERVATION, 0 },
		{ CORDON_CMD_POLICY_SET, CORDON_A_POLICY_PLACE, 0 },
		{ CORDON_CMD_CPU_SET, CORDON_A_CPU_ID, 0 },
		{ CORDON_CMD_CPU_SET, CORDON_A_CPU_DEDICATED, 1 },
		{ CORDON_CMD_CPU_SET, CORDON_A_CPU_RESERVE, 8192 },
		{ CORDON_CMD_CPU_SET, CORDON_A_CPU_LOST, 0 },
		{ CORDON_CMD_POLICY_DEL, CORDON_A_POLICY_VM_ID, 0xffffffff },
		{ CORDON_CMD_POLICY_CONFIRM, CORDON_A_POLICY_VM_ID, 0xffffffff },
	};
	struct message m;
	int fd, id;

	start();
	id = family();
	fd = raw_socket();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t *end = m.body;
		uint32_t pid = v->pid;
		int error;

		memset(&m, 0, sizeof(m));
		m.nl.nlmsg_type = id;
		m.genl.cmd = bad[i].cmd;
		m.genl.version = CORDON_FAMILY_VERSION;
		if (bad[i].cmd == CORDON_CMD_POLICY_SET &&
		    bad[i].type != CORDON_A_POLICY_PID)
			end = put(end, m.body + MAX_BYTES, CORDON_A_POLICY_PID, &pid, 4);
		end = put(end, m.body + MAX_BYTES, bad[i].type, &bad[i].value, 4);
		error = exchange(fd, &m, end - m.body, 0);
		expect(error, "command %d, attribute %d, value %u is an error",
		       bad[i].cmd, bad[i].type, bad[i].value);
	}
	close(fd);
	expect_same();
}

static const struct ksft_test tests[] = {
	{ "random attributes", random_attributes },
	{ "nearly right", nearly_right },
	{ "values at the edge", edges },
};

KSFT_MAIN(tests);
