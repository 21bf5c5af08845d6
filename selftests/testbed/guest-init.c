// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that runs in a nested guest: says "guest up" on its console, and sleeps.
 * What keeps the guest busy is its kernel's tick.
 *
 * It has no C library and hardly runs in user mode, on purpose: an emulated host
 * may give a guest one interrupt twice, which Linux bears in kernel mode only
 * (Documentation/testing.rst, "Bugs of the emulator").
 */
#include <asm/fcntl.h>
#include <asm/unistd.h>

static long call(long number, long a, long b, long c)
{
	register long r10 asm("r10") = 0;
	register long r8 asm("r8") = 0;
	long result;

	asm volatile("syscall" : "=a"(result)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
		     : "rcx", "r11", "memory");
	return result;
}

void _start(void)
{
	static const char dev[] = "/dev", fs[] = "devtmpfs";
	static const char console[] = "/dev/console", up[] = "guest up\n";
	long fd;

	call(__NR_mkdir, (long)dev, 0755, 0);
	call(__NR_mount, (long)fs, (long)dev, (long)fs);
	fd = call(__NR_open, (long)console, O_WRONLY, 0);
	call(__NR_write, fd, (long)up, sizeof(up) - 1);
	for (;;)
		call(__NR_pause, 0, 0, 0);
}
