/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Uses up every mbuf of the system: datagrams of one byte wait in sockets that
 * nobody reads.
 *
 *	mbufhog
 *
 * Children fill pairs of sockets; when one sleeps in the kernel because
 * there are no more, prints "exhausted after N pairs", and holds them until
 * standard input ends, or for a minute: who should end it may sleep for one.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define	PAIRS_MAX	8000
/*
 * Pairs that one child fills.  The one that falls asleep has its own open, and
 * nothing wakes it but what the others give back: a hundred hold every mbuf.
 */
#define	BATCH		4
#define	WAIT_MS		1500
#define	HOLD_MS		60000
#define	EMPTY		77

static int fds[PAIRS_MAX][2];

/* As much as they take.  One that takes nothing, although it is empty: there is
   nothing to be had. */
static void
fill(int first, int end)
{
	char byte = 'x';
	int i;

	/* It may sleep here for ever; what the others hold shall not be its too. */
	for (i = 0; i < first; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
	for (i = first; i < end; i++) {
		if (send(fds[i][0], &byte, 1, MSG_DONTWAIT) != 1)
			_exit(EMPTY);
		while (send(fds[i][0], &byte, 1, MSG_DONTWAIT) == 1)
			;
	}
	_exit(0);
}

static void
pair(int i)
{
	int size = 1 << 20;

	if (socketpair(PF_LOCAL, SOCK_DGRAM, 0, fds[i]) != 0)
		err(1, "socketpair %d", i);
	(void)setsockopt(fds[i][1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Did it fill all of its pairs?  It may sleep for want of memory. */
static int
filled(pid_t pid)
{
	int ms, status;

	for (ms = 0; ms < WAIT_MS; ms += 10) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
		usleep(10000);
	}
	return (0);
}

int
main(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct rlimit limit;
	pid_t pid;
	int i, n;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (n = 0; ; n += BATCH) {
		if (n == PAIRS_MAX)
			errx(1, "%d pairs of sockets were not enough", n);
		for (i = n; i < n + BATCH; i++)
			pair(i);
		pid = fork();
		if (pid == -1)
			err(1, "fork");
		if (pid == 0)
			fill(n, n + BATCH);
		if (!filled(pid))
			break;
	}
	printf("exhausted after %d pairs\n", n);
	fflush(stdout);
	if (poll(&input, 1, HOLD_MS) == 0)
		warnx("held for %d s, and nobody ended it", HOLD_MS / 1000);
	/* The last child goes on with what the others give back. */
	(void)kill(pid, SIGKILL);
	for (i = 0; i < n + BATCH; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
	(void)waitpid(pid, NULL, 0);
	return (0);
}
