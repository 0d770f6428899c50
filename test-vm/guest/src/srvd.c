/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * An echo server for TCP of one of the kinds that there are.
 *
 *	srvd [-f FILTER] [-c COMMAND] KIND N ADDRESS PORT
 *
 *	KIND	thread	N threads that accept() on one socket
 *		fork	N processes that do
 *		child	one that accept()s, and forks for each client
 *		group	N processes with a socket each (SO_REUSEPORT_LB)
 *	-f	accept filter (accept_filter(9))
 *	-c	run this when everything listens, with the first socket as
 *		descriptor 3
 *
 * Prints "listening", then "tcp LOCAL-ADDRESS PORT" for each connection, as
 * getsockname(2) has it.  Serves one client at a time in each of the N; ends
 * with its standard input, and all that is its own with it.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define	SERVERS_MAX	64
#define	BACKLOG		128
#define	PASSED		3

enum kind { THREAD, FORK, CHILD, GROUP };

static const char *filter;

static int
listener(const char *address, const char *port, enum kind kind)
{
	struct accept_filter_arg afa;
	struct addrinfo *ai;
	int fd, one = 1;

	ai = resolve(address, port, SOCK_STREAM);
	fd = socket(ai->ai_family, SOCK_STREAM, 0);
	if (fd == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET,
	    kind == GROUP ? SO_REUSEPORT_LB : SO_REUSEADDR, &one,
	    sizeof(one)) != 0)
		err(1, "setsockopt");
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		err(1, "bind");
	freeaddrinfo(ai);
	if (listen(fd, BACKLOG) != 0)
		err(1, "listen");
	if (filter != NULL) {
		memset(&afa, 0, sizeof(afa));
		strlcpy(afa.af_name, filter, sizeof(afa.af_name));
		if (setsockopt(fd, SOL_SOCKET, SO_ACCEPTFILTER, &afa,
		    sizeof(afa)) != 0)
			err(1, "accept filter %s", filter);
	}
	return (fd);
}

static void
serve(int fd)
{
	char buf[4096];
	ssize_t n;

	print_local("tcp", fd);
	fflush(stdout);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			break;
	close(fd);
}

static void
accept_all(int fd, enum kind kind)
{
	int client;

	for (;;) {
		client = accept(fd, NULL, NULL);
		if (client == -1) {
			if (errno != ECONNABORTED && errno != EINTR)
				err(1, "accept");
			printf("aborted\n");
			fflush(stdout);
			continue;
		}
		if (kind == CHILD) {
			switch (fork()) {
			case -1:
				err(1, "fork");
			case 0:
				close(fd);
				serve(client);
				_exit(0);
			}
			close(client);
		} else
			serve(client);
	}
}

static void *
accept_thread(void *arg)
{

	accept_all(*(int *)arg, THREAD);
	return (NULL);
}

static void
run(const char *command, int fd)
{

	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		if (fd != PASSED && dup2(fd, PASSED) == -1)
			err(1, "dup2");
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		err(1, "sh");
	}
}

static enum kind
kind_of(const char *name)
{
	static const char *const kinds[] = { "thread", "fork", "child", "group" };
	unsigned i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(name, kinds[i]) == 0)
			return ((enum kind)i);
	errx(64, "%s: no such kind of server", name);
}

int
main(int argc, char **argv)
{
	static int fds[SERVERS_MAX];
	const char *command = NULL;
	enum kind kind;
	pthread_t thread;
	unsigned i, n;
	int ch;

	while ((ch = getopt(argc, argv, "c:f:")) != -1) {
		switch (ch) {
		case 'c':
			command = optarg;
			break;
		case 'f':
			filter = optarg;
			break;
		default:
			errx(64, "usage: srvd [-f filter] [-c command] kind n "
			    "address port");
		}
	}
	argc -= optind;
	argv += optind;
	if (argc != 4)
		errx(64, "usage: srvd [-f filter] [-c command] kind n address "
		    "port");
	kind = kind_of(argv[0]);
	n = number(argv[1]);
	if (n > SERVERS_MAX)
		errx(64, "at most %d", SERVERS_MAX);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < n; i++)
		fds[i] = i == 0 || kind == GROUP ?
		    listener(argv[2], argv[3], kind) : fds[0];
	puts("listening");
	fflush(stdout);
	if (command != NULL)
		run(command, fds[0]);
	for (i = 0; i < n; i++) {
		if (kind == THREAD) {
			if (pthread_create(&thread, NULL, accept_thread,
			    &fds[i]) != 0)
				errx(1, "no thread");
		} else {
			switch (fork()) {
			case -1:
				err(1, "fork");
			case 0:
				accept_all(fds[i], kind);
			}
		}
	}
	while (getchar() != EOF)
		;
	kill(0, SIGTERM);
	return (0);
}
