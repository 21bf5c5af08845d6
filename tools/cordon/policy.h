/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the object policy share. */
#ifndef _CORDON_POLICY_H
#define _CORDON_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "nl.h"
#include "vms.h"

/**
 * struct target - the VM that a request is for
 * @id: cordon's number; 0 if it is named by @pid
 * @pid: the VMM, which the kernel need not know yet; 0 if it is named by @id
 * @name: what it is called
 * @shown: the same, safe to print
 * @word: how to type it in a command, quoted for a shell
 */
struct target {
	uint32_t id;
	uint32_t pid;
	char *name;
	struct text shown;
	struct text word;
};

/*
 * Who is meant: pid:N stays a pid, so that it works before any vCPU has run;
 * all else becomes an id. An exit status, after the error was told.
 */
int target_find(const struct vm_ref *ref, const struct vm_list *list,
		struct target *target);
void target_of_vm(const struct vm_info *vm, const struct vm_list *list,
		  struct target *target);
void target_free(struct target *target);
/* Put it into a request; show it. */
bool target_put(struct nl_msg *msg, const struct target *target);
void target_fields(const struct target *target);

/* The policy of a VM as it is now: 0, or the errno, which is not told. */
int policy_get(const struct target *target, struct cn_reply *reply);

/* An attribute of the first message that came back, or NULL. */
const struct nlattr *reply_attr(const struct cn_reply *reply, int attr);

int policy_set_run(int argc, char **argv);
int policy_replace_run(int argc, char **argv);
int policy_plan_run(int argc, char **argv);
int policy_replan_run(int argc, char **argv);

#endif /* _CORDON_POLICY_H */
