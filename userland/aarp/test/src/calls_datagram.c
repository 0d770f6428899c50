/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Cases of UDP.
 */

#ifndef _GNU_SOURCE
#define	_GNU_SOURCE
#endif

#include "calls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define	MANY	40

static void
receive_from(const char *what, int fd)
{
	struct sockaddr_in6 name;
	socklen_t len;
	char text[64];
	ssize_t n;

	if (!await(fd, POLLIN))
		return;
	memset(&name, 0, sizeof(name));
	len = sizeof(name);
	n = recvfrom(fd, text, sizeof(text), 0, (struct sockaddr *)&name, &len);
	if (n < 0) {
		show_result(what, n);
		return;
	}
	printf("%s: %.*s from %u bytes\n", what, (int)n, text, (unsigned)len);
	show_name(what, &name);
}

static void
send_to(const char *text, int fd, const struct sockaddr_in6 *to)
{
	ssize_t n;

	n = sendto(fd, text, strlen(text), 0, (const struct sockaddr *)to,
	    sizeof(*to));
	if (n != (ssize_t)strlen(text))
		show_result("sendto", n);
}

static void
unconnected(void)
{
	int fd;

	fd = open_socket(SOCK_DGRAM);
	send_to("one", fd, &peer);
	receive_from("recvfrom", fd);
	send_to("two", fd, &peer);
	receive_from("recvfrom", fd);
	show_peer("peer", fd);
	close(fd);
}

static void
connected(void)
{
	int fd;

	fd = open_socket(SOCK_DGRAM);
	show_result("connect",
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)));
	show_peer("peer", fd);
	echo("echo", fd);
	if (send(fd, "again", 5, 0) != 5)
		show_result("send", -1);
	receive_from("recvfrom", fd);
	close(fd);
}

static void
without_name(void)
{
	struct sockaddr_in6 name;
	socklen_t len;
	char text[64];
	int fd;

	fd = open_socket(SOCK_DGRAM);
	send_to("one", fd, &peer);
	await(fd, POLLIN);
	show_result("no name", recvfrom(fd, text, sizeof(text), 0, NULL, NULL));
	send_to("two", fd, &peer);
	await(fd, POLLIN);
	len = 8;
	memset(&name, 0x55, sizeof(name));
	show_result("short name", recvfrom(fd, text, sizeof(text), 0,
	    (struct sockaddr *)&name, &len));
	printf("%u bytes, the rest is kept: %d\n", (unsigned)len,
	    name.sin6_scope_id == 0x55555555);
	send_to("three", fd, &peer);
	await(fd, POLLIN);
	/* A peek leaves it there. */
	show_result("peek", recv(fd, text, sizeof(text), MSG_PEEK));
	receive_from("then", fd);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	show_result("nothing", recv(fd, text, sizeof(text), 0));
	close(fd);
}

static void
message(struct msghdr *header, struct iovec *iov, void *text, size_t n,
    struct sockaddr_in6 *name)
{

	memset(header, 0, sizeof(*header));
	iov->iov_base = text;
	iov->iov_len = n;
	header->msg_iov = iov;
	header->msg_iovlen = 1;
	header->msg_name = name;
	header->msg_namelen = name == NULL ? 0 : sizeof(*name);
}

static void
messages(void)
{
	struct sockaddr_in6 name;
	struct msghdr header;
	struct iovec iov;
	char text[64];
	ssize_t n;
	int fd;

	fd = open_socket(SOCK_DGRAM);
	name = peer;
	message(&header, &iov, "one", 3, &name);
	show_result("sendmsg", sendmsg(fd, &header, 0));
	printf("the message is kept: %d\n", header.msg_name == &name &&
	    header.msg_namelen == sizeof(name) &&
	    memcmp(&name, &peer, sizeof(peer)) == 0);
	await(fd, POLLIN);
	memset(&name, 0, sizeof(name));
	message(&header, &iov, text, sizeof(text), &name);
	n = recvmsg(fd, &header, 0);
	printf("recvmsg: %.*s from %u bytes\n", (int)n, text,
	    (unsigned)header.msg_namelen);
	show_name("recvmsg", &name);
	message(&header, &iov, "two", 3, &peer);
	show_result("sendmsg", sendmsg(fd, &header, 0));
	await(fd, POLLIN);
	message(&header, &iov, text, sizeof(text), NULL);
	show_result("no name", recvmsg(fd, &header, 0));
	show_result("null", sendmsg(fd, NULL, 0));
	close(fd);
}

static void
many_messages(void)
{
	static struct sockaddr_in6 names[MANY];
	static struct mmsghdr headers[MANY];
	static struct iovec iovs[MANY];
	static char texts[MANY][64];
	int fd, i, n, done;

	fd = open_socket(SOCK_DGRAM);
	for (i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%d", i);
		names[i] = peer;
		message(&headers[i].msg_hdr, &iovs[i], texts[i],
		    strlen(texts[i]), &names[i]);
	}
	n = sendmmsg(fd, headers, MANY, 0);
	show_result("sendmmsg", n);
	for (i = 0; i < n; i++)
		if ((size_t)headers[i].msg_len != strlen(texts[i]))
			printf("message %d: %d bytes\n", i,
			    (int)headers[i].msg_len);
	for (done = 0; done < MANY; done += n) {
		await(fd, POLLIN);
		for (i = 0; i < MANY; i++) {
			memset(&names[i], 0, sizeof(names[i]));
			message(&headers[i].msg_hdr, &iovs[i], texts[i],
			    sizeof(texts[i]), &names[i]);
		}
		n = recvmmsg(fd, headers, MANY, MSG_DONTWAIT, NULL);
		if (n < 1) {
			show_result("recvmmsg", n);
			break;
		}
		for (i = 0; i < n; i++) {
			printf("%.*s ", (int)headers[i].msg_len, texts[i]);
			show_name("recvmmsg", &names[i]);
		}
	}
	show_result("none", sendmmsg(fd, headers, 0, 0));
	close(fd);
}

/* Names that have no room are cut, in whichever of several messages. */
static void
short_messages(void)
{
	static const socklen_t rooms[] = { 28, 8, 0, 24 };
	struct {
		struct sockaddr_in6 name;
		char behind[8];
	} names[4];
	struct mmsghdr headers[4];
	struct iovec iovs[4];
	char texts[4][8];
	size_t at;
	int fd, i, kept, n;

	fd = open_socket(SOCK_DGRAM);
	for (i = 0; i < 4; i++) {
		send_to("x", fd, &peer);
		await(fd, POLLIN);
		memset(&names[i], 0x55, sizeof(names[i]));
		message(&headers[i].msg_hdr, &iovs[i], texts[i],
		    sizeof(texts[i]), &names[i].name);
		headers[i].msg_hdr.msg_namelen = rooms[i];
	}
	/* The last one may take a moment. */
	usleep(50000);
	n = recvmmsg(fd, headers, 4, MSG_DONTWAIT, NULL);
	show_result("recvmmsg", n);
	for (i = 0; i < n; i++) {
		kept = 1;
		for (at = rooms[i]; at < sizeof(names[i]); at++)
			kept &= ((char *)&names[i])[at] == 0x55;
		printf("%u bytes of %u, the rest is kept: %d\n",
		    (unsigned)rooms[i],
		    (unsigned)headers[i].msg_hdr.msg_namelen, kept);
		if (rooms[i] >= 24) {
			names[i].name.sin6_scope_id = peer.sin6_scope_id;
			show_name("cut", &names[i].name);
		}
	}
	close(fd);
}

/* One socket that sends to a member both ways: what it named last is told. */
static void
both(void)
{
	int fd;

	fd = open_socket(SOCK_DGRAM);
	send_to("to it", fd, &peer);
	receive_from("recvfrom", fd);
	send_to("to the other", fd, &other);
	receive_from("recvfrom", fd);
	send_to("to it again", fd, &peer);
	receive_from("recvfrom", fd);
	close(fd);
}

/* More destinations than are kept in mind: the last are. */
static void
busy(void)
{
	struct sockaddr_in6 name;
	int fd, i;

	fd = open_socket(SOCK_DGRAM);
	for (i = 2; i < 128; i++) {
		name = peer;
		name.sin6_port = htons(9);
		name.sin6_addr.s6_addr[15] = i;
		send_to("x", fd, &name);
	}
	send_to("last", fd, &peer);
	receive_from("recvfrom", fd);
	close(fd);
}

const struct test_case datagram_cases[] = {
	{ "udp-unconnected", unconnected },
	{ "udp-connected", connected },
	{ "udp-without-name", without_name },
	{ "udp-messages", messages },
	{ "udp-many-messages", many_messages },
	{ "udp-short-names", short_messages },
	{ "udp-both", both },
	{ "udp-busy", busy },
	{ NULL, NULL }
};
