/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * A TCP client that does as it is told, segment by segment, with frames of its
 * own: its address is no kernel's, so that nobody answers in its place.
 *
 *	rawtcp IF MAC SOURCE DESTINATION PORT WORD...
 *
 *	syn ack data rst rstack fin	a segment, as a handshake goes on
 *	bogus				an ACK of what was never sent
 *	reset-blind			a RST beside the window
 *	port=N forward=N		go on from this port; this far from the first
 *					sequence number
 *	frag tiny ext chain rthdr	a SYN: in two fragments; the first with 8
 *					bytes of TCP only; behind destination
 *					options; behind 400 bytes of them; behind
 *					a routing header that is used up
 *	unreach				port unreachable, about a SYN-ACK
 *	garbled				a SYN whose checksum is wrong
 *	scan=N				N SYNs to random addresses of DESTINATION's
 *					/64
 *	flood=N				N SYNs to DESTINATION, from as many ports;
 *					prints "flood NANOSECONDS" for one
 *	wait				for a second; then go on
 *
 * Prints what comes from DESTINATION to SOURCE meanwhile: "got FLAGS" (S, A, R, F, P) of TCP,
 * "got proto N" of others.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <net/bpf.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"
#include "wire.h"

#define	ISS	0x10000000U

static struct ether_addr mac;
static struct in6_addr from, to;
static uint16_t sport = 40000, dport;
static uint32_t seq = ISS, heard;
static int wire;
static u_int buflen;
static char *buf;

static void
send_frame(int next, const void *payload, size_t len)
{
	struct {
		struct ether_header eh;
		struct ip6_hdr	ip6;
		char		payload[1024];
	} __attribute__((packed)) frame;

	memset(&frame, 0, sizeof(frame));
	memcpy(frame.eh.ether_dhost, &mac, sizeof(mac));
	frame.eh.ether_type = htons(ETHERTYPE_IPV6);
	frame.ip6.ip6_vfc = IPV6_VERSION;
	frame.ip6.ip6_plen = htons((uint16_t)len);
	frame.ip6.ip6_nxt = (uint8_t)next;
	frame.ip6.ip6_hlim = 64;
	frame.ip6.ip6_src = from;
	frame.ip6.ip6_dst = to;
	if (len > sizeof(frame.payload))
		errx(1, "too long a frame");
	memcpy(frame.payload, payload, len);
	len += sizeof(frame.eh) + sizeof(frame.ip6);
	wire_put(wire, &frame, len);
}

/* A segment with its checksum; its length. */
static size_t
segment(char *bytes, int flags, uint32_t number, uint32_t ack, const char *data)
{
	struct tcphdr th;
	size_t len = sizeof(th) + strlen(data);

	memset(&th, 0, sizeof(th));
	th.th_sport = htons(sport);
	th.th_dport = htons(dport);
	th.th_seq = htonl(number);
	th.th_ack = htonl(ack);
	th.th_off = sizeof(th) / 4;
	th.th_flags = (uint8_t)flags;
	th.th_win = htons(8192);
	memcpy(bytes, &th, sizeof(th));
	memcpy(bytes + sizeof(th), data, strlen(data));
	th.th_sum = wire_checksum(&from, &to, IPPROTO_TCP, bytes, len);
	memcpy(bytes, &th, sizeof(th));
	return (len);
}

static void
send_segment(int flags, uint32_t number, uint32_t ack, const char *data)
{
	char bytes[256];
	size_t len = segment(bytes, flags, number, ack, data);

	send_frame(IPPROTO_TCP, bytes, len);
}

/* A SYN behind bytes of headers. */
static void
send_behind(int next, const void *headers, size_t hlen)
{
	char bytes[1024];
	size_t len;

	memcpy(bytes, headers, hlen);
	len = segment(bytes + hlen, TH_SYN, ISS, 0, "");
	send_frame(next, bytes, hlen + len);
}

/* A SYN in two fragments, of which the first has "first" bytes of it. */
static void
send_fragments(size_t first)
{
	char bytes[256], frame[256];
	struct ip6_frag fh;
	size_t len = segment(bytes, TH_SYN, ISS, 0, "0123456789abcdef0123");

	memset(&fh, 0, sizeof(fh));
	fh.ip6f_nxt = IPPROTO_TCP;
	fh.ip6f_ident = arc4random();
	fh.ip6f_offlg = IP6F_MORE_FRAG;
	memcpy(frame, &fh, sizeof(fh));
	memcpy(frame + sizeof(fh), bytes, first);
	send_frame(IPPROTO_FRAGMENT, frame, sizeof(fh) + first);
	fh.ip6f_offlg = htons((uint16_t)first);
	memcpy(frame, &fh, sizeof(fh));
	memcpy(frame + sizeof(fh), bytes + first, len - first);
	send_frame(IPPROTO_FRAGMENT, frame, sizeof(fh) + len - first);
}

static void
send_unreachable(void)
{
	struct {
		struct icmp6_hdr icmp6;
		struct ip6_hdr	ip6;
		struct tcphdr	th;
	} __attribute__((packed)) m;

	memset(&m, 0, sizeof(m));
	m.icmp6.icmp6_type = ICMP6_DST_UNREACH;
	m.icmp6.icmp6_code = ICMP6_DST_UNREACH_NOPORT;
	m.ip6.ip6_vfc = IPV6_VERSION;
	m.ip6.ip6_plen = htons(sizeof(m.th));
	m.ip6.ip6_nxt = IPPROTO_TCP;
	m.ip6.ip6_hlim = 64;
	m.ip6.ip6_src = to;
	m.ip6.ip6_dst = from;
	m.th.th_sport = htons(dport);
	m.th.th_dport = htons(sport);
	m.th.th_seq = htonl(heard - 1);
	m.th.th_off = sizeof(m.th) / 4;
	m.icmp6.icmp6_cksum = wire_checksum(&from, &to, IPPROTO_ICMPV6, &m,
	    sizeof(m));
	send_frame(IPPROTO_ICMPV6, &m, sizeof(m));
}

static void
scan(unsigned count)
{
	struct in6_addr prefix = to;

	while (count-- > 0) {
		arc4random_buf(&to.s6_addr[8], 8);
		send_segment(TH_SYN, ISS, 0, "");
	}
	to = prefix;
}

static void
flood(unsigned count)
{
	uint64_t begin;
	uint16_t port = sport;
	unsigned i;

	begin = now_ns();
	for (i = 0; i < count; i++) {
		sport = (uint16_t)(10000 + i % 50000);
		send_segment(TH_SYN, ISS, 0, "");
	}
	printf("flood %ju\n", (uintmax_t)((now_ns() - begin) / count));
	sport = port;
}

static void
send_garbled(void)
{
	char bytes[256];
	size_t len = segment(bytes, TH_SYN, ISS, 0, "");

	bytes[offsetof(struct tcphdr, th_sum)] ^= 0x55;
	send_frame(IPPROTO_TCP, bytes, len);
}

static void
hear(const char *packet, size_t len)
{
	struct ether_header eh;
	struct ip6_hdr ip6;
	struct tcphdr th;
	size_t payload;

	if (len < sizeof(eh) + sizeof(ip6))
		return;
	memcpy(&eh, packet, sizeof(eh));
	memcpy(&ip6, packet + sizeof(eh), sizeof(ip6));
	if (eh.ether_type != htons(ETHERTYPE_IPV6) ||
	    memcmp(&ip6.ip6_dst, &from, sizeof(from)) != 0 ||
	    memcmp(&ip6.ip6_src, &to, sizeof(to)) != 0)
		return;
	if (ip6.ip6_nxt != IPPROTO_TCP ||
	    len < sizeof(eh) + sizeof(ip6) + sizeof(th)) {
		printf("got proto %d\n", ip6.ip6_nxt);
		return;
	}
	memcpy(&th, packet + sizeof(eh) + sizeof(ip6), sizeof(th));
	printf("got %s%s%s%s%s\n", th.th_flags & TH_SYN ? "S" : "",
	    th.th_flags & TH_FIN ? "F" : "", th.th_flags & TH_RST ? "R" : "",
	    th.th_flags & TH_PUSH ? "P" : "", th.th_flags & TH_ACK ? "A" : "");
	if (th.th_flags & TH_SYN)
		heard = ntohl(th.th_seq) + 1;
	payload = ntohs(ip6.ip6_plen) - (size_t)th.th_off * 4;
	if (payload > 0 && ntohl(th.th_seq) == heard)
		heard += (uint32_t)payload;
}

static void
listen_a_second(void)
{
	struct bpf_hdr bh;
	ssize_t n;
	size_t at;
	int i;

	for (i = 0; i < 10; i++) {
		n = read(wire, buf, buflen);
		if (n == -1 && errno != EINTR)
			err(1, "read");
		for (at = 0; n > 0 && at + sizeof(bh) <= (size_t)n;) {
			memcpy(&bh, buf + at, sizeof(bh));
			hear(buf + at + bh.bh_hdrlen, bh.bh_caplen);
			at += BPF_WORDALIGN(bh.bh_hdrlen + bh.bh_caplen);
		}
	}
	fflush(stdout);
}

static void
obey(const char *word)
{
	static const uint8_t options[8] = { IPPROTO_TCP, 0, 1, 4 };
	static const uint8_t routing[8] = { IPPROTO_TCP, 0, 4, 0 };
	uint8_t chain[408];

	if (strcmp(word, "syn") == 0) {
		seq = ISS + 1;
		send_segment(TH_SYN, ISS, 0, "");
	} else if (strcmp(word, "ack") == 0)
		send_segment(TH_ACK, seq, heard, "");
	else if (strcmp(word, "bogus") == 0)
		send_segment(TH_ACK, seq, heard + 77777, "");
	else if (strcmp(word, "data") == 0) {
		send_segment(TH_ACK | TH_PUSH, seq, heard, "hello\n");
		seq += 6;
	} else if (strcmp(word, "fin") == 0)
		send_segment(TH_FIN | TH_ACK, seq, heard, "");
	else if (strcmp(word, "rst") == 0)
		send_segment(TH_RST, seq, 0, "");
	else if (strcmp(word, "rstack") == 0)
		send_segment(TH_RST | TH_ACK, seq, heard, "");
	else if (strcmp(word, "reset-blind") == 0)
		send_segment(TH_RST, seq + 0x20000000, 0, "");
	else if (strcmp(word, "frag") == 0)
		send_fragments(24);
	else if (strcmp(word, "tiny") == 0)
		send_fragments(8);
	else if (strcmp(word, "ext") == 0)
		send_behind(IPPROTO_DSTOPTS, options, sizeof(options));
	else if (strcmp(word, "rthdr") == 0)
		send_behind(IPPROTO_ROUTING, routing, sizeof(routing));
	else if (strcmp(word, "chain") == 0) {
		memset(chain, 0, sizeof(chain));
		chain[0] = IPPROTO_TCP;
		chain[1] = sizeof(chain) / 8 - 1;
		chain[2] = 1;
		chain[3] = 252;		/* PadN, and Pad1s behind it */
		send_behind(IPPROTO_DSTOPTS, chain, sizeof(chain));
	} else if (strcmp(word, "unreach") == 0)
		send_unreachable();
	else if (strncmp(word, "port=", 5) == 0)
		sport = (uint16_t)number(word + 5);
	else if (strncmp(word, "forward=", 8) == 0)
		seq = ISS + number(word + 8);
	else if (strcmp(word, "garbled") == 0)
		send_garbled();
	else if (strncmp(word, "flood=", 6) == 0)
		flood(number(word + 6));
	else if (strncmp(word, "scan=", 5) == 0)
		scan(number(word + 5));
	else if (strcmp(word, "wait") == 0)
		listen_a_second();
	else
		errx(64, "%s: no such word", word);
}

int
main(int argc, char **argv)
{
	struct ether_addr *ea;
	int i;

	if (argc < 7)
		errx(64, "usage: rawtcp if mac source destination port word ...");
	ea = ether_aton(argv[2]);
	if (ea == NULL || inet_pton(AF_INET6, argv[3], &from) != 1 ||
	    inet_pton(AF_INET6, argv[4], &to) != 1)
		errx(64, "%s, %s, %s: not all of them are addresses", argv[2],
		    argv[3], argv[4]);
	mac = *ea;
	dport = (uint16_t)number(argv[5]);
	wire = wire_open(argv[1], false, &buflen);
	buf = malloc(buflen);
	if (buf == NULL)
		err(1, "malloc");
	for (i = 6; i < argc; i++)
		obey(argv[i]);
	listen_a_second();
	return (0);
}
