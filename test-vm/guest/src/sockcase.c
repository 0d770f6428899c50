/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Uses a socket in one of the ways in which programs use sockets, against an
 * echo server:
 *
 *	sockcase CASE ADDRESS PORT [ARGUMENT]
 *	sockcase -l
 *
 * Prints "local ADDRESS PORT" where the socket knows it, and "echo" for each
 * answer that came back as it was sent.  Exit status 0 if all went well, 1 with
 * the reason if not; -l lists the cases.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <net/pfkeyv2.h>
#include <netinet/in.h>
#include <netipsec/ipsec.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define	ANSWER_MS	3000
#define	THREADS		8

static struct sockaddr_storage peer;
static socklen_t peerlen;
static const char *argument;

static const struct sockaddr *
sa(const struct sockaddr_storage *ss)
{

	return ((const struct sockaddr *)ss);
}

static socklen_t
address_of(const char *address, const char *port, struct sockaddr_storage *ss)
{
	struct addrinfo *ai = resolve(address, port, SOCK_STREAM);
	socklen_t len = ai->ai_addrlen;

	memcpy(ss, ai->ai_addr, len);
	freeaddrinfo(ai);
	return (len);
}

static const char *
wanted(const char *what)
{

	if (argument == NULL)
		errx(64, "this case wants %s as its argument", what);
	return (argument);
}

static int
open_socket(int type)
{
	const int off = 0;
	int fd;

	fd = socket(peer.ss_family, type, 0);
	if (fd == -1)
		err(1, "socket");
	/* Only a socket that is told so carries IPv4 in IPv6. */
	if (IN6_IS_ADDR_V4MAPPED(
	    &((const struct sockaddr_in6 *)&peer)->sin6_addr) &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0)
		err(1, "IPV6_V6ONLY");
	return (fd);
}

static void
tell_local(int fd)
{

	print_local("local", fd);
	fflush(stdout);
}

static void
await(int fd, short events, const char *what)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (poll(&p, 1, ANSWER_MS) != 1)
		errx(1, "%s: nothing within %d ms", what, ANSWER_MS);
}

static void
expect_echo(int fd, const char *sent)
{
	char buf[256];
	ssize_t n;

	await(fd, POLLIN, "answer");
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0)
		err(1, "recv");
	if ((size_t)n != strlen(sent) || memcmp(buf, sent, (size_t)n) != 0)
		errx(1, "the answer is not what was sent");
	puts("echo");
	fflush(stdout);
}

static void
echo(int fd)
{
	static const char hello[] = "hello";

	if (send(fd, hello, strlen(hello), 0) != (ssize_t)strlen(hello))
		err(1, "send");
	expect_echo(fd, hello);
}

static void
send_to(int fd, const struct sockaddr_storage *to, socklen_t len)
{
	static const char hello[] = "datagram";

	if (sendto(fd, hello, strlen(hello), 0, sa(to), len) !=
	    (ssize_t)strlen(hello))
		err(1, "sendto");
	expect_echo(fd, hello);
}

static void
do_connect(int fd)
{

	if (connect(fd, sa(&peer), peerlen) != 0)
		err(1, "connect");
	tell_local(fd);
}

static void
bind_to(int fd, const char *address, const char *port)
{
	struct sockaddr_storage ss;
	socklen_t len;

	len = address_of(address, port, &ss);
	if (bind(fd, sa(&ss), len) != 0)
		err(1, "bind %s %s", address, port);
}

static void
tcp_connect(void)
{
	int fd = open_socket(SOCK_STREAM);

	do_connect(fd);
	echo(fd);
}

/* A policy of IPsec that is the socket's own: here, that there is none. */
static void
tcp_policy(void)
{
	const struct sadb_x_policy bypass = {
		.sadb_x_policy_len = sizeof(bypass) / sizeof(uint64_t),
		.sadb_x_policy_exttype = SADB_X_EXT_POLICY,
		.sadb_x_policy_type = IPSEC_POLICY_BYPASS,
		.sadb_x_policy_dir = IPSEC_DIR_OUTBOUND,
	};
	int fd = open_socket(SOCK_STREAM);

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_IPSEC_POLICY, &bypass,
	    sizeof(bypass)) != 0)
		err(1, "IPV6_IPSEC_POLICY");
	do_connect(fd);
	echo(fd);
}

/* sendto() on a socket that is not connected connects it. */
static void
tcp_sendto(void)
{
	static const char hello[] = "implied";
	int fd = open_socket(SOCK_STREAM);

	if (sendto(fd, hello, strlen(hello), 0, sa(&peer), peerlen) < 0)
		err(1, "sendto");
	tell_local(fd);
	expect_echo(fd, hello);
	echo(fd);
}

static void
tcp_nonblock(void)
{
	int error, fd = open_socket(SOCK_STREAM);
	socklen_t len = sizeof(error);

	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		err(1, "fcntl");
	if (connect(fd, sa(&peer), peerlen) != 0 && errno != EINPROGRESS)
		err(1, "connect");
	await(fd, POLLOUT, "connect");
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		err(1, "getsockopt");
	if (error != 0)
		errx(1, "connect: %s", strerror(error));
	tell_local(fd);
	echo(fd);
}

/* The child goes on with what the parent connected and closed. */
static void
tcp_fork(void)
{
	int fd = open_socket(SOCK_STREAM);
	int status;
	pid_t child;

	do_connect(fd);
	child = fork();
	if (child == -1)
		err(1, "fork");
	if (child == 0) {
		usleep(300000);
		echo(fd);
		exit(0);
	}
	close(fd);
	if (waitpid(child, &status, 0) != child || status != 0)
		errx(1, "the child failed");
}

/* A port where nobody listens first, then the peer, on one socket. */
static void
tcp_again(void)
{
	struct sockaddr_storage nobody;
	socklen_t len;
	int fd = open_socket(SOCK_STREAM);

	len = address_of(wanted("an address"), "9", &nobody);
	if (connect(fd, sa(&nobody), len) == 0 || errno != ECONNREFUSED)
		errx(1, "somebody listens at port 9");
	tell_local(fd);
	/* FreeBSD lets the same socket be connected anew. */
	if (connect(fd, sa(&peer), peerlen) != 0) {
		warn("second connect");
		close(fd);
		fd = open_socket(SOCK_STREAM);
		if (connect(fd, sa(&peer), peerlen) != 0)
			err(1, "connect");
	}
	tell_local(fd);
	echo(fd);
}

static void
tcp_port(void)
{
	int fd = open_socket(SOCK_STREAM);

	bind_to(fd, "::", wanted("a port"));
	do_connect(fd);
	echo(fd);
}

static void
tcp_address(void)
{
	int fd = open_socket(SOCK_STREAM);

	bind_to(fd, wanted("an address"), "0");
	do_connect(fd);
	echo(fd);
}

/* IPV6_PREFER_TEMPADDR, RFC 5014: 0 prefers the public address. */
static void
tcp_prefer(void)
{
	int fd = open_socket(SOCK_STREAM);
	int prefer = atoi(wanted("0 or 1"));

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_PREFER_TEMPADDR, &prefer,
	    sizeof(prefer)) != 0)
		err(1, "IPV6_PREFER_TEMPADDR");
	do_connect(fd);
	echo(fd);
}

static void
tcp_fib(void)
{
	int fd = open_socket(SOCK_STREAM);
	int fib = atoi(wanted("the number of a FIB"));

	if (setsockopt(fd, SOL_SOCKET, SO_SETFIB, &fib, sizeof(fib)) != 0)
		err(1, "SO_SETFIB");
	do_connect(fd);
	echo(fd);
}

static int shared_fd;
static pthread_barrier_t barrier;

static void *
connect_shared(void *unused)
{

	(void)unused;
	(void)pthread_barrier_wait(&barrier);
	if (connect(shared_fd, sa(&peer), peerlen) == 0)
		return ("connected");
	/* The last is the kernel's word for two calls at the very same time. */
	if (errno == EISCONN || errno == EALREADY || errno == EINPROGRESS ||
	    errno == EADDRINUSE)
		return (NULL);
	err(1, "connect");
}

/* Threads that connect one socket at once: one connection, one address. */
static void
tcp_threads(void)
{
	pthread_t threads[THREADS];
	void *result;
	int connected = 0, i, n, rounds;

	rounds = atoi(wanted("a number of rounds"));
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (n = 0; n < rounds; n++) {
		shared_fd = open_socket(SOCK_STREAM);
		for (i = 0; i < THREADS; i++)
			if (pthread_create(&threads[i], NULL, connect_shared,
			    NULL) != 0)
				errx(1, "pthread_create");
		for (i = 0; i < THREADS; i++) {
			pthread_join(threads[i], &result);
			connected += result != NULL;
		}
		await(shared_fd, POLLOUT, "connection");
		tell_local(shared_fd);
		echo(shared_fd);
		close(shared_fd);
	}
	printf("connected %d\n", connected);
}

static void
udp_connect(void)
{
	int fd = open_socket(SOCK_DGRAM);

	do_connect(fd);
	echo(fd);
}

/* More than a frame holds. */
static void
udp_large(void)
{
	static char sent[4000], got[sizeof(sent)];
	int fd = open_socket(SOCK_DGRAM);

	memset(sent, 'x', sizeof(sent));
	if (sendto(fd, sent, sizeof(sent), 0, sa(&peer), peerlen) !=
	    (ssize_t)sizeof(sent))
		err(1, "sendto");
	await(fd, POLLIN, "answer");
	if (recv(fd, got, sizeof(got), 0) != (ssize_t)sizeof(got) ||
	    memcmp(sent, got, sizeof(got)) != 0)
		errx(1, "the answer is not what was sent");
	puts("echo");
}

static void
udp_sendto(void)
{
	int fd = open_socket(SOCK_DGRAM);

	send_to(fd, &peer, peerlen);
	send_to(fd, &peer, peerlen);
}

/* Two peers, in turn. */
static void
udp_peers(void)
{
	char port[8];
	struct sockaddr_storage second;
	socklen_t len;
	int fd = open_socket(SOCK_DGRAM);

	snprintf(port, sizeof(port), "%d", ntohs(
	    ((const struct sockaddr_in6 *)&peer)->sin6_port));
	len = address_of(wanted("the second peer's address"), port, &second);
	send_to(fd, &peer, peerlen);
	send_to(fd, &second, len);
	send_to(fd, &peer, peerlen);
}

/* sendto() first, connected then: the connection is another session. */
static void
udp_later(void)
{
	int fd = open_socket(SOCK_DGRAM);

	send_to(fd, &peer, peerlen);
	do_connect(fd);
	echo(fd);
}

static void
udp_again(void)
{
	int fd = open_socket(SOCK_DGRAM);

	do_connect(fd);
	echo(fd);
	do_connect(fd);
	echo(fd);
}

static void
udp_port(void)
{
	int fd = open_socket(SOCK_DGRAM);

	bind_to(fd, "::", wanted("a port"));
	send_to(fd, &peer, peerlen);
}

static void
udp_address(void)
{
	int fd = open_socket(SOCK_DGRAM);

	bind_to(fd, wanted("an address"), "0");
	send_to(fd, &peer, peerlen);
}

static void
fill_pktinfo(struct in6_pktinfo *pi)
{

	memset(pi, 0, sizeof(*pi));
	if (inet_pton(AF_INET6, wanted("an address"), &pi->ipi6_addr) != 1)
		errx(64, "%s: no IPv6 address", argument);
}

static void
udp_sticky(void)
{
	struct in6_pktinfo pi;
	int fd = open_socket(SOCK_DGRAM);

	fill_pktinfo(&pi);
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_PKTINFO, &pi, sizeof(pi)) != 0)
		err(1, "IPV6_PKTINFO");
	send_to(fd, &peer, peerlen);
}

/* One datagram with ancillary data of the given kind and value. */
static void
send_with(int fd, int kind, const void *value, size_t size)
{
	static char hello[] = "ancillary";
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	struct iovec iov = { .iov_base = hello, .iov_len = strlen(hello) };
	struct msghdr msg;
	struct cmsghdr *cm;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_name = &peer;
	msg.msg_namelen = peerlen;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.bytes;
	msg.msg_controllen = (socklen_t)CMSG_SPACE(size);
	cm = CMSG_FIRSTHDR(&msg);
	cm->cmsg_level = IPPROTO_IPV6;
	cm->cmsg_type = kind;
	cm->cmsg_len = (socklen_t)CMSG_LEN(size);
	memcpy(CMSG_DATA(cm), value, size);
	if (sendmsg(fd, &msg, 0) < 0)
		err(1, "sendmsg");
	expect_echo(fd, hello);
}

static void
udp_ancillary(void)
{
	struct in6_pktinfo pi;
	int fd = open_socket(SOCK_DGRAM);

	fill_pktinfo(&pi);
	send_with(fd, IPV6_PKTINFO, &pi, sizeof(pi));
}

/* An option that does not choose the source. */
static void
udp_tclass(void)
{
	int fd = open_socket(SOCK_DGRAM);
	int tclass = 0x20;

	send_with(fd, IPV6_TCLASS, &tclass, sizeof(tclass));
}

/* A wish for this datagram alone: 0 prefers the public address. */
static void
udp_prefer(void)
{
	int fd = open_socket(SOCK_DGRAM);
	int prefer = atoi(wanted("0 or 1"));

	send_with(fd, IPV6_PREFER_TEMPADDR, &prefer, sizeof(prefer));
}

/* Answers nobody, but the datagram has to leave the host. */
static void
udp_group(void)
{
	static const char hello[] = "group";
	int fd = open_socket(SOCK_DGRAM);

	if (sendto(fd, hello, strlen(hello), 0, sa(&peer), peerlen) < 0)
		err(1, "sendto");
}

/* IPV6_BINDANY must not be left on the socket by a connect. */
static void *
bind_foreign(void *result)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int *bound = result;

	len = address_of("2001:db8:ffff::1", "0", &ss);
	(void)pthread_barrier_wait(&barrier);
	if (bind(shared_fd, sa(&ss), len) == 0)
		*bound = 1;
	return (NULL);
}

/* A thread that binds a foreign address while another connects. */
static void
tcp_window(void)
{
	pthread_t thread;
	int bound, n, rounds, total = 0;

	rounds = atoi(wanted("a number of rounds"));
	pthread_barrier_init(&barrier, NULL, 2);
	for (n = 0; n < rounds; n++) {
		bound = 0;
		shared_fd = open_socket(SOCK_STREAM);
		if (pthread_create(&thread, NULL, bind_foreign, &bound) != 0)
			errx(1, "pthread_create");
		(void)pthread_barrier_wait(&barrier);
		(void)connect(shared_fd, sa(&peer), peerlen);
		pthread_join(thread, NULL);
		total += bound;
		close(shared_fd);
	}
	printf("foreign %d\n", total);
}

static const struct {
	const char	*name;
	void		(*run)(void);
} cases[] = {
	{ "tcp-connect", tcp_connect },
	{ "tcp-policy", tcp_policy },
	{ "tcp-sendto", tcp_sendto },
	{ "tcp-nonblock", tcp_nonblock },
	{ "tcp-fork", tcp_fork },
	{ "tcp-again", tcp_again },
	{ "tcp-port", tcp_port },
	{ "tcp-address", tcp_address },
	{ "tcp-prefer", tcp_prefer },
	{ "tcp-fib", tcp_fib },
	{ "tcp-threads", tcp_threads },
	{ "tcp-window", tcp_window },
	{ "udp-connect", udp_connect },
	{ "udp-large", udp_large },
	{ "udp-sendto", udp_sendto },
	{ "udp-peers", udp_peers },
	{ "udp-later", udp_later },
	{ "udp-again", udp_again },
	{ "udp-port", udp_port },
	{ "udp-address", udp_address },
	{ "udp-sticky", udp_sticky },
	{ "udp-ancillary", udp_ancillary },
	{ "udp-tclass", udp_tclass },
	{ "udp-prefer", udp_prefer },
	{ "udp-group", udp_group },
};
#define	NCASES	(sizeof(cases) / sizeof(cases[0]))

int
main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && strcmp(argv[1], "-l") == 0) {
		for (i = 0; i < NCASES; i++)
			puts(cases[i].name);
		return (0);
	}
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: sockcase case address port [argument]\n"
		    "       sockcase -l\n");
		return (64);
	}
	argument = argv[4];
	peerlen = address_of(argv[2], argv[3], &peer);
	for (i = 0; i < NCASES; i++) {
		if (strcmp(cases[i].name, argv[1]) != 0)
			continue;
		cases[i].run();
		return (0);
	}
	errx(64, "%s: no such case; -l lists them", argv[1]);
}
