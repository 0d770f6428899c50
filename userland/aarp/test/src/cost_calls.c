/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Calls that programs make, and that have nothing to do with anycast.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "cost.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	MEASURE(name, call) do {					\
	start = now();							\
	for (i = 0; i < count; i++)					\
		if ((call) == -2)					\
			abort();					\
	printf("%s %.1f\n", name, (now() - start) / count);		\
} while (0)

void
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
