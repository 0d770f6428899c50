/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What the programs share: numbers and addresses on the command line, and
 * addresses on the output.
 */
#ifndef _UMUX_GUEST_COMMON_H_
#define	_UMUX_GUEST_COMMON_H_

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define	NUMBER_MAX	1000000

static inline unsigned
number(const char *s)
{
	char *end;
	unsigned long v;

	v = strtoul(s, &end, 10);
	if (end == s || *end != '\0' || v == 0 || v > NUMBER_MAX)
		errx(64, "%s: not a number from 1 to %d", s, NUMBER_MAX);
	return ((unsigned)v);
}

static inline struct addrinfo *
resolve(const char *address, const char *port, int type)
{
	struct addrinfo hints, *ai;
	int error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	hints.ai_socktype = type;
	error = getaddrinfo(address, port, &hints, &ai);
	if (error != 0)
		errx(64, "%s %s: %s", address, port, gai_strerror(error));
	return (ai);
}

/* One line: what, if anything, then address and port. */
static inline void
print_address(const char *what, const struct sockaddr *sa, socklen_t len)
{
	char host[INET6_ADDRSTRLEN + 16], port[8];

	if (getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		errx(1, "getnameinfo");
	printf("%s%s%s %s\n", what, what[0] == '\0' ? "" : " ", host, port);
}

static inline void
print_local(const char *what, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		err(1, "getsockname");
	print_address(what, (struct sockaddr *)&ss, len);
}

#endif /* !_UMUX_GUEST_COMMON_H_ */
