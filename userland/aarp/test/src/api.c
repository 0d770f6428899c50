/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * aarp_resolv(), as a C program calls it:
 *
 *	api ADDRESS [TIMEOUT_MS]
 *
 * Prints "itself ADDRESS", "member ADDRESS" or the errno.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <aarp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
	struct sockaddr_in6 address, member;
	char text[INET6_ADDRSTRLEN];
	int result;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: api address [timeout_ms]\n");
		return (64);
	}
	memset(&address, 0, sizeof(address));
	address.sin6_family = inet_pton(AF_INET6, argv[1], &address.sin6_addr) ==
	    1 ? AF_INET6 : AF_INET;
	address.sin6_port = htons(80);
	result = aarp_resolv(&address, &member, argc == 3 ? atoi(argv[2]) : -1);
	if (result == -1) {
		printf("%s\n", strerror(errno));
		return (1);
	}
	inet_ntop(AF_INET6, &member.sin6_addr, text, sizeof(text));
	printf("%s %s port %d\n", result == AARP_MEMBER ? "member" : "itself",
	    text, ntohs(member.sin6_port));
	/* A member of no anycast address, and no pointers: neither does harm. */
	if (aarp_failed(&address, &member) != 0 ||
	    aarp_failed(NULL, &member) != -1 || errno != EFAULT ||
	    aarp_resolv(NULL, &member, 0) != -1 || errno != EFAULT)
		return (1);
	return (0);
}
