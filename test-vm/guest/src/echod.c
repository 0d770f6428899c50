/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * An echo server for TCP and UDP, many clients at a time, that tells who came.
 *
 *	echod [-b BACKLOG] ADDRESS PORT
 *
 * Prints "listening" when it is ready, then one line "tcp address port" for
 * each connection and "udp address port" for each datagram.  Runs until it is
 * killed.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define	CLIENTS_MAX	20000
#define	BACKLOG		1024
#define	SLOT_TCP	0
#define	SLOT_UDP	1
#define	SLOT_CLIENTS	2

static struct pollfd slots[SLOT_CLIENTS + CLIENTS_MAX];
static nfds_t nslots = SLOT_CLIENTS;

static void
usage(void)
{

	fprintf(stderr, "usage: echod [-b backlog] address port\n");
	exit(64);
}

static int
open_socket(const char *address, const char *service, int type)
{
	struct addrinfo *ai;
	int fd, one;

	ai = resolve(address, service, type);
	fd = socket(ai->ai_family, type, 0);
	if (fd == -1)
		err(1, "socket");
	one = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0)
		err(1, "setsockopt");
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		err(1, "bind %s %s", address, service);
	freeaddrinfo(ai);
	return (fd);
}

static void
accept_client(void)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	len = sizeof(ss);
	fd = accept(slots[SLOT_TCP].fd, (struct sockaddr *)&ss, &len);
	if (fd == -1) {
		if (errno != ECONNABORTED && errno != EINTR)
			warn("accept");
		return;
	}
	print_address("tcp", (struct sockaddr *)&ss, len);
	fflush(stdout);
	if (nslots == SLOT_CLIENTS + CLIENTS_MAX) {
		warnx("too many clients");
		close(fd);
		return;
	}
	slots[nslots].fd = fd;
	slots[nslots].events = POLLIN;
	slots[nslots].revents = 0;
	nslots++;
}

static void
echo_datagram(void)
{
	char buf[65536];
	struct sockaddr_storage ss;
	socklen_t len;
	ssize_t n;

	len = sizeof(ss);
	n = recvfrom(slots[SLOT_UDP].fd, buf, sizeof(buf), 0,
	    (struct sockaddr *)&ss, &len);
	if (n < 0) {
		warn("recvfrom");
		return;
	}
	print_address("udp", (struct sockaddr *)&ss, len);
	fflush(stdout);
	if (sendto(slots[SLOT_UDP].fd, buf, (size_t)n, 0,
	    (struct sockaddr *)&ss, len) != n)
		warn("sendto");
}

/* Returns 0 when the client has gone. */
static int
echo_stream(int fd)
{
	char buf[16384];
	ssize_t done, n, w;

	n = read(fd, buf, sizeof(buf));
	if (n <= 0)
		return (0);
	for (done = 0; done < n; done += w) {
		w = write(fd, buf + done, (size_t)(n - done));
		if (w <= 0)
			return (0);
	}
	return (1);
}

static void
serve_clients(void)
{
	nfds_t i;

	for (i = SLOT_CLIENTS; i < nslots;) {
		if (slots[i].revents == 0 || echo_stream(slots[i].fd)) {
			i++;
			continue;
		}
		close(slots[i].fd);
		slots[i] = slots[--nslots];
	}
}

int
main(int argc, char **argv)
{
	int backlog, ch;

	backlog = BACKLOG;
	while ((ch = getopt(argc, argv, "b:")) != -1) {
		switch (ch) {
		case 'b':
			backlog = atoi(optarg);
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc != 2)
		usage();

	signal(SIGPIPE, SIG_IGN);
	slots[SLOT_TCP].fd = open_socket(argv[0], argv[1], SOCK_STREAM);
	slots[SLOT_UDP].fd = open_socket(argv[0], argv[1], SOCK_DGRAM);
	slots[SLOT_TCP].events = slots[SLOT_UDP].events = POLLIN;
	if (listen(slots[SLOT_TCP].fd, backlog) != 0)
		err(1, "listen");
	puts("listening");
	fflush(stdout);
	for (;;) {
		if (poll(slots, nslots, -1) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "poll");
		}
		serve_clients();
		if (slots[SLOT_TCP].revents != 0)
			accept_client();
		if (slots[SLOT_UDP].revents != 0)
			echo_datagram();
	}
}
