/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What the parts of cost share.
 */

#include <sys/types.h>
#include <netinet/in.h>

/* Nanoseconds of a clock that never goes back. */
double now(void);

/* The one in the middle; they are sorted afterwards. */
double median(double *times, int count);

/* An address as it is written. */
struct sockaddr_in6 to_address(const char *text, const char *port);

/* TCP connects by the library in between, and without it by system calls. */
void connects(const char *named, const char *direct, const char *port,
    int count, int each);
void first_connect(const char *address, const char *port);

/* Calls that have nothing to do with anycast, the same two ways. */
void calls(int batches);

/* COUNT resolutions by so many threads at once. */
void resolutions(const char *address, int count, int threads);
