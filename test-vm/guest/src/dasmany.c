/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Arms addresses one after the other, and says how long each call took.
 *
 *	dasmany [-j FILE] PORT COUNT
 *
 * Prints the addresses; with -j, median and 99th percentile of the call in
 * nanoseconds, as JSON.  An address can be connected to when the call returns.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"
#include "umux_abi.h"

int
main(int argc, char **argv)
{
	char text[INET6_ADDRSTRLEN];
	struct umux_das_req req;
	const char *json = NULL;
	struct series took;
	uint64_t begin;
	unsigned count, i, port;
	FILE *f;
	int ch, fd;

	while ((ch = getopt(argc, argv, "j:")) != -1) {
		if (ch != 'j')
			errx(64, "usage: dasmany [-j file] port count");
		json = optarg;
	}
	if (argc - optind != 2)
		errx(64, "usage: dasmany [-j file] port count");
	port = number(argv[optind]);
	count = number(argv[optind + 1]);
	took = series_of(count);
	fd = open("/dev/umux", O_RDWR);
	if (fd == -1)
		err(1, "/dev/umux");
	for (i = 0; i < count; i++) {
		memset(&req, 0, sizeof(req));
		req.da_hdr.uh_version = UMUX_ABI_VERSION;
		req.da_hdr.uh_size = sizeof(req);
		req.da_port = (uint16_t)port;
		req.da_lifetime_ms = 3600 * 1000;
		begin = now_ns();
		if (ioctl(fd, UMUX_IOC_DAS, &req) != 0)
			err(1, "after %u addresses", i);
		series_add(&took, now_ns() - begin);
		inet_ntop(AF_INET6, &req.da_ssa, text, sizeof(text));
		puts(text);
	}
	if (json == NULL)
		return (0);
	f = fopen(json, "w");
	if (f == NULL)
		err(1, "%s", json);
	fprintf(f, "{\"armed\": %u", count);
	series_print(f, "das_ns", &took);
	fprintf(f, "}\n");
	return (fclose(f) == 0 ? 0 : 1);
}
