/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Random requests to /dev/umux, the same for the same seed:
 *
 *	ioctlfuzz SEED COUNT IF PREFIX
 *
 * Half of them begin from a sound request about that pool, of which a few
 * fields are then spoilt; the others are of any command, size and direction,
 * with any bytes.  Buffers end at a page that is not there, lie in the kernel,
 * nowhere, or where they should.
 *
 * Prints how often each errno came back.  Exit status 1 if there was one that
 * umux_abi.h does not name, or if a byte behind a buffer's records was written.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <netinet/in.h>
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
#include "umux_abi.h"

#define	CANARY		0xa5
#define	BUFFER		(UMUX_BATCH_MAX * 256)

static const struct command {
	u_long	request;
	size_t	record;		/* of what the buffer holds, or 0 */
} commands[] = {
	{ UMUX_IOC_INFO, 0 },
	{ UMUX_IOC_POOL_ADD, 0 },
	{ UMUX_IOC_POOL_DEL, 0 },
	{ UMUX_IOC_POOL_GET, sizeof(struct umux_pool_info) },
	{ UMUX_IOC_ADDR_ADD, sizeof(struct umux_addr_item) },
	{ UMUX_IOC_ADDR_DEL, sizeof(struct umux_addr_item) },
	{ UMUX_IOC_ADDR_GET, sizeof(struct umux_addr_info) },
	{ UMUX_IOC_SESS_GET, sizeof(struct umux_sess_info) },
	{ UMUX_IOC_STATS, 0 },
	{ UMUX_IOC_FLUSH, 0 },
	{ UMUX_IOC_LABELS_SET, sizeof(struct umux_label) },
	{ UMUX_IOC_LABELS_GET, sizeof(struct umux_label) },
	{ UMUX_IOC_RULES_SET, sizeof(struct umux_rule) },
	{ UMUX_IOC_RULES_GET, sizeof(struct umux_rule) },
	{ UMUX_IOC_LRULES_SET, sizeof(struct umux_lrule) },
	{ UMUX_IOC_LRULES_GET, sizeof(struct umux_lrule) },
	{ UMUX_IOC_LISTEN_GET, sizeof(struct umux_listen_info) },
	{ UMUX_IOC_DAS, 0 },
	{ UMUX_IOC_DAS_GET, sizeof(struct umux_das_info) },
};
#define	NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

/* umux_abi.h, and what the descriptor in da_fd may be wrong with. */
static const int known[] = {
	0, EPROGMISMATCH, EPERM, ENXIO, EOPNOTSUPP, EADDRNOTAVAIL, EINVAL,
	ENOENT, EEXIST, EBUSY, E2BIG, ENOSPC, EFAULT, ESRCH, ENOTTY, EBADF,
	ENOTSOCK,
};

static uint64_t state;
static uint8_t *buffer;		/* BUFFER bytes, and no page behind */
static char ifname[UMUX_IFNAMSIZ];
static struct umux_in6 prefix;

/* splitmix64 */
static uint64_t
any(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31));
}

static uint64_t
below(uint64_t n)
{

	return (any() % n);
}

static void
any_bytes(void *to, size_t len)
{
	uint8_t *b = to;

	while (len-- > 0)
		*b++ = (uint8_t)any();
}

static uint64_t
edge(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 7, 15, 16, 63, 64, 65, 112, 113, 127, 128, 255, 256,
		1023, 1024, 1025, 0x7fffffff, 0x80000000, 0xfffffffe,
		0xffffffff, 0x100000000, 0x7fffffffffffffff,
		0xffffffffffffffff,
	};

	return (edges[below(sizeof(edges) / sizeof(edges[0]))]);
}

static uint64_t
pointer(size_t size)
{

	switch (below(8)) {
	case 0:
		return (0);
	case 1:
		return (0xffffffff80200000);	/* the kernel */
	case 2:
		return (0xfffff80000000000);	/* its memory */
	case 3:
		return (UINT64_MAX - below(64));
	case 4:	/* the end comes too early */
		return ((uintptr_t)buffer + BUFFER - below(size + 1));
	case 5:
		return (any());
	default:
		return ((uintptr_t)buffer + BUFFER - size);
	}
}

static struct umux_in6
any_address(void)
{
	struct umux_in6 addr = prefix;

	if (below(16) == 0)
		any_bytes(&addr, sizeof(addr));
	else {
		/* Few of them, so that they are met again. */
		addr.s6[14] = (uint8_t)below(4);
		addr.s6[15] = (uint8_t)below(64);
		addr.s6[8] = 0x10;
	}
	return (addr);
}

static void
fill_records(const struct command *c, uint32_t count)
{
	uint8_t *at = buffer + BUFFER - count * c->record;
	struct umux_label *label;
	struct umux_lrule *lrule;
	struct umux_rule *rule;
	uint32_t i;

	memset(buffer, CANARY, BUFFER);
	if (below(4) == 0) {
		any_bytes(at, count * c->record);
		return;
	}
	memset(at, 0, count * c->record);
	for (i = 0; i < count; i++, at += c->record) {
		switch (c->request) {
		case UMUX_IOC_ADDR_ADD:
		case UMUX_IOC_ADDR_DEL:
			((struct umux_addr_item *)(void *)at)->ai_addr =
			    any_address();
			break;
		case UMUX_IOC_LABELS_SET:
			label = (void *)at;
			label->la_prefix.s6[0] = (uint8_t)i;
			label->la_plen = (uint8_t)(8 + below(2) * below(120));
			label->la_label = (uint32_t)below(8);
			break;
		case UMUX_IOC_RULES_SET:
			rule = (void *)at;
			rule->ru_verdict = (uint8_t)below(3);
			rule->ru_wish = UMUX_WISH_ANY;
			rule->ru_port_last = (uint16_t)any();
			rule->ru_uid_last = UINT32_MAX;
			rule->ru_jail = UMUX_JAIL_ANY;
			break;
		case UMUX_IOC_LRULES_SET:
			lrule = (void *)at;
			lrule->lr_verdict = (uint8_t)below(3);
			lrule->lr_port_first = (uint16_t)below(65536);
			lrule->lr_port_last = UINT16_MAX;
			lrule->lr_uid_last = UINT32_MAX;
			lrule->lr_jail = UMUX_JAIL_ANY;
			break;
		}
	}
}

/* A sound request; the records that its buffer is for. */
static uint32_t
sound(const struct command *c, void *arg)
{
	struct umux_addr_req *ua = arg;
	struct umux_das_req *da = arg;
	struct umux_dump_req *ud = arg;
	struct umux_flush_req *uf = arg;
	struct umux_policy_req *uy = arg;
	struct umux_pool_req *up = arg;
	uint32_t count = 1 + (uint32_t)below(below(8) == 0 ? 1024 : 32);

	memset(arg, 0, IOCPARM_LEN(c->request));
	switch (c->request) {
	case UMUX_IOC_POOL_ADD:
	case UMUX_IOC_POOL_DEL:
		strcpy(up->up_ifname, ifname);
		up->up_prefix = prefix;
		up->up_plen = 64;
		up->up_notify_ms = 100;
		break;
	case UMUX_IOC_ADDR_ADD:
	case UMUX_IOC_ADDR_DEL:
		strcpy(ua->ua_ifname, ifname);
		ua->ua_prefix = prefix;
		ua->ua_plen = 64;
		ua->ua_count = count;
		ua->ua_items = (uintptr_t)buffer + BUFFER - count * c->record;
		break;
	case UMUX_IOC_FLUSH:
		if (below(2) == 0)
			strcpy(uf->uf_ifname, ifname);
		break;
	case UMUX_IOC_LABELS_SET:
	case UMUX_IOC_RULES_SET:
	case UMUX_IOC_LRULES_SET:
		uy->uy_count = count = count % 64;
		uy->uy_recsize = (uint32_t)c->record;
		uy->uy_buf = (uintptr_t)buffer + BUFFER - count * c->record;
		if (below(8) == 0) {
			uy->uy_flags = UMUX_POLICY_DEFAULT;
			uy->uy_count = 0;
		}
		break;
	case UMUX_IOC_DAS:
		da->da_port = (uint16_t)below(65536);
		da->da_lifetime_ms = 1 + (uint32_t)below(2000);
		da->da_flags = (uint32_t)below(4);
		da->da_ssa = any_address();
		da->da_fd = (int32_t)below(8);
		break;
	case UMUX_IOC_INFO:
	case UMUX_IOC_STATS:
		break;
	default:
		ud->ud_count = count;
		ud->ud_recsize = (uint32_t)c->record;
		ud->ud_buf = (uintptr_t)buffer + BUFFER - count * c->record;
		break;
	}
	return (count);
}

/* Spoils some of what is behind the header. */
static void
spoil(void *arg, size_t len, size_t record)
{
	uint8_t *b = arg;
	uint64_t value;
	size_t at, width;
	int n;

	for (n = (int)below(4); n > 0 && len > sizeof(struct umux_hdr); n--) {
		width = (size_t)1 << below(4);
		at = sizeof(struct umux_hdr) +
		    below((len - sizeof(struct umux_hdr)) / width) * width;
		if (at + width > len)
			continue;
		value = below(2) == 0 ? edge() : any();
		if (width == 8 && below(2) == 0)
			value = pointer(record * (1 + below(40)));
		memcpy(b + at, &value, width);
	}
}

static bool
is_known(int error)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == error)
			return (true);
	return (false);
}

/* Nothing is written before the place that a dump has for its records. */
static bool
is_overrun(const uint8_t *from)
{
	const uint8_t *b;

	for (b = buffer; b < from; b++)
		if (*b != CANARY)
			return (true);
	return (false);
}

int
main(int argc, char **argv)
{
	static uint64_t arg[IOCPARM_MAX / sizeof(uint64_t)];
	unsigned long seen[256] = { 0 };
	const struct command *c;
	unsigned count, i, n;
	struct umux_hdr *hdr = (struct umux_hdr *)(void *)arg;
	u_long request;
	size_t len, page = (size_t)getpagesize();
	bool is_sound;
	int error, fd, status = 0;

	if (argc != 5 || strlen(argv[3]) >= sizeof(ifname) ||
	    inet_pton(AF_INET6, argv[4], &prefix) != 1)
		errx(64, "usage: ioctlfuzz seed count if prefix");
	state = number(argv[1]);
	count = number(argv[2]);
	strcpy(ifname, argv[3]);
	fd = open("/dev/" UMUX_DEV, O_RDWR);
	if (fd == -1)
		err(1, "/dev/%s", UMUX_DEV);
	buffer = mmap(NULL, BUFFER + page, PROT_READ | PROT_WRITE,
	    MAP_ANON | MAP_PRIVATE, -1, 0);
	if (buffer == MAP_FAILED || munmap(buffer + BUFFER, page) != 0)
		err(1, "mmap");

	for (i = 0; i < count; i++) {
		c = &commands[below(NCOMMANDS)];
		request = c->request;
		len = IOCPARM_LEN(request);
		is_sound = below(2) == 0;
		n = 0;
		if (is_sound) {
			n = sound(c, arg);
			if (c->record != 0)
				fill_records(c, n);
			if (below(2) == 0) {
				spoil(arg, len, c->record);
				is_sound = false;
			}
		} else {
			any_bytes(arg, sizeof(arg));
			if (below(4) == 0) {
				len = below(IOCPARM_MAX);
				request = _IOC(below(8) << 29, 'U',
				    below(32), len);
			}
		}
		if (below(32) != 0) {
			hdr->uh_version = UMUX_ABI_VERSION;
			hdr->uh_size = (uint32_t)len;
		}
		error = ioctl(fd, request, arg) == 0 ? 0 : errno;
		if (!is_known(error)) {
			printf("call %u: request %#lx: errno %d is not one of "
			    "umux_abi.h\n", i, request, error);
			status = 1;
		}
		if (is_sound && c->record != 0 && is_overrun(buffer + BUFFER -
		    n * c->record)) {
			printf("call %u: request %#lx: written outside its "
			    "buffer\n", i, request);
			status = 1;
		}
		seen[(unsigned)error % 256]++;
	}
	for (i = 0; i < 256; i++)
		if (seen[i] != 0)
			printf("%lu times: %s\n", seen[i],
			    i == 0 ? "success" : strerror((int)i));
	return (status);
}
