/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Sends bytes through several TCP connections to a server that discards them.
 *
 *	bulk [-n STREAMS] ADDRESS PORT MEGABYTES
 *
 * All streams together send that many megabytes (2^20 bytes).  Prints how many
 * nanoseconds it took from the first byte until the server has closed every
 * stream.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"

#define	STREAMS_MAX	64
#define	CHUNK		65536

static char bytes[CHUNK];

int
main(int argc, char **argv)
{
	struct pollfd fds[STREAMS_MAX];
	uint64_t left[STREAMS_MAX], begin;
	struct addrinfo *ai;
	unsigned i, open, streams = 1;
	ssize_t n;
	int ch;

	while ((ch = getopt(argc, argv, "n:")) != -1) {
		if (ch != 'n')
			errx(64, "usage: bulk [-n streams] address port megabytes");
		streams = number(optarg);
	}
	if (argc - optind != 3 || streams > STREAMS_MAX)
		errx(64, "usage: bulk [-n streams] address port megabytes");
	ai = resolve(argv[optind], argv[optind + 1], SOCK_STREAM);
	for (i = 0; i < streams; i++) {
		fds[i].fd = socket(ai->ai_family, SOCK_STREAM, 0);
		if (fds[i].fd == -1 ||
		    connect(fds[i].fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
		    fcntl(fds[i].fd, F_SETFL, O_NONBLOCK) != 0)
			err(1, "%s", argv[optind]);
		fds[i].events = POLLOUT;
		left[i] = ((uint64_t)number(argv[optind + 2]) << 20) / streams;
	}
	begin = now_ns();
	for (open = streams; open > 0;) {
		if (poll(fds, streams, -1) == -1)
			err(1, "poll");
		for (i = 0; i < streams; i++) {
			if (fds[i].revents == 0)
				continue;
			if (left[i] > 0) {
				n = write(fds[i].fd, bytes,
				    left[i] < CHUNK ? left[i] : CHUNK);
				if (n == -1 && errno != EAGAIN)
					err(1, "write");
				left[i] -= n == -1 ? 0 : (uint64_t)n;
				if (left[i] == 0) {
					shutdown(fds[i].fd, SHUT_WR);
					fds[i].events = POLLIN;
				}
			} else if (read(fds[i].fd, bytes, CHUNK) <= 0) {
				close(fds[i].fd);
				fds[i].fd = -1;
				open--;
			}
		}
	}
	printf("%ju\n", (uintmax_t)(now_ns() - begin));
	return (0);
}
