/* SPDX-License-Identifier: GPL-2.0-only */
/* A made tree of files, for tests of what reads /proc and /sys. */
#ifndef _CORDON_TESTS_TREE_H
#define _CORDON_TESTS_TREE_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree[64];

static inline void tree_make(void)
{
	strcpy(tree, "/tmp/cordon-test-XXXXXX");
	assert_non_null(mkdtemp(tree));
}

static inline void tree_drop(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", tree);
	assert_int_equal(system(command), 0);
}

/* All folders above a path. */
static inline void tree_above(const char *path)
{
	char part[512];
	char *slash;

	snprintf(part, sizeof(part), "%s/%s", tree, path);
	for (slash = strchr(part + strlen(tree) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0755);
		*slash = '/';
	}
}

static inline void tree_file(const char *path, const char *text)
{
	char whole[512];
	FILE *f;

	tree_above(path);
	snprintf(whole, sizeof(whole), "%s/%s", tree, path);
	f = fopen(whole, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline void tree_link(const char *path, const char *target)
{
	char whole[512];

	tree_above(path);
	snprintf(whole, sizeof(whole), "%s/%s", tree, path);
	assert_int_equal(symlink(target, whole), 0);
}

#endif /* _CORDON_TESTS_TREE_H */
