// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes of the devices that a VMM has by VFIO: its open files name IOMMU
 * groups (/dev/vfio/12) or devices (/dev/vfio/devices/vfio3), sysfs knows the
 * node of each. The kernel module gets them as numa-prefer. The root is a
 * parameter: the unit tests build this file too.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vfio.h"

#define GROUP	"/dev/vfio/"
#define CDEV	"/dev/vfio/devices/"

/* One device, by its folder; a node below 0 is none. */
static void device_see(const char *dir, struct cpulist *nodes)
{
	char path[4096];
	int node = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s/numa_node", dir);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fscanf(f, "%d", &node) == 1 && node >= 0 && node <= CPULIST_MAX)
		cpulist_set(nodes, node, node);
	fclose(f);
}

static unsigned int group_see(const char *root, const char *group,
			      struct cpulist *nodes)
{
	char dir[2048], device[4096];
	struct dirent *entry;
	unsigned int n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/sys/kernel/iommu_groups/%s/devices", root,
		 group);
	d = opendir(dir);
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(device, sizeof(device), "%s/%s", dir, entry->d_name);
		device_see(device, nodes);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

static unsigned int cdev_see(const char *root, const char *name,
			     struct cpulist *nodes)
{
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/sys/class/vfio-dev/%s/device", root, name);
	device_see(dir, nodes);
	return 1;
}

static bool is_number(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* What a file descriptor is open on. */
static unsigned int file_see(const char *root, const char *target,
			     struct cpulist *nodes)
{
	const char *name = target + strlen(CDEV);

	if (!strncmp(target, CDEV, strlen(CDEV)) && *name && !strchr(name, '/'))
		return cdev_see(root, name, nodes);
	if (strncmp(target, GROUP, strlen(GROUP)))
		return 0;
	name = target + strlen(GROUP);
	/* /dev/vfio/vfio is no group, noiommu-3 has no IOMMU to tell of it. */
	return is_number(name) ? group_see(root, name, nodes) : 0;
}

unsigned int vfio_nodes(const char *root, uint32_t pid, struct cpulist *nodes)
{
	char dir[2048], path[4096], target[256];
	struct dirent *entry;
	unsigned int n = 0;
	ssize_t len;
	DIR *d;

	memset(nodes, 0, sizeof(*nodes));
	snprintf(dir, sizeof(dir), "%s/proc/%u/fd", root, pid);
	d = opendir(dir);
	while (d && (entry = readdir(d))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		len = readlink(path, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		n += file_see(root, target, nodes);
	}
	if (d)
		closedir(d);
	return n;
}
