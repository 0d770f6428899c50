/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What calls cost, in nanoseconds:
 *
 *	cost connect ADDRESS DIRECT PORT COUNT
 *	cost each ADDRESS DIRECT PORT COUNT
 *	cost once ADDRESS PORT
 *	cost call BATCHES
 *	cost resolve ADDRESS COUNT THREADS
 *
 * The first prints the median time of COUNT TCP connects to ADDRESS, by the C
 * library's function or by what is in its place, and that of as many to DIRECT by the
 * system call; both take turns, so that what else the machine does hits both.  The
 * second does the same, but goes on to the next address each time.  The third is the
 * first connect of a program.  The fourth prints, for each call that has nothing to do
 * with anycast, a name and the same two times, medians of batches; the last how many
 * of COUNT addresses were resolved a second.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "cost.h"

#include <sys/socket.h>
#include <arpa/inet.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

double
median(double *times, int count)
{

	qsort(times, count, sizeof(*times), compare);
	return (times[count / 2]);
}

struct sockaddr_in6
to_address(const char *text, const char *port)
{
	struct sockaddr_in6 to;

	memset(&to, 0, sizeof(to));
	to.sin6_family = AF_INET6;
	to.sin6_port = htons(atoi(port));
	if (inet_pton(AF_INET6, text, &to.sin6_addr) != 1)
		errx(64, "%s is no IPv6 address", text);
	return (to);
}

int
main(int argc, char **argv)
{
	const char *what;

	what = argc > 1 ? argv[1] : "";
	if (argc == 6 && strcmp(what, "connect") == 0)
		connects(argv[2], argv[3], argv[4], atoi(argv[5]), 0);
	else if (argc == 6 && strcmp(what, "each") == 0)
		connects(argv[2], argv[3], argv[4], atoi(argv[5]), 1);
	else if (argc == 4 && strcmp(what, "once") == 0)
		first_connect(argv[2], argv[3]);
	else if (argc == 3 && strcmp(what, "call") == 0)
		calls(atoi(argv[2]));
	else if (argc == 5 && strcmp(what, "resolve") == 0)
		resolutions(argv[2], atoi(argv[3]), atoi(argv[4]));
	else {
		fprintf(stderr,
		    "usage: cost connect address direct port count\n"
		    "       cost each address direct port count\n"
		    "       cost once address port\n"
		    "       cost call batches\n"
		    "       cost resolve address count threads\n");
		return (64);
	}
	return (0);
}
