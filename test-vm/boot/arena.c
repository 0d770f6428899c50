/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

#include "shim.h"

/* Claims everything below 'to'. */
void
arena_raise(struct arena *a, uint32_t to)
{

	if (to > a->limit)
		fatal("kernel and its data do not fit below the shim", to);
	if (to > a->next)
		a->next = to;
}

/* Zeroed memory; 'align' is a power of two. */
void *
arena_alloc(struct arena *a, uint32_t size, uint32_t align)
{
	uint32_t at;

	at = (a->next + align - 1) & ~(align - 1);
	if (at < a->next || at > a->limit || size > a->limit - at)
		fatal("kernel and its data do not fit below the shim", at);
	a->next = at + size;
	return (memset((void *)(uintptr_t)at, 0, size));
}
