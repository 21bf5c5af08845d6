// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of VMs and threads over generic netlink, and raw requests, see nlq.h. The
 * socket is opened anew for each, for the module may have been loaded again
 * meanwhile.
 */
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/cordon.h>

#include "host.h"
#include "ksft.h"
#include "nlq.h"

#define WORD(table, value)						\
	((value) < sizeof(table) / sizeof((table)[0]) && (table)[value] ? \
	 (table)[value] : "unknown")

static const char *const vm_states[] = {
	[CORDON_VM_STATE_UNMANAGED] = "unmanaged",
	[CORDON_VM_STATE_OK] = "ok",
	[CORDON_VM_STATE_AUDIT] = "audit",
	[CORDON_VM_STATE_DEGRADED] = "degraded",
	[CORDON_VM_STATE_PENDING] = "pending",
};

static const char *const modes[] = {
	[CORDON_MODE_ENFORCE] = "enforce",
	[CORDON_MODE_AUDIT] = "audit",
};

static const char *const classes[] = {
	[CORDON_CLASS_VCPU] = "vcpu",
	[CORDON_CLASS_EMULATOR] = "emulator",
	[CORDON_CLASS_IOTHREAD] = "iothread",
	[CORDON_CLASS_MIGRATION] = "migration",
	[CORDON_CLASS_HELPER] = "helper",
};

static const char *const thread_states[] = {
	[CORDON_THREAD_STATE_FREE] = "free",
	[CORDON_THREAD_STATE_HELD] = "held",
	[CORDON_THREAD_STATE_AUDIT] = "audit",
	[CORDON_THREAD_STATE_DEGRADED] = "degraded",
	[CORDON_THREAD_STATE_DETACHING] = "detaching",
	[CORDON_THREAD_STATE_EXEMPT] = "exempt",
};

static uint64_t number(const struct nlattr *nla)
{
	return nla_len(nla) == 8 ? nla_get_u64(nla) : nla_get_u32(nla);
}

static void add_number(json_t *to, const char *key, const struct nlattr *nla)
{
	json_object_set_new(to, key, json_integer(number(nla)));
}

static void add_text(json_t *to, const char *key, const char *text)
{
	json_object_set_new(to, key, json_string(text));
}

/* One more range of a CPU set, which is kept as a list: "0-1,3". */
static void add_range(json_t *to, const char *key, struct nlattr *nla)
{
	const char *have = json_string_value(json_object_get(to, key));
	struct nlattr *first, *last;
	char list[1024];

	first = nla_find(nla_data(nla), nla_len(nla), CORDON_A_CPU_RANGE_FIRST);
	last = nla_find(nla_data(nla), nla_len(nla), CORDON_A_CPU_RANGE_LAST);
	if (!first || !last)
		ksft_die("a cpu-range without first or last");
	snprintf(list, sizeof(list), "%s%s%u-%u", have ? have : "",
		 have ? "," : "", nla_get_u32(first), nla_get_u32(last));
	if (nla_get_u32(first) == nla_get_u32(last))
		*strrchr(list, '-') = 0;
	add_text(to, key, list);
}

static void vm_attr(json_t *vm, struct nlattr *nla)
{
	switch (nla_type(nla)) {
	case CORDON_A_VM_ID:
		return add_number(vm, "id", nla);
	case CORDON_A_VM_PID:
		return add_number(vm, "pid", nla);
	case CORDON_A_VM_COMM:
		return add_text(vm, "comm", nla_get_string(nla));
	case CORDON_A_VM_VCPUS:
		return add_number(vm, "vcpus", nla);
	case CORDON_A_VM_THREADS:
		return add_number(vm, "threads", nla);
	case CORDON_A_VM_STATE:
		return add_text(vm, "state", WORD(vm_states, number(nla)));
	case CORDON_A_VM_MODE:
		return add_text(vm, "mode", WORD(modes, number(nla)));
	case CORDON_A_VM_CPUS:
		return add_range(vm, "cpus", nla);
	case CORDON_A_VM_DRIFTS:
		return add_number(vm, "drifts", nla);
	case CORDON_A_VM_DRIFT_AGE_NS:
		return add_number(vm, "drift_age_ns", nla);
	case CORDON_A_VM_AGE_NS:
		return add_number(vm, "age_ns", nla);
	case CORDON_A_VM_CONFIRM_MS:
		return add_number(vm, "confirm_ms", nla);
	}
}

static void thread_attr(json_t *thread, struct nlattr *nla)
{
	switch (nla_type(nla)) {
	case CORDON_A_THREAD_VM_ID:
		return add_number(thread, "vm_id", nla);
	case CORDON_A_THREAD_TID:
		return add_number(thread, "tid", nla);
	case CORDON_A_THREAD_COMM:
		return add_text(thread, "comm", nla_get_string(nla));
	case CORDON_A_THREAD_CLASS:
		return add_text(thread, "class", WORD(classes, number(nla)));
	case CORDON_A_THREAD_VCPU:
		return add_number(thread, "vcpu", nla);
	case CORDON_A_THREAD_STATE:
		return add_text(thread, "state", WORD(thread_states, number(nla)));
	case CORDON_A_THREAD_CPU:
		return add_number(thread, "cpu", nla);
	case CORDON_A_THREAD_CPUS:
		return add_range(thread, "cpus", nla);
	case CORDON_A_THREAD_WANT:
		return add_range(thread, "want", nla);
	case CORDON_A_THREAD_DRIFTS:
		return add_number(thread, "drifts", nla);
	}
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));
	json_t *object = json_object();
	struct nlattr *nla;
	int rem;

	nla_for_each_attr(nla, genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), rem) {
		if (hdr->cmd == CORDON_CMD_VM_GET)
			vm_attr(object, nla);
		else
			thread_attr(object, nla);
	}
	json_array_append_new(arg, object);
	return NL_OK;
}

/* 0, or libnl's negative error. */
static int dump(int cmd, nl_recvmsg_msg_cb_t fn, void *arg)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();
	int family, error;

	if (!sock || !msg)
		ksft_die("no memory for a netlink message");
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, fn, arg);
	error = genl_connect(sock);
	family = error ? error : genl_ctrl_resolve(sock, CORDON_FAMILY_NAME);
	if (family < 0) {
		error = family;
	} else {
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_DUMP,
			    cmd, CORDON_FAMILY_VERSION);
		error = nl_send_auto(sock, msg);
		if (error >= 0)
			error = nl_recvmsgs_default(sock);
	}
	nlmsg_free(msg);
	nl_socket_free(sock);
	return error < 0 ? error : 0;
}

/* Is a dump that failed to be asked for once more? The test ends if not. */
static void dump_failed(int cmd, int error)
{
	/* Something changed meanwhile: once more. */
	if (error == -NLE_DUMP_INTR)
		return;
	/* As the command does, bring the module. */
	if (error == -NLE_OBJ_NOTFOUND && !mod_loaded("cordon") &&
	    !mod_load("cordon"))
		return;
	ksft_die("netlink dump %d: %s", cmd, nl_geterror(error));
}

static json_t *must_dump(int cmd)
{
	for (;;) {
		json_t *array = json_array();
		int error = dump(cmd, on_message, array);

		if (!error)
			return array;
		json_decref(array);
		dump_failed(cmd, error);
	}
}

struct each {
	void (*fn)(struct nlattr *attrs, int len, void *arg);
	void *arg;
};

static int on_each(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));
	const struct each *each = arg;

	each->fn(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), each->arg);
	return NL_OK;
}

void nlq_each(int cmd, void (*fn)(struct nlattr *attrs, int len, void *arg),
	      void *arg)
{
	struct each each = { .fn = fn, .arg = arg };
	int error;

	while ((error = dump(cmd, on_each, &each)))
		dump_failed(cmd, error);
}

json_t *nlq_vms(void)
{
	return must_dump(CORDON_CMD_VM_GET);
}

json_t *nlq_threads(void)
{
	return must_dump(CORDON_CMD_THREAD_GET);
}

struct nl_msg *nlq_request(int cmd)
{
	/* More than any request may have. */
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	/* The family's number is put in when it is sent. */
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, 0, 0, NLM_F_ACK,
				 cmd, CORDON_FAMILY_VERSION))
		ksft_die("no memory for a netlink message");
	return msg;
}

struct exchange {
	struct nl_msg *msg;
	struct nlq_answer *answer;
};

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct nlq_answer *answer = ((struct exchange *)arg)->answer;
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));

	answer->len = genlmsg_attrlen(hdr, 0);
	if (answer->len > sizeof(answer->data)) {
		ksft_fail("a reply of %zu bytes", answer->len);
		answer->len = sizeof(answer->data);
	}
	memcpy(answer->data, genlmsg_attrdata(hdr, 0), answer->len);
	return NL_OK;
}

/* The type of the attribute that stands so far into the request. */
static int type_at(struct nl_msg *msg, uint32_t offset)
{
	struct nlmsghdr *sent = nlmsg_hdr(msg);

	if (offset < NLMSG_LENGTH(GENL_HDRLEN) ||
	    offset + NLA_HDRLEN > sent->nlmsg_len) {
		ksft_fail("the attribute at fault is at %u, outside of the request",
			  offset);
		return 0;
	}
	return nla_type((struct nlattr *)((char *)sent + offset));
}

/* The extended ACK stands behind the error, and the request if that is echoed. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)error - 1;
	struct exchange *x = arg;
	size_t skip = sizeof(*error);
	struct nlattr *nla;

	(void)from;
	x->answer->error = -error->error;
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - sizeof(error->msg);
	nla = nlmsg_find_attr(hdr, skip, NLMSGERR_ATTR_MSG);
	if (nla)
		snprintf(x->answer->text, sizeof(x->answer->text), "%s",
			 nla_get_string(nla));
	nla = nlmsg_find_attr(hdr, skip, NLMSGERR_ATTR_OFFS);
	if (nla)
		x->answer->attr = type_at(x->msg, nla_get_u32(nla));
	return NL_STOP;
}

/* 0 once there was an answer, or libnl's negative error. */
static int exchange(struct nl_sock *sock, struct exchange *x)
{
	int family, error, one = 1;

	error = genl_connect(sock);
	family = error ? error : genl_ctrl_resolve(sock, CORDON_FAMILY_NAME);
	if (family < 0)
		return family;
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_reply, x);
	nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, on_error, x);
	if (setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		       sizeof(one)))
		return -NLE_FAILURE;
	nlmsg_hdr(x->msg)->nlmsg_type = family;
	error = nl_send_auto(sock, x->msg);
	/* Up to its ACK, or its refusal: on_error() has noted that. */
	if (error >= 0)
		error = nl_recvmsgs_default(sock);
	if (error >= 0 && !x->answer->error && x->answer->len)
		error = nl_wait_for_ack(sock);
	return x->answer->error || error >= 0 ? 0 : error;
}

int nlq_try(struct nl_msg *msg, struct nlq_answer *answer)
{
	struct exchange x = { .msg = msg, .answer = answer };
	struct nl_sock *sock = nl_socket_alloc();
	int error = -NLE_NOMEM;

	memset(answer, 0, sizeof(*answer));
	if (sock)
		error = exchange(sock, &x);
	nl_socket_free(sock);
	nlmsg_free(msg);
	return error;
}

void nlq_ask(struct nl_msg *msg, struct nlq_answer *answer)
{
	int error = nlq_try(msg, answer);

	if (error)
		ksft_die("netlink request: %s", nl_geterror(error));
}
