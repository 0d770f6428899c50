/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Requests to /dev/umux that no honest program makes.  Each must be refused
 * with the errno that umux_abi.h names; prints those that were not.
 *
 *	badioctl
 */

#include <sys/types.h>
#include <sys/ioctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "umux_abi.h"

static int failures;
static int fd;

static void
expect(const char *what, u_long request, void *arg, int wanted)
{
	int error;

	error = ioctl(fd, request, arg) == 0 ? 0 : errno;
	if (error == wanted)
		return;
	printf("%s: errno %d, not %d\n", what, error, wanted);
	failures++;
}

static void
header(struct umux_hdr *hdr, size_t size)
{

	hdr->uh_version = UMUX_ABI_VERSION;
	hdr->uh_size = (uint32_t)size;
}

#define	FRESH(var) do {							\
	memset(&(var), 0, sizeof(var));					\
	header((struct umux_hdr *)(void *)&(var), sizeof(var));		\
} while (0)

static void
versions(void)
{
	struct umux_info info;

	FRESH(info);
	expect("honest request", UMUX_IOC_INFO, &info, 0);
	FRESH(info);
	info.ui_hdr.uh_version++;
	expect("newer version", UMUX_IOC_INFO, &info, EPROGMISMATCH);
	FRESH(info);
	info.ui_hdr.uh_version = 0;
	expect("no version", UMUX_IOC_INFO, &info, EPROGMISMATCH);
	FRESH(info);
	info.ui_hdr.uh_size--;
	expect("wrong size", UMUX_IOC_INFO, &info, EPROGMISMATCH);
	FRESH(info);
	expect("unknown request", _IOWR('U', 99, struct umux_info), &info,
	    ENOTTY);
	expect("request of another size", _IOWR('U', 1, struct umux_hdr),
	    &info, ENOTTY);
	expect("request without an argument", _IO('U', 1), NULL, ENOTTY);
}

static void
pools(void)
{
	struct umux_pool_req up;

	FRESH(up);
	memset(up.up_ifname, 'x', sizeof(up.up_ifname));
	up.up_plen = 64;
	expect("interface name without an end", UMUX_IOC_POOL_ADD, &up, EINVAL);
	FRESH(up);
	strcpy(up.up_ifname, "nope0");
	up.up_plen = 64;
	expect("unknown interface", UMUX_IOC_POOL_ADD, &up, ENXIO);
	FRESH(up);
	strcpy(up.up_ifname, "lo0");
	up.up_prefix.s6[0] = 0x20;
	up.up_plen = 255;
	expect("prefix of 255 bits", UMUX_IOC_POOL_ADD, &up, EINVAL);
	FRESH(up);
	strcpy(up.up_ifname, "lo0");
	up.up_prefix.s6[0] = 0x20;
	up.up_plen = 64;
	expect("loopback", UMUX_IOC_POOL_ADD, &up, EOPNOTSUPP);
	FRESH(up);
	strcpy(up.up_ifname, "lo0");
	up.up_prefix.s6[0] = 0x20;
	up.up_plen = 64;
	expect("no such pool", UMUX_IOC_POOL_DEL, &up, ENOENT);
}

static void
batches(void)
{
	struct umux_addr_item item;
	struct umux_addr_req ua;
	struct umux_dump_req ud;
	char small[8];

	memset(&item, 0, sizeof(item));
	FRESH(ua);
	strcpy(ua.ua_ifname, "lo0");
	ua.ua_plen = 64;
	ua.ua_count = UMUX_BATCH_MAX + 1;
	ua.ua_items = (uintptr_t)&item;
	expect("batch above the limit", UMUX_IOC_ADDR_ADD, &ua, E2BIG);
	FRESH(ua);
	ua.ua_count = UINT32_MAX;
	expect("huge batch", UMUX_IOC_ADDR_DEL, &ua, E2BIG);

	FRESH(ud);
	ud.ud_count = UINT32_MAX;
	ud.ud_recsize = sizeof(struct umux_addr_info);
	ud.ud_buf = (uintptr_t)small;
	expect("huge dump", UMUX_IOC_ADDR_GET, &ud, E2BIG);
	FRESH(ud);
	ud.ud_count = 10;
	ud.ud_recsize = 1;
	expect("records of another size", UMUX_IOC_ADDR_GET, &ud,
	    EPROGMISMATCH);
	FRESH(ud);
	ud.ud_count = 10;
	ud.ud_recsize = sizeof(struct umux_addr_info);
	ud.ud_buf = 0x10;
	expect("dump to nowhere", UMUX_IOC_ADDR_GET, &ud, EFAULT);
	FRESH(ud);
	ud.ud_count = 10;
	ud.ud_recsize = sizeof(struct umux_addr_info);
	ud.ud_buf = UINT64_MAX - 15;
	expect("dump into the kernel", UMUX_IOC_ADDR_GET, &ud, EFAULT);
}

static void
servers(void)
{
	struct umux_lrule rule;
	struct umux_policy_req uy;
	struct umux_das_req da;

	FRESH(da);
	da.da_port = 9;
	da.da_lifetime_ms = 1000;
	expect("arming for nobody", UMUX_IOC_DAS, &da, ESRCH);
	memset(&rule, 0, sizeof(rule));
	rule.lr_verdict = 7;
	FRESH(uy);
	uy.uy_count = 1;
	uy.uy_recsize = sizeof(rule);
	uy.uy_buf = (uintptr_t)&rule;
	expect("unknown verdict", UMUX_IOC_LRULES_SET, &uy, EINVAL);
	uy.uy_flags = 0x80;
	expect("unknown flag", UMUX_IOC_LRULES_SET, &uy, EINVAL);
	uy.uy_flags = UMUX_POLICY_APPLY;
	expect("apply where nothing is applied", UMUX_IOC_RULES_SET, &uy,
	    EINVAL);
	FRESH(da);
	memset(da.da_ifname, 'x', sizeof(da.da_ifname));
	expect("arming from a name without an end", UMUX_IOC_DAS, &da,
	    EINVAL);
	FRESH(da);
	da.da_flags = 0x80;
	expect("arming with an unknown flag", UMUX_IOC_DAS, &da, EINVAL);
}

/* A thousand requests of random bytes; the kernel survives them. */
static void
noise(void)
{
	static const u_long requests[] = {
		UMUX_IOC_INFO, UMUX_IOC_POOL_ADD, UMUX_IOC_POOL_DEL,
		UMUX_IOC_POOL_GET, UMUX_IOC_ADDR_ADD, UMUX_IOC_ADDR_DEL,
		UMUX_IOC_ADDR_GET, UMUX_IOC_SESS_GET, UMUX_IOC_STATS,
		UMUX_IOC_LRULES_SET, UMUX_IOC_LRULES_GET, UMUX_IOC_LISTEN_GET,
		UMUX_IOC_DAS, UMUX_IOC_DAS_GET,
	};
	const size_t nrequests = sizeof(requests) / sizeof(requests[0]);
	unsigned char arg[1024];
	u_long request;
	int i;

	for (i = 0; i < 1000; i++) {
		request = requests[(size_t)i % nrequests];
		arc4random_buf(arg, sizeof(arg));
		/* Half of them get past the first check. */
		if (i % 2 == 0)
			header((struct umux_hdr *)(void *)arg,
			    IOCPARM_LEN(request));
		(void)ioctl(fd, request, arg);
	}
}

int
main(void)
{

	fd = open("/dev/" UMUX_DEV, O_RDWR);
	if (fd == -1)
		err(1, "/dev/%s", UMUX_DEV);
	versions();
	pools();
	batches();
	servers();
	noise();
	return (failures == 0 ? 0 : 1);
}
