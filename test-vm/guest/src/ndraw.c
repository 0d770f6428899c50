/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Neighbour discovery as nobody should do it, with frames of its own.
 *
 *	ndraw IF send ns|na [KEY=VALUE ...]
 *	ndraw IF answer na|ns|loop|none [KEY=VALUE ...]
 *
 * send makes messages about "target".  answer meets each DAD probe of the host
 * "mac" with a claim (na), a probe of its own (ns), the same frame again
 * (loop), or with nothing (none), until it is killed; it prints a line
 * "answered TARGET" for each.
 *
 *	mac=MAC		the host at whom it is aimed; required
 *	target=ADDR	what it is about; required for send
 *	src=ADDR	random (another for each), or an address; by default :: of
 *			an ns, the target of an na
 *	dst=ADDR	by default the target's solicited-node group of an ns, all
 *			nodes of an na
 *	direct=1	in a frame for the host alone, also if dst is a group
 *	hlim=N		hop limit (255)
 *	lladdr=MAC	in an option; none: without (02:00:5e:00:53:01)
 *	count=N		so many (1)
 *	random=1	another target for each, with the prefix of this one
 *	suffix=1	the same, with its low 24 bits too
 *	nonce=1		with a nonce (RFC 7527)
 *	flags=N		of the na, as a number (0x20: override)
 *	code=N bad=1	code of the message; a checksum that is wrong
 *	extra=1		an option of length 0 behind it
 *	rate=N		so many a second at most
 *
 * send prints "sent N".
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
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "timing.h"
#include "wire.h"

#define	OPT_LLADDR_LEN	8
#define	OPT_NONCE	14
#define	OVERRIDE	0x20

struct nd {
	struct ether_header eh;
	struct ip6_hdr	ip6;
	struct icmp6_hdr icmp6;
	struct in6_addr	target;
	uint8_t		options[64];
} __attribute__((packed));

static struct {
	struct ether_addr mac, lladdr;
	struct in6_addr	target, src, dst;
	bool		have_mac, have_target, have_dst, have_lladdr;
	bool		random_src, random_target, random_suffix;
	bool		have_src, direct, nonce, bad, extra;
	uint8_t		hlim, flags, code;
	unsigned	count, rate;
} how = { .hlim = 255, .flags = OVERRIDE, .count = 1, .have_lladdr = true,
    .lladdr = { { 0x02, 0x00, 0x5e, 0x00, 0x53, 0x01 } } };

static const uint8_t frames_from[ETHER_ADDR_LEN] = {
	0x02, 0x00, 0x5e, 0x00, 0x53, 0x02 };
static int wire;
static u_int buflen;

/* ff02::1:ffXX:XXXX, or ff02::1 */
static struct in6_addr
group(const struct in6_addr *target)
{
	struct in6_addr addr;

	memset(&addr, 0, sizeof(addr));
	addr.s6_addr[0] = 0xff;
	addr.s6_addr[1] = 0x02;
	if (target == NULL) {
		addr.s6_addr[15] = 1;
		return (addr);
	}
	addr.s6_addr[11] = 1;
	addr.s6_addr[12] = 0xff;
	memcpy(&addr.s6_addr[13], &target->s6_addr[13], 3);
	return (addr);
}

static size_t
option(uint8_t *at, uint8_t type, const void *data, size_t len)
{

	at[0] = type;
	at[1] = 1;
	memcpy(at + 2, data, len);
	return (OPT_LLADDR_LEN);
}

static void
say(uint8_t type, const struct in6_addr *target)
{
	struct nd m;
	uint8_t nonce[6];
	size_t len, options = 0;

	memset(&m, 0, sizeof(m));
	m.ip6.ip6_src = how.have_src || type == ND_NEIGHBOR_SOLICIT ?
	    how.src : *target;
	if (how.random_src) {
		m.ip6.ip6_src = *target;
		arc4random_buf(&m.ip6.ip6_src.s6_addr[8], 8);
	}
	m.ip6.ip6_dst = how.have_dst ? how.dst :
	    group(type == ND_NEIGHBOR_SOLICIT ? target : NULL);
	m.eh.ether_type = htons(ETHERTYPE_IPV6);
	memcpy(m.eh.ether_dhost, &how.mac, ETHER_ADDR_LEN);
	/* Not lladdr, or a bridge looks there for whose it is. */
	memcpy(m.eh.ether_shost, frames_from, ETHER_ADDR_LEN);
	if (m.ip6.ip6_dst.s6_addr[0] == 0xff && !how.direct) {
		m.eh.ether_dhost[0] = m.eh.ether_dhost[1] = 0x33;
		memcpy(&m.eh.ether_dhost[2], &m.ip6.ip6_dst.s6_addr[12], 4);
	}
	/* A probe must not have one. */
	if (how.have_lladdr && (type != ND_NEIGHBOR_SOLICIT ||
	    how.random_src || !IN6_IS_ADDR_UNSPECIFIED(&how.src)))
		options += option(m.options + options,
		    type == ND_NEIGHBOR_SOLICIT ? ND_OPT_SOURCE_LINKADDR :
		    ND_OPT_TARGET_LINKADDR, &how.lladdr, ETHER_ADDR_LEN);
	if (how.nonce) {
		arc4random_buf(nonce, sizeof(nonce));
		options += option(m.options + options, OPT_NONCE, nonce,
		    sizeof(nonce));
	}
	if (how.extra) {
		m.options[options] = 77;
		options += 8;
	}
	m.icmp6.icmp6_type = type;
	m.icmp6.icmp6_code = how.code;
	if (type == ND_NEIGHBOR_ADVERT)
		m.icmp6.icmp6_data8[0] = how.flags;
	m.target = *target;
	len = sizeof(m.icmp6) + sizeof(m.target) + options;
	m.ip6.ip6_vfc = IPV6_VERSION;
	m.ip6.ip6_plen = htons((uint16_t)len);
	m.ip6.ip6_nxt = IPPROTO_ICMPV6;
	m.ip6.ip6_hlim = how.hlim;
	m.icmp6.icmp6_cksum = wire_checksum(&m.ip6.ip6_src,
	    &m.ip6.ip6_dst, IPPROTO_ICMPV6, &m.icmp6, len);
	if (how.bad)
		m.icmp6.icmp6_cksum ^= htons(0x1234);
	wire_put(wire, &m, sizeof(m.eh) + sizeof(m.ip6) + len);
}

static void
send_all(uint8_t type)
{
	struct in6_addr target = how.target;
	uint64_t begin = now_ns(), due;
	unsigned i;

	for (i = 0; i < how.count; i++) {
		if (how.random_target)
			arc4random_buf(&target.s6_addr[8],
			    how.random_suffix ? 5 : 8);
		say(type, &target);
		if (how.rate == 0)
			continue;
		due = begin + (uint64_t)i * 1000000000 / how.rate;
		if (now_ns() < due)
			usleep((useconds_t)((due - now_ns()) / 1000) + 1);
	}
	printf("sent %u\n", how.count);
}

/* One frame that was heard; is it a probe of the host's? */
static void
hear(const char *frame, size_t len, const char *kind)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr source, target;
	struct nd m;

	if (len < offsetof(struct nd, options) || len > sizeof(m))
		return;
	memset(&m, 0, sizeof(m));
	memcpy(&m, frame, len);
	source = m.ip6.ip6_src;
	if (memcmp(m.eh.ether_shost, &how.mac, ETHER_ADDR_LEN) != 0 ||
	    m.eh.ether_type != htons(ETHERTYPE_IPV6) ||
	    m.ip6.ip6_nxt != IPPROTO_ICMPV6 ||
	    m.icmp6.icmp6_type != ND_NEIGHBOR_SOLICIT ||
	    !IN6_IS_ADDR_UNSPECIFIED(&source))
		return;
	target = m.target;
	if (strcmp(kind, "loop") == 0) {
		/* The bridge shall not look for the host here. */
		memcpy(m.eh.ether_shost, frames_from, ETHER_ADDR_LEN);
		wire_put(wire, &m, len);
	}
	else if (strcmp(kind, "ns") == 0)
		say(ND_NEIGHBOR_SOLICIT, &target);
	else if (strcmp(kind, "na") == 0)
		say(ND_NEIGHBOR_ADVERT, &target);
	/* "none" only listens. */
	inet_ntop(AF_INET6, &target, text, sizeof(text));
	printf("answered %s\n", text);
}

static void
answer(const char *kind)
{
	struct bpf_hdr bh;
	ssize_t n;
	size_t at;
	char *buf;

	buf = malloc(buflen);
	if (buf == NULL)
		err(1, "malloc");
	for (;;) {
		n = read(wire, buf, buflen);
		if (n == -1 && errno != EINTR)
			err(1, "read");
		for (at = 0; n > 0 && at + sizeof(bh) <= (size_t)n;) {
			memcpy(&bh, buf + at, sizeof(bh));
			hear(buf + at + bh.bh_hdrlen, bh.bh_caplen, kind);
			at += BPF_WORDALIGN(bh.bh_hdrlen + bh.bh_caplen);
		}
		fflush(stdout);
	}
}

static struct in6_addr
address(const char *s)
{
	struct in6_addr addr;

	if (inet_pton(AF_INET6, s, &addr) != 1)
		errx(64, "%s: not an IPv6 address", s);
	return (addr);
}

static struct ether_addr
ether(const char *s)
{
	const struct ether_addr *ea = ether_aton(s);

	if (ea == NULL)
		errx(64, "%s: not an Ethernet address", s);
	return (*ea);
}

static void
understand(const char *word)
{
	const char *value = strchr(word, '=');
	size_t len;

	if (value == NULL)
		errx(64, "%s: KEY=VALUE is wanted", word);
	len = (size_t)(value++ - word);
#define	IS(key)	(len == strlen(key) && strncmp(word, key, len) == 0)
	if (IS("mac")) {
		how.mac = ether(value);
		how.have_mac = true;
	} else if (IS("lladdr")) {
		how.have_lladdr = strcmp(value, "none") != 0;
		if (how.have_lladdr)
			how.lladdr = ether(value);
	} else if (IS("target")) {
		how.target = address(value);
		how.have_target = true;
	} else if (IS("src")) {
		how.random_src = strcmp(value, "random") == 0;
		how.have_src = !how.random_src;
		if (how.have_src)
			how.src = address(value);
	} else if (IS("dst")) {
		how.dst = address(value);
		how.have_dst = true;
	} else if (IS("hlim"))
		how.hlim = (uint8_t)number(value);
	else if (IS("count"))
		how.count = number(value);
	else if (IS("rate"))
		how.rate = number(value);
	else if (IS("random"))
		how.random_target = true;
	else if (IS("suffix"))
		how.random_target = how.random_suffix = true;
	else if (IS("direct"))
		how.direct = true;
	else if (IS("nonce"))
		how.nonce = true;
	else if (IS("flags"))
		how.flags = (uint8_t)strtoul(value, NULL, 0);
	else if (IS("code"))
		how.code = (uint8_t)number(value);
	else if (IS("bad"))
		how.bad = true;
	else if (IS("extra"))
		how.extra = true;
	else
		errx(64, "%s: no such key", word);
#undef IS
}

int
main(int argc, char **argv)
{
	int i;

	if (argc < 4)
		errx(64, "usage: ndraw if send|answer kind key=value ...");
	for (i = 4; i < argc; i++)
		understand(argv[i]);
	if (!how.have_mac)
		errx(64, "mac= is wanted");
	wire = wire_open(argv[1], true, &buflen);
	if (strcmp(argv[2], "answer") == 0)
		answer(argv[3]);
	if (!how.have_target)
		errx(64, "target= is wanted");
	send_all(strcmp(argv[3], "ns") == 0 ? ND_NEIGHBOR_SOLICIT :
	    ND_NEIGHBOR_ADVERT);
	return (0);
}
