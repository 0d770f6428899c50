/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What calls cost:
 *
 *	cost connect ADDRESS PORT COUNT
 *	cost each ADDRESS PORT COUNT
 *	cost call COUNT
 *	cost resolve ADDRESS COUNT THREADS
 *
 * The first prints the median time of COUNT TCP connects, in nanoseconds; the second
 * the same, each to the next address.  The third prints, for each call that programs
 * make and that has nothing to do with anycast, a name and the mean of COUNT of them;
 * the last how many of COUNT addresses were resolved a second.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "cost.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (time.tv_sec * 1e9 + time.tv_nsec);
}

static int
compare(const void *one, const void *two)
{
	double a = *(const double *)one, b = *(const double *)two;

	return (a < b ? -1 : a > b);
}

static void
connects(const char *address, const char *port, int count, int step)
{
	struct sockaddr_in6 to;
	struct linger gone = { 1, 0 };
	double *times, start;
	int fd, i;

	memset(&to, 0, sizeof(to));
	to.sin6_family = AF_INET6;
	to.sin6_port = htons(atoi(port));
	if (inet_pton(AF_INET6, address, &to.sin6_addr) != 1)
		errx(64, "%s is no IPv6 address", address);
	times = calloc(count, sizeof(*times));
	if (times == NULL)
		err(1, "calloc");
	for (i = 0; i < count; i++) {
		fd = socket(AF_INET6, SOCK_STREAM, 0);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &gone, sizeof(gone));
		start = now();
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
			err(1, "connect");
		times[i] = now() - start;
		close(fd);
		if (step && ++to.sin6_addr.s6_addr[15] == 0)
			to.sin6_addr.s6_addr[14]++;
	}
	qsort(times, count, sizeof(*times), compare);
	printf("%.0f\n", times[count / 2]);
	free(times);
}

int
main(int argc, char **argv)
{

	if (argc == 5 && strcmp(argv[1], "connect") == 0)
		connects(argv[2], argv[3], atoi(argv[4]), 0);
	else if (argc == 5 && strcmp(argv[1], "each") == 0)
		connects(argv[2], argv[3], atoi(argv[4]), 1);
	else if (argc == 5 && strcmp(argv[1], "resolve") == 0)
		resolutions(argv[2], atoi(argv[3]), atoi(argv[4]));
	else if (argc == 3 && strcmp(argv[1], "call") == 0)
		calls(atoi(argv[2]));
	else {
		fprintf(stderr, "usage: cost connect address port count\n"
		    "       cost each address port count\n"
		    "       cost call count\n"
		    "       cost resolve address count threads\n");
		return (64);
	}
	return (0);
}
