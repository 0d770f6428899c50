/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Events go to userland as messages of type RTM_UMUX on routing sockets,
 * which every user may read: they hold the pool's prefix and levels, never an
 * address of it.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/epoch.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/route.h>
#include <net/vnet.h>

#include <netinet/in.h>

#include "umux_abi.h"
#include "umux_probe.h"
#include "umux_var.h"

_Static_assert(offsetof(struct umux_sockaddr, su_family) ==
    offsetof(struct sockaddr, sa_family), "umux_sockaddr is a sockaddr");
_Static_assert(sizeof(struct umux_sockaddr) <=
    sizeof(struct sockaddr_storage), "umux_sockaddr fits the routing socket");

static void
umux_mask(struct in6_addr *mask, u_int plen)
{
	u_int i;

	memset(mask, 0, sizeof(*mask));
	for (i = 0; i < MIN(plen, 128); i++)
		mask->s6_addr[i / 8] |= 0x80 >> (i % 8);
}

void
umux_rtsock_event(const struct umux_action *action)
{
	struct sockaddr_in6 prefix = {
		.sin6_len = sizeof(prefix), .sin6_family = AF_INET6 };
	struct sockaddr_in6 mask = {
		.sin6_len = sizeof(mask), .sin6_family = AF_INET6 };
	struct sockaddr_dl link = {
		.sdl_len = sizeof(link), .sdl_family = AF_LINK,
		.sdl_type = IFT_ETHER };
	struct umux_sockaddr event = action->ua_event;
	struct rt_addrinfo info;
	struct epoch_tracker et;
	struct ifnet *ifp;

	if (event.su_duplicated != 0)
		SDT_PROBE2(umux, , , duplicated, action->ua_ifindex,
		    event.su_duplicated);
	event.su_len = sizeof(event);
	event.su_family = UMUX_AF;
	prefix.sin6_addr = umux_in6_addr(&action->ua_peer);
	umux_mask(&mask.sin6_addr, action->ua_plen);

	/* The interface may be gone; its index still tells which one. */
	link.sdl_index = action->ua_ifindex;
	NET_EPOCH_ENTER(et);
	ifp = ifnet_byindex(action->ua_ifindex);
	if (ifp != NULL)
		link.sdl_nlen = strlcpy(link.sdl_data, if_name(ifp),
		    MIN(IFNAMSIZ, sizeof(link.sdl_data)));
	NET_EPOCH_EXIT(et);

	memset(&info, 0, sizeof(info));
	info.rti_info[RTAX_DST] = (struct sockaddr *)&prefix;
	info.rti_info[RTAX_NETMASK] = (struct sockaddr *)&mask;
	info.rti_info[RTAX_IFP] = (struct sockaddr *)&link;
	info.rti_info[RTAX_AUTHOR] = (struct sockaddr *)&event;
	info.rti_addrs = RTA_DST | RTA_NETMASK | RTA_IFP | RTA_AUTHOR;
	rt_missmsg_fib(RTM_UMUX, &info, 0, 0, RT_ALL_FIBS);
}
