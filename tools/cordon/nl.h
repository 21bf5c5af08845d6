/* SPDX-License-Identifier: GPL-2.0-only */
/* The family "cordon": open, ask, dump, hear. */
#ifndef _CORDON_NL_H
#define _CORDON_NL_H

#include <stdbool.h>
#include <stdint.h>

#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

/**
 * struct cn_reply - the messages that answered a request
 * @msg: each of them
 * @n: how many
 */
struct cn_reply {
	struct nl_msg **msg;
	size_t n;
};

/**
 * struct cn_error - why a request failed
 * @err: the errno, positive; 0 if it did not fail
 * @text: the kernel's extended ACK, or NULL
 * @attr: the attribute of the request that was wrong, by its number on the
 *	top level; 0 if the kernel did not say
 * @has_range: the kernel told which values it takes, as @min and @max
 * @min: the lowest of them
 * @max: the highest of them
 * @max_bytes: the kernel told how many bytes it takes at most; 0: it did not
 */
struct cn_error {
	int err;
	char *text;
	int attr;
	bool has_range;
	uint64_t min;
	uint64_t max;
	uint64_t max_bytes;
};

/* Load the module if it is not there, find the family. An exit status. */
int cn_open(void);
void cn_close(void);

/* A request; it needs no open socket yet. Free it with nlmsg_free(). */
struct nl_msg *cn_request(uint8_t cmd, int flags);
/* Send it and collect the answers; 0, or the errno that is in @error too. */
int cn_query(struct nl_msg *request, struct cn_reply *reply,
	     struct cn_error *error);
void cn_reply_free(struct cn_reply *reply);
void cn_error_clear(struct cn_error *error);

/* The command of a message. */
uint8_t cn_command(struct nl_msg *msg);

/* Ask for all of something, as one request without attributes or @request. */
int cn_dump(struct nl_msg *request, struct cn_reply *reply,
	    struct cn_error *error);

/* A socket that hears the group monitor; an exit status. */
int cn_listen(struct nl_sock **sock);
/* What it heard: is it one of the family's, or that the family has gone? */
bool cn_is_ours(struct nl_msg *msg);
bool cn_is_farewell(struct nl_msg *msg);

/* Print why a request failed; @cmd is what was asked for. Returns REFUSED. */
int cn_failed(uint8_t cmd, const struct cn_error *error, const char *subject);
/*
 * Send a request, or dump, and free it: an exit status, after the error was
 * told. @reply is the caller's to free, whatever came of it.
 */
int cn_ask(struct nl_msg *request, struct cn_reply *reply, const char *subject);

#endif /* _CORDON_NL_H */
