/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * An address a session without umux: an alias is added to the interface, a
 * socket bound to it, connected and closed, the alias removed.
 *
 *	aliasmany [-j FILE] [-n COUNT] IF PREFIX ADDRESS PORT
 *
 * PREFIX is the first 64 bits, as an address (2001:db8:1::).  Waits until
 * duplicate address detection is over, if the interface does it
 * (net.inet6.ip6.dad_count).  Prints the median of one such session in
 * nanoseconds; with -j, the median and 99th percentile of its parts as JSON.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/in_var.h>
#include <netinet6/nd6.h>
#include <arpa/inet.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"

#define	TENTATIVE_US	10000

static const char *ifname;
static int control;

static void
add(const struct sockaddr_in6 *sin6)
{
	struct in6_aliasreq req;

	memset(&req, 0, sizeof(req));
	strlcpy(req.ifra_name, ifname, sizeof(req.ifra_name));
	req.ifra_addr = *sin6;
	req.ifra_prefixmask.sin6_len = sizeof(req.ifra_prefixmask);
	req.ifra_prefixmask.sin6_family = AF_INET6;
	memset(&req.ifra_prefixmask.sin6_addr, 0xff, 8);
	req.ifra_lifetime.ia6t_vltime = ND6_INFINITE_LIFETIME;
	req.ifra_lifetime.ia6t_pltime = ND6_INFINITE_LIFETIME;
	if (ioctl(control, SIOCAIFADDR_IN6, &req) != 0)
		err(1, "SIOCAIFADDR_IN6");
}

static void
settle(const struct sockaddr_in6 *sin6)
{
	struct in6_ifreq req;

	for (;;) {
		memset(&req, 0, sizeof(req));
		strlcpy(req.ifr_name, ifname, sizeof(req.ifr_name));
		req.ifr_addr = *sin6;
		if (ioctl(control, SIOCGIFAFLAG_IN6, &req) != 0)
			err(1, "SIOCGIFAFLAG_IN6");
		if ((req.ifr_ifru.ifru_flags6 & IN6_IFF_TENTATIVE) == 0)
			return;
		usleep(TENTATIVE_US);
	}
}

static void
del(const struct sockaddr_in6 *sin6)
{
	struct in6_ifreq req;

	memset(&req, 0, sizeof(req));
	strlcpy(req.ifr_name, ifname, sizeof(req.ifr_name));
	req.ifr_addr = *sin6;
	if (ioctl(control, SIOCDIFADDR_IN6, &req) != 0)
		err(1, "SIOCDIFADDR_IN6");
}

int
main(int argc, char **argv)
{
	struct series adds, all, dels, sessions;
	struct sockaddr_in6 sin6;
	const char *json = NULL;
	struct addrinfo *ai;
	uint64_t begin, t1, t2, t3;
	unsigned count = 1, i;
	FILE *f;
	int ch, fd;

	while ((ch = getopt(argc, argv, "j:n:")) != -1) {
		switch (ch) {
		case 'j':
			json = optarg;
			break;
		case 'n':
			count = number(optarg);
			break;
		default:
			errx(64, "usage: aliasmany [-j file] [-n count] if "
			    "prefix address port");
		}
	}
	argv += optind;
	if (argc - optind != 4)
		errx(64, "usage: aliasmany [-j file] [-n count] if prefix "
		    "address port");
	ifname = argv[0];
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_len = sizeof(sin6);
	sin6.sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, argv[1], &sin6.sin6_addr) != 1)
		errx(64, "%s: no IPv6 address", argv[1]);
	ai = resolve(argv[2], argv[3], SOCK_STREAM);
	control = socket(AF_INET6, SOCK_DGRAM, 0);
	adds = series_of(count);
	all = series_of(count);
	dels = series_of(count);
	sessions = series_of(count);
	for (i = 0; i < count; i++) {
		arc4random_buf(&sin6.sin6_addr.s6_addr[8], 8);
		begin = now_ns();
		add(&sin6);
		settle(&sin6);
		t1 = now_ns();
		fd = socket(AF_INET6, SOCK_STREAM, 0);
		if (fd == -1 ||
		    bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) != 0 ||
		    connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)
			err(1, "after %u sessions", i);
		close(fd);
		t2 = now_ns();
		del(&sin6);
		t3 = now_ns();
		series_add(&adds, t1 - begin);
		series_add(&sessions, t2 - t1);
		series_add(&dels, t3 - t2);
		series_add(&all, t3 - begin);
	}
	f = fopen(json == NULL ? "/dev/null" : json, "w");
	if (f == NULL)
		err(1, "%s", json);
	fprintf(f, "{\"sessions\": %u", count);
	series_print(f, "add_ns", &adds);
	series_print(f, "session_ns", &sessions);
	series_print(f, "delete_ns", &dels);
	series_print(f, "all_ns", &all);
	fprintf(f, "}\n");
	if (fclose(f) != 0)
		err(1, "%s", json);
	printf("%ju\n", (uintmax_t)series_percentile(&all, 50));
	return (0);
}
