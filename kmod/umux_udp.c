/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * UDP sockets: how their sessions end, and those that are not connected.
 *
 * A socket that only ever names its destinations has a session, with an
 * address of its own, for each peer.  Its PCB stays unbound, so the source
 * cannot be left to udp6_output(): an option that says which would have to be
 * in the PCB while others may send with it.  The datagram is made here
 * instead.  Only a socket whose first datagram this is gets any address: one
 * that was bound to a port may be a server's, whose clients expect the
 * answer from where they asked.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/epoch.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/protosw.h>
#include <sys/rwlock.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet/in_systm.h>
#include <netinet/in_pcb.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_var.h>
#include <netinet/udp.h>
#include <netinet/udp_var.h>
#include <netinet6/in6_pcb.h>
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>
#include <netinet6/udp6_var.h>

#ifdef MAC
#include <security/mac/mac_framework.h>
#endif

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"
#include "umux_pcb.h"
#include "umux_probe.h"

/*
 * May this PCB have sessions with several peers?  No is certain.
 */
static bool
umux_may_be_socket(const struct umux_plane *plane, const struct inpcb *inp)
{
	struct epoch_tracker et;
	int may;

	NET_EPOCH_ENTER(et);
	may = umux_core_may_be_socket(plane, (uintptr_t)inp);
	NET_EPOCH_EXIT(et);
	return (may != 0);
}

/*
 * Ends the sessions of a PCB that is not locked, and on which the caller has
 * a reference, so that no other PCB has its name.
 */
static void
umux_end_several(struct umux_softc *sc, struct inpcb *inp)
{
	umux_handle_t handle;

	for (;;) {
		umux_lock(sc);
		handle = umux_core_any_of_socket(sc->sc_plane, (uintptr_t)inp);
		umux_unlock(sc);
		if (handle == UMUX_HANDLE_NONE)
			break;
		umux_pcb_end(sc, handle);
	}
}

/*
 * Its own port; the kernel chooses it at the first datagram.
 */
static int
umux_udp6_port(struct inpcb *inp, struct in6_addr *src, struct ucred *cred)
{
	int error;

	INP_WLOCK_ASSERT(inp);

	if (inp->inp_lport != 0)
		return (0);
	INP_HASH_WLOCK(inp->inp_pcbinfo);
	error = in6_pcbsetport(src, inp, cred);
	INP_HASH_WUNLOCK(inp->inp_pcbinfo);
	if (error != 0)
		inp->in6p_laddr = in6addr_any;
	return (error);
}

/*
 * One datagram from a PCB that is locked to a destination that it is not
 * connected to.  The data goes with it, whatever happens.
 */
static int
umux_udp6_output(struct inpcb *inp, struct mbuf *m,
    const struct sockaddr_in6 *dst, const struct in6_addr *src,
    struct ip6_pktopts *opts)
{
	struct epoch_tracker et;
	struct ip6_hdr *ip6;
	struct udphdr *uh;
	int error, plen;

	INP_WLOCK_ASSERT(inp);

	plen = m->m_pkthdr.len + sizeof(*uh);
	if (plen > IPV6_MAXPACKET) {
		m_freem(m);
		return (EMSGSIZE);
	}
	M_PREPEND(m, sizeof(*ip6) + sizeof(*uh), M_NOWAIT);
	if (m == NULL)
		return (ENOBUFS);

	ip6 = mtod(m, struct ip6_hdr *);
	ip6->ip6_flow = inp->inp_flow & IPV6_FLOWINFO_MASK;
	ip6->ip6_vfc &= ~IPV6_VERSION_MASK;
	ip6->ip6_vfc |= IPV6_VERSION;
	ip6->ip6_plen = htons((uint16_t)plen);
	ip6->ip6_nxt = IPPROTO_UDP;
	ip6->ip6_hlim = in6_selecthlim(inp, NULL);
	ip6->ip6_src = *src;
	ip6->ip6_dst = dst->sin6_addr;
	uh = (struct udphdr *)(ip6 + 1);
	uh->uh_sport = inp->inp_lport;
	uh->uh_dport = dst->sin6_port;
	uh->uh_ulen = htons((uint16_t)plen);
	uh->uh_sum = in6_cksum_pseudo(ip6, plen, IPPROTO_UDP, 0);
	m->m_pkthdr.csum_flags = CSUM_UDP_IPV6;
	m->m_pkthdr.csum_data = offsetof(struct udphdr, uh_sum);
#ifdef MAC
	mac_inpcb_create_mbuf(inp, m);
#endif

	UDPSTAT_INC(udps_opackets);
	NET_EPOCH_ENTER(et);
	error = ip6_output(m, opts, NULL, 0, inp->in6p_moptions, NULL, inp);
	NET_EPOCH_EXIT(et);
	return (error);
}

/*
 * Sends from an address that was taken for the purpose.  The lock is held on
 * entry, not on return.
 */
static int
umux_sendto_from(struct umux_softc *sc, const struct umux_call *c,
    struct inpcb *inp, const struct umux_take *take,
    struct ip6_pktopts *opts)
{
	struct in6_addr src = umux_in6_addr(&take->ut_local);
	int error;

	error = umux_udp6_port(inp, &src, c->c_td->td_ucred);
	if (error == 0 && !take->ut_old) {
		umux_lock(sc);
		error = umux_core_commit(sc->sc_plane, take->ut_handle,
		    ntohs(inp->inp_lport), (uintptr_t)inp, umux_now());
		umux_unlock(sc);
	}
	if (error != 0) {
		INP_WUNLOCK(inp);
		if (!take->ut_old)
			umux_pcb_end(sc, take->ut_handle);
		m_freem(c->c_data);
		return (error);
	}
	if (!take->ut_old) {
		SDT_PROBE2(umux, , , valid, take->ut_handle, inp);
		umux_pcb_announce(sc, take, inp);
	}
	error = umux_udp6_output(inp, c->c_data,
	    (const struct sockaddr_in6 *)c->c_nam, &src, opts);
	INP_WUNLOCK(inp);
	return (error);
}

/*
 * Whether the kernel chooses the source of this socket's datagrams, and has
 * not shown the host's own address with its port yet.
 */
static bool
umux_several_ok(const struct umux_plane *plane, const struct inpcb *inp,
    const struct socket *so)
{

	return (umux_pcb_ok(inp, so) &&
	    (inp->inp_lport == 0 || umux_may_be_socket(plane, inp)));
}

/*
 * sendto() and sendmsg() with a destination.
 */
int
umux_sendto(const struct umux_call *c)
{
	struct umux_softc *sc = &V_umux_softc;
	struct umux_plane *plane = umux_plane(sc);
	struct inpcb *inp = sotoinpcb(c->c_so);
	struct ip6_pktopts ancillary, *opts;
	struct epoch_tracker et;
	struct umux_take take;
	caddr_t data;
	bool sent;
	int error, len;

	if (plane == NULL || sc->sc_client == 0 || !umux_call_ok(c) ||
	    !umux_several_ok(plane, inp, c->c_so))
		return (umux_call(c));

	INP_WLOCK(inp);
	opts = inp->in6p_outputopts;
	if (!umux_several_ok(plane, inp, c->c_so) || !umux_opts_ok(opts)) {
		INP_WUNLOCK(inp);
		return (umux_call(c));
	}
	if (c->c_control != NULL) {
		data = c->c_control->m_data;
		len = c->c_control->m_len;
		NET_EPOCH_ENTER(et);
		error = ip6_setpktopts(c->c_control, &ancillary, opts,
		    c->c_td->td_ucred, IPPROTO_UDP);
		NET_EPOCH_EXIT(et);
		/* It leaves nothing of them to the original, which may yet
		   have to do with them. */
		c->c_control->m_data = data;
		c->c_control->m_len = len;
		opts = &ancillary;
		if (error != 0) {
			/* The original says so in its own way. */
			ip6_clearpktopts(&ancillary, -1);
			INP_WUNLOCK(inp);
			return (umux_call(c));
		}
	}
	error = umux_opts_ok(opts) ?
	    umux_pcb_take(sc, c, inp, opts, true, &take) : ENOENT;
	sent = error == 0;
	if (sent)
		error = umux_sendto_from(sc, c, inp, &take, opts);
	else
		INP_WUNLOCK(inp);
	if (c->c_control != NULL)
		ip6_clearpktopts(&ancillary, -1);
	if (sent) {
		m_freem(c->c_control);
		return (error);
	}
	if (error == EADDRNOTAVAIL) {
		/* No address is ready, and policy rules out the host's own. */
		umux_call_drop(c);
		return (error);
	}
	if (error == ENOENT)
		umux_pcb_count_bypass(plane);
	return (umux_call(c));
}

/*
 * The socket was connected: what it sent to others before is over.
 */
void
umux_udp6_connected(struct socket *so)
{
	struct umux_softc *sc = &V_umux_softc;
	struct umux_plane *plane = umux_plane(sc);
	struct inpcb *inp = sotoinpcb(so);

	/* The caller's reference to the socket keeps the PCB. */
	if (plane != NULL && umux_may_be_socket(plane, inp))
		umux_end_several(sc, inp);
}

/*
 * A UDP socket may lose its address long before it goes.  The session's own
 * reference keeps the PCB for as long as the session is not ended.
 */
static void
umux_unbound(struct umux_softc *sc, struct inpcb *inp,
    umux_handle_t handle, const struct in6_addr *local)
{
	bool over;

	if (handle == UMUX_HANDLE_NONE)
		return;
	INP_WLOCK(inp);
	over = umux_pcb_gone(inp) ||
	    !IN6_ARE_ADDR_EQUAL(&inp->in6p_laddr, local);
	if (!in_pcbrele_wlocked(inp))
		INP_WUNLOCK(inp);
	if (over)
		umux_pcb_end(sc, handle);
}


int
umux_udp6_disconnected(struct socket *so, umux_disconnect_t *disconnect)
{
	struct umux_softc *sc = &V_umux_softc;
	struct inpcb *inp = sotoinpcb(so);
	struct in6_addr local;
	umux_handle_t handle;
	int error;

	handle = umux_pcb_hold(sc, inp, &local);
	error = disconnect(so);
	umux_unbound(sc, inp, handle, &local);
	return (error);
}

/*
 * The last descriptor is closed, or the socket goes.
 */
void
umux_udp6_leave(struct socket *so, umux_leave_t *leave)
{
	struct umux_softc *sc = &V_umux_softc;
	struct umux_plane *plane = umux_plane(sc);
	struct inpcb *inp = sotoinpcb(so);
	struct in6_addr local;
	umux_handle_t handle;
	bool several;

	several = plane != NULL && umux_may_be_socket(plane, inp);
	if (several)
		in_pcbref(inp);
	handle = umux_pcb_hold(sc, inp, &local);
	leave(so);
	umux_unbound(sc, inp, handle, &local);
	if (several) {
		umux_end_several(sc, inp);
		umux_pcb_rele(inp);
	}
}
