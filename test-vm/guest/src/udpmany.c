/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Sends UDP datagrams, each from a socket of its own, and tells from which
 * address.
 *
 *	udpmany [-ehu] [-n COUNT] [-r REPEAT] ADDRESS PORT
 *
 *	-n COUNT	sockets (1)
 *	-r REPEAT	datagrams from each socket (1)
 *	-u		do not connect: sendto() on an unbound socket
 *	-e		expect each datagram to come back within two seconds
 *	-h		hold: keep the sockets open until standard input ends
 *
 * Prints one line "address port" for each socket after its last datagram, and
 * one line "failed: reason" for each that failed.  Exit status 1 if one did.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	ECHO_SECONDS	2

static void
usage(void)
{

	fprintf(stderr, "usage: udpmany [-ehu] [-n count] [-r repeat] "
	    "address port\n");
	exit(64);
}

static unsigned
number(const char *s)
{
	char *end;
	unsigned long v;

	v = strtoul(s, &end, 10);
	if (end == s || *end != '\0' || v == 0 || v > 1000000)
		errx(64, "%s: not a number from 1 to 1000000", s);
	return ((unsigned)v);
}

static void
print_local(int fd)
{
	char host[INET6_ADDRSTRLEN + 16], port[8];
	struct sockaddr_storage ss;
	socklen_t len;

	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		err(1, "getsockname");
	if (getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		errx(1, "getnameinfo");
	printf("%s %s\n", host, port);
}

/* Returns NULL, or what went wrong. */
static const char *
exchange(int fd, const struct addrinfo *ai, bool connected, bool echo,
    unsigned seq)
{
	char buf[32], back[32];
	ssize_t n;
	int len;

	len = snprintf(buf, sizeof(buf), "datagram %u", seq);
	if (connected)
		n = send(fd, buf, (size_t)len, 0);
	else
		n = sendto(fd, buf, (size_t)len, 0, ai->ai_addr,
		    ai->ai_addrlen);
	if (n != len)
		return (strerror(errno));
	if (!echo)
		return (NULL);
	n = recv(fd, back, sizeof(back), 0);
	if (n < 0)
		return (strerror(errno));
	if (n != len || memcmp(buf, back, (size_t)n) != 0)
		return ("another datagram came back");
	return (NULL);
}

static const char *
run_socket(const struct addrinfo *ai, bool connected, bool echo,
    unsigned repeat)
{
	const struct timeval limit = { .tv_sec = ECHO_SECONDS };
	const char *wrong;
	unsigned i;
	int fd;

	fd = socket(ai->ai_family, SOCK_DGRAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit)) != 0)
		err(1, "setsockopt");
	if (connected && connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		return (strerror(errno));
	for (i = 0; i < repeat; i++) {
		wrong = exchange(fd, ai, connected, echo, i);
		if (wrong != NULL)
			return (wrong);
	}
	print_local(fd);
	return (NULL);		/* the socket stays open until we exit */
}

int
main(int argc, char **argv)
{
	struct addrinfo hints, *ai;
	const char *wrong;
	unsigned count, failed, i, repeat;
	int ch, error;
	bool connected, echo, hold;

	count = repeat = 1;
	connected = true;
	echo = hold = false;
	while ((ch = getopt(argc, argv, "ehn:r:u")) != -1) {
		switch (ch) {
		case 'e':
			echo = true;
			break;
		case 'h':
			hold = true;
			break;
		case 'n':
			count = number(optarg);
			break;
		case 'r':
			repeat = number(optarg);
			break;
		case 'u':
			connected = false;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc != 2)
		usage();

	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
	hints.ai_socktype = SOCK_DGRAM;
	error = getaddrinfo(argv[0], argv[1], &hints, &ai);
	if (error != 0)
		errx(64, "%s %s: %s", argv[0], argv[1], gai_strerror(error));

	failed = 0;
	for (i = 0; i < count; i++) {
		wrong = run_socket(ai, connected, echo, repeat);
		if (wrong != NULL) {
			printf("failed: %s\n", wrong);
			failed++;
		}
	}
	fflush(stdout);
	if (hold)
		while (getchar() != EOF)
			;
	return (failed == 0 ? 0 : 1);
}
