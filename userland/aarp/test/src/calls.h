/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What calls.c and its cases share.
 */

#ifndef CALLS_H
#define	CALLS_H

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

/* Where the case goes: an echo server at this address and port. */
extern struct sockaddr_in6 peer;
/* The same server by another address. */
extern struct sockaddr_in6 other;

/* A socket, or the end. */
int	open_socket(int type);
/* Prints "WHAT ADDRESS PORT scope SCOPE", or the error. */
void	show_name(const char *what, const struct sockaddr_in6 *name);
void	show_peer(const char *what, int fd);
/* Prints "WHAT: RESULT", with errno if that is -1. */
void	show_result(const char *what, long result);
/* Sends a text and prints what comes back. */
void	echo(const char *what, int fd);
/* Waits for a descriptor, two seconds at most; does anything happen? */
int	await(int fd, short events);

struct test_case {
	const char *name;
	void (*run)(void);
};

extern const struct test_case stream_cases[];
extern const struct test_case datagram_cases[];
extern const struct test_case descriptor_cases[];
extern const struct test_case process_cases[];

#endif /* CALLS_H */
