/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Connects to a socket of packets, asks nothing, and stays for a while:
 *
 *	hold PATH COUNT SECONDS
 *
 * Prints how many connections there were.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct sockaddr_un to;
	int count, fd, i;

	if (argc != 4) {
		fprintf(stderr, "usage: hold path count seconds\n");
		return (64);
	}
	memset(&to, 0, sizeof(to));
	to.sun_family = AF_UNIX;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", argv[1]);
	count = 0;
	for (i = atoi(argv[2]); i > 0; i--) {
		fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		if (fd == -1)
			err(1, "socket");
		/* A queue that is full is waited for. */
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
			count++;
	}
	printf("%d\n", count);
	fflush(stdout);
	sleep(atoi(argv[3]));
	return (0);
}
