/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * TCP connects, by the C library's function and by the system call.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "cost.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long one takes. */
static double
timed(const struct sockaddr_in6 *to, int direct)
{
	struct linger gone = { 1, 0 };
	double end, start;
	int fd;
	long result;

	fd = socket(AF_INET6, SOCK_STREAM, 0);
	/* It ends with a reset: no port waits. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &gone, sizeof(gone));
	start = now();
	if (direct)
		result = syscall(SYS_connect, fd, to, sizeof(*to));
	else
		result = connect(fd, (const struct sockaddr *)to, sizeof(*to));
	end = now();
	if (result == -1)
		err(1, "connect");
	close(fd);
	return (end - start);
}

void
connects(const char *named, const char *direct, const char *port, int count,
    int each)
{
	struct sockaddr_in6 to, to_direct;
	double *by_call, *by_library;
	int i;

	to = to_address(named, port);
	to_direct = to_address(direct, port);
	by_call = calloc(count, sizeof(*by_call));
	by_library = calloc(count, sizeof(*by_library));
	if (by_call == NULL || by_library == NULL)
		err(1, "calloc");
	for (i = 0; i < count; i++) {
		by_library[i] = timed(&to, 0);
		by_call[i] = timed(&to_direct, 1);
		if (each && ++to.sin6_addr.s6_addr[15] == 0)
			to.sin6_addr.s6_addr[14]++;
	}
	printf("%.0f %.0f\n", median(by_library, count),
	    median(by_call, count));
	free(by_call);
	free(by_library);
}

void
first_connect(const char *address, const char *port)
{
	struct sockaddr_in6 to;

	to = to_address(address, port);
	printf("%.0f\n", timed(&to, 0));
}
