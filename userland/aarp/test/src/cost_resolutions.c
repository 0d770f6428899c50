/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Addresses that nobody asked for before, resolved by many threads at once.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "cost.h"

#include <aarp.h>
#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define	THREADS_MAX	64

static struct sockaddr_in6 first;
static atomic_int next;
static atomic_int found;
static int last;

static void *
thread(void *unused)
{
	struct sockaddr_in6 address, member;
	int n;

	(void)unused;
	for (;;) {
		n = atomic_fetch_add(&next, 1);
		if (n >= last)
			return (NULL);
		address = first;
		address.sin6_addr.s6_addr[13] = n >> 16;
		address.sin6_addr.s6_addr[14] = n >> 8;
		address.sin6_addr.s6_addr[15] = n;
		if (aarp_resolv(&address, &member, -1) == AARP_MEMBER)
			atomic_fetch_add(&found, 1);
	}
}

void
resolutions(const char *address, int count, int threads)
{
	pthread_t all[THREADS_MAX];
	double start, seconds;
	int i;

	first = to_address(address, "0");
	if (threads < 1 || threads > THREADS_MAX)
		errx(64, "1 to %d threads", THREADS_MAX);
	last = count;
	start = now();
	for (i = 0; i < threads; i++)
		if (pthread_create(&all[i], NULL, thread, NULL) != 0)
			errx(1, "pthread_create");
	for (i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
	seconds = (now() - start) / 1e9;
	if (found != count)
		errx(1, "%d of %d were resolved", (int)found, count);
	printf("%.0f\n", count / seconds);
}
