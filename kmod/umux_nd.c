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

#include <net/if.h>
#include <net/if_var.h>
#include <net/pfil.h>
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
 * A packet of the core's, ready for ip6_output().
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
	if (in6_setscope(&ip6->ip6_src, ifp, NULL) != 0 ||
	    in6_setscope(&ip6->ip6_dst, ifp, NULL) != 0) {
		m_freem(m);
		return (NULL);
	}
	return (m);
}

/*
 * Whether the one who asked is on the link.  A hop limit of 255 shows that
 * the question is; its source may still be a lie, which would make a cache
 * entry of a stranger's address (CVE-2008-2476).  nd6_ns_input() asks the same.
 */
static bool
umux_nd_is_neighbor(const struct umux_action *action, struct ifnet *ifp)
{
	struct sockaddr_in6 peer = {
		.sin6_len = sizeof(peer),
		.sin6_family = AF_INET6,
		.sin6_addr = umux_in6_addr(&action->ua_peer),
	};

	return (in6_setscope(&peer.sin6_addr, ifp, NULL) == 0 &&
	    nd6_is_addr_neighbor(&peer, ifp) != 0);
}

/*
 * Who asks for an address of ours is about to be sent to: learn its
 * link-layer address from the question, or the kernel would ask for it,
 * from the host's own address.
 */
static void
umux_nd_learn(const struct umux_action *action, struct ifnet *ifp)
{
	struct in6_addr peer = umux_in6_addr(&action->ua_peer);
	char lladdr[sizeof(action->ua_lladdr)];

	if (action->ua_lladdr_len == 0 ||
	    action->ua_lladdr_len > sizeof(lladdr) ||
	    action->ua_lladdr_len != umux_if_addrlen(ifp) ||
	    in6_setscope(&peer, ifp, NULL) != 0)
		return;
	memcpy(lladdr, action->ua_lladdr, sizeof(lladdr));
	nd6_cache_lladdr(ifp, &peer, lladdr, action->ua_lladdr_len,
	    ND_NEIGHBOR_SOLICIT, 0);
}

void
umux_nd_send(const struct umux_action *action)
{
	struct ip6_moptions options;
	struct epoch_tracker et;
	struct ifnet *ifp;
	struct mbuf *m;
	struct ip6_hdr *ip6;
	bool multicast;

	NET_EPOCH_ENTER(et);
	ifp = ifnet_byindex(action->ua_ifindex);
	if (ifp == NULL || umux_if_inet6(ifp) == NULL)
		goto out;
	if (action->ua_kind == UMUX_A_SEND_TO &&
	    !umux_nd_is_neighbor(action, ifp))
		goto out;
	m = umux_nd_mbuf(action, ifp);
	if (m == NULL)
		goto out;
	if (action->ua_kind == UMUX_A_SEND_TO)
		umux_nd_learn(action, ifp);

	ip6 = mtod(m, struct ip6_hdr *);
	multicast = (m->m_flags & M_MCAST) != 0;
	memset(&options, 0, sizeof(options));
	options.im6o_multicast_ifp = ifp;
	options.im6o_multicast_hlim = UMUX_ND_HLIM;
	options.im6o_multicast_loop = 0;
	(void)ip6_output(m, NULL, NULL,
	    IN6_IS_ADDR_UNSPECIFIED(&ip6->ip6_src) ? IPV6_UNSPECSRC : 0,
	    multicast ? &options : NULL, NULL, NULL);
out:
	NET_EPOCH_EXIT(et);
}

/*
 * A received packet that the gate says is neighbour discovery about us,
 * possibly.  The verdict is the caller's to carry out.
 */
uint32_t
umux_nd_input(struct umux_softc *sc, struct ifnet *ifp, struct mbuf *m)
{
	struct umux_actions actions;
	uint32_t verdict;
	int len = m->m_pkthdr.len;

	NET_EPOCH_ASSERT();

	if (len > UMUX_ND_MAX)
		return (UMUX_V_DROP);
	actions.as_n = 0;
	umux_lock(sc);
	m_copydata(m, 0, len, sc->sc_nd);
	verdict = umux_core_nd_input(sc->sc_plane, umux_if_index(ifp),
	    sc->sc_nd, len, umux_now(), &actions);
	umux_unlock(sc);
	umux_act(sc, &actions);
	return (verdict);
}
