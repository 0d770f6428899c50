/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * A nameserver that knows one name, or rather all of them:
 *
 *	dnsd ADDRESS PORT ANSWER
 *
 * Every question for AAAA is answered with ANSWER, every other one with no data.
 * Prints "listening" when it is ready, then one line for each question.
 */

#include <arpa/inet.h>

#include <stdint.h>
#include <unistd.h>

#include "common.h"

#define	HEADER		12
#define	QUESTION_END	4	/* type and class, behind the name */
#define	ANSWER_LEN	28
#define	TYPE_AAAA	28
#define	CLASS_IN	1

/* Where the name ends that begins here; 0: it does not. */
static size_t
name_end(const unsigned char *packet, size_t len)
{
	size_t at;

	for (at = HEADER; at < len; at += 1 + packet[at]) {
		if (packet[at] == 0)
			return (at + 1);
		if (packet[at] > 63)
			return (0);
	}
	return (0);
}

/* Turns a question into its answer; returns how long that is, 0 for none. */
static size_t
answer(unsigned char *packet, size_t len, const struct in6_addr *address)
{
	static const unsigned char record[] = {
		0xc0, HEADER,			/* the name of the question */
		0, TYPE_AAAA, 0, CLASS_IN,
		0, 0, 0, 60,			/* seconds to live */
		0, sizeof(*address)
	};
	size_t end;
	int known;

	if (len < HEADER || (packet[2] & 0x80) != 0)
		return (0);
	end = name_end(packet, len);
	if (end == 0 || end + QUESTION_END > len)
		return (0);
	known = packet[end + 1] == TYPE_AAAA && packet[end] == 0;
	end += QUESTION_END;
	packet[2] = 0x84 | (packet[2] & 1);	/* answer, authoritative */
	packet[3] = 0;
	memset(packet + 4, 0, HEADER - 4);
	packet[5] = 1;
	if (known) {
		packet[7] = 1;
		memcpy(packet + end, record, sizeof(record));
		memcpy(packet + end + sizeof(record), address, sizeof(*address));
		end += ANSWER_LEN;
	}
	return (end);
}

int
main(int argc, char **argv)
{
	unsigned char packet[4096 + ANSWER_LEN];
	struct sockaddr_storage from;
	struct in6_addr address;
	struct addrinfo *ai;
	socklen_t len;
	ssize_t n;
	int fd;

	if (argc != 4 || inet_pton(AF_INET6, argv[3], &address) != 1)
		errx(64, "usage: dnsd address port answer");
	ai = resolve(argv[1], argv[2], SOCK_DGRAM);
	fd = socket(ai->ai_family, SOCK_DGRAM, 0);
	if (fd == -1 || bind(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		err(1, "%s %s", argv[1], argv[2]);
	freeaddrinfo(ai);
	printf("listening\n");
	fflush(stdout);
	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, packet, sizeof(packet) - ANSWER_LEN, 0,
		    (struct sockaddr *)&from, &len);
		if (n < 0)
			continue;
		print_address("question", (struct sockaddr *)&from, len);
		fflush(stdout);
		n = answer(packet, (size_t)n, &address);
		if (n > 0)
			sendto(fd, packet, (size_t)n, 0,
			    (struct sockaddr *)&from, len);
	}
}
