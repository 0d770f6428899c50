/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Sends everything that a stranger may try at one address:
 *
 *	storm KIND ADDRESS [PORT [PEER]]
 *	storm -l
 *
 * Headers and fragments, which no raw socket sends, go out through bpf(4): IF is
 * the interface, MAC the link-layer address of the host that has the address, and
 * FROM the source, given by the environment: STORM_IF, STORM_MAC, STORM_FROM.
 *
 * PORT is the source port of segments and datagrams (that of the session's
 * peer, say); PEER goes into the packets that ICMPv6 errors are about, as the
 * address that they were sent to.  Prints how many packets left.  What comes
 * back is for a trace to show.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <arpa/inet.h>

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "common.h"
#include "wire.h"

#define	PORTS		65536

static struct sockaddr_in6 target;
static struct in6_addr peer;
static uint16_t source_port = 80;
static unsigned sent;

static int
raw(int proto, int checksum_at)
{
	int fd;

	fd = socket(AF_INET6, SOCK_RAW, proto);
	if (fd == -1)
		err(1, "raw socket for protocol %d", proto);
	if (checksum_at >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM,
	    &checksum_at, sizeof(checksum_at)) != 0)
		err(1, "IPV6_CHECKSUM");
	return (fd);
}

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL)
		errx(64, "this kind wants %s in the environment", name);
	return (value);
}

static int
wire(void)
{
	u_int buflen;

	return (wire_open(environment("STORM_IF"), false, &buflen));
}

/* A whole packet; what follows the IPv6 header is given. */
static void
emit_wire(int fd, int next, const void *bytes, size_t len)
{
	struct {
		struct ether_header eh;
		struct ip6_hdr	ip6;
		char		payload[512];
	} __attribute__((packed)) frame;
	struct ether_addr *mac;
	struct in6_addr from;

	memset(&frame, 0, sizeof(frame));
	mac = ether_aton(environment("STORM_MAC"));
	if (mac == NULL || len > sizeof(frame.payload) || inet_pton(AF_INET6,
	    environment("STORM_FROM"), &from) != 1)
		errx(64, "STORM_MAC and STORM_FROM are no addresses");
	memcpy(frame.eh.ether_dhost, mac, sizeof(frame.eh.ether_dhost));
	frame.eh.ether_type = htons(ETHERTYPE_IPV6);
	frame.ip6.ip6_vfc = IPV6_VERSION;
	frame.ip6.ip6_plen = htons((uint16_t)len);
	frame.ip6.ip6_nxt = (uint8_t)next;
	frame.ip6.ip6_hlim = 64;
	frame.ip6.ip6_src = from;
	frame.ip6.ip6_dst = target.sin6_addr;
	memcpy(frame.payload, bytes, len);
	len += sizeof(frame.eh) + sizeof(frame.ip6);
	if (write(fd, &frame, len) == (ssize_t)len)
		sent++;
}

/* A full queue empties by itself; what the kernel refuses is not sent. */
static void
emit(int fd, const void *bytes, size_t len)
{
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (sendto(fd, bytes, len, 0, (struct sockaddr *)&target,
		    sizeof(target)) == (ssize_t)len) {
			sent++;
			return;
		}
		if (errno != ENOBUFS)
			return;
		usleep(1000);
	}
}

static void
segment(struct tcphdr *th, unsigned port, int flags)
{

	memset(th, 0, sizeof(*th));
	th->th_sport = htons(source_port);
	th->th_dport = htons((uint16_t)port);
	th->th_seq = htonl(0x01020304);
	th->th_ack = htonl(0x05060708);
	th->th_off = sizeof(*th) / 4;
	th->th_flags = (uint8_t)flags;
	th->th_win = htons(1024);
}

/* With a checksum that is right, or a broken gate would not be noticed. */
static void
segment_on_wire(struct tcphdr *th, unsigned port, int flags)
{
	struct in6_addr from;

	segment(th, port, flags);
	if (inet_pton(AF_INET6, environment("STORM_FROM"), &from) != 1)
		errx(64, "STORM_FROM is no address");
	th->th_sum = wire_checksum(&from, &target.sin6_addr, IPPROTO_TCP, th,
	    sizeof(*th));
}

static void
all_ports(int flags)
{
	struct tcphdr th;
	unsigned port;
	int fd = raw(IPPROTO_TCP, offsetof(struct tcphdr, th_sum));

	for (port = 0; port < PORTS; port++) {
		segment(&th, port, flags);
		emit(fd, &th, sizeof(th));
	}
	close(fd);
}

static void
tcp_syn(void)
{

	all_ports(TH_SYN);
}

static void
tcp_ack(void)
{

	all_ports(TH_ACK);
}

static void
tcp_fin(void)
{

	all_ports(TH_FIN | TH_ACK);
}

static void
udp(void)
{
	struct {
		struct udphdr	uh;
		char		data[8];
	} datagram;
	unsigned port;
	int fd = raw(IPPROTO_UDP, offsetof(struct udphdr, uh_sum));

	memset(&datagram, 'x', sizeof(datagram));
	for (port = 0; port < PORTS; port++) {
		datagram.uh.uh_sport = htons(source_port);
		datagram.uh.uh_dport = htons((uint16_t)port);
		datagram.uh.uh_ulen = htons(sizeof(datagram));
		datagram.uh.uh_sum = 0;
		emit(fd, &datagram, sizeof(datagram));
	}
	close(fd);
}

/* Every type of ICMPv6; neighbour discovery has to be told apart. */
static void
icmp6(void)
{
	struct {
		struct icmp6_hdr h;
		char		data[32];
	} message;
	unsigned type;
	int fd = raw(IPPROTO_ICMPV6, -1);

	for (type = 0; type < 256; type++) {
		memset(&message, 0, sizeof(message));
		message.h.icmp6_type = (uint8_t)type;
		emit(fd, &message, sizeof(message));
	}
	close(fd);
}

/* Every protocol, with nothing sensible in it. */
static void
protocols(void)
{
	char junk[64];
	int fd, proto;

	memset(junk, 0x5a, sizeof(junk));
	fd = wire();
	for (proto = 1; proto < 255; proto++) {
		if (proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
		    proto == IPPROTO_ICMPV6)
			continue;
		emit_wire(fd, proto, junk, sizeof(junk));
	}
	close(fd);
}

/* Headers around a segment: with options that want an answer, too. */
static void
headers(void)
{
	static const uint8_t options[] = { 0x00, 0x01, 0x3e, 0x7e, 0xbe, 0xfe };
	struct {
		uint8_t		next, len, option, size, data[4];
		struct tcphdr	th;
	} packet;
	static const int kinds[] = { IPPROTO_HOPOPTS, IPPROTO_DSTOPTS,
	    IPPROTO_ROUTING };
	size_t i, k;
	int fd;

	fd = wire();
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (i = 0; i < sizeof(options); i++) {
			memset(&packet, 0, sizeof(packet));
			packet.next = IPPROTO_TCP;
			packet.option = options[i];
			packet.size = 4;
			segment_on_wire(&packet.th, source_port, TH_SYN);
			emit_wire(fd, kinds[k], &packet, sizeof(packet));
			packet.next = 253;	/* experimental */
			emit_wire(fd, kinds[k], &packet, sizeof(packet));
			packet.len = 200;	/* beyond the packet */
			emit_wire(fd, kinds[k], &packet, sizeof(packet));
			emit_wire(fd, kinds[k], &packet, 3);
		}
	}
	close(fd);
}

/* First, later, tiny, overlapping and lone fragments. */
static void
fragments(void)
{
	struct {
		uint8_t		next, reserved;
		uint16_t	offset;
		uint32_t	id;
		char		data[24];
	} packet;
	struct tcphdr th;
	static const unsigned offsets[] = { 0, 8, 16, 24, 1448, 65528 };
	static const uint8_t nexts[] = { IPPROTO_TCP, IPPROTO_UDP,
	    IPPROTO_ICMPV6, IPPROTO_DSTOPTS, 253 };
	size_t i, n;
	unsigned more;
	int fd = wire();

	for (n = 0; n < sizeof(nexts); n++) {
		for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
			for (more = 0; more < 2; more++) {
				memset(&packet, 0, sizeof(packet));
				packet.next = nexts[n];
				packet.offset = htons((uint16_t)
				    (offsets[i] | more));
				packet.id = htonl(sent);
				segment_on_wire(&th, source_port, TH_SYN);
				memcpy(packet.data, &th, sizeof(th));
				emit_wire(fd, IPPROTO_FRAGMENT, &packet,
				    8 + sizeof(th));
				emit_wire(fd, IPPROTO_FRAGMENT, &packet, 8 + 8);
				emit_wire(fd, IPPROTO_FRAGMENT, &packet, 8 + 4);
			}
		}
	}
	close(fd);
}

/* Errors about packets that the address never sent. */
static void
errors(void)
{
	struct {
		struct icmp6_hdr h;
		struct ip6_hdr	ip6;
		struct tcphdr	th;
	} message;
	static const uint8_t types[] = { ICMP6_DST_UNREACH,
	    ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED, ICMP6_PARAM_PROB };
	size_t i;
	unsigned code, port;
	int fd = raw(IPPROTO_ICMPV6, -1);

	for (i = 0; i < sizeof(types); i++) {
		for (code = 0; code < 8; code++) {
			for (port = 1; port < 65536; port += 4099) {
				memset(&message, 0, sizeof(message));
				message.h.icmp6_type = types[i];
				message.h.icmp6_code = (uint8_t)code;
				message.h.icmp6_mtu = htonl(1280);
				message.ip6.ip6_vfc = IPV6_VERSION;
				message.ip6.ip6_plen = htons(sizeof(struct tcphdr));
				message.ip6.ip6_nxt = IPPROTO_TCP;
				message.ip6.ip6_hlim = 64;
				message.ip6.ip6_src = target.sin6_addr;
				message.ip6.ip6_dst = peer;
				segment(&message.th, port, TH_ACK);
				emit(fd, &message, sizeof(message));
			}
		}
	}
	close(fd);
}

static const struct {
	const char	*name;
	void		(*run)(void);
} kinds[] = {
	{ "tcp-syn", tcp_syn },
	{ "tcp-ack", tcp_ack },
	{ "tcp-fin", tcp_fin },
	{ "udp", udp },
	{ "icmp6", icmp6 },
	{ "protocols", protocols },
	{ "headers", headers },
	{ "fragments", fragments },
	{ "errors", errors },
};
#define	NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

int
main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && strcmp(argv[1], "-l") == 0) {
		for (i = 0; i < NKINDS; i++)
			puts(kinds[i].name);
		return (0);
	}
	if (argc < 3 || argc > 5) {
		fprintf(stderr, "usage: storm kind address [port [peer]]\n"
		    "       storm -l\n");
		return (64);
	}
	target.sin6_len = sizeof(target);
	target.sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, argv[2], &target.sin6_addr) != 1)
		errx(64, "%s: no IPv6 address", argv[2]);
	if (argc > 3)
		source_port = (uint16_t)number(argv[3]);
	if (argc > 4 && inet_pton(AF_INET6, argv[4], &peer) != 1)
		errx(64, "%s: no IPv6 address", argv[4]);
	for (i = 0; i < NKINDS; i++) {
		if (strcmp(kinds[i].name, argv[1]) != 0)
			continue;
		kinds[i].run();
		printf("%s: %u sent\n", argv[1], sent);
		return (sent > 0 ? 0 : 1);
	}
	errx(64, "%s: no such kind; -l lists them", argv[1]);
}
