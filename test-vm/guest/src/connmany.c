/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Makes TCP connections one after the other and tells from which address.
 *
 *	connmany [-hq] [-j FILE] [-n COUNT] [-p PARALLEL] ADDRESS PORT
 *	connmany [-hq] [-j FILE] [-p PARALLEL] -f FILE PORT
 *
 *	-n COUNT	connections in all (1)
 *	-p PARALLEL	how many are held open at a time (1)
 *	-f FILE		one to each address of this file, - is standard input
 *	-h		hold: keep the last ones open until standard input ends
 *	-j FILE		write figures as JSON
 *	-q		do not print the addresses
 *
 * Prints one line "address port" for each connection that came about and one
 * line "failed: reason" for each that did not.  Exit status 1 if one failed.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"

#define	ADDRESSES_MAX	100000

static void
usage(void)
{

	fprintf(stderr, "usage: connmany [-hq] [-j file] [-p parallel] "
	    "[-n count] address port\n"
	    "       connmany [-hq] [-j file] [-p parallel] -f file port\n");
	exit(64);
}

/* The addresses of a file, as addrinfo(3) without a list. */
static struct addrinfo **
read_addresses(const char *name, const char *port, unsigned *count)
{
	static struct addrinfo *all[ADDRESSES_MAX];
	char line[256];
	FILE *f;

	f = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
	if (f == NULL)
		err(1, "%s", name);
	for (*count = 0; fgets(line, sizeof(line), f) != NULL; (*count)++) {
		if (*count == ADDRESSES_MAX)
			errx(64, "at most %d addresses", ADDRESSES_MAX);
		line[strcspn(line, " \n")] = '\0';
		all[*count] = resolve(line, port, SOCK_STREAM);
	}
	if (*count == 0)
		errx(64, "%s: no addresses", name);
	return (all);
}

static void
print_figures(const char *file, struct series *connects,
    struct series *closes, unsigned failed, uint64_t total)
{
	FILE *f;

	f = fopen(file, "w");
	if (f == NULL)
		err(1, "%s", file);
	fprintf(f, "{\"connections\": %u, \"failed\": %u, \"total_ns\": %ju",
	    connects->n, failed, (uintmax_t)total);
	series_print(f, "connect_ns", connects);
	series_print(f, "close_ns", closes);
	fprintf(f, "}\n");
	if (fclose(f) != 0)
		err(1, "%s", file);
}

int
main(int argc, char **argv)
{
	struct addrinfo *ai, **all;
	const char *file, *json;
	struct series closes, connects;
	uint64_t begin, total;
	unsigned count, failed, i, parallel, slot;
	int *fds, ch, fd;
	bool hold, quiet;

	count = parallel = 1;
	hold = quiet = false;
	all = NULL;
	file = json = NULL;
	while ((ch = getopt(argc, argv, "f:hj:n:p:q")) != -1) {
		switch (ch) {
		case 'f':
			file = optarg;
			break;
		case 'h':
			hold = true;
			break;
		case 'j':
			json = optarg;
			break;
		case 'n':
			count = number(optarg);
			break;
		case 'p':
			parallel = number(optarg);
			break;
		case 'q':
			quiet = true;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc != (file != NULL ? 1 : 2))
		usage();

	if (file != NULL)
		all = read_addresses(file, argv[0], &count);
	else
		ai = resolve(argv[0], argv[1], SOCK_STREAM);

	fds = calloc(parallel, sizeof(*fds));
	connects = series_of(count);
	closes = series_of(count);
	if (fds == NULL)
		err(1, "calloc");
	for (slot = 0; slot < parallel; slot++)
		fds[slot] = -1;

	failed = 0;
	total = now_ns();
	for (i = 0; i < count; i++) {
		slot = i % parallel;
		if (fds[slot] != -1) {
			begin = now_ns();
			close(fds[slot]);
			series_add(&closes, now_ns() - begin);
			fds[slot] = -1;
		}
		if (all != NULL)
			ai = all[i];
		fd = socket(ai->ai_family, SOCK_STREAM, 0);
		if (fd == -1)
			err(1, "socket");
		begin = now_ns();
		if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0) {
			printf("failed: %s\n", strerror(errno));
			failed++;
			close(fd);
			continue;
		}
		series_add(&connects, now_ns() - begin);
		fds[slot] = fd;
		if (!quiet)
			print_local("", fd);
	}
	total = now_ns() - total;
	fflush(stdout);
	if (json != NULL)
		print_figures(json, &connects, &closes, failed, total);
	if (hold)
		while (getchar() != EOF)
			;
	return (failed == 0 ? 0 : 1);
}
