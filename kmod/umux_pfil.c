/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The gate: every IPv6 packet of a VNET that has a plane comes past here, on
 * its way in and on its way out, and received IPv4 too once there are rules
 * for listeners.  No lock is taken and nothing is written but for neighbour
 * discovery about addresses of ours, for what the kernel asks its neighbours,
 * and for the first packets to an address that is armed for a server.
 *
 * All hooks are the last of their chains when they are linked: what a packet
 * filter rewrites is judged as it was rewritten.  The output hook runs with
 * the lock of the sender's PCB held.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
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
#include <netinet/in_systm.h>
#include <netinet/in_pcb.h>
#include <netinet/in_var.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_var.h>
#include <netinet/tcp.h>
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>
#include <netinet6/scope6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_probe.h"
#include "umux_var.h"
#include "umux_server.h"

/*
 * What the core is asked about a packet, as much of it as lies in the first
 * mbuf.
 */
typedef uint32_t umux_gate_t(const struct umux_plane *, const void *, size_t,
	    uint32_t flags);

static inline uint32_t
umux_gate(const struct umux_plane *plane, const struct mbuf *m,
    umux_gate_t *gate)
{

	return (gate(plane, mtod(m, const void *), m->m_len,
	    m->m_len == m->m_pkthdr.len ? UMUX_GATE_WHOLE : 0));
}

/*
 * It says MORE when it needs bytes that are not there; it gets them in a copy
 * then, as many as it ever looks at.
 */
static uint32_t
umux_gate_copy(const struct umux_plane *plane, struct mbuf *m,
    umux_gate_t *gate)
{
	char bytes[UMUX_GATE_BYTES];
	int len = MIN(m->m_pkthdr.len, UMUX_GATE_BYTES);

	m_copydata(m, 0, len, bytes);
	return (gate(plane, bytes, len, UMUX_GATE_WHOLE));
}

/*
 * TCP would drop what was garbled on its way, but not before it had cost the
 * rightful client its address.
 */
static bool
umux_is_garbled(struct mbuf *m)
{
	const int summed = CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
	int len, off, proto;

	/* Seen to by the interface, or on its way from this very host. */
	if ((m->m_pkthdr.csum_flags & CSUM_TCP_IPV6) != 0)
		return (false);
	if ((m->m_pkthdr.csum_flags & summed) == summed)
		return (m->m_pkthdr.csum_data != 0xffff);
	proto = IPPROTO_IPV6;
	off = ip6_lasthdr(m, 0, IPPROTO_IPV6, &proto);
	if (off < 0 || proto != IPPROTO_TCP)
		return (true);
	len = sizeof(struct ip6_hdr) +
	    ntohs(mtod(m, const struct ip6_hdr *)->ip6_plen) - off;
	return (len < (int)sizeof(struct tcphdr) ||
	    off + len > m->m_pkthdr.len ||
	    in6_cksum(m, IPPROTO_TCP, off, len) != 0);
}

/*
 * A packet to an address that waits for a server's client.  Two clients that
 * ask at once are told apart under the plane's mutex.
 */
static uint32_t
umux_admit(struct umux_softc *sc, struct mbuf *m)
{
	char bytes[UMUX_GATE_BYTES];
	int len = MIN(m->m_pkthdr.len, UMUX_GATE_BYTES);
	uint32_t verdict;

	if (umux_is_garbled(m))
		return (UMUX_V_DROP);
	m_copydata(m, 0, len, bytes);
	umux_lock(sc);
	verdict = umux_core_admit(sc->sc_plane, bytes, len, UMUX_GATE_WHOLE,
	    umux_now());
	umux_unlock(sc);
	return (verdict);
}

/*
 * Is a packet on its way to this host?  A router lets pass what asks others
 * for connections, and so does a host whose bridge shows its filters what it
 * hands on.
 */
static bool
umux_is_ours(const struct mbuf *m, struct ifnet *ifp)
{
	struct in6_addr dst = mtod(m, const struct ip6_hdr *)->ip6_dst;

	if ((m->m_flags & M_FASTFWD_OURS) != 0 || IN6_IS_ADDR_LOOPBACK(&dst))
		return (true);
	/* What is looped back has its zone in the address. */
	if (IN6_IS_SCOPE_LINKLOCAL(&dst) && dst.s6_addr16[1] == 0 &&
	    in6_setscope(&dst, ifp, NULL) != 0)
		return (false);
	return (in6_localip(&dst));
}

static bool
umux_is_ours4(const struct mbuf *m)
{
	const struct ip *ip = mtod(m, const struct ip *);

	return ((m->m_flags & M_FASTFWD_OURS) != 0 || in_localip(ip->ip_dst));
}

static void
umux_drop(struct ifnet *ifp, struct mbuf *m, int output)
{

	SDT_PROBE3(umux, , , drop, ifp, m, output);
	m_freem(m);
}

/*
 * The hooks themselves are as short as can be, since every packet passes
 * them; what the plane has to do with a packet is done apart.
 */
static pfil_return_t __noinline
umux_input_special(struct mbuf **mp, struct ifnet *ifp, uint32_t verdict)
{
	struct umux_softc *sc = &V_umux_softc;
	struct mbuf *m = *mp;

	if (verdict == UMUX_V_MORE)
		verdict = umux_gate_copy(umux_plane(sc), m, umux_core_gate_in);
	if (verdict == UMUX_V_ND)
		verdict = umux_nd_input(sc, ifp, m);
	if (verdict == UMUX_V_ADMIT)
		verdict = umux_admit(sc, m);
	if (verdict == UMUX_V_GUARDED && !umux_is_ours(m, ifp))
		verdict = UMUX_V_LEGACY;

	switch (verdict) {
	case UMUX_V_LEGACY:
		return (PFIL_PASS);
	case UMUX_V_LOCAL:
		m->m_flags |= M_FASTFWD_OURS;
		return (PFIL_PASS);
	default:
		umux_drop(ifp, m, 0);
		*mp = NULL;
		return (PFIL_CONSUMED);
	}
}

UMUX_PFIL_HOOK(umux_input)
{
	struct umux_plane *plane = umux_plane(&V_umux_softc);
	struct mbuf **pkt = UMUX_PFIL_MBUFP;
	uint32_t verdict;

	if (plane == NULL)
		return (PFIL_PASS);
	verdict = umux_gate(plane, *pkt, umux_core_gate_in);
	if (__predict_true(verdict == UMUX_V_LEGACY))
		return (PFIL_PASS);
	return (umux_input_special(pkt, ifp, verdict));
}

static pfil_return_t __noinline
umux_output_special(struct mbuf **mp, struct ifnet *ifp, struct inpcb *inp,
    uint32_t verdict)
{
	struct umux_softc *sc = &V_umux_softc;
	struct mbuf *m = *mp;

	if (verdict == UMUX_V_MORE)
		verdict = umux_gate_copy(umux_plane(sc), m, umux_core_gate_out);
	/* What a program made, or a bridge hands on, is not the kernel's own. */
	if (verdict == UMUX_V_ND)
		verdict = inp != NULL || m->m_pkthdr.rcvif != NULL ?
		    UMUX_V_LEGACY : umux_nd_output(sc, ifp, m);
	if (verdict == UMUX_V_ADMIT)
		verdict = umux_admit(sc, m);

	switch (verdict) {
	case UMUX_V_SEND_SERVER:
		/* The SYN cache answers without a PCB. */
		if (inp != NULL)
			umux_das_seen(sc, inp);
		return (PFIL_PASS);
	case UMUX_V_LEGACY:
	case UMUX_V_SEND:
		return (PFIL_PASS);
	case UMUX_V_LOCAL:
		/* ip6_output() loops it back; it meets no input hook then. */
		m->m_flags |= M_FASTFWD_OURS;
		return (PFIL_PASS);
	default:
		/* Not DROPPED, of which the sender would hear: silence. */
		umux_drop(ifp, m, 1);
		*mp = NULL;
		return (PFIL_CONSUMED);
	}
}

static inline pfil_return_t
umux_output_gate(const struct umux_plane *plane, struct mbuf **mp,
    struct ifnet *ifp, struct inpcb *inp)
{
	uint32_t verdict;

	verdict = umux_gate(plane, *mp, umux_core_gate_out);
	if (__predict_true(verdict == UMUX_V_LEGACY ||
	    verdict == UMUX_V_SEND))
		return (PFIL_PASS);
	return (umux_output_special(mp, ifp, inp, verdict));
}

/*
 * What has a tag may be a probe or an answer of the core's own.
 */
static pfil_return_t __noinline
umux_output_tagged(const struct umux_plane *plane, struct mbuf **mp,
    struct ifnet *ifp, struct inpcb *inp)
{

	if (m_tag_locate(*mp, UMUX_MTAG_COOKIE, UMUX_MTAG_SENT, NULL) != NULL)
		return (PFIL_PASS);
	return (umux_output_gate(plane, mp, ifp, inp));
}

UMUX_PFIL_HOOK(umux_output)
{
	struct umux_plane *plane = umux_plane(&V_umux_softc);
	struct mbuf **pkt = UMUX_PFIL_MBUFP;

	if (plane == NULL)
		return (PFIL_PASS);
	if (__predict_false(!SLIST_EMPTY(&(*pkt)->m_pkthdr.tags)))
		return (umux_output_tagged(plane, pkt, ifp, inp));
	return (umux_output_gate(plane, pkt, ifp, inp));
}

/*
 * Listeners that take IPv4 too.
 */
UMUX_PFIL_HOOK(umux_input4)
{
	struct umux_softc *sc = &V_umux_softc;
	struct umux_plane *plane = umux_plane(sc);
	struct mbuf *m = *UMUX_PFIL_MBUFP;
	uint32_t verdict;

	if (plane == NULL)
		return (PFIL_PASS);
	verdict = umux_gate(plane, m, umux_core_gate_in4);
	if (__predict_false(verdict == UMUX_V_MORE))
		verdict = umux_gate_copy(plane, m, umux_core_gate_in4);
	if (__predict_true(verdict != UMUX_V_GUARDED) || !umux_is_ours4(m))
		return (PFIL_PASS);
	umux_drop(ifp, m, 0);
	*UMUX_PFIL_MBUFP = NULL;
	return (PFIL_CONSUMED);
}

/*
 * At the end of the input chain, PFIL_APPEND is the end; of the output chain,
 * which is walked from the inside to the outside, its absence is.
 */
int
umux_pfil_init(struct umux_softc *sc)
{
	struct pfil_hook_args hook = {
		.pa_version = PFIL_VERSION,
		.pa_type = PFIL_TYPE_IP6,
		.pa_modname = "umux",
	};
	struct pfil_link_args link = {
		.pa_version = PFIL_VERSION,
		.pa_head = V_inet6_pfil_head,
	};
	int error;

	hook.pa_flags = PFIL_IN;
	hook.pa_umux_func = umux_input;
	hook.pa_rulname = "input";
	sc->sc_hook_in = pfil_add_hook(&hook);
	hook.pa_flags = PFIL_OUT;
	hook.pa_umux_func = umux_output;
	hook.pa_rulname = "output";
	sc->sc_hook_out = pfil_add_hook(&hook);

	link.pa_flags = PFIL_OUT | PFIL_HEADPTR | PFIL_HOOKPTR;
	link.pa_hook = sc->sc_hook_out;
	error = pfil_link(&link);
	if (error == 0) {
		link.pa_flags = PFIL_IN | PFIL_APPEND | PFIL_HEADPTR |
		    PFIL_HOOKPTR;
		link.pa_hook = sc->sc_hook_in;
		error = pfil_link(&link);
	}
	if (error != 0)
		umux_pfil_uninit(sc);
	return (error);
}

/*
 * The caller holds sc_cfg.
 */
int
umux_pfil_init4(struct umux_softc *sc)
{
	struct pfil_hook_args hook = {
		.pa_version = PFIL_VERSION,
		.pa_type = PFIL_TYPE_IP4,
		.pa_flags = PFIL_IN,
		.pa_umux_func = umux_input4,
		.pa_modname = "umux",
		.pa_rulname = "input4",
	};
	struct pfil_link_args link = {
		.pa_version = PFIL_VERSION,
		.pa_flags = PFIL_IN | PFIL_APPEND | PFIL_HEADPTR |
		    PFIL_HOOKPTR,
		.pa_head = V_inet_pfil_head,
	};
	int error;

	sx_assert(&sc->sc_cfg, SA_XLOCKED);

	if (sc->sc_hook_in4 != NULL)
		return (0);
	sc->sc_hook_in4 = link.pa_hook = pfil_add_hook(&hook);
	error = pfil_link(&link);
	if (error != 0) {
		pfil_remove_hook(sc->sc_hook_in4);
		sc->sc_hook_in4 = NULL;
	}
	return (error);
}

/*
 * No packet is in a hook when this returns.
 */
void
umux_pfil_uninit(struct umux_softc *sc)
{

	pfil_remove_hook(sc->sc_hook_in);
	pfil_remove_hook(sc->sc_hook_out);
	if (sc->sc_hook_in4 != NULL)
		pfil_remove_hook(sc->sc_hook_in4);
	sc->sc_hook_in4 = NULL;
	sc->sc_hook_in = sc->sc_hook_out = NULL;
	NET_EPOCH_WAIT();
}
