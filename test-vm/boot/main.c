/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Boots an amd64 FreeBSD kernel under "qemu -kernel", without firmware disk,
 * boot loader or boot menu, in well under a second:
 *
 *	qemu-system-x86_64 -kernel shim.elf -initrd kernel,kenv
 *
 * The first module is the kernel's ELF file, the second its environment, one
 * name=value a line.
 */

#include "shim.h"

#define	KERNEL_FLOOR	0x100000	/* nothing is loaded below 1 MB */

#define	MODULE_KERNEL	0
#define	MODULE_KENV	1
#define	MODULE_COUNT	2

void	shim_main(uint32_t magic, const struct mb_info *mbi);

static uint32_t
round_page(uint32_t v)
{

	return ((v + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
}

void
shim_main(uint32_t magic, const struct mb_info *mbi)
{
	struct arena a;
	struct kernel_image ki;
	const struct mb_module *mod;
	uint32_t *kernendp;
	uint32_t cr3, envp, howto, kernend, modulep;

	if (magic != MB_BOOT_MAGIC)
		fatal("not started by a Multiboot loader", magic);
	if ((mbi->flags & MB_INFO_MMAP) == 0)
		fatal("no memory map from the Multiboot loader", mbi->flags);
	if ((mbi->flags & MB_INFO_MODS) == 0 ||
	    mbi->mods_count != MODULE_COUNT)
		fatal("want two modules, kernel and environment",
		    mbi->mods_count);
	mod = (const struct mb_module *)(uintptr_t)mbi->mods_addr;
	if (mod[MODULE_KERNEL].start < (uint32_t)(uintptr_t)shim_end ||
	    mod[MODULE_KENV].start < (uint32_t)(uintptr_t)shim_end)
		fatal("a module lies where the kernel will be",
		    mod[MODULE_KERNEL].start);

	a.next = KERNEL_FLOOR;
	a.limit = (uint32_t)(uintptr_t)shim_start;
	elf_load((const void *)(uintptr_t)mod[MODULE_KERNEL].start,
	    mod[MODULE_KERNEL].end - mod[MODULE_KERNEL].start, &a, &ki);
	envp = kenv_build(&a, (const char *)(uintptr_t)mod[MODULE_KENV].start,
	    mod[MODULE_KENV].end - mod[MODULE_KENV].start, &howto);
	modulep = modinfo_build(&a, &ki, mbi, envp, howto, &kernendp);
	cr3 = paging_build(&a);
	kernend = round_page(a.next);
	*kernendp = kernend;
	enter_kernel(cr3, modulep, kernend, ki.entry);
}
