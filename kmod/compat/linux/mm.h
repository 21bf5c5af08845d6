/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _CORDON_COMPAT_LINUX_MM_H
#define _CORDON_COMPAT_LINUX_MM_H

#include_next <linux/mm.h>
#include <linux/version.h>

/* 6.5 took the VMAs away that it could return. */
static inline long compat_get_user_page_remote(struct mm_struct *mm,
					       unsigned long addr,
					       unsigned int flags,
					       struct page **page)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return get_user_pages_remote(mm, addr, 1, flags, page, NULL);
#else
	return get_user_pages_remote(mm, addr, 1, flags, page, NULL, NULL);
#endif
}

#endif /* _CORDON_COMPAT_LINUX_MM_H */
