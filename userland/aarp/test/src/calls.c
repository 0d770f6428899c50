/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Calls that name peers, as programs make them, and all that a program sees of it.
 *
 *	calls CASE ADDRESS PORT OTHER
 *	calls -l
 *
 * ADDRESS is of an echo server, and so is OTHER.  With an anycast address and
 * libaarp-preload.so it must print the same as without, with the address of the
 * member itself, but for the address.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "calls.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sockaddr_in6 peer;
struct sockaddr_in6 other;

static const struct test_case *const all[] = {
	stream_cases, datagram_cases, descriptor_cases, process_cases, NULL
};

int
open_socket(int type)
{
	int fd;

	fd = socket(AF_INET6, type, 0);
	if (fd == -1)
		err(1, "socket");
	return (fd);
}

void
show_name(const char *what, const struct sockaddr_in6 *name)
{
	char text[INET6_ADDRSTRLEN];

	if (name->sin6_family != AF_INET6) {
		printf("%s: family %d\n", what, name->sin6_family);
		return;
	}
	inet_ntop(AF_INET6, &name->sin6_addr, text, sizeof(text));
	printf("%s: %s port %s scope %s\n", what, text,
	    name->sin6_port == peer.sin6_port ? "its own" : "another",
	    name->sin6_scope_id == peer.sin6_scope_id ? "its own" : "another");
}

void
show_peer(const char *what, int fd)
{
	struct sockaddr_in6 name;
	socklen_t len;

	memset(&name, 0, sizeof(name));
	len = sizeof(name);
	if (getpeername(fd, (struct sockaddr *)&name, &len) == -1) {
		printf("%s: errno %d\n", what, errno);
		return;
	}
	printf("%s: %u bytes\n", what, (unsigned)len);
	show_name(what, &name);
}

void
show_result(const char *what, long result)
{

	if (result == -1)
		printf("%s: errno %d\n", what, errno);
	else
		printf("%s: %ld\n", what, result);
}

int
await(int fd, short events)
{
	struct pollfd wait;

	wait.fd = fd;
	wait.events = events;
	if (poll(&wait, 1, 2000) == 1)
		return (1);
	printf("nothing happens\n");
	return (0);
}

void
echo(const char *what, int fd)
{
	char text[64];
	ssize_t n;

	if (send(fd, "hello", 5, 0) != 5)
		show_result("send", -1);
	if (!await(fd, POLLIN))
		return;
	n = recv(fd, text, sizeof(text), 0);
	if (n < 0)
		show_result(what, n);
	else
		printf("%s: %.*s\n", what, (int)n, text);
}

static void
resolve(const char *address, const char *port, struct sockaddr_in6 *to)
{
	struct addrinfo hints, *found;
	int error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_INET6;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(address, port, &hints, &found);
	if (error != 0)
		errx(1, "%s %s: %s", address, port, gai_strerror(error));
	memcpy(to, found->ai_addr, sizeof(*to));
	freeaddrinfo(found);
}

int
main(int argc, char **argv)
{
	const struct test_case *one;
	int group;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 5) {
		resolve(argv[2], argv[3], &peer);
		resolve(argv[4], argv[3], &other);
	} else if (argc != 2 || strcmp(argv[1], "-l") != 0) {
		fprintf(stderr, "usage: calls case address port other\n"
		    "       calls -l\n");
		return (64);
	}
	for (group = 0; all[group] != NULL; group++)
		for (one = all[group]; one->name != NULL; one++) {
			if (argc == 2)
				printf("%s\n", one->name);
			else if (strcmp(argv[1], one->name) == 0) {
				one->run();
				return (0);
			}
		}
	if (argc == 2)
		return (0);
	errx(64, "there is no case %s; calls -l lists them", argv[1]);
}
