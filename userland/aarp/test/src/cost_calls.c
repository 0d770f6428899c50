/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Calls that have nothing to do with anycast, by the C library's functions and by
 * system calls.
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

/* Short enough that few are interrupted. */
#define	BATCH		50
#define	BATCHES_MAX	100000

static double by_library[BATCHES_MAX], by_call[BATCHES_MAX];

#define	BATCH_OF(call, times, at) do {					\
	double start = now();						\
	int n;								\
									\
	for (n = 0; n < BATCH; n++)					\
		if ((call) == -1)					\
			err(1, "%s", #call);				\
	(times)[at] = (now() - start) / BATCH;				\
} while (0)

/* Both take turns. */
#define	MEASURE(name, library, direct) do {				\
	int i;								\
									\
	for (i = 0; i < batches; i++) {					\
		BATCH_OF(library, by_library, i);			\
		BATCH_OF(direct, by_call, i);				\
	}								\
	printf("%s %.1f %.1f\n", name, median(by_library, batches),	\
	    median(by_call, batches));					\
} while (0)

static int here_fd, pair[2];
static struct sockaddr_in6 here;
static char text[8];
static struct iovec iov = { text, 1 };
static struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

static long
datagram(void)
{
	socklen_t len = sizeof(here);

	if (sendto(here_fd, text, 1, 0, (struct sockaddr *)&here,
	    sizeof(here)) == -1)
		return (-1);
	return (recvfrom(here_fd, text, 1, 0, (struct sockaddr *)&here, &len));
}

static long
datagram_directly(void)
{
	socklen_t len = sizeof(here);

	if (syscall(SYS_sendto, here_fd, text, 1, 0, &here, sizeof(here)) == -1)
		return (-1);
	return (syscall(SYS_recvfrom, here_fd, text, 1, 0, &here, &len));
}

static long
pass_message(void)
{

	if (sendmsg(pair[0], &message, 0) == -1)
		return (-1);
	return (recvmsg(pair[1], &message, 0));
}

static long
pass_message_directly(void)
{

	if (syscall(SYS_sendmsg, pair[0], &message, 0) == -1)
		return (-1);
	return (syscall(SYS_recvmsg, pair[1], &message, 0));
}

void
calls(int batches)
{
	socklen_t len, error_len;
	int error;

	if (batches < 1 || batches > BATCHES_MAX)
		errx(64, "1 to %d batches", BATCHES_MAX);
	here = to_address("::1", "0");
	here_fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (bind(here_fd, (struct sockaddr *)&here, sizeof(here)) == -1 ||
	    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == -1)
		err(1, "bind");
	len = sizeof(here);
	getsockname(here_fd, (struct sockaddr *)&here, &len);
	MEASURE("connect",
	    connect(here_fd, (struct sockaddr *)&here, sizeof(here)),
	    syscall(SYS_connect, here_fd, &here, sizeof(here)));
	MEASURE("getpeername",
	    getpeername(here_fd, (struct sockaddr *)&here, &len),
	    syscall(SYS_getpeername, here_fd, &here, &len));
	error_len = sizeof(error);
	MEASURE("getsockopt",
	    getsockopt(here_fd, SOL_SOCKET, SO_ERROR, &error, &error_len),
	    syscall(SYS_getsockopt, here_fd, SOL_SOCKET, SO_ERROR, &error,
	    &error_len));
	MEASURE("sendto+recvfrom", datagram(), datagram_directly());
	MEASURE("sendmsg+recvmsg", pass_message(), pass_message_directly());
	MEASURE("dup+close", close(dup(here_fd)),
	    syscall(SYS_close, syscall(SYS_dup, here_fd)));
	MEASURE("socket+close", close(socket(AF_INET6, SOCK_DGRAM, 0)),
	    syscall(SYS_close, syscall(SYS_socket, AF_INET6, SOCK_DGRAM, 0)));
	close(here_fd);
	close(pair[0]);
	close(pair[1]);
}
