/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the measured guests run: 16-bit real-mode code at guest address 0x1000.
 * Each begins with an exit to user space. bguest_exits then makes %ebp exits
 * that stay in the kernel and writes what each of them cost to %edi.
 */
	.section .rodata
	.code16
	.globl bguest_start, bguest_exits, bguest_end
bguest_start:
	outb	%al, $0x80
	jmp	bguest_start

bguest_exits:
	outb	%al, $0x80
1:	rdtsc
	movl	%eax, %esi
	xorl	%eax, %eax
	cpuid
	rdtsc
	subl	%esi, %eax
	movl	%eax, (%edi)
	addl	$4, %edi
	decl	%ebp
	jnz	1b
	jmp	bguest_start
bguest_end:

	.section .note.GNU-stack, "", @progbits
