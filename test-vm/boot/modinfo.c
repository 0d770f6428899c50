/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The records that a FreeBSD kernel reads from its loader: a sequence of
 * (type, length, data), each padded to eight bytes, closed by a pair of
 * zeroes.  Numbers are those of <sys/linker.h> and <machine/metadata.h>.
 * The kernel itself adds KERNBASE to the addresses in them.
 */

#include "shim.h"

#define	MODINFO_NAME		0x0001
#define	MODINFO_TYPE		0x0002
#define	MODINFO_ADDR		0x0003
#define	MODINFO_SIZE		0x0004
#define	MODINFO_METADATA	0x8000

#define	MODINFOMD_SSYM		(MODINFO_METADATA | 0x0003)
#define	MODINFOMD_ESYM		(MODINFO_METADATA | 0x0004)
#define	MODINFOMD_ENVP		(MODINFO_METADATA | 0x0006)
#define	MODINFOMD_HOWTO		(MODINFO_METADATA | 0x0007)
#define	MODINFOMD_KERNEND	(MODINFO_METADATA | 0x0008)
#define	MODINFOMD_SMAP		(MODINFO_METADATA | 0x1001)
#define	MODINFOMD_MODULEP	(MODINFO_METADATA | 0x1006)

#define	KERNEL_NAME	"/boot/kernel/kernel"
#define	KERNEL_TYPE	"elf kernel"

/* struct bios_smap of the kernel */
struct smap_entry {
	uint64_t	base;
	uint64_t	length;
	uint32_t	type;
} __attribute__((__packed__));

/* Room for the data of one record; it follows the previous one directly. */
static void *
add_record(struct arena *a, uint32_t type, uint32_t len)
{
	uint32_t *rec;

	rec = arena_alloc(a, 2 * sizeof(uint32_t) + len, sizeof(uint64_t));
	rec[0] = type;
	rec[1] = len;
	return (rec + 2);
}

static void
add_string(struct arena *a, uint32_t type, const char *s)
{
	uint32_t len;

	len = strlen(s) + 1;
	memcpy(add_record(a, type, len), s, len);
}

/* The kernel reads addresses and sizes as 64 bits; the upper half is zero. */
static uint32_t *
add_u64(struct arena *a, uint32_t type, uint32_t v)
{
	uint32_t *p;

	p = add_record(a, type, sizeof(uint64_t));
	*p = v;
	return (p);
}

static void
add_memory_map(struct arena *a, const struct mb_info *mbi)
{
	const struct mb_mmap *m;
	struct smap_entry *s;
	uint32_t at, end, n;

	end = mbi->mmap_addr + mbi->mmap_length;
	for (n = 0, at = mbi->mmap_addr; at < end; n++) {
		m = (const struct mb_mmap *)(uintptr_t)at;
		at += sizeof(m->size) + m->size;
	}
	s = add_record(a, MODINFOMD_SMAP, n * sizeof(*s));
	for (at = mbi->mmap_addr; at < end; s++) {
		m = (const struct mb_mmap *)(uintptr_t)at;
		s->base = m->base;
		s->length = m->length;
		s->type = m->type;
		at += sizeof(m->size) + m->size;
	}
}

/*
 * Returns the records' address; *kernendp is where the end of the arena
 * belongs once it is known.
 */
uint32_t
modinfo_build(struct arena *a, const struct kernel_image *ki,
    const struct mb_info *mbi, uint32_t envp, uint32_t howto,
    uint32_t **kernendp)
{
	uint32_t start;

	a->next = (a->next + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	start = a->next;
	add_string(a, MODINFO_NAME, KERNEL_NAME);
	add_string(a, MODINFO_TYPE, KERNEL_TYPE);
	add_u64(a, MODINFO_ADDR, ki->base);
	add_u64(a, MODINFO_SIZE, ki->size);
	memcpy(add_record(a, MODINFOMD_HOWTO, sizeof(howto)), &howto,
	    sizeof(howto));
	add_u64(a, MODINFOMD_ENVP, envp);
	*kernendp = add_u64(a, MODINFOMD_KERNEND, 0);
	add_u64(a, MODINFOMD_MODULEP, start);
	if (ki->ssym != 0) {
		add_u64(a, MODINFOMD_SSYM, ki->ssym);
		add_u64(a, MODINFOMD_ESYM, ki->esym);
	}
	add_memory_map(a, mbi);
	(void)add_record(a, 0, 0);
	return (start);
}
