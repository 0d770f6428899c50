/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Makes a Linux host a member of an anycast group, as long as it runs:
 *
 *	member ADDRESS INTERFACE [COUNT]
 *
 * and of those with the next COUNT - 1 addresses.  Prints "member" when it is one.  The host has to be a router, or the address of
 * one of its prefixes.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef IPV6_JOIN_ANYCAST
#define	IPV6_JOIN_ANYCAST	27
#endif

int
main(int argc, char **argv)
{
	struct ipv6_mreq group;
	int count, fd;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: member address interface [count]\n");
		return (64);
	}
	memset(&group, 0, sizeof(group));
	if (inet_pton(AF_INET6, argv[1], &group.ipv6mr_multiaddr) != 1)
		errx(64, "%s is no IPv6 address", argv[1]);
	group.ipv6mr_interface = if_nametoindex(argv[2]);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	for (count = argc == 4 ? atoi(argv[3]) : 1; count > 0; count--) {
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &group,
		    sizeof(group)) == -1)
			err(1, "cannot join %s", argv[1]);
		group.ipv6mr_multiaddr.s6_addr[15]++;
	}
	printf("member\n");
	fflush(stdout);
	for (;;)
		pause();
}
