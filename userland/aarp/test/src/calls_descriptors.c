/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Cases of descriptors that are duplicated, closed, passed on and used again.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "calls.h"

#include <sys/syscall.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
connected(const struct sockaddr_in6 *to)
{
	int fd;

	fd = open_socket(SOCK_STREAM);
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == -1)
		show_result("connect", -1);
	return (fd);
}

static void
duplicates(void)
{
	int after, before, by_fcntl, cloexec, fd, forced, third;

	fd = open_socket(SOCK_STREAM);
	before = dup(fd);
	show_result("connect",
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)));
	after = dup(fd);
	by_fcntl = fcntl(fd, F_DUPFD, 100);
	cloexec = fcntl(fd, F_DUPFD_CLOEXEC, 200);
	forced = dup2(fd, 300);
	third = dup3(fd, 301, O_CLOEXEC);
	show_result("itself", dup2(fd, fd) == fd);
	close(fd);
	show_peer("dup before", before);
	show_peer("dup after", after);
	show_peer("F_DUPFD", by_fcntl);
	show_peer("F_DUPFD_CLOEXEC", cloexec);
	show_peer("dup2", forced);
	show_peer("dup3", third);
	printf("flags: %d %d\n", fcntl(by_fcntl, F_GETFD),
	    fcntl(cloexec, F_GETFD));
	close(before);
	close(after);
	close(by_fcntl);
	close(cloexec);
	close(forced);
	echo("the last one", third);
	close(third);
	show_result("bad", dup(fd));
	show_result("bad", dup2(-1, 5));
}

/* A number that is used again belongs to its new socket, however it was closed. */
static void
again(void)
{
	FILE *file;
	int fd, number, pair[2];

	number = connected(&peer);
	show_peer("it", number);
	close(number);
	fd = connected(&other);
	printf("closed, the same number: %d\n", fd == number);
	show_peer("the other", fd);
	close(fd);

	number = connected(&peer);
	file = fdopen(number, "r+");
	fclose(file);
	fd = connected(&other);
	printf("fclose, the same number: %d\n", fd == number);
	show_peer("the other", fd);
	close(fd);

	number = connected(&peer);
	syscall(SYS_close, number);
	fd = connected(&other);
	printf("SYS_close, the same number: %d\n", fd == number);
	show_peer("the other", fd);
	close(fd);

	number = connected(&peer);
	fd = connected(&other);
	show_result("dup2", dup2(fd, number) == number);
	show_peer("the other", number);
	close(fd);
	close(number);

	number = connected(&peer);
	close(number);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
		struct sockaddr_storage name;
		socklen_t len = sizeof(name);

		printf("socketpair, the same number: %d\n", pair[0] == number);
		getpeername(pair[0], (struct sockaddr *)&name, &len);
		printf("family is AF_UNIX: %d\n", name.ss_family == AF_UNIX);
		close(pair[0]);
		close(pair[1]);
	}
}

static void
ranges(void)
{
	int fd, high, low, number;

	low = connected(&peer);
	high = connected(&peer);
	number = fcntl(high, F_DUPFD, 500);
	show_result("close_range", close_range(high, 400, 0));
	show_peer("below", low);
	show_peer("in it", high);
	show_peer("above", number);
	closefrom(450);
	show_peer("closed from there", number);
	fd = connected(&other);
	printf("the same number: %d\n", fd == high);
	show_peer("the other", fd);
	close(fd);
	close(low);
}

/* A socket comes in by a message, with a number that was another's. */
static void
passed(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message;
	struct cmsghdr *header;
	struct iovec iov;
	char text = 'x';
	int fd, number, pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		show_result("socketpair", -1);
	fd = connected(&other);
	number = connected(&peer);
	syscall(SYS_close, number);
	memset(&message, 0, sizeof(message));
	memset(&control, 0, sizeof(control));
	iov.iov_base = &text;
	iov.iov_len = 1;
	message.msg_iov = &iov;
	message.msg_iovlen = 1;
	message.msg_control = control.room;
	message.msg_controllen = sizeof(control.room);
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	show_result("sendmsg", sendmsg(pair[0], &message, 0));
	message.msg_controllen = sizeof(control.room);
	show_result("recvmsg", recvmsg(pair[1], &message, 0));
	header = CMSG_FIRSTHDR(&message);
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	printf("the same number: %d\n", fd == number);
	show_peer("the other", fd);
}

const struct test_case descriptor_cases[] = {
	{ "fd-duplicates", duplicates },
	{ "fd-again", again },
	{ "fd-ranges", ranges },
	{ "fd-passed", passed },
	{ NULL, NULL }
};
