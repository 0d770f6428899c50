/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Sends UDP datagrams, each from a socket of its own, and tells from which
 * address.
 *
 *	udpmany [-cehqu] [-j FILE] [-n COUNT] [-r REPEAT] ADDRESS PORT
 *
 *	-n COUNT	sockets (1)
 *	-r REPEAT	datagrams from each socket (1)
 *	-u		do not connect: sendto() on an unbound socket
 *	-e		expect each datagram to come back within two seconds
 *	-c		close each socket after its last datagram
 *	-j FILE		write figures as JSON: of a socket's life, and of its
 *			connect()
 *	-q		do not print the addresses
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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"

#define	ECHO_SECONDS	2

static void
usage(void)
{

	fprintf(stderr, "usage: udpmany [-cehqu] [-j file] [-n count] "
	    "[-r repeat] address port\n");
	exit(64);
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

static bool closes, quiet;
static struct series connects, lives;

static const char *
run_socket(const struct addrinfo *ai, bool connected, bool echo,
    unsigned repeat)
{
	uint64_t born;
	const struct timeval limit = { .tv_sec = ECHO_SECONDS };
	const char *wrong;
	unsigned i;
	int fd;

	born = now_ns();
	fd = socket(ai->ai_family, SOCK_DGRAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit)) != 0)
		err(1, "setsockopt");
	if (connected) {
		uint64_t begin = now_ns();

		if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)
			return (strerror(errno));
		series_add(&connects, now_ns() - begin);
	}
	for (i = 0; i < repeat; i++) {
		wrong = exchange(fd, ai, connected, echo, i);
		if (wrong != NULL)
			return (wrong);
	}
	if (!quiet)
		print_local("", fd);
	if (closes) {
		close(fd);
		series_add(&lives, now_ns() - born);
	}
	return (NULL);		/* else the socket stays open until we exit */
}

int
main(int argc, char **argv)
{
	struct addrinfo *ai;
	const char *json = NULL, *wrong;
	unsigned count, failed, i, repeat;
	FILE *f;
	int ch;
	bool connected, echo, hold;

	count = repeat = 1;
	connected = true;
	echo = hold = false;
	while ((ch = getopt(argc, argv, "cehj:n:qr:u")) != -1) {
		switch (ch) {
		case 'c':
			closes = true;
			break;
		case 'j':
			json = optarg;
			break;
		case 'q':
			quiet = true;
			break;
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

	ai = resolve(argv[0], argv[1], SOCK_DGRAM);

	connects = series_of(count);
	lives = series_of(count);
	failed = 0;
	for (i = 0; i < count; i++) {
		wrong = run_socket(ai, connected, echo, repeat);
		if (wrong != NULL) {
			printf("failed: %s\n", wrong);
			failed++;
		}
	}
	fflush(stdout);
	if (json != NULL) {
		f = fopen(json, "w");
		if (f == NULL)
			err(1, "%s", json);
		fprintf(f, "{\"sockets\": %u, \"failed\": %u", count, failed);
		series_print(f, "connect_ns", &connects);
		series_print(f, "life_ns", &lives);
		fprintf(f, "}\n");
		if (fclose(f) != 0)
			err(1, "%s", json);
	}
	if (hold)
		while (getchar() != EOF)
			;
	return (failed == 0 ? 0 : 1);
}
