/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The part of the Multiboot specification, version 0.6.96, that QEMU speaks
 * when it is given an ELF32 file with -kernel.
 */

#ifndef SHIM_MULTIBOOT_H
#define	SHIM_MULTIBOOT_H

#define	MB_HEADER_MAGIC		0x1badb002
#define	MB_HEADER_FLAGS		0x00000003	/* align modules, want memory */
#define	MB_BOOT_MAGIC		0x2badb002	/* in %eax at entry */

#define	MB_INFO_MODS		0x00000008
#define	MB_INFO_MMAP		0x00000040

#ifndef __ASSEMBLER__
#include <stdint.h>

struct mb_info {
	uint32_t	flags;
	uint32_t	mem_lower;
	uint32_t	mem_upper;
	uint32_t	boot_device;
	uint32_t	cmdline;
	uint32_t	mods_count;
	uint32_t	mods_addr;
	uint32_t	syms[4];
	uint32_t	mmap_length;
	uint32_t	mmap_addr;
};

struct mb_module {
	uint32_t	start;
	uint32_t	end;
	uint32_t	string;
	uint32_t	reserved;
};

/* 'size' does not count itself. */
struct mb_mmap {
	uint32_t	size;
	uint64_t	base;
	uint64_t	length;
	uint32_t	type;
} __attribute__((__packed__));
#endif /* !__ASSEMBLER__ */

#endif /* !SHIM_MULTIBOOT_H */
