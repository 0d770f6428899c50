/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Interfaces and prefixes, as the kernel knows them: may a pool be there, is
 * its prefix still on-link, what does the core have to know of the link.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/epoch.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet/ip6.h>
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>
#include <netinet6/nd6.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"

/* The core speaks of links with Ethernet addresses. */
#define	UMUX_LLADDR_LEN		6

/*
 * Pools belong on broadcast links that IPv6 is in use on: DAD and address
 * resolution are what the plane is about.
 */
bool
umux_iface_able(struct ifnet *ifp)
{
	struct epoch_tracker et;
	struct in6_ifaddr *ia;
	int flags;

	flags = if_getflags(ifp);
	if ((flags & (IFF_BROADCAST | IFF_MULTICAST)) !=
	    (IFF_BROADCAST | IFF_MULTICAST) ||
	    (flags & (IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP)) != 0 ||
	    umux_if_addrlen(ifp) != UMUX_LLADDR_LEN)
		return (false);

	NET_EPOCH_ENTER(et);
	ia = NULL;
	if (umux_if_inet6(ifp) != NULL &&
	    (ND_IFINFO(ifp)->flags & ND6_IFF_IFDISABLED) == 0)
		ia = in6ifa_ifpforlinklocal(ifp,
		    IN6_IFF_DUPLICATED | IN6_IFF_ANYCAST);
	NET_EPOCH_EXIT(et);
	if (ia == NULL)
		return (false);
	ifa_free(&ia->ia_ifa);
	return (true);
}

static bool
umux_prefix_covers(const struct in6_addr *outer, u_int outer_len,
    const struct in6_addr *inner, u_int inner_len)
{
	u_int bytes = outer_len / 8, bits = outer_len % 8;
	uint8_t differ;

	if (outer_len > inner_len || outer_len > 128)
		return (false);
	if (memcmp(outer, inner, bytes) != 0)
		return (false);
	if (bits == 0)
		return (true);
	differ = outer->s6_addr[bytes] ^ inner->s6_addr[bytes];
	return (differ >> (8 - bits) == 0);
}

/*
 * Is there a prefix on that link, configured or advertised, that the pool's
 * is, or is part of?
 */
bool
umux_iface_onlink(uint32_t ifindex, const struct umux_in6 *prefix,
    uint8_t plen)
{
	struct in6_addr wanted = umux_in6_addr(prefix);
	struct nd_prefix *pr;
	bool found = false;

	ND6_RLOCK();
	LIST_FOREACH(pr, &V_nd_prefix, ndpr_entry) {
		if ((pr->ndpr_stateflags & NDPRF_ONLINK) == 0 ||
		    pr->ndpr_ifp == NULL ||
		    umux_if_index(pr->ndpr_ifp) != ifindex)
			continue;
		if (umux_prefix_covers(&pr->ndpr_prefix.sin6_addr,
		    pr->ndpr_plen, &wanted, plen)) {
			found = true;
			break;
		}
	}
	ND6_RUNLOCK();
	return (found);
}

/*
 * DAD as the kernel itself would do it on that link (RFC 4862, 5.1).
 */
static void
umux_iface_params(struct ifnet *ifp, struct umux_core_iface *ci)
{
	struct nd_ifinfo *nd;

	memset(ci, 0, sizeof(*ci));
	ci->ci_ifindex = umux_if_index(ifp);
	if (umux_if_inet6(ifp) == NULL)
		return;		/* on its way out: down */
	nd = ND_IFINFO(ifp);
	ci->ci_dad_count = (nd->flags & ND6_IFF_NO_DAD) != 0 ||
	    V_ip6_dad_count < 0 ? 0 : V_ip6_dad_count;
	ci->ci_retrans_ms = nd->retrans;
	ci->ci_up = (if_getflags(ifp) & IFF_UP) != 0 &&
	    (if_getdrvflags(ifp) & IFF_DRV_RUNNING) != 0 &&
	    umux_if_linkstate(ifp) != LINK_STATE_DOWN &&
	    (nd->flags & ND6_IFF_IFDISABLED) == 0;
	if (umux_if_addrlen(ifp) == UMUX_LLADDR_LEN) {
		ci->ci_lladdr_len = UMUX_LLADDR_LEN;
		memcpy(ci->ci_lladdr, if_getlladdr(ifp), UMUX_LLADDR_LEN);
	}
}

/*
 * Tells the core what an interface is like.  "down" overrides what it says of
 * itself; one that is not known becomes so with "add" only: it may have just
 * gone.
 */
static int
umux_iface_set(struct umux_softc *sc, struct ifnet *ifp, bool down, bool add)
{
	struct umux_core_iface ci;
	struct epoch_tracker et;
	u_int i, unused = UMUX_MAX_IFACES;
	int error;

	/* Of two threads that tell, the later one knows better. */
	NET_EPOCH_ENTER(et);
	umux_lock(sc);
	umux_iface_params(ifp, &ci);
	if (down)
		ci.ci_up = 0;
	for (i = 0; i < UMUX_MAX_IFACES; i++) {
		if (sc->sc_ifaces[i] == ci.ci_ifindex)
			break;
		if (sc->sc_ifaces[i] == 0 && unused == UMUX_MAX_IFACES)
			unused = i;
	}
	if (i == UMUX_MAX_IFACES && add)
		i = unused;
	if (i == UMUX_MAX_IFACES)
		error = add ? ENOSPC : ENXIO;
	else
		error = umux_core_iface_set(sc->sc_plane, &ci, umux_now());
	if (error == 0)
		sc->sc_ifaces[i] = ci.ci_ifindex;
	umux_unlock(sc);
	NET_EPOCH_EXIT(et);
	return (error);
}

/*
 * Makes an interface known to the core, which then hears of its changes.
 */
int
umux_iface_add(struct umux_softc *sc, struct ifnet *ifp)
{

	return (umux_iface_set(sc, ifp, false, true));
}

/*
 * Something about an interface changed; any interface, in any thread.
 */
void
umux_iface_refresh(struct umux_softc *sc, struct ifnet *ifp, bool down)
{
	uint32_t ifindex;
	u_int i;
	bool known = false;

	ifindex = umux_if_index(ifp);
	mtx_lock(&sc->sc_mtx);
	for (i = 0; i < UMUX_MAX_IFACES; i++)
		known |= sc->sc_ifaces[i] == ifindex;
	mtx_unlock(&sc->sc_mtx);
	if (known)
		(void)umux_iface_set(sc, ifp, down, false);
}

/*
 * An interface left the VNET.
 */
void
umux_iface_gone(struct umux_softc *sc, uint32_t ifindex)
{
	u_int i;

	sx_xlock(&sc->sc_cfg);
	umux_lock(sc);
	for (i = 0; i < UMUX_MAX_IFACES; i++) {
		if (sc->sc_ifaces[i] != ifindex)
			continue;
		umux_core_iface_gone(sc->sc_plane, ifindex, umux_now());
		sc->sc_ifaces[i] = 0;
	}
	umux_unlock(sc);
	umux_group_drain(sc);
	sx_xunlock(&sc->sc_cfg);
}

/*
 * Deletes a pool whose prefix is no longer on-link; what the kernel says
 * about the prefix is asked without the mutex, which is a leaf.
 */
void
umux_iface_check_pool(struct umux_softc *sc, uint32_t pool)
{
	struct umux_pool_info pi;
	uint32_t cursor = pool;
	uint32_t again;
	int error;

	umux_lock(sc);
	error = umux_core_pool_get(sc->sc_plane, &cursor, &pi);
	umux_unlock(sc);
	if (error != 0 || cursor != pool + 1)
		return;
	if (umux_iface_onlink(pi.pi_ifindex, &pi.pi_prefix, pi.pi_plen))
		return;

	/* Its number may be another pool's by now. */
	umux_lock(sc);
	if (umux_core_pool_find(sc->sc_plane, pi.pi_ifindex, &pi.pi_prefix,
	    pi.pi_plen, &again) == 0 && again == pool)
		(void)umux_core_pool_del(sc->sc_plane, pool, 1, umux_now());
	umux_unlock(sc);
}

/*
 * The same for all pools of an interface, because an address left it.
 */
void
umux_iface_check_pools(struct umux_softc *sc, uint32_t ifindex)
{
	struct umux_pool_info pi;
	uint32_t cursor = 0;
	int error;

	for (;;) {
		umux_lock(sc);
		error = umux_core_pool_get(sc->sc_plane, &cursor, &pi);
		umux_unlock(sc);
		if (error != 0 || cursor == 0 || cursor == UMUX_CURSOR_END)
			break;
		if (pi.pi_ifindex == ifindex)
			umux_iface_check_pool(sc, cursor - 1);
	}
}
