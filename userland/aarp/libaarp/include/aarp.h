/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 *
 * Resolving IPv6 anycast addresses.  Link with -laarp; aarp_resolv(3) explains.
 */

#ifndef AARP_H
#define	AARP_H

#include <sys/types.h>
#include <netinet/in.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The address is to be used as it is: not anycast, or it answered itself. */
#define	AARP_ITSELF	0
/* It is anycast, and the nearest member was found. */
#define	AARP_MEMBER	1

/*
 * Which unicast address stands behind an address?  It is stored in *member, with
 * the port of *address; both may be the same.  An answer is waited for timeout_ms
 * milliseconds at most; if that is negative, as long as aarpd is configured to.
 *
 * Returns AARP_ITSELF (and *member is *address), AARP_MEMBER, or -1 with errno:
 *
 *	EHOSTUNREACH	the address is anycast, but nobody answers
 *	ETIMEDOUT	there was no answer in time
 *	ECONNREFUSED	aarpd does not run, or cannot be reached
 *	EAGAIN		aarpd has too much to do
 *	EPROTONOSUPPORT	aarpd is of another version
 *	EAFNOSUPPORT	*address is not of AF_INET6
 *	EFAULT		a pointer is NULL
 *
 * It takes no lock and allocates no memory.
 */
int	aarp_resolv(const struct sockaddr_in6 *address,
	    struct sockaddr_in6 *member, int timeout_ms);

/*
 * The member could not be reached: the address is probed again when somebody asks
 * for it next.  Returns 0, or -1 with errno EAFNOSUPPORT or EFAULT.
 */
int	aarp_failed(const struct sockaddr_in6 *address,
	    const struct sockaddr_in6 *member);

#ifdef __cplusplus
}
#endif

#endif /* AARP_H */
