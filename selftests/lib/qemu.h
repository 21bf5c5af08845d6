/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real QEMU with a guest, and its monitor (QMP). One at a time, and others
 * beside it without one.
 */
#ifndef CORDON_SELFTESTS_QEMU_H
#define CORDON_SELFTESTS_QEMU_H

#include <stdbool.h>
#include <sys/types.h>

#define QEMU_VCPUS 2

/*
 * Starts one with a further option and its value, or NULL; skips the test where
 * there is no QEMU. It is killed at the end of the test at the latest.
 */
pid_t qemu_start(const char *option, const char *value);
/* One that has only its firmware. */
pid_t qemu_start_bare(void);
/*
 * One more of this name, with so many vCPUs and the topology of QEMU's option
 * -smp; all run when this returns. Only in the test bed: the test is skipped
 * elsewhere. It ends with the test.
 */
pid_t qemu_start_smp(const char *name, int vcpus, const char *smp);
/* What such a guest has said on its console; until the next call. */
const char *qemu_console(const char *name);
/* Has it ended by itself? */
bool qemu_ended(void);

/* Runs a command without arguments; it has been done when this returns. */
void qemu_command(const char *command);
/* What query-status says: "running", "paused", ...; until the next call. */
const char *qemu_status(void);

#endif /* CORDON_SELFTESTS_QEMU_H */
