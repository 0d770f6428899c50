/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Entry from the Multiboot loader (32-bit protected mode, flat segments, no
 * paging, interrupts off) and the way out into the kernel (long mode).
 */

#include "multiboot.h"

#define	CR0_PG		0x80000000
#define	CR4_PAE		0x00000020
#define	MSR_EFER	0xc0000080
#define	EFER_LME	0x00000100

#define	SEL_CODE64	0x08
#define	SEL_DATA	0x10

	.section .multiboot, "a", @progbits
	.balign	4
	.long	MB_HEADER_MAGIC
	.long	MB_HEADER_FLAGS
	.long	-(MB_HEADER_MAGIC + MB_HEADER_FLAGS)

	.text
	.code32
	.globl	start
	.type	start, @function
start:
	cli
	cld
	movl	$stack_top, %esp
	xorl	%ebp, %ebp
	pushl	%ebx			/* struct mb_info * */
	pushl	%eax			/* magic */
	call	shim_main
0:	hlt
	jmp	0b
	.size	start, . - start

/*
 * void enter_kernel(uint32_t cr3, uint32_t modulep, uint32_t kernend,
 *     uint64_t entry)
 *
 * The kernel wants to find on its stack three 32-bit words: a return address
 * that it never uses, modulep and kernend.
 */
	.globl	enter_kernel
	.type	enter_kernel, @function
enter_kernel:
	movl	4(%esp), %eax
	movl	8(%esp), %esi
	movl	12(%esp), %edi
	movl	16(%esp), %ebx
	movl	20(%esp), %ebp

	movl	$stack_top, %esp
	pushl	%ebp			/* entry, for the far side */
	pushl	%ebx
	pushl	%edi			/* kernend */
	pushl	%esi			/* modulep */
	pushl	$0			/* return address */

	movl	%cr4, %edx
	orl	$CR4_PAE, %edx
	movl	%edx, %cr4
	movl	%eax, %cr3

	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr

	movl	%cr0, %eax
	orl	$CR0_PG, %eax
	movl	%eax, %cr0

	lgdt	gdt_pointer
	ljmp	$SEL_CODE64, $1f

	.code64
1:	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	%esp, %esp		/* clears the upper half */
	movq	12(%rsp), %rax
	jmp	*%rax
	.size	enter_kernel, . - enter_kernel

	.section .rodata
	.balign	8
gdt:	.quad	0
	.quad	0x00209b0000000000	/* code, ring 0, 64 bit */
	.quad	0x00cf93000000ffff	/* data, ring 0, flat */
gdt_end:

gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt

	.bss
	.balign	16
	.space	16384
stack_top:

	.section .note.GNU-stack, "", @progbits
