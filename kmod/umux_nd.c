/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Neighbour discovery packets between the core and the network.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/epoch.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_var.h>
#include <net/if_llatbl.h>
#include <net/pfil.h>
#include <net/route.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>
#include <netinet6/nd6.h>
#include <netinet6/scope6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"

#define	UMUX_ND_HLIM		255

/* Room for the link's header, or ether_output() takes another mbuf. */
#define	UMUX_LINKHDR_MAX	64

_Static_assert(UMUX_LINKHDR_MAX + UMUX_PACKET_MAX <= MHLEN,
    "a packet and a link header fit one mbuf");

/*
 * A packet of the core's, as it shall be on the wire.  NULL: no memory.
 */
static struct mbuf *
umux_nd_mbuf(const struct umux_action *action, struct ifnet *ifp)
{
	struct ip6_hdr *ip6;
	struct m_tag *tag;
	struct mbuf *m;

	if (action->ua_len < sizeof(*ip6) || action->ua_len > UMUX_PACKET_MAX)
		return (NULL);
	m = m_gethdr(M_NOWAIT, MT_DATA);
	if (m == NULL)
		return (NULL);
	/* The gate lets pass what it finds this on. */
	tag = m_tag_alloc(UMUX_MTAG_COOKIE, UMUX_MTAG_SENT, 0, M_NOWAIT);
	if (tag == NULL) {
		m_freem(m);
		return (NULL);
	}
	m_tag_prepend(m, tag);
	M_SETFIB(m, umux_if_fib(ifp));
	m_align(m, action->ua_len);
	m->m_len = m->m_pkthdr.len = action->ua_len;
	memcpy(mtod(m, void *), action->ua_packet, action->ua_len);

	ip6 = mtod(m, struct ip6_hdr *);
	if (IN6_IS_ADDR_MULTICAST(&ip6->ip6_dst))
		m->m_flags |= M_MCAST;
	return (m);
}

/*
 * What the neighbor cache knows of a destination, without any effect on it.
 */
static bool
umux_nd_known(struct ifnet *ifp, const struct umux_in6 *dst, u_char *lladdr)
{
	struct in6_addr addr = umux_in6_addr(dst);
	struct ether_header header;
	struct llentry *ln;

	NET_EPOCH_ASSERT();

	if (in6_setscope(&addr, ifp, NULL) != 0)
		return (false);
	ln = nd6_lookup(&addr, LLE_SF(AF_INET6, LLE_UNLOCKED), ifp);
	if (ln == NULL || (ln->r_flags & RLLE_VALID) == 0 ||
	    ln->r_hdrlen != sizeof(header))
		return (false);
	memcpy(&header, ln->r_linkdata, sizeof(header));
	memcpy(lladdr, header.ether_dhost, sizeof(header.ether_dhost));
	return (true);
}

/*
 * An answer goes straight to the link-layer address that the question gave, or
 * is known already.  By way of ip6_output() the kernel would make a neighbour of
 * whoever asks, and resolve it now, or probe it some seconds later, from the
 * host's own address.
 */
static void
umux_nd_answer(const struct umux_action *action, struct ifnet *ifp,
    struct mbuf *m)
{
	struct ether_header header;
	struct sockaddr dst = { .sa_len = sizeof(dst), .sa_family = AF_INET6 };
	struct route ro;

	if (action->ua_lladdr_len == sizeof(header.ether_dhost))
		memcpy(header.ether_dhost, action->ua_lladdr,
		    sizeof(header.ether_dhost));
	else if (action->ua_lladdr_len != 0 ||
	    !umux_nd_known(ifp, &action->ua_peer, header.ether_dhost)) {
		m_freem(m);
		return;
	}
	if (ETHER_IS_MULTICAST(header.ether_dhost)) {
		m_freem(m);
		return;
	}
	memcpy(header.ether_shost, if_getlladdr(ifp),
	    sizeof(header.ether_shost));
	header.ether_type = htons(ETHERTYPE_IPV6);
	memset(&ro, 0, sizeof(ro));
	ro.ro_prepend = (char *)&header;
	ro.ro_plen = sizeof(header);
	ro.ro_flags = RT_HAS_HEADER;
	(void)ether_output(ifp, m, &dst, &ro);
}

static int
umux_nd_output_packet(struct ifnet *ifp, struct mbuf *m)
{
	struct ip6_hdr *ip6 = mtod(m, struct ip6_hdr *);
	struct ip6_moptions options;
	bool multicast = (m->m_flags & M_MCAST) != 0;

	/* The kernel keeps the zone in the address. */
	if (in6_setscope(&ip6->ip6_src, ifp, NULL) != 0 ||
	    in6_setscope(&ip6->ip6_dst, ifp, NULL) != 0) {
		m_freem(m);
		return (0);
	}
	memset(&options, 0, sizeof(options));
	options.im6o_multicast_ifp = ifp;
	options.im6o_multicast_hlim = UMUX_ND_HLIM;
	options.im6o_multicast_loop = 0;
	return (ip6_output(m, NULL, NULL,
	    IN6_IS_ADDR_UNSPECIFIED(&ip6->ip6_src) ? IPV6_UNSPECSRC : 0,
	    multicast ? &options : NULL, NULL, NULL));
}

/*
 * Returns whether the packet can have left.  Without memory it has not, nor
 * through an interface that went down a moment ago; what else may keep it from
 * the wire would do so again.
 */
bool
umux_nd_send(const struct umux_action *action)
{
	struct epoch_tracker et;
	struct ifnet *ifp;
	struct mbuf *m;
	int error = 0;

	NET_EPOCH_ENTER(et);
	ifp = ifnet_byindex(action->ua_ifindex);
	if (ifp != NULL && umux_if_inet6(ifp) != NULL) {
		m = umux_nd_mbuf(action, ifp);
		if (m == NULL)
			error = ENOBUFS;
		else if (action->ua_kind == UMUX_A_ANSWER)
			umux_nd_answer(action, ifp, m);
		else
			error = umux_nd_output_packet(ifp, m);
	}
	NET_EPOCH_EXIT(et);
	return (error != ENOBUFS && error != ENOMEM && error != ENETDOWN);
}

typedef uint32_t umux_nd_ask_t(struct umux_plane *, uint32_t, const void *,
		    size_t, uint64_t, struct umux_actions *);

/*
 * Asks the core about a packet, and does what it wants.
 */
static uint32_t
umux_nd_ask(struct umux_softc *sc, struct ifnet *ifp, struct mbuf *m,
    umux_nd_ask_t *ask)
{
	struct umux_actions actions;
	uint32_t verdict;
	int len = m->m_pkthdr.len;

	NET_EPOCH_ASSERT();

	actions.as_n = 0;
	umux_lock(sc);
	m_copydata(m, 0, len, sc->sc_nd);
	verdict = ask(sc->sc_plane, umux_if_index(ifp), sc->sc_nd, len,
	    umux_now(), &actions);
	umux_unlock(sc);
	umux_act(sc, &actions);
	return (verdict);
}

/*
 * A received packet that the gate says is neighbour discovery about us,
 * possibly.  The verdict is the caller's to carry out.
 */
uint32_t
umux_nd_input(struct umux_softc *sc, struct ifnet *ifp, struct mbuf *m)
{

	if (m->m_pkthdr.len > UMUX_ND_MAX)
		return (UMUX_V_DROP);
	return (umux_nd_ask(sc, ifp, m, umux_core_nd_input));
}

/*
 * A solicitation that the kernel sends, for the peer of a session possibly.
 */
uint32_t
umux_nd_output(struct umux_softc *sc, struct ifnet *ifp, struct mbuf *m)
{

	if (m->m_pkthdr.len > UMUX_ND_MAX)
		return (UMUX_V_LEGACY);
	return (umux_nd_ask(sc, ifp, m, umux_core_nd_output));
}
