/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Which of many descriptors has something to read, at a cost that does not
 * grow with those that have not: kqueue(2), and epoll(7) on Linux, where AARP's
 * tests use the same servers.
 */
#ifndef _UMUX_GUEST_READY_H_
#define	_UMUX_GUEST_READY_H_

#include <err.h>
#include <errno.h>

#ifdef __linux__
#include <sys/epoll.h>

static inline int
ready_open(void)
{

	return (epoll_create1(0));
}

static inline int
ready_watch(int queue, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event));
}

/* Waits for one; -1 with errno. */
static inline int
ready_next(int queue)
{
	struct epoll_event event;

	return (epoll_wait(queue, &event, 1, -1) == 1 ? event.data.fd : -1);
}
#else
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

static inline int
ready_open(void)
{

	return (kqueue());
}

static inline int
ready_watch(int queue, int fd)
{
	struct kevent change;

	EV_SET(&change, fd, EVFILT_READ, EV_ADD, 0, 0, NULL);
	return (kevent(queue, &change, 1, NULL, 0, NULL));
}

/* Waits for one; -1 with errno. */
static inline int
ready_next(int queue)
{
	struct kevent event;

	return (kevent(queue, NULL, 0, &event, 1, NULL) == 1 ?
	    (int)event.ident : -1);
}
#endif

#endif /* !_UMUX_GUEST_READY_H_ */
