/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Cases of TCP.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define	ODD_ERRNO	123

static int
connect_to(int fd, const struct sockaddr_in6 *to)
{

	return (connect(fd, (const struct sockaddr *)to, sizeof(*to)));
}

static void
blocking(void)
{
	struct sockaddr_in6 before;
	int fd, result;

	fd = open_socket(SOCK_STREAM);
	before = peer;
	errno = ODD_ERRNO;
	result = connect_to(fd, &peer);
	printf("errno is kept: %d\n", errno == ODD_ERRNO);
	show_result("connect", result);
	printf("the address is kept: %d\n",
	    memcmp(&before, &peer, sizeof(peer)) == 0);
	show_peer("peer", fd);
	echo("echo", fd);
	show_result("again", connect_to(fd, &peer));
	close(fd);
	show_peer("closed", fd);
}

static void
nonblocking(void)
{
	socklen_t len;
	int error, fd, result;

	fd = open_socket(SOCK_STREAM);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	result = connect_to(fd, &peer);
	printf("connected or on its way: %d\n",
	    result == 0 || errno == EINPROGRESS);
	await(fd, POLLOUT);
	error = -1;
	len = sizeof(error);
	show_result("getsockopt",
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	printf("error: %d\n", error);
	show_peer("peer", fd);
	echo("echo", fd);
	close(fd);
}

static void
refused(void)
{
	struct sockaddr_in6 closed;
	socklen_t len;
	int error, fd, result;

	closed = peer;
	closed.sin6_port = htons(ntohs(peer.sin6_port) + 1);
	fd = open_socket(SOCK_STREAM);
	show_result("connect", connect_to(fd, &closed));
	show_peer("peer", fd);
	close(fd);
	fd = open_socket(SOCK_STREAM);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	result = connect_to(fd, &closed);
	if (result == -1 && errno == EINPROGRESS) {
		await(fd, POLLOUT);
		error = 0;
		len = sizeof(error);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
		printf("then: errno %d\n", error);
	} else
		printf("then: errno %d\n", errno);
	close(fd);
}

/* A name that has no room is cut, and its length told. */
static void
short_names(void)
{
	struct {
		struct sockaddr_in6 name;
		char behind[8];
	} room;
	socklen_t len, i;
	int fd, kept;

	fd = open_socket(SOCK_STREAM);
	show_result("connect", connect_to(fd, &peer));
	for (len = 0; len <= sizeof(room.name); len += 4) {
		socklen_t told = len;

		memset(&room, 0x55, sizeof(room));
		if (getpeername(fd, (struct sockaddr *)&room.name, &told) == -1)
			show_result("getpeername", -1);
		kept = 1;
		for (i = len; i < sizeof(room); i++)
			kept &= ((char *)&room)[i] == 0x55;
		printf("%u bytes of %u, the rest is kept: %d\n", (unsigned)len,
		    (unsigned)told, kept);
		if (len >= 24) {
			room.name.sin6_scope_id = peer.sin6_scope_id;
			show_name("cut", &room.name);
		}
	}
	close(fd);
}

/* A socket that failed tries another peer; one that did not is told so. */
static void
anew(void)
{
	struct sockaddr_in6 closed;
	int fd;

	closed = peer;
	closed.sin6_port = htons(ntohs(peer.sin6_port) + 1);
	fd = open_socket(SOCK_STREAM);
	show_result("to a closed port", connect_to(fd, &closed));
#ifdef __linux__
	/* Elsewhere a socket that failed is of no use any more. */
	show_result("to an open one", connect_to(fd, &peer));
	show_peer("peer", fd);
#endif
	close(fd);
}

static void
wrong(void)
{
	struct sockaddr_in6 name;
	int fd;

	fd = open_socket(SOCK_STREAM);
	show_result("too short",
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer.sin6_family)));
	name = peer;
	name.sin6_family = AF_UNIX + 99;
	show_result("no family", connect_to(fd, &name));
	show_result("no memory", connect(fd, NULL, sizeof(name)));
	show_result("no descriptor", connect_to(-1, &peer));
	show_result("no socket", connect_to(STDERR_FILENO, &peer));
	show_peer("no peer", fd);
	show_peer("no descriptor's peer", -1);
	show_result("no room",
	    getpeername(fd, (struct sockaddr *)&name, NULL));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	show_result("another family's socket", connect_to(fd, &peer));
	close(fd);
}

/* What is no matter of anycast. */
static void
others(void)
{
	struct sockaddr_in6 name;
	struct sockaddr_in v4;
	int fd, on;

	memset(&v4, 0, sizeof(v4));
	v4.sin_family = AF_INET;
	v4.sin_port = peer.sin6_port;
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	show_result("IPv4", connect(fd, (struct sockaddr *)&v4, sizeof(v4)));
	close(fd);
	fd = open_socket(SOCK_STREAM);
	on = 0;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	name = peer;
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &name.sin6_addr);
	show_result("IPv4-mapped", connect_to(fd, &name));
	close(fd);
	fd = open_socket(SOCK_STREAM);
	name.sin6_addr = in6addr_loopback;
	show_result("loopback", connect_to(fd, &name));
	close(fd);
}

const struct test_case stream_cases[] = {
	{ "tcp-blocking", blocking },
	{ "tcp-nonblocking", nonblocking },
	{ "tcp-refused", refused },
	{ "tcp-short-names", short_names },
	{ "tcp-anew", anew },
	{ "tcp-wrong", wrong },
	{ "tcp-others", others },
	{ NULL, NULL }
};
