// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM to look at, for `make demo`: its guest touches new memory, page after
 * page, and one emulator thread changes the VMM's memory all the time. Draws how
 * far the guest comes in each quarter of a second, in lines that begin with "| ",
 * until it is killed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ksft.h"
#include "tvmm.h"

#define NAME		"stalled"
#define STEP_MS		250
#define PAGES_PER_MARK	500
#define MARKS		40
#define TICKS_PER_MS	1000000.0	/* of the emulated TSC, 1 GHz */

static void draw(unsigned int pages, unsigned int longest)
{
	int marks = pages / PAGES_PER_MARK;

	printf("| ");
	for (int i = 0; i < MARKS; i++)
		putchar(i < marks ? '#' : '.');
	printf(" %5u pages, longest wait %5.1f ms\n", pages,
	       longest / TICKS_PER_MS);
	fflush(stdout);
}

static void progress(void)
{
	struct vmm *v = vmm_start();
	volatile struct guest_ctl *ctl;
	unsigned int before, now;

	vmm_rename_tid(v, v->pid, NAME);
	vmm_vm_new(v, VM_FAULTS);
	vmm_vcpu_new(v, 0, GUEST_SPIN);
	ctl = vmm_ctl(v, 0, 0);
	ctl->limit = ~0u;
	vmm_thread_new(v, THREAD_REMAP, "worker");
	vmm_mode(v, 0, 0, GUEST_FAULT);
	before = ctl->pages;
	while (!vmm_error(v)) {
		ctl->longest = 0;
		ksft_sleep_ms(STEP_MS);
		now = ctl->pages;
		draw(now - before, ctl->longest);
		before = now;
	}
}

static const struct ksft_test tests[] = {
	{ "progress", progress },
};

KSFT_MAIN(tests);
