/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vm show`. */
#ifndef _CORDON_VMSHOW_H
#define _CORDON_VMSHOW_H

int vm_show_run(int argc, char **argv);

#endif /* _CORDON_VMSHOW_H */
