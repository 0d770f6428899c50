/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Cases of threads, processes, signals and cancellation.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "calls.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/time.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define	THREADS	8
#define	ROUNDS	50

static int
connected(int type, const struct sockaddr_in6 *to)
{
	int fd;

	fd = open_socket(type);
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == -1)
		show_result("connect", -1);
	return (fd);
}

/* Is the peer's name the one that was named? */
static int
is_named(int fd, const struct sockaddr_in6 *to)
{
	struct sockaddr_in6 name;
	socklen_t len;

	len = sizeof(name);
	return (getpeername(fd, (struct sockaddr *)&name, &len) == 0 &&
	    memcmp(&name.sin6_addr, &to->sin6_addr, sizeof(name.sin6_addr)) == 0);
}

static void *
thread(void *unused)
{
	const struct sockaddr_in6 *to;
	long right;
	int fd, i;

	(void)unused;
	right = 0;
	for (i = 0; i < ROUNDS; i++) {
		to = i % 2 == 0 ? &peer : &other;
		fd = connected(i % 3 == 0 ? SOCK_DGRAM : SOCK_STREAM, to);
		right += is_named(fd, to);
		close(fd);
	}
	return ((void *)right);
}

static void
threads(void)
{
	pthread_t all[THREADS];
	void *result;
	long right;
	int i;

	right = 0;
	for (i = 0; i < THREADS; i++)
		pthread_create(&all[i], NULL, thread, NULL);
	for (i = 0; i < THREADS; i++) {
		pthread_join(all[i], &result);
		right += (long)result;
	}
	printf("right: %ld of %d\n", right, THREADS * ROUNDS);
}

static void
forks(void)
{
	pid_t child;
	int fd;

	fd = connected(SOCK_STREAM, &peer);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		show_peer("child", fd);
		close(fd);
		fd = connected(SOCK_STREAM, &other);
		show_peer("child's other", fd);
		fd = connected(SOCK_DGRAM, &peer);
		show_peer("child's own", fd);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	show_peer("parent", fd);
	echo("parent", fd);
	close(fd);
}

/*
 * The child has its parent's memory, but descriptors of its own: what it does with
 * them is nothing to its parent.
 */
static void
vforks(void)
{
	volatile int fd, number;
	pid_t child;

	fd = connected(SOCK_STREAM, &peer);
	number = connected(SOCK_STREAM, &other);
	child = vfork();
	if (child == 0) {
		close(fd);
		dup2(number, fd);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	show_peer("parent", fd);
	show_peer("the other", number);
	close(fd);
	close(number);
}

/* Does all go on as it did with this socket, and with one that is new? */
static void
show_both(const char *what, int fd)
{
	int number;

	show_peer(what, fd);
	echo(what, fd);
	number = connected(SOCK_DGRAM, &peer);
	show_peer(what, number);
	echo(what, number);
	close(number);
}

/* The first that happens in a process is that a child uses its memory. */
static void
vforks_first(void)
{
	volatile int fd;
	pid_t child;

	child = vfork();
	if (child == 0) {
		fd = open_socket(SOCK_DGRAM);
		close(fd);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	fd = connected(SOCK_DGRAM, &peer);
	show_both("parent", fd);
	close(fd);
}

/* A child of vfork(2) closes what it was left, as those do that run programs. */
static void
close_in_vfork(int fd)
{
	pid_t child;

	child = vfork();
	if (child == 0) {
		close(fd);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

/* The same in a child of fork(2), which has sockets. */
static void
forks_vfork(void)
{
	pid_t child;
	int fd;

	fd = connected(SOCK_DGRAM, &peer);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close_in_vfork(fd);
		show_both("child", fd);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	show_both("parent", fd);
	close(fd);
}

/* A child that the C library knows nothing of. */
static pid_t
bare_fork(void)
{

#ifdef __linux__
	return (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
#else
	return (rfork(RFPROC | RFFDG));
#endif
}

static void
bare_forks(void)
{
	int fd, number;
	pid_t child;

	fd = connected(SOCK_DGRAM, &peer);
	number = connected(SOCK_STREAM, &other);
	fflush(stdout);
	child = bare_fork();
	if (child == 0) {
		close_in_vfork(number);
		show_both("child", fd);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	show_both("parent", fd);
	show_peer("the other", number);
	close(fd);
	close(number);
}

static volatile sig_atomic_t handled, handled_right;

static void
handler(int signo)
{
	int errno_before, fd;

	(void)signo;
	errno_before = errno;
	fd = connected(SOCK_DGRAM, &peer);
	handled_right += is_named(fd, &peer);
	close(fd);
	handled++;
	errno = errno_before;
}

static void
signals(void)
{
	struct itimerval often, never;
	int fd, right, rounds;

	signal(SIGALRM, handler);
	memset(&often, 0, sizeof(often));
	memset(&never, 0, sizeof(never));
	often.it_interval.tv_usec = often.it_value.tv_usec = 500;
	setitimer(ITIMER_REAL, &often, NULL);
	right = 0;
	for (rounds = 0; rounds < 2000 || handled < 50; rounds++) {
		fd = open_socket(SOCK_DGRAM);
		while (connect(fd, (struct sockaddr *)&peer,
		    sizeof(peer)) == -1 && errno == EINTR)
			;
		right += is_named(fd, &peer);
		close(fd);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("all right: %d\n", right == rounds);
	printf("those in handlers: %d\n", handled_right == handled);
}

static void *
waiting(void *arg)
{
	struct sockaddr_in6 name;
	socklen_t len;
	char text[8];

	len = sizeof(name);
	recvfrom(*(int *)arg, text, sizeof(text), 0, (struct sockaddr *)&name,
	    &len);
	return (NULL);
}

/* A thread is cancelled that waits in recvfrom(): it ends, and nothing else does. */
static void
cancelled(void)
{
	pthread_t other_thread;
	void *result;
	int fd;

	fd = connected(SOCK_DGRAM, &peer);
	pthread_create(&other_thread, NULL, waiting, &fd);
	usleep(100000);
	pthread_cancel(other_thread);
	pthread_join(other_thread, &result);
	printf("cancelled: %d\n", result == PTHREAD_CANCELED);
	show_peer("peer", fd);
	echo("echo", fd);
	close(fd);
}

static int
descriptors(void)
{
	int fd, n;

	n = 0;
	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return (n);
}

/* Nobody answers at this address, and nobody has asked for it before. */
static struct sockaddr_in6
silent(void)
{
	struct sockaddr_in6 name;
	uint32_t last;

	name = peer;
	last = htonl(0x80000000 | (uint32_t)getpid());
	memcpy(&name.sin6_addr.s6_addr[12], &last, sizeof(last));
	return (name);
}

static void *
connecting(void *arg)
{
	struct sockaddr_in6 name;

	name = silent();
	connect(*(int *)arg, (struct sockaddr *)&name, sizeof(name));
	pthread_testcancel();
	return (NULL);
}

/*
 * A thread is cancelled that waits in connect(), for whatever the reason: it
 * ends soon, and nothing is left of what it did.
 */
static void
cancelled_asking(void)
{
	struct timespec began, ended;
	pthread_t other_thread;
	void *result;
	int before, fd;

	fd = open_socket(SOCK_STREAM);
	before = descriptors();
	pthread_create(&other_thread, NULL, connecting, &fd);
	usleep(100000);
	clock_gettime(CLOCK_MONOTONIC, &began);
	pthread_cancel(other_thread);
	pthread_join(other_thread, &result);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("cancelled: %d\n", result == PTHREAD_CANCELED);
	printf("soon: %d\n", ended.tv_sec - began.tv_sec < 5);
	printf("descriptors more: %d\n", descriptors() - before);
	close(fd);
}

const struct test_case process_cases[] = {
	{ "threads", threads },
	{ "fork", forks },
	{ "vfork", vforks },
	{ "vfork-first", vforks_first },
	{ "fork-vfork", forks_vfork },
	{ "fork-bare", bare_forks },
	{ "signals", signals },
	{ "cancel", cancelled },
	{ "cancel-asking", cancelled_asking },
	{ NULL, NULL }
};
