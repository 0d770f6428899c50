/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * An interface's link for programs that make their own frames, through bpf(4),
 * and the checksum of what is in them.
 */
#ifndef _UMUX_GUEST_WIRE_H_
#define	_UMUX_GUEST_WIRE_H_

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <net/bpf.h>
#include <net/if.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define	WIRE_BUFFER	262144

/*
 * A descriptor that reads what others send, a tenth of a second at most, into
 * buffers of *buflen bytes.  own_source: frames leave with the source they
 * have, not with the interface's.
 */
static inline int
wire_open(const char *ifname, bool own_source, u_int *buflen)
{
	struct timeval tv = { 0, 100000 };
	struct ifreq ifr;
	u_int one = 1, source = own_source, zero = 0;
	int wire;

	wire = open("/dev/bpf", O_RDWR);
	if (wire == -1)
		err(1, "/dev/bpf");
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
	*buflen = WIRE_BUFFER;
	if (ioctl(wire, BIOCSBLEN, buflen) != 0 ||
	    ioctl(wire, BIOCSETIF, &ifr) != 0 ||
	    ioctl(wire, BIOCIMMEDIATE, &one) != 0 ||
	    ioctl(wire, BIOCSHDRCMPLT, &source) != 0 ||
	    ioctl(wire, BIOCSSEESENT, &zero) != 0 ||
	    ioctl(wire, BIOCSRTIMEOUT, &tv) != 0 ||
	    ioctl(wire, BIOCGBLEN, buflen) != 0)
		err(1, "%s", ifname);
	return (wire);
}

/* Waits when the interface's queue is full. */
static inline void
wire_put(int wire, const void *frame, size_t len)
{

	while (write(wire, frame, len) != (ssize_t)len) {
		if (errno != ENOBUFS)
			err(1, "write");
		usleep(1000);
	}
}

static inline uint32_t
wire_add(uint32_t sum, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		sum += (uint32_t)b[i] << (i % 2 == 0 ? 8 : 0);
	return (sum);
}

/*
 * RFC 8200, 8.1; the field itself is zero meanwhile.  The addresses may lie
 * anywhere in a frame.
 */
static inline uint16_t
wire_checksum(const void *src, const void *dst, int proto, const void *upper,
    size_t len)
{
	uint32_t sum = (uint32_t)proto + (uint32_t)len;

	sum = wire_add(sum, src, sizeof(struct in6_addr));
	sum = wire_add(sum, dst, sizeof(struct in6_addr));
	sum = wire_add(sum, upper, len);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (htons((uint16_t)~sum));
}

#endif /* !_UMUX_GUEST_WIRE_H_ */
