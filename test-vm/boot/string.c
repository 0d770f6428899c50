/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/* What a freestanding compiler expects to find, and strlen(). */

#include "shim.h"

void *
memcpy(void * restrict dst, const void * restrict src, size_t len)
{
	void *d;

	d = dst;
	__asm __volatile("rep movsb" : "+D" (d), "+S" (src), "+c" (len) : :
	    "memory");
	return (dst);
}

void *
memset(void *dst, int c, size_t len)
{
	void *d;

	d = dst;
	__asm __volatile("rep stosb" : "+D" (d), "+c" (len) : "a" (c) :
	    "memory");
	return (dst);
}

int
memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *p, *q;

	for (p = a, q = b; len > 0; p++, q++, len--)
		if (*p != *q)
			return (*p - *q);
	return (0);
}

size_t
strlen(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		;
	return ((size_t)(p - s));
}
