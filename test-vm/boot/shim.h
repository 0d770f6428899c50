/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

#ifndef SHIM_H
#define	SHIM_H

#include <stddef.h>
#include <stdint.h>

#include "multiboot.h"

/* The kernel is linked here; physical address zero appears at this address. */
#define	KERNBASE	0xffffffff80000000ULL

/* One entry of the top page table, all of the shadow. */
#define	KASAN_SHADOW	0xfffff78000000000ULL

#define	PAGE_SIZE	4096U

/*
 * Everything that the kernel reads before it runs on page tables and memory
 * of its own is laid out upwards from the kernel's load address in one piece:
 * segments, symbols, module records, environment, page tables.  The arena's
 * end is what the kernel is told as the first byte it may allocate.
 */
struct arena {
	uint32_t	next;	/* first free byte */
	uint32_t	limit;	/* here the shim itself begins */
};

struct kernel_image {
	uint64_t	entry;	/* virtual */
	uint32_t	base;	/* physical, as are the following */
	uint32_t	size;
	uint32_t	ssym;	/* 0: the file has no symbols */
	uint32_t	esym;
};

/* arena.c */
void		*arena_alloc(struct arena *, uint32_t size, uint32_t align);
void		 arena_raise(struct arena *, uint32_t to);

/* console.c */
void		 fatal(const char *what, uint32_t value) __attribute__((__noreturn__));

/* elfload.c */
void		 elf_load(const void *file, uint32_t size, struct arena *,
		    struct kernel_image *);

/* modinfo.c */
uint32_t	 modinfo_build(struct arena *, const struct kernel_image *,
		    const struct mb_info *, uint32_t envp, uint32_t howto,
		    uint32_t **kernendp);

/* kenv.c */
uint32_t	 kenv_build(struct arena *, const char *text, uint32_t size,
		    uint32_t *howto);

/* paging.c */
uint32_t	 paging_build(struct arena *);

/* start.S */
void		 enter_kernel(uint32_t cr3, uint32_t modulep, uint32_t kernend,
		    uint64_t entry) __attribute__((__noreturn__));
extern char	 shim_start[], shim_end[];

/* string.c */
void		*memcpy(void * restrict, const void * restrict, size_t);
void		*memset(void *, int, size_t);
int		 memcmp(const void *, const void *, size_t);
size_t		 strlen(const char *);

#endif /* !SHIM_H */
