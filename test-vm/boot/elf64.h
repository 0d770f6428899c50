/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * ELF64 as far as an amd64 FreeBSD kernel needs it.  Own definitions, because
 * the shim is built where no <elf.h> for the target need exist.
 */

#ifndef SHIM_ELF64_H
#define	SHIM_ELF64_H

#include <stdint.h>

#define	ELF_MAGIC	0x464c457f	/* "\177ELF", read little-endian */
#define	ELF_CLASS64	2
#define	ELF_ET_EXEC	2
#define	ELF_EM_X86_64	62
#define	ELF_PT_LOAD	1
#define	ELF_SHT_SYMTAB	2

struct elf64_ehdr {
	uint32_t	magic;
	uint8_t		class;
	uint8_t		ident[11];
	uint16_t	type;
	uint16_t	machine;
	uint32_t	version;
	uint64_t	entry;
	uint64_t	phoff;
	uint64_t	shoff;
	uint32_t	flags;
	uint16_t	ehsize;
	uint16_t	phentsize;
	uint16_t	phnum;
	uint16_t	shentsize;
	uint16_t	shnum;
	uint16_t	shstrndx;
};

struct elf64_phdr {
	uint32_t	type;
	uint32_t	flags;
	uint64_t	offset;
	uint64_t	vaddr;
	uint64_t	paddr;
	uint64_t	filesz;
	uint64_t	memsz;
	uint64_t	align;
};

struct elf64_shdr {
	uint32_t	name;
	uint32_t	type;
	uint64_t	flags;
	uint64_t	addr;
	uint64_t	offset;
	uint64_t	size;
	uint32_t	link;
	uint32_t	info;
	uint64_t	addralign;
	uint64_t	entsize;
};

#endif /* !SHIM_ELF64_H */
