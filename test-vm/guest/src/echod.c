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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "ready.h"

#define	BACKLOG		1024

/* With ten thousand clients, only those that say something may cost anything. */
static int queue;

static void
watch(int fd)
{

	if (ready_watch(queue, fd) != 0)
		err(1, "watch");
}

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
accept_client(int listener)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	len = sizeof(ss);
	fd = accept(listener, (struct sockaddr *)&ss, &len);
	if (fd == -1) {
		if (errno != ECONNABORTED && errno != EINTR)
			warn("accept");
		return;
	}
	print_address("tcp", (struct sockaddr *)&ss, len);
	fflush(stdout);
	watch(fd);
}

static void
echo_datagram(int fd)
{
	char buf[65536];
	struct sockaddr_storage ss;
	socklen_t len;
	ssize_t n;

	len = sizeof(ss);
	n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&ss, &len);
	if (n < 0) {
		warn("recvfrom");
		return;
	}
	print_address("udp", (struct sockaddr *)&ss, len);
	fflush(stdout);
	if (sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&ss, len) != n)
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

int
main(int argc, char **argv)
{
	int backlog, ch, fd, tcp, udp;

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
	queue = ready_open();
	if (queue == -1)
		err(1, "queue");
	tcp = open_socket(argv[0], argv[1], SOCK_STREAM);
	udp = open_socket(argv[0], argv[1], SOCK_DGRAM);
	if (listen(tcp, backlog) != 0)
		err(1, "listen");
	watch(tcp);
	watch(udp);
	puts("listening");
	fflush(stdout);
	for (;;) {
		fd = ready_next(queue);
		if (fd == -1) {
			if (errno == EINTR)
				continue;
			err(1, "wait");
		}
		if (fd == tcp)
			accept_client(tcp);
		else if (fd == udp)
			echo_datagram(udp);
		else if (!echo_stream(fd))
			close(fd);
	}
}
