/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Unpacks the kernel's segments to their physical addresses and puts its
 * symbol and string tables behind them for DDB and the in-kernel linker.
 */

#include "elf64.h"
#include "shim.h"

/* A piece of the file, or fatal() if it is not all there. */
static const void *
file_at(const void *file, uint32_t size, uint64_t off, uint64_t len)
{

	if (off > size || len > size - off)
		fatal("kernel file is cut short", size);
	return ((const uint8_t *)file + (uint32_t)off);
}

static void
load_segments(const void *file, uint32_t size, const struct elf64_ehdr *eh,
    struct arena *a, struct kernel_image *ki)
{
	const struct elf64_phdr *ph;
	const void *src;
	uint64_t phys;
	uint32_t dst, end, floor, i;

	floor = a->next;
	ki->base = a->limit;
	ph = file_at(file, size, eh->phoff,
	    (uint64_t)eh->phnum * sizeof(*ph));
	for (i = 0; i < eh->phnum; i++) {
		if (ph[i].type != ELF_PT_LOAD || ph[i].memsz == 0)
			continue;
		/* Kernels carry virtual addresses in p_paddr as well. */
		phys = ph[i].vaddr - KERNBASE;
		if (ph[i].vaddr < KERNBASE || phys < floor ||
		    phys > a->limit || ph[i].memsz > a->limit - phys)
			fatal("kernel segment outside the room for it",
			    (uint32_t)phys);
		if (ph[i].filesz > ph[i].memsz)
			fatal("kernel segment longer in file than in memory",
			    (uint32_t)phys);
		src = file_at(file, size, ph[i].offset, ph[i].filesz);
		dst = (uint32_t)phys;
		end = dst + (uint32_t)ph[i].memsz;
		memcpy((void *)(uintptr_t)dst, src, (uint32_t)ph[i].filesz);
		memset((void *)(uintptr_t)(dst + (uint32_t)ph[i].filesz), 0,
		    (uint32_t)(ph[i].memsz - ph[i].filesz));
		if (dst < ki->base)
			ki->base = dst;
		arena_raise(a, end);
	}
	if (ki->base == a->limit)
		fatal("kernel has no segment to load", eh->phnum);
	ki->size = a->next - ki->base;
}

/* One table: its length as a 64-bit word, then its bytes. */
static void
copy_table(const void *file, uint32_t size, const struct elf64_shdr *sh,
    struct arena *a)
{
	const void *src;
	uint8_t *dst;

	src = file_at(file, size, sh->offset, sh->size);
	dst = arena_alloc(a, sizeof(uint64_t) + (uint32_t)sh->size,
	    sizeof(uint64_t));
	memcpy(dst, &sh->size, sizeof(uint64_t));
	memcpy(dst + sizeof(uint64_t), src, (uint32_t)sh->size);
}

static void
load_symbols(const void *file, uint32_t size, const struct elf64_ehdr *eh,
    struct arena *a, struct kernel_image *ki)
{
	const struct elf64_shdr *sh;
	uint32_t i;

	ki->ssym = ki->esym = 0;
	sh = file_at(file, size, eh->shoff,
	    (uint64_t)eh->shnum * sizeof(*sh));
	for (i = 0; i < eh->shnum; i++)
		if (sh[i].type == ELF_SHT_SYMTAB && sh[i].link < eh->shnum)
			break;
	if (i == eh->shnum)
		return;			/* stripped */
	ki->ssym = (a->next + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
	copy_table(file, size, &sh[i], a);
	copy_table(file, size, &sh[sh[i].link], a);
	ki->esym = a->next = (a->next + sizeof(uint64_t) - 1) &
	    ~(sizeof(uint64_t) - 1);
}

void
elf_load(const void *file, uint32_t size, struct arena *a,
    struct kernel_image *ki)
{
	const struct elf64_ehdr *eh;

	eh = file_at(file, size, 0, sizeof(*eh));
	if (eh->magic != ELF_MAGIC || eh->class != ELF_CLASS64 ||
	    eh->type != ELF_ET_EXEC || eh->machine != ELF_EM_X86_64 ||
	    eh->phentsize != sizeof(struct elf64_phdr))
		fatal("first module is not an amd64 FreeBSD kernel",
		    eh->magic);
	ki->entry = eh->entry;
	load_segments(file, size, eh, a, ki);
	load_symbols(file, size, eh, a, ki);
}
