/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `cordon -j monitor` in the background. One at a time; it ends with the test.
 */
#ifndef CORDON_MONITOR_H
#define CORDON_MONITOR_H

/* With these words after it; it listens when this returns. */
void monitor_start(const char *args);
/* All that it has said by now; the last line may not be whole yet. */
const char *monitor_said(void);

#endif /* CORDON_MONITOR_H */
