/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What happens to interfaces.  The handlers are the module's, not a VNET's:
 * each looks at the VNET it is called in.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/eventhandler.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"

static eventhandler_tag umux_departure_tag;
static eventhandler_tag umux_link_tag;
static eventhandler_tag umux_updown_tag;
static eventhandler_tag umux_lladdr_tag;
static eventhandler_tag umux_addr_tag;

/*
 * The plane of this VNET, unless there is none, or it is about to go.
 */
static struct umux_softc *
umux_event_enter(void)
{
	struct umux_softc *sc;

	if (curvnet == NULL)
		return (NULL);
	sc = &V_umux_softc;
	if (umux_plane(sc) == NULL)
		return (NULL);
	atomic_add_int(&sc->sc_users, 1);
	atomic_thread_fence_seq_cst();
	if (atomic_load_int(&sc->sc_dying) == 0)
		return (sc);
	atomic_subtract_rel_int(&sc->sc_users, 1);
	return (NULL);
}

static void
umux_event_exit(struct umux_softc *sc)
{

	atomic_subtract_rel_int(&sc->sc_users, 1);
}

static void
umux_departure(void *arg __unused, struct ifnet *ifp)
{
	struct umux_softc *sc;

	/* Renaming looks like leaving and coming back; the index stays. */
	if ((if_getflags(ifp) & IFF_RENAMING) != 0)
		return;
	sc = umux_event_enter();
	if (sc == NULL)
		return;
	umux_iface_gone(sc, umux_if_index(ifp));
	umux_event_exit(sc);
}

static void
umux_changed(struct ifnet *ifp, bool down)
{
	struct umux_softc *sc;

	sc = umux_event_enter();
	if (sc == NULL)
		return;
	umux_iface_refresh(sc, ifp, down);
	umux_event_exit(sc);
}

static void
umux_link(void *arg __unused, struct ifnet *ifp, int state __unused)
{

	umux_changed(ifp, false);
}

static void
umux_updown(void *arg __unused, struct ifnet *ifp, int event)
{

	/* DOWN comes while the interface still says it is up. */
	if (event == IFNET_EVENT_UP || event == IFNET_EVENT_DOWN)
		umux_changed(ifp, event == IFNET_EVENT_DOWN);
}

static void
umux_lladdr(void *arg __unused, struct ifnet *ifp)
{

	umux_changed(ifp, false);
}

static void
umux_addr(void *arg __unused, struct ifnet *ifp, struct ifaddr *ifa,
    int event)
{
	struct umux_softc *sc;

	if (event != IFADDR_EVENT_DEL || ifa->ifa_addr->sa_family != AF_INET6)
		return;
	sc = umux_event_enter();
	if (sc == NULL)
		return;
	umux_iface_check_pools(sc, umux_if_index(ifp));
	umux_event_exit(sc);
}

void
umux_event_init(void)
{

	umux_departure_tag = EVENTHANDLER_REGISTER(ifnet_departure_event,
	    umux_departure, NULL, EVENTHANDLER_PRI_ANY);
	umux_link_tag = EVENTHANDLER_REGISTER(ifnet_link_event,
	    umux_link, NULL, EVENTHANDLER_PRI_ANY);
	umux_updown_tag = EVENTHANDLER_REGISTER(ifnet_event,
	    umux_updown, NULL, EVENTHANDLER_PRI_ANY);
	umux_lladdr_tag = EVENTHANDLER_REGISTER(iflladdr_event,
	    umux_lladdr, NULL, EVENTHANDLER_PRI_ANY);
	umux_addr_tag = EVENTHANDLER_REGISTER(ifaddr_event_ext,
	    umux_addr, NULL, EVENTHANDLER_PRI_ANY);
}

/*
 * Waits for handlers that run.
 */
void
umux_event_uninit(void)
{

	EVENTHANDLER_DEREGISTER(ifaddr_event_ext, umux_addr_tag);
	EVENTHANDLER_DEREGISTER(iflladdr_event, umux_lladdr_tag);
	EVENTHANDLER_DEREGISTER(ifnet_event, umux_updown_tag);
	EVENTHANDLER_DEREGISTER(ifnet_link_event, umux_link_tag);
	EVENTHANDLER_DEREGISTER(ifnet_departure_event, umux_departure_tag);
}
