/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Tells a kernel that has ILNP (RFC 6740) what no program of the base system
 * does there: which identifiers (NIDs) are its own, and which nodes speak ILNP.
 *
 *	ilnpcache nid ADDRESS		its last 64 bits are a NID of ours
 *	ilnpcache node ADDRESS		the node with this address speaks ILNP
 *	ilnpcache make [-j FILE] COUNT	as many random NIDs, marked ephemeral, made
 *					one by one; prints the median of one in
 *					nanoseconds
 *
 * The kernel's header is in no base system, so its interface is described here.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <assert.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"

#define	NID_BYTES	8
#define	NODE_LIFETIME	86400

#define	NID_EPHEMERAL	0x04
#define	NID_MANAGED	0x10	/* the kernel has made its addresses */

struct local_request {
	struct in6_addr	address;	/* locator, all zero, and identifier */
	struct in6_addr	gateway;
	uint32_t	preference;
	uint16_t	interface;
	uint32_t	flags;
	int64_t		expires;
	uint32_t	references;
};
static_assert(sizeof(struct local_request) == 64, "not the kernel's");

struct node_request {
	struct in6_addr	address;
	int64_t		identifier_seconds;
	uint64_t	locators;
	uint64_t	locator;
	uint32_t	preference;
	int64_t		locator_seconds;
	uint8_t		source[NID_BYTES];
	uint8_t		flags;
	uint32_t	references;
	uint8_t		nonces[2][14];
	int64_t		statistics[4];
};
static_assert(sizeof(struct node_request) == 136, "not the kernel's");

#define	SET_LOCAL	_IOW('I', 60, struct local_request)
#define	SET_NODE	_IOW('I', 65, struct node_request)

static int control;

static void
usage(void)
{

	fprintf(stderr, "usage: ilnpcache nid|node address\n"
	    "       ilnpcache make [-j file] count\n");
	exit(64);
}

static struct in6_addr
address(const char *text)
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, text, &a) != 1)
		errx(64, "%s: not an IPv6 address", text);
	return (a);
}

static void
set_nid(const uint8_t *nid, uint32_t flags)
{
	struct local_request req;

	memset(&req, 0, sizeof(req));
	memcpy(&req.address.s6_addr[NID_BYTES], nid, NID_BYTES);
	req.flags = flags;
	/* Of several, the smallest preference is taken. */
	req.preference = flags == 0 ? 0 : 10;
	if (ioctl(control, SET_LOCAL, &req) != 0)
		err(1, "a NID cannot be set");
}

static void
node(const char *text)
{
	struct node_request req;

	memset(&req, 0, sizeof(req));
	req.address = address(text);
	req.identifier_seconds = req.locator_seconds = NODE_LIFETIME;
	if (ioctl(control, SET_NODE, &req) != 0)
		err(1, "%s", text);
}

static void
make(unsigned count, const char *json)
{
	struct series made;
	uint64_t begin;
	uint8_t nid[NID_BYTES];
	unsigned i;
	FILE *f;

	made = series_of(count);
	for (i = 0; i < count; i++) {
		arc4random_buf(nid, sizeof(nid));
		begin = now_ns();
		set_nid(nid, NID_EPHEMERAL | NID_MANAGED);
		series_add(&made, now_ns() - begin);
	}
	if (json != NULL) {
		if ((f = fopen(json, "w")) == NULL)
			err(1, "%s", json);
		fprintf(f, "{\"nids\": %u", count);
		series_print(f, "make_ns", &made);
		fprintf(f, "}\n");
		if (fclose(f) != 0)
			err(1, "%s", json);
	} else
		qsort(made.ns, made.n, sizeof(*made.ns), series_compare);
	printf("%ju\n", (uintmax_t)series_percentile(&made, 50));
}

int
main(int argc, char **argv)
{
	struct in6_addr a;
	const char *json, *what;
	int ch;

	if (argc < 2)
		usage();
	what = argv[1];
	argc--;
	argv++;
	json = NULL;
	while ((ch = getopt(argc, argv, "j:")) != -1) {
		if (ch != 'j')
			usage();
		json = optarg;
	}
	argc -= optind;
	argv += optind;
	if (argc != 1)
		usage();

	control = socket(AF_INET6, SOCK_DGRAM, 0);
	if (control == -1)
		err(1, "socket");
	if (strcmp(what, "nid") == 0) {
		a = address(argv[0]);
		set_nid(&a.s6_addr[NID_BYTES], 0);
	} else if (strcmp(what, "node") == 0)
		node(argv[0]);
	else if (strcmp(what, "make") == 0)
		make(number(argv[0]), json);
	else
		usage();
	return (0);
}
