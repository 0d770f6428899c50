/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Delayed address setting: an address of the pool is armed for a LISTEN_0, and
 * lets one connection of one client in.
 *
 * The packets of its handshake come in to the listener itself, by the address
 * that they are for; TCP's SYN cache makes of them what it always does.  That
 * a connection has come to be shows by its PCB, which has the address: when it
 * first sends, when it is accepted, when it is closed, or when it is looked
 * for, whichever is first.  From then on it is a session as a client's is.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/capsicum.h>
#include <sys/domain.h>
#include <sys/epoch.h>
#include <sys/file.h>
#include <sys/jail.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
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
#include <netinet/tcp.h>
#include <netinet/tcp_timer.h>
#include <netinet/tcp_var.h>
#include <netinet6/in6_pcb.h>
#include <netinet6/scope6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"
#include "umux_pcb.h"
#include "umux_server.h"

/*
 * How long a handshake may take after its last SYN.  Twice what the SYN cache
 * gives it (syncache_timeout()), which an administrator may have changed.
 */
#define	UMUX_DAS_LOCK_MS	32000
#define	UMUX_SYNCACHE_MAX_S	64	/* TCPTV_REXMTMAX, in seconds */

static uint32_t
umux_das_lock_ms(struct thread *td)
{
	unsigned i, limit = 0;
	uint64_t ms, one, sum = 0;
	size_t len = sizeof(limit);

	if (kernel_sysctlbyname(td, "net.inet.tcp.syncache.rexmtlimit", &limit,
	    &len, NULL, 0, NULL, 0) != 0)
		return (UMUX_DAS_LOCK_MS);
	one = (uint64_t)tcp_rexmit_initial * 1000 / hz;
	for (i = 0; i <= MIN(limit, TCP_MAXRXTSHIFT); i++) {
		ms = one * tcp_backoff[i];
		sum += MIN(ms, UMUX_SYNCACHE_MAX_S * 1000);
	}
	return (MAX(UMUX_DAS_LOCK_MS, 2 * (uint32_t)sum));
}

/*
 * The PCB of a listener that the caller has open as this descriptor.  It may
 * be gone when this returns: it is but a name.
 */
static int
umux_das_socket(struct thread *td, int fd, uint64_t *cookie)
{
	struct socket *so;
	struct file *fp;
	int error;

	error = umux_getsock(td, fd, &cap_listen_rights, &fp);
	if (error != 0)
		return (error);
	so = fp->f_data;
	*cookie = 0;
	if (so->so_proto->pr_protocol == IPPROTO_TCP &&
	    so->so_proto->pr_domain->dom_family == AF_INET6)
		*cookie = (uintptr_t)so->so_pcb;
	fdrop(fp, td);
	return (*cookie == 0 ? ESRCH : 0);
}

/*
 * The pool that a request names; UINT32_MAX: it names none.
 */
static int
umux_das_pool(struct umux_softc *sc, const struct umux_das_req *req,
    uint32_t *pool)
{
	struct ifnet *ifp;
	int error;

	*pool = UINT32_MAX;
	if (req->da_ifname[0] == '\0')
		return (0);
	if (memchr(req->da_ifname, '\0', UMUX_IFNAMSIZ) == NULL)
		return (EINVAL);
	ifp = ifunit_ref(req->da_ifname);
	if (ifp == NULL)
		return (ENXIO);
	umux_lock(sc);
	error = umux_core_pool_find(sc->sc_plane, umux_if_index(ifp),
	    &req->da_prefix, req->da_plen, pool);
	umux_unlock(sc);
	if_rele(ifp);
	return (error);
}

int
umux_das(struct umux_softc *sc, struct umux_das_req *req, struct thread *td)
{
	struct umux_das_how how = { .dh_lock_ms = umux_das_lock_ms(td) };
	int error;

	if (umux_plane(sc) == NULL)
		return (ESRCH);
	error = umux_das_pool(sc, req, &how.dh_pool);
	if (error == 0 && (req->da_flags & UMUX_DAS_FD) != 0)
		error = umux_das_socket(td, req->da_fd, &how.dh_cookie);
	if (error != 0)
		return (error);
	umux_lock(sc);
	if (sc->sc_closing)
		error = EBUSY;
	else
		error = umux_core_das(sc->sc_plane, req, &how, umux_now());
	umux_unlock(sc);
	return (error);
}

/*
 * A PCB with an address that was armed: if it is the connection that the
 * address waits for, it is a session now, which owns a reference to it.
 */
void
umux_das_seen(struct umux_softc *sc, struct inpcb *inp)
{
	struct in6_addr peer = inp->in6p_faddr;
	struct umux_bind ub;

	INP_LOCK_ASSERT(inp);

	if ((inp->inp_vflag & INP_IPV6) == 0 ||
	    IN6_IS_ADDR_UNSPECIFIED(&inp->in6p_laddr) ||
	    IN6_IS_ADDR_UNSPECIFIED(&peer))
		return;
	memset(&ub, 0, sizeof(ub));
	in6_clearscope(&peer);
	ub.ub_local = umux_in6(&inp->in6p_laddr);
	ub.ub_peer = umux_in6(&peer);
	ub.ub_lport = ntohs(inp->inp_lport);
	ub.ub_fport = ntohs(inp->inp_fport);
	ub.ub_cookie = (uintptr_t)inp;
	umux_lock(sc);
	if (umux_core_das_bind(sc->sc_plane, &ub, umux_now()) == 0) {
		in_pcbref(inp);
		sc->sc_sessions++;
	}
	umux_unlock(sc);
}

/*
 * Where the address of a PCB stands, by a look without a lock.
 */
static uint32_t
umux_das_phase(const struct umux_plane *plane, const struct inpcb *inp)
{
	struct umux_in6 local;
	struct epoch_tracker et;
	uint32_t phase;

	if ((inp->inp_vflag & INP_IPV6) == 0 ||
	    IN6_IS_ADDR_UNSPECIFIED(&inp->in6p_laddr))
		return (UMUX_P_CLIENT);
	local = umux_in6(&inp->in6p_laddr);
	NET_EPOCH_ENTER(et);
	phase = umux_core_phase(plane, &local);
	NET_EPOCH_EXIT(et);
	return (phase);
}

static bool
umux_das_guarded(const struct umux_plane *plane, const struct inpcb *inp)
{
	struct in6_addr laddr = inp->in6p_laddr;
	struct umux_in6 local;
	struct epoch_tracker et;
	bool guarded;

	in6_clearscope(&laddr);
	local = umux_in6(&laddr);
	NET_EPOCH_ENTER(et);
	guarded = umux_core_guarded(plane,
	    (inp->inp_vflag & INP_IPV6) != 0 ? &local : NULL,
	    ntohs(inp->inp_lport)) != 0;
	NET_EPOCH_EXIT(et);
	return (guarded);
}

/*
 * A socket is about to be closed that may never have been accepted, or is
 * accepted: its connection may be one that nothing told of yet.
 */
void
umux_das_leaving(struct umux_softc *sc, struct inpcb *inp)
{
	struct umux_plane *plane = umux_plane(sc);

	if (plane == NULL)
		return;
	switch (umux_das_phase(plane, inp)) {
	case UMUX_P_LOCKED:
	case UMUX_P_ACKED:
		INP_WLOCK(inp);
		umux_das_seen(sc, inp);
		INP_WUNLOCK(inp);
		break;
	}
}

/*
 * A connection is accepted.  The second line behind the gate: what came to a
 * LISTEN_0 around it (out of IPsec, before the listener was guarded, by a
 * SYN cookie of a session that is over) is refused.
 */
bool
umux_das_accepts(struct umux_softc *sc, struct inpcb *inp)
{
	struct umux_plane *plane = umux_plane(sc);
	struct in6_addr local;
	umux_handle_t handle;

	if (plane == NULL || inp == NULL)
		return (true);
	switch (umux_das_phase(plane, inp)) {
	case UMUX_P_CLIENT:
	case UMUX_P_ARMED:
		return (!umux_das_guarded(plane, inp));
	}
	umux_das_leaving(sc, inp);
	handle = umux_pcb_hold(sc, inp, &local);
	if (handle == UMUX_HANDLE_NONE)
		return (false);
	umux_pcb_rele(inp);
	return (true);
}

/*
 * The core asks whether a connection has come to be.
 */
void
umux_das_find(struct umux_softc *sc, umux_handle_t handle)
{
	struct in6_addr local, peer;
	struct epoch_tracker et;
	struct umux_bind ub;
	struct inpcb *inp;
	int error;

	umux_lock(sc);
	error = umux_core_das_tuple(sc->sc_plane, handle, &ub);
	umux_unlock(sc);
	if (error != 0)
		return;
	local = umux_in6_addr(&ub.ub_local);
	peer = umux_in6_addr(&ub.ub_peer);
	/* The kernel keeps the zone in the address. */
	if (IN6_IS_SCOPE_LINKLOCAL(&peer))
		peer.s6_addr16[1] = htons((uint16_t)ub.ub_ifindex);
	NET_EPOCH_ENTER(et);
	inp = in6_pcblookup(&V_tcbinfo, &peer, htons(ub.ub_fport), &local,
	    htons(ub.ub_lport), INPLOOKUP_RLOCKPCB, NULL);
	if (inp != NULL) {
		umux_das_seen(sc, inp);
		INP_RUNLOCK(inp);
	}
	NET_EPOCH_EXIT(et);
	if (inp == NULL) {
		umux_lock(sc);
		(void)umux_core_das_absent(sc->sc_plane, handle, umux_now());
		umux_unlock(sc);
	}
}

/*
 * A listener is none any more, or no LISTEN_0.  Connections that wait for
 * accept(), and have sent nothing yet, become sessions: they will be reset,
 * which has to get out, or be accepted by a server that has other rules now.
 */
void
umux_das_settle(struct umux_softc *sc, const struct inpcb *listener)
{
	umux_handle_t handle;
	uint32_t cursor = 0;

	for (;;) {
		umux_lock(sc);
		handle = umux_core_das_acked(sc->sc_plane, (uintptr_t)listener,
		    &cursor);
		umux_unlock(sc);
		if (handle == UMUX_HANDLE_NONE)
			break;
		umux_das_find(sc, handle);
	}
}
