/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Who may do what with /dev/umux:
 *
 *	privtest open			opens it, and asks for the counters
 *	privtest as UID			opens it, becomes UID, asks, arms
 *	privtest into JID		opens it, enters the jail, makes each request
 *	privtest capability		opens it, enters capability mode, asks
 *	privtest requests		makes each request, empty
 *
 * Prints what came of each step: "open ok", "open EPERM", "request 9 EINVAL".
 */

#include <sys/types.h>
#include <sys/param.h>
#include <sys/capsicum.h>
#include <sys/ioctl.h>
#include <sys/jail.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "umux_abi.h"

static const u_long requests[] = {
	UMUX_IOC_INFO, UMUX_IOC_POOL_ADD, UMUX_IOC_POOL_DEL, UMUX_IOC_POOL_GET,
	UMUX_IOC_ADDR_ADD, UMUX_IOC_ADDR_DEL, UMUX_IOC_ADDR_GET,
	UMUX_IOC_SESS_GET, UMUX_IOC_STATS, UMUX_IOC_FLUSH, UMUX_IOC_LABELS_SET,
	UMUX_IOC_LABELS_GET, UMUX_IOC_RULES_SET, UMUX_IOC_RULES_GET,
	UMUX_IOC_LRULES_SET, UMUX_IOC_LRULES_GET, UMUX_IOC_LISTEN_GET,
	UMUX_IOC_DAS, UMUX_IOC_DAS_GET,
};

static const char *
name(int error)
{
	static char text[32];

	switch (error) {
	case 0:		return ("ok");
	case EPERM:	return ("EPERM");
	case EACCES:	return ("EACCES");
	case EINVAL:	return ("EINVAL");
	case ENOENT:	return ("ENOENT");
	case ESRCH:	return ("ESRCH");
	case EPROGMISMATCH: return ("EPROGMISMATCH");
	}
	snprintf(text, sizeof(text), "errno %d", error);
	return (text);
}

static int
device(void)
{
	int fd;

	fd = open("/dev/" UMUX_DEV, O_RDWR);
	printf("open %s\n", name(fd == -1 ? errno : 0));
	if (fd == -1)
		exit(1);
	return (fd);
}

static void
request(int fd, u_long what)
{
	uint64_t arg[IOCPARM_MAX / sizeof(uint64_t)];
	struct umux_hdr *hdr = (struct umux_hdr *)(void *)arg;
	int error;

	memset(arg, 0, sizeof(arg));
	hdr->uh_version = UMUX_ABI_VERSION;
	hdr->uh_size = IOCPARM_LEN(what);
	error = ioctl(fd, what, arg) == 0 ? 0 : errno;
	printf("request %lu %s\n", what & 0xff, name(error));
}

static void
all_requests(int fd)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		request(fd, requests[i]);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int fd, jid;

	if (strcmp(what, "open") == 0)
		request(device(), UMUX_IOC_STATS);
	else if (strcmp(what, "requests") == 0)
		all_requests(device());
	else if (strcmp(what, "as") == 0 && argc == 3) {
		fd = device();
		if (setgid((gid_t)atoi(argv[2])) != 0 ||
		    setuid((uid_t)atoi(argv[2])) != 0)
			err(1, "setuid");
		request(fd, UMUX_IOC_STATS);
		request(fd, UMUX_IOC_DAS);
	} else if (strcmp(what, "into") == 0 && argc == 3) {
		fd = device();
		jid = atoi(argv[2]);
		if (jail_attach(jid) != 0)
			err(1, "jail %d", jid);
		all_requests(fd);
	} else if (strcmp(what, "capability") == 0) {
		fd = device();
		if (cap_enter() != 0)
			err(1, "cap_enter");
		request(fd, UMUX_IOC_STATS);
	} else
		errx(64, "usage: privtest open|requests|as uid|into jid|capability");
	return (0);
}
