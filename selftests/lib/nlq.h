/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the netlink family tells, read without the command: the tests ask often,
 * and a program takes long to start on an emulated host. The JSON is that of
 * `cordon -j vm list` and `cordon -j thread list`. And raw requests, with all
 * that the kernel answers.
 */
#ifndef CORDON_NLQ_H
#define CORDON_NLQ_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct nl_msg;
struct nlattr;

/* New references; the test ends if the dump fails. */
json_t *nlq_vms(void);
json_t *nlq_threads(void);

/* Calls @fn with the attributes of each message of another dump. */
void nlq_each(int cmd, void (*fn)(struct nlattr *attrs, int len, void *arg),
	      void *arg);

/* What the family said to a request. */
struct nlq_answer {
	int error;		/* an errno, 0: done */
	char text[256];		/* of the extended ACK, "" if it has none */
	int attr;		/* type of the attribute at fault, 0 if none is named */
	uint8_t data[8192];	/* the reply's attributes */
	size_t len;		/* bytes of them, 0 without a reply */
};

/*
 * A request to which attributes are added with libnl's nla_put_*(), and then
 * asked: what the command would never send, and the errno that it does not
 * show. Both free @msg. Without any answer nlq_ask() ends the test, and nlq_try()
 * returns libnl's negative error: a child of the test must not end it.
 */
struct nl_msg *nlq_request(int cmd);
void nlq_ask(struct nl_msg *msg, struct nlq_answer *answer);
int nlq_try(struct nl_msg *msg, struct nlq_answer *answer);

#endif /* CORDON_NLQ_H */
