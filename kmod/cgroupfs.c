// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of cgroup v2: one kernel thread of cordon's own reads and writes
 * them. From a VMM's thread it would happen with that VMM's credentials and in
 * its cgroup namespace; a kernel thread has the kernel's, and the initial
 * namespaces. The thread is made at the first use.
 *
 * Where user space has mounted the hierarchy does not matter, only that it has:
 * while a function runs there is a mount that nobody else sees. It is a mount
 * of the superblock that exists, not one more mount(2) of cgroup2: that would
 * set the options of the whole hierarchy (nsdelegate, memory_recursiveprot and
 * the others) to its own, and whatever it read them from a moment before, a
 * remount meanwhile would be undone.
 *
 * Knows nothing of VMs, threads and policies.
 */
#include <linux/cgroup.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/namei.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "cgroupfs.h"

/* rmdir waits for exiting threads: so often, a millisecond or two each. */
#define CGROUPFS_RMDIR_TRIES 20

/* A call of cgroupfs_run(), on its caller's stack. */
struct cgroupfs_call {
	struct kthread_work work;
	int (*fn)(void *arg);
	void *arg;
	int ret;
};

/* Only for making the worker; nests inside whatever the callers hold. */
static DEFINE_MUTEX(cgroupfs_mutex);
static struct kthread_worker *cgroupfs_worker;

/* The worker's own: only while it runs a function, and only if that needs it. */
static struct vfsmount *cgroupfs_mnt;

static bool cgroupfs_in_worker(void)
{
	struct kthread_worker *worker = READ_ONCE(cgroupfs_worker);

	return !WARN_ON_ONCE(!worker || worker->task != current);
}

static void cgroupfs_call(struct kthread_work *work)
{
	struct cgroupfs_call *call =
		container_of(work, struct cgroupfs_call, work);

	call->ret = call->fn(call->arg);
	mntput(cgroupfs_mnt);
	cgroupfs_mnt = NULL;
}

static struct kthread_worker *cgroupfs_get_worker(void)
{
	struct kthread_worker *worker;

	mutex_lock(&cgroupfs_mutex);
	worker = cgroupfs_worker;
	if (!worker) {
		worker = kthread_run_worker(0, "cordon-cgroup");
		if (!IS_ERR(worker))
			WRITE_ONCE(cgroupfs_worker, worker);
	}
	mutex_unlock(&cgroupfs_mutex);
	return worker;
}

/**
 * cgroupfs_run() - run a function on the thread that does the cgroup I/O
 * @fn: the function; all that needs the cgroup files is called from it
 * @arg: its argument
 *
 * One function at a time, in the order of the calls. The caller waits for its
 * end, whatever signals come, so @fn may use what the caller holds and must not
 * lock it. A write can wait for an RCU grace period (a move between cgroups)
 * and for cgroup_mutex, under which the kernel waits for forks and exits:
 * neither @fn nor anyone before it in the queue may wait for a thread that
 * waits here.
 *
 * Context: process, under no lock that is taken under cgroup_mutex; not @fn.
 * Return: what @fn returns, -EDEADLK if called from @fn, or -errno if there is
 * no thread to be had.
 */
int cgroupfs_run(int (*fn)(void *arg), void *arg)
{
	struct cgroupfs_call call = { .fn = fn, .arg = arg };
	struct kthread_worker *worker = cgroupfs_get_worker();

	if (IS_ERR(worker))
		return PTR_ERR(worker);
	if (WARN_ON_ONCE(worker->task == current))
		return -EDEADLK;
	kthread_init_work(&call.work, cgroupfs_call);
	kthread_queue_work(worker, &call.work);
	kthread_flush_work(&call.work);
	return call.ret;
}

/**
 * cgroupfs_exit() - end the thread, if there is one
 *
 * Context: process, when nobody calls cgroupfs_run() any more.
 */
void cgroupfs_exit(void)
{
	if (cgroupfs_worker)
		kthread_destroy_worker(cgroupfs_worker);
	cgroupfs_worker = NULL;
}

/* Its s_umount is held, so that it does not go before it is counted. */
static void cgroupfs_get_root(struct super_block *sb, void *arg)
{
	struct dentry **root = arg;

	if (!*root && atomic_inc_not_zero(&sb->s_active))
		*root = dget(sb->s_root);
}

/* The hierarchy has one superblock, if user space has mounted it at all. */
static struct vfsmount *cgroupfs_mount(void)
{
	struct file_system_type *type = get_fs_type("cgroup2");
	struct fs_context *fc;
	struct vfsmount *mnt;

	if (!type)
		return ERR_PTR(-ENODEV);
	fc = fs_context_for_mount(type, SB_KERNMOUNT);
	if (IS_ERR(fc))
		return ERR_CAST(fc);
	iterate_supers_type(type, cgroupfs_get_root, &fc->root);
	mnt = fc->root ? vfs_create_mount(fc) : ERR_PTR(-ENODEV);
	/* Puts the root and its superblock too. */
	put_fs_context(fc);
	return mnt;
}

/* The root; borrowed, until the function that runs has ended. */
static int cgroupfs_root(struct path *root)
{
	struct vfsmount *mnt;

	if (!cgroupfs_in_worker())
		return -EPERM;
	if (!cgroupfs_mnt) {
		mnt = cgroupfs_mount();
		if (IS_ERR(mnt))
			return PTR_ERR(mnt);
		cgroupfs_mnt = mnt;
	}
	root->mnt = cgroupfs_mnt;
	root->dentry = cgroupfs_mnt->mnt_root;
	return 0;
}

static struct file *cgroupfs_open(const char *path, const char *file, int flags)
{
	struct file *opened;
	struct path root;
	char *name;
	int ret;

	ret = cgroupfs_root(&root);
	if (ret)
		return ERR_PTR(ret);
	name = kasprintf(GFP_KERNEL, "%s/%s", path, file);
	if (!name)
		return ERR_PTR(-ENOMEM);
	opened = file_open_root(&root, name, flags, 0);
	kfree(name);
	return opened;
}

/* A kernel thread's fput() is late: then the mount would outlive its put. */
static void cgroupfs_close(struct file *file)
{
	__fput_sync(file);
}

/**
 * cgroupfs_usable() - can cgroup v2 cap CPU time on this host?
 * @why: set to why not, for a user, if it is -EOPNOTSUPP
 *
 * Changes nothing. Not cached: cgroup v1 may be mounted at any time. Whether
 * another controller is there, cgroupfs_lists("/", "cgroup.controllers",
 * "memory") tells.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0, -EOPNOTSUPP if not, or another -errno if that cannot be told.
 */
int cgroupfs_usable(const char **why)
{
	int ret = cgroupfs_lists("/", "cgroup.controllers", "cpu");

	if (ret > 0)
		return 0;
	if (ret == -ENODEV)
		*why = "cgroup v2 is not mounted on this host";
	else if (!ret)
		*why = "the cpu controller is not on cgroup v2 here (a v1 or hybrid host)";
	else
		return ret;
	return -EOPNOTSUPP;
}

/**
 * cgroupfs_read() - the text of a cgroup's file
 * @path: the cgroup
 * @file: the file's name
 * @buf: filled with its text, without the last newline, and a NUL; empty if
 *	that fails
 * @size: of @buf, at least 1
 *
 * Context: in a function of cgroupfs_run().
 * Return: the length without the NUL, -E2BIG if it does not fit, -ENOENT or
 * -ENODEV if there is no such cgroup or it went meanwhile, -ENODEV also if
 * cgroup2 is not mounted, or another -errno of the kernel's.
 */
int cgroupfs_read(const char *path, const char *file, char *buf, size_t size)
{
	struct file *opened = cgroupfs_open(path, file, O_RDONLY);
	size_t used = 0;
	loff_t pos = 0;
	ssize_t ret;

	buf[0] = '\0';
	if (IS_ERR(opened))
		return PTR_ERR(opened);
	/* The byte for the NUL too: if it is read, the text does not fit. */
	do {
		ret = kernel_read(opened, buf + used, size - used, &pos);
		if (ret > 0)
			used += ret;
	} while (ret > 0 && used < size);
	cgroupfs_close(opened);
	if (used == size)
		ret = -E2BIG;
	if (ret < 0)
		used = 0;
	if (used && buf[used - 1] == '\n')
		used--;
	buf[used] = '\0';
	return ret < 0 ? ret : used;
}

/* Gives the whole lines of a text to a function and removes them from it. */
static int cgroupfs_take_lines(char *buf, size_t *used,
			       int (*fn)(const char *line, void *arg),
			       void *arg)
{
	char *line = buf, *end;
	int ret = 0;

	while (!ret) {
		end = memchr(line, '\n', *used);
		if (!end)
			break;
		*end++ = '\0';
		ret = fn(line, arg);
		*used -= end - line;
		line = end;
	}
	memmove(buf, line, *used);
	return ret;
}

/**
 * cgroupfs_each_line() - call a function for each line of a cgroup's file
 * @path: the cgroup
 * @file: the file's name
 * @fn: the function; ends the walk by returning something else than 0
 * @arg: its second argument
 *
 * For files that may be long, cgroup.procs and cgroup.threads. @fn may do I/O
 * of its own and move the very thread of the line; one that comes meanwhile may
 * be missed: who wants all walks until nothing is left.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0, what @fn returned if not 0, or -errno as of cgroupfs_read().
 */
int cgroupfs_each_line(const char *path, const char *file,
		       int (*fn)(const char *line, void *arg), void *arg)
{
	struct file *opened = cgroupfs_open(path, file, O_RDONLY);
	size_t used = 0;
	loff_t pos = 0;
	ssize_t ret;
	char *buf;

	if (IS_ERR(opened))
		return PTR_ERR(opened);
	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!buf)
		ret = -ENOMEM;
	while (buf) {
		/* No room: a line that is longer than a page. */
		ret = -E2BIG;
		if (used == PAGE_SIZE)
			break;
		ret = kernel_read(opened, buf + used, PAGE_SIZE - used, &pos);
		if (ret <= 0)
			break;
		used += ret;
		ret = cgroupfs_take_lines(buf, &used, fn, arg);
		if (ret)
			break;
	}
	kfree(buf);
	cgroupfs_close(opened);
	return ret;
}

/* Is a word one of those of a line? */
static bool cgroupfs_has_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	while (*line) {
		size_t next = strcspn(line, " ");

		if (next == len && !strncmp(line, word, len))
			return true;
		line += next;
		line += strspn(line, " ");
	}
	return false;
}

/* Names of children, each with its NUL, one after the other. */
struct cgroupfs_names {
	struct dir_context ctx;
	char *buf;
	size_t size;
	size_t used;
	bool full;
};

static bool cgroupfs_take_name(struct dir_context *ctx, const char *name,
			       int len, loff_t pos, u64 ino, unsigned int type)
{
	struct cgroupfs_names *names =
		container_of(ctx, struct cgroupfs_names, ctx);

	if (type != DT_DIR || name[0] == '.')
		return true;
	names->full = names->size - names->used <= len + 1;
	if (names->full)
		return false;
	memcpy(names->buf + names->used, name, len);
	names->used += len;
	names->buf[names->used++] = '\0';
	return true;
}

/**
 * cgroupfs_children() - the names of the cgroups below one
 * @path: the cgroup
 * @buf: filled with them, each with a NUL, and an empty one at the end
 * @size: of @buf, at least 1
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0, -E2BIG if they do not fit, or -errno as of cgroupfs_read().
 */
int cgroupfs_children(const char *path, char *buf, size_t size)
{
	struct file *opened = cgroupfs_open(path, "", O_RDONLY | O_DIRECTORY);
	struct cgroupfs_names names = {
		.ctx.actor = cgroupfs_take_name, .buf = buf, .size = size,
	};
	int ret;

	if (IS_ERR(opened))
		return PTR_ERR(opened);
	ret = iterate_dir(opened, &names.ctx);
	cgroupfs_close(opened);
	buf[names.used] = '\0';
	return names.full ? -E2BIG : ret;
}

/**
 * cgroupfs_lists() - is a word in a cgroup's file?
 * @path: the cgroup
 * @file: the file's name; one of few words, like cgroup.controllers
 * @word: the word
 *
 * Context: in a function of cgroupfs_run().
 * Return: 1 if so, 0 if not, or -errno as of cgroupfs_read().
 */
int cgroupfs_lists(const char *path, const char *file, const char *word)
{
	char words[256];
	int ret = cgroupfs_read(path, file, words, sizeof(words));

	return ret < 0 ? ret : cgroupfs_has_word(words, word);
}

/**
 * cgroupfs_write() - write a cgroup's file
 * @path: the cgroup
 * @file: the file's name
 * @text: what to write, in one piece; the newline is not needed
 *
 * Process and thread ids are those of the initial namespace.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0, or -errno: as of cgroupfs_read(), and what the file answers.
 */
int cgroupfs_write(const char *path, const char *file, const char *text)
{
	struct file *opened = cgroupfs_open(path, file, O_WRONLY);
	loff_t pos = 0;
	ssize_t ret;

	if (IS_ERR(opened))
		return PTR_ERR(opened);
	ret = kernel_write(opened, text, strlen(text), &pos);
	cgroupfs_close(opened);
	return ret < 0 ? ret : 0;
}

/**
 * cgroupfs_move() - move a thread to a cgroup
 * @path: the cgroup
 * @tid: the thread's id in the initial namespace, as text
 *
 * A thread that cpu.max keeps waiting where it is becomes runnable by the move,
 * but nobody tells its CPU (sched_move_task(), read in 6.1 and 6.12): if that one
 * is idle, the thread waited for up to a second, seen on 6.12. So those that
 * are idle are made to look.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0 or -errno as of cgroupfs_write(), -ESRCH if there is no such thread.
 */
int cgroupfs_move(const char *path, const char *tid)
{
	int ret = cgroupfs_write(path, "cgroup.threads", tid);

	if (!ret)
		wake_up_all_idle_cpus();
	return ret;
}

/* Do something with a name in a cgroup's folder. */
static int cgroupfs_in_folder(const char *path, const char *name,
			      int (*fn)(const struct path *dir, const char *name))
{
	struct file *dir = cgroupfs_open(path, ".", O_PATH | O_DIRECTORY);
	int ret;

	if (IS_ERR(dir))
		return PTR_ERR(dir);
	ret = mnt_want_write(dir->f_path.mnt);
	if (!ret) {
		ret = fn(&dir->f_path, name);
		mnt_drop_write(dir->f_path.mnt);
	}
	cgroupfs_close(dir);
	return ret;
}

/**
 * cgroupfs_mkdir() - make a cgroup
 * @path: the cgroup that it is made in
 * @name: its name there
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0, -EEXIST if it is there, -ENOENT or -ENODEV as of cgroupfs_read(),
 * or what else the kernel answers (-EAGAIN at its own limits).
 */
int cgroupfs_mkdir(const char *path, const char *name)
{
	return cgroupfs_in_folder(path, name, compat_mkdir);
}

/* A line of cgroup.threads: 1 if the thread neither exits nor was killed. */
static int cgroupfs_is_staying(const char *line, void *arg)
{
	struct task_struct *task;
	struct pid *pid;
	bool staying;
	int tid, ret;

	ret = kstrtoint(line, 10, &tid);
	if (ret)
		return ret;
	pid = find_get_pid(tid);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task)
		return 0;
	staying = !(READ_ONCE(task->flags) & PF_EXITING) &&
		  !(READ_ONCE(task->signal->flags) & SIGNAL_GROUP_EXIT);
	put_task_struct(task);
	return staying;
}

/* Not 0 if waiting for the exiting threads would not help. */
static int cgroupfs_is_held(const char *path, const char *name)
{
	char *child;
	int ret;

	child = kasprintf(GFP_KERNEL, "%s/%s", path, name);
	if (!child)
		return -ENOMEM;
	ret = cgroupfs_each_line(child, "cgroup.threads", cgroupfs_is_staying,
				 NULL);
	kfree(child);
	return ret;
}

/**
 * cgroupfs_rmdir() - remove a cgroup that has no threads and no children
 * @path: the cgroup that it is in
 * @name: its name there
 *
 * A thread that exits belongs to its cgroup until late in its exit, after it
 * has given back memory and files: so long 6.1 and 6.12 answer -EBUSY, 7.3 does
 * not count it. If there are only such threads, or killed ones, this waits for
 * them, some 20 to 40 ms; who ends with large memory takes longer, and the
 * caller tries again. With children and no threads of its own that is in vain:
 * the children go first.
 * Kernels around 7.0 wait by themselves, without end: so do not run this for an
 * exiting thread that waits for it.
 *
 * Context: in a function of cgroupfs_run().
 * Return: 0, -EBUSY if there are threads or children, -ENOENT or -ENODEV as of
 * cgroupfs_read().
 */
int cgroupfs_rmdir(const char *path, const char *name)
{
	int i, ret;

	for (i = 0; ; i++) {
		ret = cgroupfs_in_folder(path, name, compat_rmdir);
		if (ret != -EBUSY || i == CGROUPFS_RMDIR_TRIES ||
		    cgroupfs_is_held(path, name))
			return ret;
		usleep_range(1000, 2000);
	}
}

/**
 * cgroupfs_id() - the id of a cgroup
 * @path: the cgroup
 *
 * Ids are not used again while the system runs, names are.
 *
 * Context: in a function of cgroupfs_run().
 * Return: the id, or 0 if there is no such cgroup.
 */
u64 cgroupfs_id(const char *path)
{
	struct cgroup *cgrp;
	u64 id;

	/* The path is looked up in the namespace of the current task. */
	if (!cgroupfs_in_worker())
		return 0;
	cgrp = cgroup_get_from_path(path);
	if (IS_ERR(cgrp))
		return 0;
	id = cgroup_id(cgrp);
	cgroup_put(cgrp);
	return id;
}

/**
 * cgroupfs_path_of() - the cgroup that a task is in
 * @task: the task, with a reference
 * @buf: filled with the cgroup's path
 * @size: of @buf; PATH_MAX is enough for all that can be opened
 *
 * A task that has ended, or ends, may be in one that is already removed.
 *
 * Context: any in which a spinlock may be taken.
 * Return: the length without the NUL, or -E2BIG if it does not fit with a byte
 * to spare.
 */
int cgroupfs_path_of(struct task_struct *task, char *buf, size_t size)
{
	int len;

	rcu_read_lock();
	len = cgroup_path(task_dfl_cgroup(task), buf, size);
	rcu_read_unlock();
	/* Cut off, or perhaps: what tells it differs between kernels. */
	return len < 0 || len + 1 >= size ? -E2BIG : len;
}

/**
 * cgroupfs_id_of() - the id of the cgroup that a task is in
 * @task: the task, with a reference
 *
 * Cheap: to see whether a task is still where it was put.
 *
 * Context: any.
 * Return: the id, as of cgroupfs_id().
 */
u64 cgroupfs_id_of(struct task_struct *task)
{
	u64 id;

	rcu_read_lock();
	id = cgroup_id(task_dfl_cgroup(task));
	rcu_read_unlock();
	return id;
}
