/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What calls cost:
 *
 *	cost connect ADDRESS PORT COUNT
 *	cost call COUNT
 *
 * The first prints the median time of COUNT TCP connects, in nanoseconds; the second,
 * for each call that programs make and that has nothing to do with anycast, a name and
 * the mean of COUNT of them.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

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

static double
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
connects(const char *address, const char *port, int count)
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
	}
	qsort(times, count, sizeof(*times), compare);
	printf("%.0f\n", times[count / 2]);
	free(times);
}

#define	MEASURE(name, call) do {					\
	start = now();							\
	for (i = 0; i < count; i++)					\
		if ((call) == -2)					\
			abort();					\
	printf("%s %.1f\n", name, (now() - start) / count);		\
} while (0)

static void
calls(int count)
{
	struct sockaddr_in6 here;
	struct msghdr message;
	struct iovec iov;
	socklen_t len;
	double start;
	char text[8] = "";
	int error, fd, i, pair[2];

	memset(&here, 0, sizeof(here));
	here.sin6_family = AF_INET6;
	here.sin6_addr = in6addr_loopback;
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) == -1 ||
	    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == -1)
		err(1, "bind");
	len = sizeof(here);
	getsockname(fd, (struct sockaddr *)&here, &len);
	MEASURE("connect", connect(fd, (struct sockaddr *)&here, sizeof(here)));
	MEASURE("getpeername", getpeername(fd, (struct sockaddr *)&here, &len));
	len = sizeof(error);
	MEASURE("getsockopt", getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	memset(&message, 0, sizeof(message));
	iov.iov_base = text;
	iov.iov_len = 1;
	message.msg_iov = &iov;
	message.msg_iovlen = 1;
	len = sizeof(here);
	start = now();
	for (i = 0; i < count; i++) {
		sendto(fd, text, 1, 0, (struct sockaddr *)&here, sizeof(here));
		recvfrom(fd, text, 1, 0, (struct sockaddr *)&here, &len);
	}
	printf("sendto+recvfrom %.1f\n", (now() - start) / count);
	start = now();
	for (i = 0; i < count; i++) {
		sendmsg(pair[0], &message, 0);
		recvmsg(pair[1], &message, 0);
	}
	printf("sendmsg+recvmsg %.1f\n", (now() - start) / count);
	MEASURE("dup+close", close(dup(fd)));
	MEASURE("socket+close", close(socket(AF_INET6, SOCK_DGRAM, 0)));
	close(fd);
}

int
main(int argc, char **argv)
{

	if (argc == 5 && strcmp(argv[1], "connect") == 0)
		connects(argv[2], argv[3], atoi(argv[4]));
	else if (argc == 3 && strcmp(argv[1], "call") == 0)
		calls(atoi(argv[2]));
	else {
		fprintf(stderr, "usage: cost connect address port count\n"
		    "       cost call count\n");
		return (64);
	}
	return (0);
}
