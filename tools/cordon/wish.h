/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command line that changes a policy asks for. */
#ifndef _CORDON_WISH_H
#define _CORDON_WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"
#include "vmname.h"

/**
 * struct wish - what the command line asks for
 * @command: "set", "replace", "plan" or "replan"
 * @ref: the VM
 * @replace: keys that are not named are reset
 * @plan: only tell what would be done
 * @replan: place it anew; no keys
 * @value: for each key of the table its value, or NULL
 * @n: how many have one
 * @confirm_s: 0 if it was not given
 */
struct wish {
	const char *command;
	struct vm_ref ref;
	bool replace;
	bool plan;
	bool replan;
	const char **value;
	size_t n;
	uint32_t confirm_s;
};

/* Parse the words after the command; an exit status, after the error was told. */
int wish_parse(struct wish *wish, int argc, char **argv);
void wish_free(struct wish *wish);
/* Must the policy as it is now be known before a request can be made? */
bool wish_needs_policy(const struct wish *wish);
/* Put all but the VM into a request; @now is the policy so far, or NULL. */
int wish_put(struct nl_msg *msg, const struct wish *wish, struct nl_msg *now);
/*
 * Will the VM have dedicated vCPUs, and does nobody say which nodes to prefer?
 * @now is the policy so far, or NULL.
 */
bool wish_wants_nodes(const struct wish *wish, struct nl_msg *now);

#endif /* _CORDON_WISH_H */
