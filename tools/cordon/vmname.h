/* SPDX-License-Identifier: GPL-2.0-only */
/* What a VM is called, from the command line of its VMM. */
#ifndef _CORDON_VMNAME_H
#define _CORDON_VMNAME_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include "text.h"

/**
 * enum vm_ref_kind - the ways to name a VM
 * @VM_REF_NAME: by name or UUID
 * @VM_REF_ID: id:N, cordon's own number
 * @VM_REF_PID: pid:N, the VMM
 * @VM_REF_NUMBER: a bare number, which is refused
 * @VM_REF_ALL: every VM
 */
enum vm_ref_kind {
	VM_REF_NAME,
	VM_REF_ID,
	VM_REF_PID,
	VM_REF_NUMBER,
	VM_REF_ALL,
};

/**
 * struct vm_ref - a VM as it was typed
 * @word: the word
 * @kind: what it is
 * @number: of an id, a pid or a bare number
 */
struct vm_ref {
	const char *word;
	enum vm_ref_kind kind;
	uint32_t number;
};

/* Garbage after id: or pid: is refused, with the reason in @err. */
bool vm_ref_parse(const char *word, struct vm_ref *ref, struct text *err);

/*
 * Name and UUID from a command line as in /proc/PID/cmdline (words ended by
 * NUL). What is not there is NULL; the caller frees both.
 */
void cmdline_parse(const char *cmdline, size_t len, char **name, char **uuid);

/* The same from a live process. */
void cmdline_read(uint32_t pid, char **name, char **uuid);

#endif /* _CORDON_VMNAME_H */
