/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Sends Echo Replies that nobody asked for:
 *
 *	forge COUNT VICTIM [SOURCE]
 *
 * with identifiers and sequence numbers that change from one to the next,
 * from SOURCE, which need not be this host's.  Prints how many it sent.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reply {
	struct icmp6_hdr header;
	unsigned char payload[16];
};

int
main(int argc, char **argv)
{
	struct sockaddr_in6 from, to;
	struct reply reply;
	unsigned long count, i, sent;
	int fd, on;

	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: forge count victim [source]\n");
		return (64);
	}
	count = strtoul(argv[1], NULL, 10);
	memset(&to, 0, sizeof(to));
	memset(&from, 0, sizeof(from));
	to.sin6_family = from.sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, argv[2], &to.sin6_addr) != 1)
		errx(64, "%s is no IPv6 address", argv[2]);
	fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	if (fd == -1)
		err(1, "socket");
	if (argc == 4) {
		if (inet_pton(AF_INET6, argv[3], &from.sin6_addr) != 1)
			errx(64, "%s is no IPv6 address", argv[3]);
		on = 1;
#ifdef IPV6_FREEBIND
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
#elif defined(IPV6_BINDANY)
		setsockopt(fd, IPPROTO_IPV6, IPV6_BINDANY, &on, sizeof(on));
#endif
		if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == -1)
			err(1, "bind");
	}
	memset(&reply, 0, sizeof(reply));
	reply.header.icmp6_type = ICMP6_ECHO_REPLY;
	sent = 0;
	for (i = 0; i < count; i++) {
		reply.header.icmp6_id = htons(i & 0xffff);
		reply.header.icmp6_seq = htons(i >> 16 ^ i);
		if (sendto(fd, &reply, sizeof(reply), 0, (struct sockaddr *)&to,
		    sizeof(to)) == sizeof(reply))
			sent++;
		else if (errno != ENOBUFS && errno != EAGAIN)
			err(1, "sendto");
	}
	printf("%lu\n", sent);
	return (0);
}
