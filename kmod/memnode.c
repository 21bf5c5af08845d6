// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which nodes of the host hold a guest's memory.
 *
 * By samples, spread evenly over what the VMM has given to KVM as the guest's
 * memory. Nothing is faulted in: what has no page yet is on no node.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "kvm.h"
#include "memnode.h"
#include "vm.h"
#include "vmm.h"

#define MEMNODE_SAMPLES	512

/* Pieces of the guest's memory that are looked at; a VM has a few. */
#define MEMNODE_RANGES	128

/* Samples that are taken before a waiting mmap() of the VMM gets its turn. */
#define MEMNODE_BATCH	32

static struct mm_struct *memnode_get_mm(struct cordon_vm *vm)
{
	struct task_struct *leader, *t, *with_mm = NULL;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	leader = pid_task(vm->vmm->tgid, PIDTYPE_TGID);
	if (leader) {
		vmm_for_each_task(leader, t) {
			if (READ_ONCE(t->mm) != vm->vmm->mm)
				continue;
			with_mm = get_task_struct(t);
			break;
		}
	}
	rcu_read_unlock();
	if (with_mm) {
		mm = get_task_mm(with_mm);
		put_task_struct(with_mm);
	}
	return mm;
}

/* The node of the page at an address, NUMA_NO_NODE if there is none. */
static int memnode_of(struct mm_struct *mm, unsigned long addr)
{
	struct page *page;
	int node;

	/* Nor is a page of zeros the guest's. */
	if (compat_get_user_page_remote(mm, addr, FOLL_NOFAULT | FOLL_DUMP,
					&page) != 1)
		return NUMA_NO_NODE;
	node = page_to_nid(page);
	put_page(page);
	return node;
}

/* What lies @offset bytes into all ranges together. */
static unsigned long memnode_addr(const struct kvm_range *range,
				  unsigned int nr, u64 offset)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (offset < range[i].bytes)
			return (range[i].addr + offset) & PAGE_MASK;
		offset -= range[i].bytes;
	}
	return 0;
}

static void memnode_sample(struct mm_struct *mm, const struct kvm_range *range,
			   unsigned int nr, u64 *score, unsigned int nr_nodes)
{
	u64 bytes = 0, step, offset;
	unsigned int i;
	int node;

	for (i = 0; i < nr; i++)
		bytes += range[i].bytes;
	step = max_t(u64, div_u64(bytes, MEMNODE_SAMPLES), PAGE_SIZE);
	offset = step / 2;
	while (offset < bytes) {
		if (mmap_read_lock_killable(mm))
			return;
		for (i = 0; i < MEMNODE_BATCH && offset < bytes; i++) {
			node = memnode_of(mm, memnode_addr(range, nr, offset));
			if (node >= 0 && node < nr_nodes)
				score[node] += step;
			offset += step;
		}
		mmap_read_unlock(mm);
		cond_resched();
	}
}

/**
 * memnode_scores() - which nodes hold a guest's memory
 * @vm: the VM
 * @score: filled: by node, about how many bytes; all 0 if that is not known
 * @nr_nodes: entries of @score
 *
 * Context: process; takes the mmap_lock of the VMM.
 */
void memnode_scores(struct cordon_vm *vm, u64 *score, unsigned int nr_nodes)
{
	struct kvm_range *range;
	struct mm_struct *mm;
	unsigned int nr;

	memset(score, 0, nr_nodes * sizeof(*score));
	range = kmalloc_array(MEMNODE_RANGES, sizeof(*range), GFP_KERNEL);
	mm = range ? memnode_get_mm(vm) : NULL;
	if (mm) {
		nr = kvm_weak_ranges(&vm->kvm, range, MEMNODE_RANGES);
		memnode_sample(mm, range, nr, score, nr_nodes);
		mmput(mm);
	}
	kfree(range);
}
