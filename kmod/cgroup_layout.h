/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_CGROUP_LAYOUT_H
#define _CORDON_CGROUP_LAYOUT_H

#include <linux/types.h>

struct cgroup_want;
struct refusal;

/**
 * struct cgroup_layout - how a VMM lay in its cgroups when it was found
 * @home: the cgroup of its main thread
 * @home_id: its id
 * @own: the cgroup that is the VMM's alone; NULL: it shares @home with others
 * @stranger: one of those others; 0 if none is in @home itself
 * @libvirt: @own has libvirt's groups for the VM's threads below it, of which
 *	@home is the emulator's
 */
struct cgroup_layout {
	char *home;
	u64 home_id;
	char *own;
	pid_t stranger;
	bool libvirt;
};

int cgroup_layout_find(struct cgroup_layout *layout,
		       const struct cgroup_want *want, struct refusal *why);
int cgroup_layout_copy(struct cgroup_layout *layout,
		       const struct cgroup_layout *from);
void cgroup_layout_free(struct cgroup_layout *layout);

const char *cgroup_basename(const char *path);

#endif /* _CORDON_CGROUP_LAYOUT_H */
