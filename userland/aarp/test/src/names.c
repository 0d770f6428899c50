/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * A program that goes on, and looks names up:
 *
 *	names
 *
 * For each name that it reads, a line, it prints the first IPv6 address or the error,
 * and then, where the C library says them, the first IPv6 nameserver that it has.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

static void
look_up(const char *name)
{
	struct addrinfo hints, *found;
	char text[INET6_ADDRSTRLEN];
	int error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_INET6;
	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(name, NULL, &hints, &found);
	if (error != 0) {
		printf("%s", gai_strerror(error));
		return;
	}
	inet_ntop(AF_INET6,
	    &((struct sockaddr_in6 *)(void *)found->ai_addr)->sin6_addr, text,
	    sizeof(text));
	printf("%s", text);
	freeaddrinfo(found);
}

static void
show_nameserver(void)
{
#ifdef __GLIBC__
	char text[INET6_ADDRSTRLEN];
	const struct sockaddr_in6 *nameserver;

	nameserver = _res._u._ext.nsaddrs[0];
	if (nameserver != NULL && nameserver->sin6_family == AF_INET6) {
		inet_ntop(AF_INET6, &nameserver->sin6_addr, text, sizeof(text));
		printf(" from %s", text);
	}
#endif
}

int
main(void)
{
	char name[256];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(name, sizeof(name), stdin) != NULL) {
		name[strcspn(name, "\n")] = '\0';
		look_up(name);
		show_nameserver();
		printf("\n");
	}
	return (0);
}
