// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and disks: files of the VM's topmost cgroup.
 *
 * In functions of cgroupfs_run().
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cgroup.h"
#include "cgroup_call.h"
#include "cgroup_group.h"
#include "cgroup_layout.h"
#include "cgroupfs.h"
#include "check.h"
#include "value.h"

static int cgroup_write(struct cgroup_call *c, u32 key, const char *path,
			const char *file, const char *text)
{
	int ret = cgroup_file_write(&c->g->files, c->g->turn, path, file, "",
				    text, NULL);

	return ret ? cgroup_fail(c, ret, key, file, path) : 0;
}

/**
 * cgroup_want_memory() - memory.* as wanted
 * @c: the call, checked
 *
 * The higher ones first: whoever raises them all has no moment in which the
 * VM's memory is reclaimed for the old one.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno, with the reason.
 */
int cgroup_want_memory(struct cgroup_call *c)
{
	static const char * const files[] = {
		"memory.min", "memory.low", "memory.high", "memory.max",
	};
	char text[CGROUP_TEXT_LEN];
	int i, ret = 0;
	u64 bytes;
	u32 key;

	for (i = ARRAY_SIZE(files) - 1; !ret && i >= 0; i--) {
		key = CORDON_A_POLICY_MEMORY_MIN + i;
		if (!policy_get_memory(c->want->p, key, &bytes))
			continue;
		cgroup_bytes_text(bytes, text);
		ret = cgroup_write(c, key, c->g->layout.own, files[i], text);
	}
	return ret;
}

static int io_add(char *text, int len, const char *name, u64 value)
{
	if (!value)
		return len;
	if (value == CORDON_UNLIMITED)
		return len + scnprintf(text + len, CGROUP_TEXT_LEN - len,
				       " %s=max", name);
	return len + scnprintf(text + len, CGROUP_TEXT_LEN - len, " %s=%llu",
			       name, value);
}

static int cgroup_want_disk(struct cgroup_call *c, const struct policy_io *io)
{
	char text[CGROUP_TEXT_LEN], back[CGROUP_TEXT_LEN], line[16];
	const u32 key = CORDON_A_POLICY_IO_MAX;
	int len, ret;

	scnprintf(line, sizeof(line), "%u:%u ", io->major, io->minor);
	scnprintf(back, sizeof(back), "%srbps=max wbps=max riops=max wiops=max",
		  line);
	len = scnprintf(text, sizeof(text), "%u:%u", io->major, io->minor);
	len = io_add(text, len, "rbps", io->rbps);
	len = io_add(text, len, "wbps", io->wbps);
	len = io_add(text, len, "riops", io->riops);
	io_add(text, len, "wiops", io->wiops);
	ret = cgroup_file_write(&c->g->files, c->g->turn, c->g->layout.own,
				"io.max", line, text, back);
	if (ret == -ENODEV)
		return refuse(c->why, ret, key, "io-max: there is no disk %u:%u",
			      io->major, io->minor);
	return ret ? cgroup_fail(c, ret, key, text, c->g->layout.own) : 0;
}

/**
 * cgroup_want_disks() - io.max as wanted
 * @c: the call, checked
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or a negative errno, with the reason.
 */
int cgroup_want_disks(struct cgroup_call *c)
{
	const struct policy_io *io;
	int ret = 0;
	u32 i;

	for (i = 0; !ret && (io = policy_get_io(c->want->p, i)); i++)
		ret = cgroup_want_disk(c, io);
	return ret;
}
