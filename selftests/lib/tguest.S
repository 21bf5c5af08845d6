/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a vCPU of the test VMM runs: flat 32-bit code without paging, copied to
 * guest address 0x1000 (so: relative jumps only). %esi is the vCPU's control
 * block (struct tguest_ctl), %edi to %ebp the memory that it may write. The
 * mode is read in each round, so that the host can change it at any time.
 * Interrupts stay on: an emulator without preemption of guests needs that.
 *
 * QEMU's TCG (7.2) forgets the shadow of STI when a VM exit falls into it, and
 * then takes an interrupt between STI and HLT. So a halting guest is woken by a
 * periodic timer, and who wakes a sleeping one looks whether it woke.
 */
#define APIC_EOI	0xfee000b0
#define APIC_SPIV	0xfee000f0
#define APIC_LVTT	0xfee00320
#define APIC_TMICT	0xfee00380
#define APIC_TDCR	0xfee003e0

/* As in tvmm.h. */
#define FAULT_BASE	0x40000000
#define FAULT_END	0xf0000000

	.section .rodata
	.code32
	.globl tguest_start, tguest_irq, tguest_end
tguest_start:
	movl	$0x1ff, APIC_SPIV
	movl	$0xb, APIC_TDCR
	movl	$0x20020, APIC_LVTT		# periodic
	movl	%edi, %edx
	sti
next:
	movl	(%esi), %eax
	incl	4(%esi)
	cmpl	$1, %eax
	jb	next			# 0: spin
	je	halt			# 1: halt, wake by timer
	cmpl	$3, %eax
	jb	sleep			# 2: halt until an interrupt from outside
	je	io			# 3: port I/O, an exit to user space
	cmpl	$5, %eax
	jb	write			# 4: write memory, page after page
	je	exit			# 5: an exit that stays in the kernel
	cmpl	$7, %eax
	je	fault			# 7: touch new memory, by its own clock
	jmp	next

halt:
	cmpl	$0, 12(%esi)
	jne	1f
	movl	8(%esi), %eax
	movl	%eax, APIC_TMICT
	movl	$1, 12(%esi)
1:	hlt
	jmp	next

sleep:
	cli
	movl	$0, APIC_TMICT
	movl	$0, 12(%esi)
	cmpl	$2, (%esi)
	jne	awake
	sti
	hlt
	jmp	next
awake:
	sti
	jmp	next

io:
	outb	%al, $0x80
	jmp	next

write:
	movl	%eax, (%edx)
	addl	$4096, %edx
	cmpl	%ebp, %edx
	jb	next
	movl	%edi, %edx
	jmp	next

exit:
	xorl	%eax, %eax
	cpuid
	movl	%edi, %edx
	jmp	next

/*
 * One page that the host has not mapped yet, and how long it was since the one
 * before: pages, the last time, the longest gap, what counts as one, how many
 * there were, the next page. With its last page the guest spins.
 */
fault:
	movl	36(%esi), %ebx
	testl	%ebx, %ebx
	jnz	1f
	movl	$FAULT_BASE, %ebx
1:	cmpl	$FAULT_END, %ebx
	jae	next
	movl	%eax, (%ebx)
	addl	$4096, %ebx
	movl	%ebx, 36(%esi)
	incl	16(%esi)
	rdtsc
	movl	20(%esi), %ecx
	movl	%eax, 20(%esi)
	testl	%ecx, %ecx
	jz	2f
	subl	%ecx, %eax
	cmpl	24(%esi), %eax
	jbe	2f
	movl	%eax, 24(%esi)
2:	testl	%ecx, %ecx
	jz	3f
	cmpl	28(%esi), %eax
	jbe	3f
	incl	32(%esi)
3:	movl	%edi, %edx
	jmp	next

tguest_irq:
	movl	$0, APIC_EOI
	iretl
tguest_end:

	.section .note.GNU-stack, "", @progbits
