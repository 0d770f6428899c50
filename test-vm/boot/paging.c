/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The page tables the kernel starts on: the first 4 GB one to one, and their
 * first gigabyte once more at KERNBASE, all in 2 MB pages.  The kernel walks
 * them to learn where it lies, so no other page size will do.
 */

#include "shim.h"

#define	PTE_VALID	0x001
#define	PTE_WRITE	0x002
#define	PTE_LARGE	0x080

#define	ENTRIES		512
#define	LARGE_SIZE	(2U << 20)
#define	GIGABYTES	4

#define	PML4_INDEX(va)	((uint32_t)((va) >> 39) & (ENTRIES - 1))
#define	PDP_INDEX(va)	((uint32_t)((va) >> 30) & (ENTRIES - 1))

static uint64_t *
new_table(struct arena *a)
{

	return (arena_alloc(a, PAGE_SIZE, PAGE_SIZE));
}

static uint64_t
entry_for(const uint64_t *table)
{

	return ((uint32_t)(uintptr_t)table | PTE_VALID | PTE_WRITE);
}

/*
 * A kernel with KASAN marks in its shadow which variables of the boot stack
 * are in use, in place and from its first function on, but makes the shadow
 * only later.  Until then nobody reads those marks, so one page stands in for
 * all of it.  Other kernels never get there.
 */
static void
map_early_shadow(struct arena *a, uint64_t *pml4)
{
	uint64_t *pd, *pdp;
	uint32_t i, page;

	pd = new_table(a);
	pdp = new_table(a);
	page = (uint32_t)(uintptr_t)arena_alloc(a, LARGE_SIZE, LARGE_SIZE);
	for (i = 0; i < ENTRIES; i++) {
		pd[i] = page | PTE_VALID | PTE_WRITE | PTE_LARGE;
		pdp[i] = entry_for(pd);
	}
	pml4[PML4_INDEX(KASAN_SHADOW)] = entry_for(pdp);
}

/* Returns what belongs into %cr3. */
uint32_t
paging_build(struct arena *a)
{
	uint64_t *pd, *pdp_high, *pdp_low, *pml4;
	uint32_t gb, i;

	pml4 = new_table(a);
	pdp_low = new_table(a);
	pdp_high = new_table(a);
	pml4[0] = entry_for(pdp_low);
	pml4[PML4_INDEX(KERNBASE)] = entry_for(pdp_high);
	for (gb = 0; gb < GIGABYTES; gb++) {
		pd = new_table(a);
		pdp_low[gb] = entry_for(pd);
		for (i = 0; i < ENTRIES; i++)
			pd[i] = (uint64_t)(gb * ENTRIES + i) * LARGE_SIZE |
			    PTE_VALID | PTE_WRITE | PTE_LARGE;
	}
	pdp_high[PDP_INDEX(KERNBASE)] = pdp_low[0];
	map_early_shadow(a, pml4);
	return ((uint32_t)(uintptr_t)pml4);
}
