/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Asks many addresses for TCP connections at once, and tells who answered.
 *
 *	probe [-b BATCH] [-n TIMES] [-t SECONDS] PORT < ADDRESSES
 *
 *	-b BATCH	so many at once (4000)
 *	-n TIMES	so many connections to each address (1)
 *	-t SECONDS	how long to wait for answers (2)
 *
 * Prints "connected ADDRESS" or "refused ADDRESS" for each answer, and at last
 * "N asked, N answered".  That an address cannot be resolved or does not
 * answer is silence.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define	BATCH	4000

static struct pollfd fds[BATCH];
static struct sockaddr_in6 to[BATCH];
static unsigned asked, answered;

static void
tell(unsigned i, int error)
{
	char text[INET6_ADDRSTRLEN];

	if (error != 0 && error != ECONNREFUSED && error != ECONNRESET)
		return;
	answered++;
	inet_ntop(AF_INET6, &to[i].sin6_addr, text, sizeof(text));
	printf("%s %s\n", error == 0 ? "connected" : "refused", text);
}

static int
so_error(int fd)
{
	socklen_t len;
	int error;

	len = sizeof(error);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		err(1, "SO_ERROR");
	return (error);
}

/* Waits for what is on its way, and closes it. */
static void
collect(unsigned n, unsigned seconds)
{
	time_t until;
	unsigned i;

	until = time(NULL) + (time_t)seconds;
	while (time(NULL) <= until) {
		if (poll(fds, n, 200) <= 0)
			continue;
		for (i = 0; i < n; i++) {
			if (fds[i].fd == -1 || fds[i].revents == 0)
				continue;
			tell(i, so_error(fds[i].fd));
			close(fds[i].fd);
			fds[i].fd = -1;
		}
	}
	for (i = 0; i < n; i++)
		if (fds[i].fd != -1)
			close(fds[i].fd);
}

static void
ask(unsigned i)
{
	int error;

	fds[i].fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fds[i].fd == -1)
		err(1, "socket");
	fds[i].events = POLLOUT;
	fds[i].revents = 0;
	asked++;
	/* Where packets are dispatched at once, it may be done already. */
	error = connect(fds[i].fd, (struct sockaddr *)&to[i],
	    sizeof(to[i])) == 0 ? 0 : errno;
	if (error != EINPROGRESS) {
		tell(i, error);
		close(fds[i].fd);
		fds[i].fd = -1;
	}
}

int
main(int argc, char **argv)
{
	char line[256];
	struct sockaddr_in6 sin6;
	unsigned batch, i, n, port, seconds, times;
	int ch;

	batch = BATCH;
	times = 1;
	seconds = 2;
	while ((ch = getopt(argc, argv, "b:n:t:")) != -1) {
		switch (ch) {
		case 'b':
			batch = number(optarg);
			if (batch > BATCH)
				errx(64, "at most %d at once", BATCH);
			break;
		case 'n':
			times = number(optarg);
			break;
		case 't':
			seconds = number(optarg);
			break;
		default:
			errx(64, "usage: probe [-b batch] [-n times] [-t seconds] port");
		}
	}
	if (argc - optind != 1)
		errx(64, "usage: probe [-b batch] [-n times] [-t seconds] port");
	port = number(argv[optind]);

	n = 0;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, " \n")] = '\0';
		memset(&sin6, 0, sizeof(sin6));
		sin6.sin6_family = AF_INET6;
		sin6.sin6_len = sizeof(sin6);
		sin6.sin6_port = htons((uint16_t)port);
		if (inet_pton(AF_INET6, line, &sin6.sin6_addr) != 1)
			errx(65, "%s: no IPv6 address", line);
		for (i = 0; i < times; i++) {
			if (n == batch) {
				collect(n, seconds);
				n = 0;
			}
			to[n] = sin6;
			ask(n++);
		}
	}
	collect(n, seconds);
	printf("%u asked, %u answered\n", asked, answered);
	return (0);
}
