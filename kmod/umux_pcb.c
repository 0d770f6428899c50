/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Client sessions: a socket that would have its source address chosen by the
 * kernel has it chosen by the plane.
 *
 * How a socket is given its source: by what would be a sticky IPV6_PKTINFO
 * option and IPV6_BINDANY, set for the time of the call.  That commits the PCB
 * to nothing: the kernel chooses the port, and a call that fails early leaves
 * the PCB as it was.  The PCB's lock, which recurses, is held meanwhile, or
 * another thread could bind any address of the world to the socket.
 *
 * A session owns a reference to its PCB from commit on.  It is over when the
 * PCB is, which the wrappers of close and detach notice, and those of
 * disconnect and abort, where a UDP PCB loses its address before it goes; what
 * they miss is found by the core's audit.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/epoch.h>
#include <sys/jail.h>
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
#include <sys/taskqueue.h>
#include <sys/ucred.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/route.h>
#include <net/route/nhop.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet/in_systm.h>
#include <netinet/in_pcb.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_var.h>
#include <netinet/tcp.h>
#include <netinet/tcp_fsm.h>
#include <netinet/tcp_seq.h>
#include <netinet/tcp_timer.h>
#include <netinet/tcp_var.h>
#include <netinet/udp.h>
#include <netinet/udp_var.h>
#include <netinet6/in6_fib.h>
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>
#include <netinet6/scope6_var.h>
#include <netinet6/tcp6_var.h>
#include <netinet6/udp6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"
#include "umux_pcb.h"
#include "umux_probe.h"
#include "umux_server.h"

/* Added to 2 MSL, so that the first look after TIME_WAIT is after it. */
#define	UMUX_LINGER_MARGIN_MS	500

/* How long a TCP session outlives its PCB: see umux_tcp6_leave(). */
#define	UMUX_LINGER_GRACE_MS	1000

/*
 * Is the destination one that an address of the plane could speak to?
 */
static bool
umux_destination_ok(const struct sockaddr *nam)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)nam;
	const struct in6_addr *addr;

	if (nam->sa_family != AF_INET6 || nam->sa_len != sizeof(*sin6))
		return (false);
	if (sin6->sin6_port == 0 || sin6->sin6_scope_id != 0)
		return (false);
	addr = &sin6->sin6_addr;
	return (!IN6_IS_ADDR_UNSPECIFIED(addr) &&
	    !IN6_IS_ADDR_LOOPBACK(addr) &&
	    !IN6_IS_ADDR_V4MAPPED(addr) &&
	    !IN6_IS_ADDR_V4COMPAT(addr) &&
	    !IN6_IS_ADDR_LINKLOCAL(addr) &&
	    !IN6_IS_ADDR_SITELOCAL(addr) &&
	    !IN6_IS_ADDR_MULTICAST(addr));
}

/*
 * Is the caller a process, and free in its choice of addresses?  A jail with
 * a list of addresses is not; the kernel's own threads are none.  (NFS connects
 * in whichever thread needs it: the default rules name its port.)
 */
static bool
umux_caller_ok(const struct umux_call *c)
{
	struct thread *td = c->c_td;

	if (td == NULL || td != curthread || !THREAD_CAN_SLEEP() ||
	    (td->td_proc->p_flag & (P_SYSTEM | P_KPROC)) != 0)
		return (false);
	return (prison_flag(td->td_ucred, PR_IP6) == 0 &&
	    prison_flag(c->c_so->so_cred, PR_IP6) == 0);
}

bool
umux_call_ok(const struct umux_call *c)
{

	return (umux_destination_ok(c->c_nam) && umux_caller_ok(c));
}

/*
 * Is the socket's source address for the kernel to choose?  With the PCB's
 * lock held, or as a hint without.
 */
bool
umux_pcb_ok(const struct inpcb *inp, const struct socket *so)
{

	return ((inp->inp_vflag & INP_IPV6) != 0 &&
	    (inp->inp_flags & INP_DROPPED) == 0 && inp->inp_socket == so &&
	    IN6_IS_ADDR_UNSPECIFIED(&inp->in6p_laddr) &&
	    IN6_IS_ADDR_UNSPECIFIED(&inp->in6p_faddr));
}

/*
 * Options that choose a source or a way say what the application wants.
 */
bool
umux_opts_ok(const struct ip6_pktopts *opts)
{

	return (opts == NULL || (opts->ip6po_pktinfo == NULL &&
	    opts->ip6po_nexthop == NULL && opts->ip6po_rthdr == NULL));
}

/*
 * What the application said of temporary addresses.
 */
static uint8_t
umux_wish(const struct ip6_pktopts *opts)
{

	if (opts == NULL)
		return (UMUX_WISH_NONE);
	switch (opts->ip6po_prefer_tempaddr) {
	case IP6PO_TEMPADDR_NOTPREFER:
		return (UMUX_WISH_PUBLIC);
	case IP6PO_TEMPADDR_PREFER:
		return (UMUX_WISH_TEMPORARY);
	default:
		return (UMUX_WISH_NONE);
	}
}

/*
 * The interface that leads to a destination; 0 if none does that could have
 * a pool.
 */
static uint32_t
umux_route(struct inpcb *inp, const struct in6_addr *addr)
{
	struct in6_addr dst = *addr;
	struct nhop_object *nh;

	NET_EPOCH_ASSERT();

	nh = fib6_lookup(inp->inp_inc.inc_fibnum, &dst, 0, NHR_NONE, 0);
	if (nh == NULL || (nh->nh_flags & (NHF_REJECT | NHF_BLACKHOLE)) != 0 ||
	    (if_getflags(nh->nh_ifp) & IFF_LOOPBACK) != 0 ||
	    in6_localip(&dst))
		return (0);
	return (umux_if_index(nh->nh_ifp));
}

/*
 * Takes an address for a socket whose lock is held.  ENOENT: it is legacy.
 * "opts" are the options of what it is taken for.
 * A socket that is not connected ("several") keeps it for this peer; the
 * session owns a reference to the PCB then.
 */
int
umux_pcb_take(struct umux_softc *sc, const struct umux_call *c,
    struct inpcb *inp, const struct ip6_pktopts *opts, bool several,
    struct umux_take *take)
{
	const struct sockaddr_in6 *sin6 =
	    (const struct sockaddr_in6 *)c->c_nam;
	const struct prison *pr = inp->inp_cred->cr_prison;
	struct epoch_tracker et;
	int error;

	INP_WLOCK_ASSERT(inp);

	if (umux_ipsec_wants(sc, inp, c->c_proto))
		return (ENOENT);
	memset(take, 0, sizeof(*take));
	NET_EPOCH_ENTER(et);
	take->ut_ifindex = umux_route(inp, &sin6->sin6_addr);
	NET_EPOCH_EXIT(et);
	if (take->ut_ifindex == 0)
		return (ENOENT);
	take->ut_uid = inp->inp_cred->cr_uid;
	take->ut_jid = pr == &prison0 ? 0 : pr->pr_id;
	take->ut_wish = umux_wish(opts);
	take->ut_peer = umux_in6(&sin6->sin6_addr);
	take->ut_fport = ntohs(sin6->sin6_port);
	take->ut_lport = ntohs(inp->inp_lport);
	take->ut_proto = c->c_proto;

	umux_lock(sc);
	if (sc->sc_closing)
		error = ENOENT;
	else if (several)
		error = umux_core_take_socket(sc->sc_plane, take,
		    (uintptr_t)inp, umux_now());
	else
		error = umux_core_take(sc->sc_plane, take, umux_now());
	if (error == 0 && !take->ut_old) {
		sc->sc_sessions++;
		if (several)
			in_pcbref(inp);
	}
	umux_unlock(sc);
	SDT_PROBE2(umux, , , take, take, error);
	return (error);
}

/*
 * The next hop learns of the address before the first packet comes from it,
 * and so need not ask when the answer arrives there.
 */
void
umux_pcb_announce(struct umux_softc *sc, const struct umux_take *take,
    const struct inpcb *inp)
{
	struct in6_addr peer = umux_in6_addr(&take->ut_peer);
	struct umux_actions actions;
	struct umux_in6 nexthop;
	struct epoch_tracker et;
	struct nhop_object *nh;
	int how = sc->sc_announce;

	if (how == UMUX_ANNOUNCE_NONE)
		return;
	actions.as_n = 0;
	NET_EPOCH_ENTER(et);
	nh = fib6_lookup(inp->inp_inc.inc_fibnum, &peer, 0, NHR_NONE, 0);
	if (nh != NULL) {
		if ((nh->nh_flags & NHF_GATEWAY) != 0)
			peer = nh->gw6_sa.sin6_addr;
		in6_clearscope(&peer);
		nexthop = umux_in6(&peer);
		umux_lock(sc);
		(void)umux_core_announce(sc->sc_plane, take->ut_handle, how,
		    &nexthop, umux_now(), &actions);
		umux_unlock(sc);
		umux_act(sc, &actions);
	}
	NET_EPOCH_EXIT(et);
}

/*
 * Drops a session's reference; the PCB may go with it.
 */
void
umux_pcb_rele(struct inpcb *inp)
{

	INP_WLOCK(inp);
	if (!in_pcbrele_wlocked(inp))
		INP_WUNLOCK(inp);
}

/*
 * A session is over.  Its PCB must not be locked.
 */
void
umux_pcb_end(struct umux_softc *sc, umux_handle_t handle)
{
	uintptr_t cookie = 0;
	int error;

	umux_lock(sc);
	error = umux_core_end(sc->sc_plane, handle, umux_now(), &cookie);
	if (error == 0)
		sc->sc_sessions--;
	umux_unlock(sc);
	if (error != 0)
		return;		/* somebody else ended it, and released it */
	SDT_PROBE1(umux, , , gone, handle);
	if (cookie != 0)
		umux_pcb_rele((struct inpcb *)cookie);
}

/*
 * The session came to be if the PCB has the address now, whatever the call
 * returned: an output error leaves a TCP connection in SYN_SENT.  The lock is
 * held on entry, not on return.
 */
static void
umux_settle(struct umux_softc *sc, struct inpcb *inp,
    const struct umux_take *take)
{
	struct in6_addr local = umux_in6_addr(&take->ut_local);
	int error = ENOENT;

	INP_WLOCK_ASSERT(inp);

	if (IN6_ARE_ADDR_EQUAL(&inp->in6p_laddr, &local)) {
		in_pcbref(inp);
		umux_lock(sc);
		error = umux_core_commit(sc->sc_plane, take->ut_handle,
		    ntohs(inp->inp_lport), (uintptr_t)inp, umux_now());
		umux_unlock(sc);
		if (error == 0)
			SDT_PROBE2(umux, , , valid, take->ut_handle, inp);
		else if (in_pcbrele_wlocked(inp))
			return;
	}
	INP_WUNLOCK(inp);
	if (error != 0)
		umux_pcb_end(sc, take->ut_handle);
}

/*
 * The call, with the source address in place.  The lock is held throughout.
 */
static int
umux_call_from(const struct umux_call *c, struct inpcb *inp,
    const struct umux_in6 *local)
{
	struct in6_pktinfo source = {
		.ipi6_addr = umux_in6_addr(local), .ipi6_ifindex = 0 };
	struct ip6_pktopts none, *opts;
	int bindany, error;

	INP_WLOCK_ASSERT(inp);

	bindany = inp->inp_flags & INP_BINDANY;
	opts = inp->in6p_outputopts;
	if (opts == NULL) {
		ip6_initpktopts(&none);
		inp->in6p_outputopts = &none;
	}
	inp->in6p_outputopts->ip6po_pktinfo = &source;
	umux_pktinfo_note(inp->in6p_outputopts);
	inp->inp_flags |= INP_BINDANY;

	error = umux_call(c);

	INP_WLOCK_ASSERT(inp);
	if (bindany == 0)
		inp->inp_flags &= ~INP_BINDANY;
	inp->in6p_outputopts->ip6po_pktinfo = NULL;
	umux_pktinfo_note(inp->in6p_outputopts);
	inp->in6p_outputopts = opts;
	return (error);
}

void
umux_pcb_count_bypass(const struct umux_plane *plane)
{
	struct epoch_tracker et;

	NET_EPOCH_ENTER(et);
	umux_core_count_bypass(plane);
	NET_EPOCH_EXIT(et);
}

/*
 * A call that may begin a session.
 */
int
umux_begin(const struct umux_call *c)
{
	struct umux_softc *sc = &V_umux_softc;
	struct umux_plane *plane = umux_plane(sc);
	struct umux_take take;
	struct inpcb *inp;
	int error;

	if (plane == NULL || sc->sc_client == 0)
		return (umux_call(c));

	inp = sotoinpcb(c->c_so);
	if (!umux_call_ok(c) || !umux_pcb_ok(inp, c->c_so))
		goto bypass;

	INP_WLOCK(inp);
	if (!umux_pcb_ok(inp, c->c_so) || !umux_opts_ok(inp->in6p_outputopts)) {
		INP_WUNLOCK(inp);
		goto bypass;
	}
	error = umux_pcb_take(sc, c, inp, inp->in6p_outputopts, false, &take);
	switch (error) {
	case 0:
		break;
	case EADDRNOTAVAIL:
		/* No address is ready, and policy rules out the host's own. */
		INP_WUNLOCK(inp);
		if (c->c_send != NULL)
			umux_call_drop(c);
		return (error);
	case EAGAIN:
		INP_WUNLOCK(inp);
		return (umux_call(c));
	default:
		INP_WUNLOCK(inp);
		goto bypass;
	}

	/* A UDP socket may be connected and never send. */
	if (c->c_proto == IPPROTO_TCP)
		umux_pcb_announce(sc, &take, inp);
	/* The caller's reference to the socket keeps the PCB. */
	error = umux_call_from(c, inp, &take.ut_local);
	umux_settle(sc, inp, &take);
	return (error);

bypass:
	umux_pcb_count_bypass(plane);
	return (umux_call(c));
}

/*
 * The session that a PCB is in.  The PCB may be locked or not: its address
 * only says where to look, what counts is the cookie.
 */
static umux_handle_t
umux_session_of(struct umux_softc *sc, struct inpcb *inp)
{
	struct umux_plane *plane = umux_plane(sc);
	struct umux_in6 local;
	struct epoch_tracker et;
	umux_handle_t handle;
	uintptr_t cookie;

	if (plane == NULL || (inp->inp_vflag & INP_IPV6) == 0 ||
	    IN6_IS_ADDR_UNSPECIFIED(&inp->in6p_laddr))
		return (UMUX_HANDLE_NONE);
	local = umux_in6(&inp->in6p_laddr);
	NET_EPOCH_ENTER(et);
	handle = umux_core_find(plane, &local);
	NET_EPOCH_EXIT(et);
	if (handle == UMUX_HANDLE_NONE)
		return (UMUX_HANDLE_NONE);
	umux_lock(sc);
	cookie = umux_core_cookie(plane, handle);
	umux_unlock(sc);
	return (cookie == (uintptr_t)inp ? handle : UMUX_HANDLE_NONE);
}

/*
 * The session that a PCB is in, and a reference to the PCB if it is in one.
 */
umux_handle_t
umux_pcb_hold(struct umux_softc *sc, struct inpcb *inp, struct in6_addr *local)
{
	umux_handle_t handle;

	*local = inp->in6p_laddr;
	handle = umux_session_of(sc, inp);
	if (handle != UMUX_HANDLE_NONE)
		in_pcbref(inp);
	return (handle);
}

/*
 * The last descriptor is closed, or the socket goes.  As long as the PCB is
 * there (TIME_WAIT) its session is.  When it is gone the session is not over
 * at once: data that finds its socket closed has the PCB dropped first, and
 * the reset is sent then.  Were the address silent by that time, the peer
 * would keep half a connection until it times out.
 */
void
umux_tcp6_leave(struct socket *so, umux_leave_t *leave)
{
	struct umux_softc *sc = &V_umux_softc;
	struct inpcb *inp = sotoinpcb(so);
	struct in6_addr local;
	umux_handle_t handle;
	uint32_t ms;
	bool gone;

	if (umux_listen_is(sc, inp)) {
		/* Whoever applies other rules may give back the plane's. */
		in_pcbref(inp);
		leave(so);
		umux_listen_end(sc, inp);
		umux_pcb_rele(inp);
		return;
	}
	umux_das_leaving(sc, inp);
	handle = umux_pcb_hold(sc, inp, &local);
	leave(so);
	if (handle == UMUX_HANDLE_NONE)
		return;
	INP_WLOCK(inp);
	gone = umux_pcb_gone(inp);
	if (gone)
		ms = UMUX_LINGER_GRACE_MS;
	else
		ms = (uint32_t)((uint64_t)2 * V_tcp_msl * 1000 / hz) +
		    UMUX_LINGER_MARGIN_MS;
	if (!in_pcbrele_wlocked(inp))
		INP_WUNLOCK(inp);
	umux_lock(sc);
	/* A server's packets would meet the listener now. */
	if (gone)
		(void)umux_core_closing(sc->sc_plane, handle);
	(void)umux_core_linger(sc->sc_plane, handle, ms, umux_now());
	umux_unlock(sc);
}

/*
 * The core asks whether a session's PCB is still there.
 */
void
umux_pcb_check(struct umux_softc *sc, umux_handle_t handle)
{
	struct inpcb *inp;
	bool gone;

	umux_lock(sc);
	inp = (struct inpcb *)umux_core_cookie(sc->sc_plane, handle);
	if (inp != NULL)
		in_pcbref(inp);	/* the session's own may go any time */
	umux_unlock(sc);
	if (inp == NULL)
		return;		/* over, or still in connect() */
	INP_WLOCK(inp);
	gone = umux_pcb_gone(inp);
	if (!in_pcbrele_wlocked(inp))
		INP_WUNLOCK(inp);
	if (gone) {
		umux_pcb_end(sc, handle);
		return;
	}
	umux_lock(sc);
	(void)umux_core_checked(sc->sc_plane, handle, umux_now());
	umux_unlock(sc);
}

/*
 * Teardown: whatever the PCBs may do yet, nobody listens any more.
 */
void
umux_pcb_end_all(struct umux_softc *sc)
{
	umux_handle_t handle;

	for (;;) {
		mtx_lock(&sc->sc_mtx);
		handle = umux_core_any_session(sc->sc_plane);
		mtx_unlock(&sc->sc_mtx);
		if (handle == UMUX_HANDLE_NONE)
			break;
		umux_pcb_end(sc, handle);
	}
}
