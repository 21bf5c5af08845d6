// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that runs in a nested guest: says on its console which of its CPUs are
 * siblings, then "guest up", and sleeps. What keeps the guest busy is its
 * kernel's tick.
 *
 * It has no C library and hardly runs in user mode, on purpose: an emulated host
 * may give a guest one interrupt twice, which Linux bears in kernel mode only;
 * and it speaks through the kernel's log, which needs no interrupt of the serial
 * port's (Documentation/testing.rst, "Bugs of the emulator").
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

static void mount(const char *fs, const char *dir)
{
	call(__NR_mkdir, (long)dir, 0755, 0);
	call(__NR_mount, (long)fs, (long)dir, (long)fs);
}

/* "siblings of N: LIST", for each of up to ten CPUs; loud enough to be shown. */
static void tell_siblings(long log)
{
	static char path[] = "/sys/devices/system/cpu/cpu0/topology/thread_siblings_list";
	static char line[64] = "<2>siblings of 0: ";
	const long digit = sizeof("/sys/devices/system/cpu/cpu") - 1;
	const long start = sizeof("<2>siblings of 0: ") - 1;
	long fd, len;
	char cpu;

	for (cpu = '0'; cpu <= '9'; cpu++) {
		path[digit] = cpu;
		line[start - 3] = cpu;
		fd = call(__NR_open, (long)path, O_RDONLY, 0);
		if (fd < 0)
			return;
		len = call(__NR_read, fd, (long)line + start, sizeof(line) - start);
		call(__NR_close, fd, 0, 0);
		if (len > 0)
			call(__NR_write, log, (long)line, start + len);
	}
}

void _start(void)
{
	static const char log[] = "/dev/kmsg", up[] = "<2>guest up\n";
	long fd;

	mount("devtmpfs", "/dev");
	mount("sysfs", "/sys");
	fd = call(__NR_open, (long)log, O_WRONLY, 0);
	tell_siblings(fd);
	call(__NR_write, fd, (long)up, sizeof(up) - 1);
	for (;;)
		call(__NR_pause, 0, 0, 0);
}
