/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A real QEMU with a guest, and its monitor (QMP). One at a time.
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
/* Has it ended by itself? */
bool qemu_ended(void);

/* Runs a command without arguments; it has been done when this returns. */
void qemu_command(const char *command);
/* What query-status says: "running", "paused", ...; until the next call. */
const char *qemu_status(void);

#endif /* CORDON_SELFTESTS_QEMU_H */
