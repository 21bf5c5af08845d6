/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making and removing a folder below another: who locks, who looks up and who
 * puts what changed with nearly each release.
 */
#ifndef _CORDON_COMPAT_LINUX_NAMEI_H
#define _CORDON_COMPAT_LINUX_NAMEI_H

#include_next <linux/namei.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/string.h>
#include <linux/version.h>

/* 6.19: one call locks and looks up, another one unlocks and puts. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
static inline int compat_mkdir(const struct path *dir, const char *name)
{
	struct dentry *child;

	child = start_creating_noperm(dir->dentry, &QSTR(name));
	if (IS_ERR(child))
		return PTR_ERR(child);
	child = vfs_mkdir(mnt_idmap(dir->mnt), d_inode(dir->dentry), child,
			  0755, NULL);
	end_creating(child);
	return PTR_ERR_OR_ZERO(child);
}

static inline int compat_rmdir(const struct path *dir, const char *name)
{
	struct dentry *child;
	int ret;

	child = start_removing_noperm(dir->dentry, &QSTR(name));
	if (IS_ERR(child))
		return PTR_ERR(child);
	ret = vfs_rmdir(mnt_idmap(dir->mnt), d_inode(dir->dentry), child, NULL);
	end_removing(child);
	return ret;
}
#else

/* 6.16 renamed it and took the length away. */
static inline struct dentry *compat_lookup(const struct path *dir,
					   const char *name)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return lookup_noperm(&QSTR(name), dir->dentry);
#else
	return lookup_one_len(name, dir->dentry, strlen(name));
#endif
}

/* 6.3 made the mapping of ids a type of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define compat_idmap mnt_user_ns
#else
#define compat_idmap mnt_idmap
#endif

/* 6.15 returns the dentry, and puts it if that fails. */
static inline int compat_mkdir(const struct path *dir, const char *name)
{
	struct inode *inode = d_inode(dir->dentry);
	struct dentry *child;
	int ret;

	inode_lock_nested(inode, I_MUTEX_PARENT);
	child = compat_lookup(dir, name);
	ret = PTR_ERR_OR_ZERO(child);
	if (!ret) {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
		child = vfs_mkdir(compat_idmap(dir->mnt), inode, child, 0755);
		ret = PTR_ERR_OR_ZERO(child);
#else
		ret = vfs_mkdir(compat_idmap(dir->mnt), inode, child, 0755);
#endif
		if (!IS_ERR(child))
			dput(child);
	}
	inode_unlock(inode);
	return ret;
}

static inline int compat_rmdir(const struct path *dir, const char *name)
{
	struct inode *inode = d_inode(dir->dentry);
	struct dentry *child;
	int ret;

	inode_lock_nested(inode, I_MUTEX_PARENT);
	child = compat_lookup(dir, name);
	ret = PTR_ERR_OR_ZERO(child);
	if (!ret) {
		ret = vfs_rmdir(compat_idmap(dir->mnt), inode, child);
		dput(child);
	}
	inode_unlock(inode);
	return ret;
}
#endif

#endif /* _CORDON_COMPAT_LINUX_NAMEI_H */
