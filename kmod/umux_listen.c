/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * LISTEN_0: listeners that accept only what comes through an address that was
 * armed for them (umux_das.c).  To its application, and to netstat(1), such a
 * socket listens; it is the gate that turns away every other SYN to it.
 *
 * The plane owns a reference to the PCB of each.  It is given back when the
 * socket is closed, which the wrappers of close and detach notice, or when
 * other rules are applied.
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
#include <sys/time.h>
#include <sys/ucred.h>

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
#include <netinet/tcp.h>
#include <netinet/tcp_var.h>
#include <netinet6/scope6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"
#include "umux_pcb.h"
#include "umux_server.h"

/*
 * Can the socket be reached through an address that is not of an interface?
 * One in a jail with a list of addresses cannot, and stays legacy; nor has
 * one that is bound to an IPv4 address anything to do with us.
 */
static bool
umux_listen_able(const struct inpcb *inp)
{

	return ((inp->inp_vflag & INP_IPV6) != 0 &&
	    (inp->inp_flags & INP_DROPPED) == 0 &&
	    prison_flag(inp->inp_cred, PR_IP6) == 0);
}

static void
umux_listen_describe(const struct inpcb *inp, uint32_t pid,
    struct umux_listener *ul)
{
	const struct prison *pr = inp->inp_cred->cr_prison;
	struct in6_addr laddr = inp->in6p_laddr;

	INP_LOCK_ASSERT(inp);

	memset(ul, 0, sizeof(*ul));
	in6_clearscope(&laddr);
	ul->ul_addr = umux_in6(&laddr);
	ul->ul_cookie = (uintptr_t)inp;
	ul->ul_port = ntohs(inp->inp_lport);
	ul->ul_dual = (inp->inp_vflag & INP_IPV4) != 0 ||
	    (inp->inp_lport == 0 && (inp->inp_flags & IN6P_IPV6_V6ONLY) == 0);
	ul->ul_uid = inp->inp_cred->cr_uid;
	ul->ul_jid = pr == &prison0 ? 0 : pr->pr_id;
	ul->ul_pid = pid;
}

/*
 * Makes a LISTEN_0 of a socket if the rules say so.  ENOENT: they do not.
 */
static int
umux_listen_guard(struct umux_softc *sc, struct inpcb *inp, uint32_t pid)
{
	struct umux_listener ul;
	int error = ENOENT;

	INP_LOCK_ASSERT(inp);

	umux_listen_describe(inp, pid, &ul);
	umux_lock(sc);
	if (umux_core_listener_wanted(sc->sc_plane, &ul) != 0)
		error = umux_core_listener_add(sc->sc_plane, &ul, umux_now());
	if (error == 0)
		in_pcbref(inp);
	umux_unlock(sc);
	return (error);
}

/*
 * Is the PCB a LISTEN_0's?  Whether it may be is asked without a lock.
 */
bool
umux_listen_is(struct umux_softc *sc, struct inpcb *inp)
{
	struct umux_plane *plane = umux_plane(sc);
	struct in6_addr laddr = inp->in6p_laddr;
	struct umux_in6 local;
	struct epoch_tracker et;
	bool is;

	if (plane == NULL || inp->inp_fport != 0)
		return (false);
	in6_clearscope(&laddr);
	local = umux_in6(&laddr);
	NET_EPOCH_ENTER(et);
	is = umux_core_guarded(plane, &local, ntohs(inp->inp_lport)) != 0;
	NET_EPOCH_EXIT(et);
	if (!is)
		return (false);
	umux_lock(sc);
	is = umux_core_has_listener(sc->sc_plane, (uintptr_t)inp) != 0;
	umux_unlock(sc);
	return (is);
}

/*
 * No LISTEN_0 any more, and what was armed for it falls silent.  The PCB must
 * not be locked, and may go.
 */
void
umux_listen_end(struct umux_softc *sc, struct inpcb *inp)
{
	int error;

	umux_das_settle(sc, inp);
	umux_lock(sc);
	error = umux_core_listener_del(sc->sc_plane, (uintptr_t)inp,
	    umux_now());
	umux_unlock(sc);
	if (error == 0)
		umux_pcb_rele(inp);
}

/*
 * Whoever calls listen() again and again must not fill the console.
 */
static void
umux_listen_full(uint32_t pid, const char *so)
{
	static struct timeval last;
	static int count;

	if (ppsratecheck(&last, &count, 1) != 0)
		printf("umux: pid %u %s; there are as many LISTEN_0s as there "
		    "can be, or as its user may have, see umux(4)\n", pid, so);
}

/*
 * listen().  The gate is closed before the socket can accept anything: packets
 * that came past it before are through with TCP when the epoch is over.  Once
 * it listens it is judged again: its port may be one that listen() chose, and
 * whoever applied other rules meanwhile did not see it listen.  What came in
 * before that is refused at accept().
 */
int
umux_listen(struct socket *so, int backlog, struct thread *td,
    umux_listen_t *listen)
{
	struct umux_softc *sc = &V_umux_softc;
	struct inpcb *inp = sotoinpcb(so);
	uint32_t pid;
	int error;

	if (td == NULL || td != curthread ||
	    !THREAD_CAN_SLEEP() || inp == NULL ||
	    (td->td_proc->p_flag & (P_SYSTEM | P_KPROC)) != 0)
		return (listen(so, backlog, td));

	pid = (uint32_t)td->td_proc->p_pid;
	error = ENOENT;
	if (umux_plane(sc) != NULL) {
		INP_WLOCK(inp);
		if (inp->inp_lport != 0 && umux_listen_able(inp))
			error = umux_listen_guard(sc, inp, pid);
		INP_WUNLOCK(inp);
	}
	if (error == ENOSPC) {
		umux_listen_full(pid, "may not listen: rules make it a LISTEN_0");
		return (ENOBUFS);
	}
	if (error == 0) {
		NET_EPOCH_WAIT();
		error = listen(so, backlog, td);
		if (error != 0)
			umux_listen_end(sc, inp);
		return (error);
	}
	error = listen(so, backlog, td);
	if (error == 0 && umux_plane(sc) != NULL) {
		INP_WLOCK(inp);
		if (umux_listen_able(inp) &&
		    umux_listen_guard(sc, inp, pid) == ENOSPC)
			umux_listen_full(pid, "listens unguarded");
		INP_WUNLOCK(inp);
	}
	return (error);
}

/*
 * Is the PCB a listener's, as far as TCP is concerned?
 */
static bool
umux_listen_listens(const struct inpcb *inp)
{

	return ((inp->inp_flags & INP_DROPPED) == 0 &&
	    inp->inp_socket != NULL && SOLISTENING(inp->inp_socket));
}

/*
 * Whether the rules still want the LISTEN_0 that a listener is.
 */
static bool
umux_listen_unwanted(struct umux_softc *sc, struct inpcb *inp)
{
	struct umux_listener ul;
	bool unwanted;

	umux_listen_describe(inp, 0, &ul);
	umux_lock(sc);
	unwanted = umux_core_has_listener(sc->sc_plane, (uintptr_t)inp) != 0 &&
	    umux_core_listener_wanted(sc->sc_plane, &ul) == 0;
	umux_unlock(sc);
	return (unwanted);
}

/*
 * Judges all that listen by the rules there are.  ENOSPC: not all that the
 * rules want could be guarded.
 */
int
umux_listen_apply(struct umux_softc *sc)
{
	struct inpcb *inp, *unwanted[16];
	struct epoch_tracker et;
	int error, i, n, result;

	sx_assert(&sc->sc_cfg, SA_XLOCKED);

	result = 0;
	do {
		n = 0;
		NET_EPOCH_ENTER(et);
		UMUX_FOREACH_TCP(inp) {
			INP_RLOCK(inp);
			error = ENOENT;
			if (umux_listen_listens(inp) && umux_listen_able(inp))
				error = umux_listen_guard(sc, inp, 0);
			if (error == ENOSPC)
				result = error;
			if (error == ENOENT && n < (int)nitems(unwanted) &&
			    umux_listen_listens(inp) &&
			    umux_listen_unwanted(sc, inp))
				unwanted[n++] = inp; /* the plane's reference */
			INP_RUNLOCK(inp);
		}
		NET_EPOCH_EXIT(et);
		for (i = 0; i < n; i++)
			umux_listen_end(sc, unwanted[i]);
	} while (n > 0);
	/* What came past the gate before is through with TCP after this. */
	NET_EPOCH_WAIT();
	return (result);
}

/*
 * The module was on its way out, and stays: listeners that were closed
 * meanwhile are none any more, and those that were opened are judged.
 */
void
umux_listen_again(struct umux_softc *sc)
{
	struct inpcb *inp;
	uint32_t cursor = 0;
	bool gone;

	sx_assert(&sc->sc_cfg, SA_XLOCKED);

	for (;;) {
		umux_lock(sc);
		inp = (struct inpcb *)umux_core_listener_from(sc->sc_plane,
		    &cursor);
		if (inp != NULL)
			in_pcbref(inp);
		umux_unlock(sc);
		if (inp == NULL)
			break;
		INP_RLOCK(inp);
		gone = umux_pcb_gone(inp) ||
		    (inp->inp_flags & INP_DROPPED) != 0;
		INP_RUNLOCK(inp);
		if (gone)
			umux_listen_end(sc, inp);
		umux_pcb_rele(inp);
	}
	if (umux_listen_apply(sc) != 0)
		printf("umux: not all that the rules want are LISTEN_0s: "
		    "there are as many as there can be\n");
}

/*
 * Teardown.
 */
void
umux_listen_end_all(struct umux_softc *sc)
{
	uintptr_t cookie;
	uint32_t cursor;

	for (;;) {
		cursor = 0;
		mtx_lock(&sc->sc_mtx);
		cookie = umux_core_listener_from(sc->sc_plane, &cursor);
		if (cookie != 0)
			(void)umux_core_listener_del(sc->sc_plane, cookie,
			    umux_now());
		mtx_unlock(&sc->sc_mtx);
		if (cookie == 0)
			break;
		umux_pcb_rele((struct inpcb *)cookie);
	}
}
