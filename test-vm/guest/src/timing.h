/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What the programs that measure share: nanoseconds, and what is told of many.
 */
#ifndef _UMUX_GUEST_TIMING_H_
#define	_UMUX_GUEST_TIMING_H_

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec);
}

/* Nanoseconds of one thing that was done many times. */
struct series {
	uint64_t	*ns;
	unsigned	n;
};

static inline struct series
series_of(unsigned most)
{
	struct series s = { calloc(most, sizeof(uint64_t)), 0 };

	if (s.ns == NULL)
		err(1, "calloc");
	return (s);
}

static inline void
series_add(struct series *s, uint64_t ns)
{

	s->ns[s->n++] = ns;
}

static inline int
series_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y ? -1 : x > y);
}

static inline uint64_t
series_percentile(const struct series *s, unsigned percent)
{

	return (s->n == 0 ? 0 : s->ns[(uint64_t)(s->n - 1) * percent / 100]);
}

/* A member of a JSON object, with its comma. */
static inline void
series_print(FILE *f, const char *name, struct series *s)
{

	qsort(s->ns, s->n, sizeof(*s->ns), series_compare);
	fprintf(f, ", \"%s\": {\"median\": %ju, \"p99\": %ju}", name,
	    (uintmax_t)series_percentile(s, 50),
	    (uintmax_t)series_percentile(s, 99));
}

#endif /* !_UMUX_GUEST_TIMING_H_ */
