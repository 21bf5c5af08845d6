// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink for every object of the command. One socket, extended ACKs
 * on, strict checking on. Answers are collected before anyone looks at them,
 * so that a dump which the kernel calls inconsistent can be thrown away and
 * asked for again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>

#include "attr.h"
#include "cordon.h"
#include "nl.h"
#include "text.h"

/* Large enough for a pin of each of thousands of vCPUs. */
#define REQUEST_BYTES	(256 * 1024)
/* What one receive takes; the kernel fills a dump's pieces up to 32 KiB. */
#define RECEIVE_BYTES	(64 * 1024)
/* Dumps resume by id: after so many tries what came is still complete. */
#define DUMP_TRIES	50

static struct nl_sock *sock;
static int family;

/* One request on its way. */
struct query {
	struct nl_msg *request;
	struct cn_reply *reply;
	struct cn_error *error;
	bool done;
	bool interrupted;
};

static struct nl_sock *socket_open(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	int one = 1;
	int fd;

	if (!sk || genl_connect(sk)) {
		error_print("no netlink socket: %s", strerror(errno));
		nl_socket_free(sk);
		return NULL;
	}
	fd = nl_socket_get_fd(sk);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	nl_socket_set_msg_buf_size(sk, RECEIVE_BYTES);
	nl_socket_enable_msg_peek(sk);
	return sk;
}

static bool family_find(void)
{
	if (!sock)
		sock = socket_open();
	if (!sock)
		return false;
	family = genl_ctrl_resolve(sock, CORDON_FAMILY_NAME);
	return family >= 0;
}

/* Root's command loads the module; nobody else may cause that. */
static void modprobe(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		execlp("modprobe", "modprobe", "cordon", NULL);
		execl("/sbin/modprobe", "modprobe", "cordon", NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

int cn_open(void)
{
	if (family_find())
		return DONE;
	if (!sock)
		return REFUSED;
	if (access("/sys/module/cordon", F_OK) && !geteuid()) {
		modprobe();
		if (family_find())
			return DONE;
	}
	if (!access("/sys/module/cordon", F_OK))
		error_print("the module cordon is loaded, but answers only in the host's own network namespace");
	else if (geteuid())
		error_print("the module cordon is not loaded, and only root can load it: modprobe cordon");
	else
		error_print("the module cordon is not loaded and cannot be: modprobe cordon failed");
	return NO_MODULE;
}

void cn_close(void)
{
	nl_socket_free(sock);
	sock = NULL;
}

struct nl_msg *cn_request(uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_BYTES);

	/* The family's number is filled in when the request is sent. */
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, 0, 0, flags,
				 cmd, CORDON_FAMILY_VERSION)) {
		fputs("Error: out of memory\n", stderr);
		exit(REFUSED);
	}
	return msg;
}

uint8_t cn_command(struct nl_msg *msg)
{
	return genlmsg_hdr(nlmsg_hdr(msg))->cmd;
}

void cn_reply_free(struct cn_reply *reply)
{
	size_t i;

	for (i = 0; i < reply->n; i++)
		nlmsg_free(reply->msg[i]);
	free(reply->msg);
	memset(reply, 0, sizeof(*reply));
}

void cn_error_clear(struct cn_error *error)
{
	free(error->text);
	memset(error, 0, sizeof(*error));
}

/* Which attribute of the request, on its top level, holds that offset? */
static int attr_at(struct nl_msg *request, uint32_t offset)
{
	const char *start = (const char *)nlmsg_hdr(request);
	struct nlattr *pos;
	int rem;

	attr_for_each(pos, request, rem) {
		const char *p = (const char *)pos;

		if (start + offset >= p && start + offset < p + pos->nla_len)
			return nla_type(pos);
	}
	return 0;
}

/* What the kernel says it would take instead. */
static void limits_read(const struct nlattr *policy, struct cn_error *error)
{
	bool has_min = false, has_max = false;
	struct nlattr *pos;
	int rem;

	attr_for_each_nested(pos, policy, rem) {
		if (nla_type(pos) == NL_POLICY_TYPE_ATTR_MIN_VALUE_U) {
			error->min = attr_uint(pos);
			has_min = true;
		} else if (nla_type(pos) == NL_POLICY_TYPE_ATTR_MAX_VALUE_U) {
			error->max = attr_uint(pos);
			has_max = true;
		} else if (nla_type(pos) == NL_POLICY_TYPE_ATTR_MAX_LENGTH) {
			error->max_bytes = attr_uint(pos);
		}
	}
	error->has_range = has_min && has_max;
}

/* The extended ACK's attributes, wherever the kernel put them. */
static void extack_read(struct query *query, struct nlattr *first, int len)
{
	struct nlattr *pos;
	int rem;

	nla_for_each_attr(pos, first, len, rem) {
		switch (nla_type(pos)) {
		case NLMSGERR_ATTR_MSG:
			free(query->error->text);
			query->error->text = attr_string(pos);
			break;
		case NLMSGERR_ATTR_OFFS:
			query->error->attr = attr_at(query->request,
						     attr_uint(pos));
			break;
		case NLMSGERR_ATTR_POLICY:
			limits_read(pos, query->error);
			break;
		}
	}
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct query *query = arg;
	struct cn_reply *reply = query->reply;

	if (!reply || nlmsg_hdr(msg)->nlmsg_type != family ||
	    !genlmsg_valid_hdr(nlmsg_hdr(msg), 0))
		return NL_SKIP;
	reply->msg = xgrow(reply->msg, reply->n + 1, sizeof(*reply->msg));
	nlmsg_get(msg);
	reply->msg[reply->n++] = msg;
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct query *query = arg;

	(void)msg;
	query->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct query *query = arg;
	int err = 0;

	query->done = true;
	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0) {
		query->error->err = -err;
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			extack_read(query, (void *)((char *)nlmsg_data(nlh) + NLMSG_ALIGN(sizeof(err))),
				    nlmsg_datalen(nlh) - (int)NLMSG_ALIGN(sizeof(err)));
	}
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct query *query = arg;

	(void)msg;
	query->interrupted = true;
	return NL_OK;
}

static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *nlerr, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)nlerr - NLMSG_HDRLEN);
	struct query *query = arg;
	size_t skip = sizeof(*nlerr);

	(void)addr;
	query->done = true;
	query->error->err = -nlerr->error;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += nlerr->msg.nlmsg_len - sizeof(nlerr->msg);
	skip = NLMSG_ALIGN(skip);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && nlh->nlmsg_len >= NLMSG_HDRLEN + skip)
		extack_read(query, (void *)((char *)nlerr + skip),
			    nlh->nlmsg_len - NLMSG_HDRLEN - skip);
	return NL_STOP;
}

static void receive(struct query *query)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int err;

	if (!cb) {
		query->error->err = ENOMEM;
		return;
	}
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, query);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, query);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, query);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, query);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, query);
	while (!query->done) {
		err = nl_recvmsgs(sock, cb);
		if (err < 0 && !query->done) {
			query->error->err = err == -NLE_NOMEM ? ENOBUFS : EIO;
			query->error->text = xstrdup(nl_geterror(err));
			break;
		}
	}
	nl_cb_put(cb);
}

int cn_query(struct nl_msg *request, struct cn_reply *reply,
	     struct cn_error *error)
{
	struct query query = {
		.request = request, .reply = reply, .error = error,
	};
	int err;

	memset(error, 0, sizeof(*error));
	nlmsg_hdr(request)->nlmsg_type = family;
	nlmsg_hdr(request)->nlmsg_seq = NL_AUTO_SEQ;
	err = nl_send_auto(sock, request);
	if (err < 0) {
		error->err = EIO;
		error->text = xstrdup(nl_geterror(err));
		return error->err;
	}
	receive(&query);
	if (query.interrupted && !error->err)
		error->err = EINTR;
	return error->err;
}

int cn_dump(struct nl_msg *request, struct cn_reply *reply,
	    struct cn_error *error)
{
	int try, err = 0;

	for (try = 1; try <= DUMP_TRIES; try++) {
		cn_reply_free(reply);
		err = cn_query(request, reply, error);
		if (err != EINTR)
			return err;
		usleep(1000);
	}
	cn_error_clear(error);
	fputs("Note: things changed each time while this was read; what came or went meanwhile may be missing\n",
	      stderr);
	return 0;
}

int cn_listen(struct nl_sock **listener)
{
	int group, err;

	*listener = socket_open();
	if (!*listener)
		return REFUSED;
	group = genl_ctrl_resolve_grp(*listener, CORDON_FAMILY_NAME,
				      CORDON_MCGRP_MONITOR);
	if (group < 0) {
		error_print("the module has no group \"%s\": %s",
			    CORDON_MCGRP_MONITOR, nl_geterror(group));
		return REFUSED;
	}
	nl_socket_disable_seq_check(*listener);
	nl_socket_set_buffer_size(*listener, 4 << 20, 0);
	err = nl_socket_add_membership(*listener, group);
	/* A module that is unloaded says so in this group only. */
	if (!err) {
		group = genl_ctrl_resolve_grp(*listener, "nlctrl", "notify");
		err = group < 0 ? group :
		      nl_socket_add_membership(*listener, group);
	}
	if (err) {
		struct cn_error error = {
			.err = err == -NLE_PERM ? EPERM : EIO,
			.text = err == -NLE_PERM ? NULL : (char *)nl_geterror(err),
		};

		return cn_failed(CORDON_CMD_VM_GET, &error, NULL);
	}
	return DONE;
}

bool cn_is_ours(struct nl_msg *msg)
{
	return nlmsg_hdr(msg)->nlmsg_type == family &&
	       genlmsg_valid_hdr(nlmsg_hdr(msg), 0);
}

bool cn_is_farewell(struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct nlattr *name;

	if (nlh->nlmsg_type != GENL_ID_CTRL || !genlmsg_valid_hdr(nlh, 0) ||
	    cn_command(msg) != CTRL_CMD_DELFAMILY)
		return false;
	name = nlmsg_find_attr(nlh, GENL_HDRLEN, CTRL_ATTR_FAMILY_NAME);
	return name && !nla_strcmp(name, CORDON_FAMILY_NAME);
}

static bool has_capability(unsigned int cap)
{
	unsigned long long mask = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return true;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &mask) == 1)
			break;
	fclose(f);
	return mask >> cap & 1;
}

/* The kernel says EPERM without a word: which capability was it? */
static void permission_print(uint8_t cmd)
{
	enum { NET_ADMIN = 12, SYS_NICE = 23 };
	bool changes = (cmd >= CORDON_CMD_POLICY_SET && cmd <= CORDON_CMD_OFF) ||
		       cmd == CORDON_CMD_CPU_SET;

	if (!has_capability(NET_ADMIN))
		error_print("not permitted: this needs CAP_NET_ADMIN%s",
			    changes ? " and CAP_SYS_NICE" : "");
	else if (changes && !has_capability(SYS_NICE))
		error_print("not permitted: this needs CAP_SYS_NICE as well as CAP_NET_ADMIN");
	else
		error_print("not permitted: this needs CAP_NET_ADMIN%s in the initial user namespace",
			    changes ? " and CAP_SYS_NICE" : "");
}

int cn_failed(uint8_t cmd, const struct cn_error *error, const char *subject)
{
	struct text t = { 0 };

	if (error->err == EPERM && !error->text) {
		permission_print(cmd);
		return REFUSED;
	}
	if (subject && !(error->text && strstr(error->text, subject)))
		text_add(&t, "%s: ", subject);
	/* It may name a task, whose name is somebody else's. */
	text_utf8(&t, error->text ? error->text : strerror(error->err), false);
	if (error->has_range)
		text_add(&t, " (from %llu to %llu)",
			 (unsigned long long)error->min,
			 (unsigned long long)error->max);
	if (error->max_bytes)
		text_add(&t, " (at most %llu bytes)",
			 (unsigned long long)error->max_bytes);
	error_print("%s", text_str(&t));
	text_free(&t);
	return REFUSED;
}

int cn_ask(struct nl_msg *request, struct cn_reply *reply, const char *subject)
{
	int flags = nlmsg_hdr(request)->nlmsg_flags;
	struct cn_error error;
	int status = DONE, err;

	if ((flags & NLM_F_DUMP) == NLM_F_DUMP)
		err = cn_dump(request, reply, &error);
	else
		err = cn_query(request, reply, &error);
	if (err)
		status = cn_failed(cn_command(request), &error, subject);
	cn_error_clear(&error);
	nlmsg_free(request);
	return status;
}
