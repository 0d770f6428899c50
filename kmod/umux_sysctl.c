/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * net.inet6.umux: knobs and figures, per VNET.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>

#include "umux_abi.h"
#include "umux_var.h"

/*
 * Knobs that the plane is made by.  Their ranges keep a slip of the hand from
 * asking for all memory, or for a timer that never rests.
 */
struct umux_knob {
	const char	*k_tunable;
	size_t		k_offset;	/* in struct umux_softc */
	uint32_t	k_default;
	uint32_t	k_min;
	uint32_t	k_max;
};

enum {
	UMUX_KNOB_MAX_ADDRS,
	UMUX_KNOB_TOMBSTONE,
	UMUX_KNOB_DUPLICATED,
	UMUX_KNOB_AUDIT,
	UMUX_KNOB_DAD_SPREAD,
	UMUX_NKNOBS
};

#define	UMUX_KNOB(name, def, min, max)					\
	{ "net.inet6.umux." #name,					\
	  offsetof(struct umux_softc, sc_ ## name), def, min, max }

static const struct umux_knob umux_knobs[UMUX_NKNOBS] = {
	[UMUX_KNOB_MAX_ADDRS] = UMUX_KNOB(max_addrs, 16384, 16, 1 << 20),
	[UMUX_KNOB_TOMBSTONE] =
	    UMUX_KNOB(tombstone_ms, 30000, 1000, 3600000),
	[UMUX_KNOB_DUPLICATED] =
	    UMUX_KNOB(duplicated_ms, 600000, 1000, 86400000),
	[UMUX_KNOB_AUDIT] = UMUX_KNOB(audit_ms, 60000, 100, 3600000),
	[UMUX_KNOB_DAD_SPREAD] = UMUX_KNOB(dad_spread_ms, 250, 0, 60000),
};

static uint32_t *
umux_knob(struct umux_softc *sc, const struct umux_knob *knob)
{

	return ((uint32_t *)(void *)((char *)sc + knob->k_offset));
}

static bool
umux_knob_ok(const struct umux_knob *knob, uint32_t value)
{

	return (value >= knob->k_min && value <= knob->k_max);
}

static bool
umux_announce_ok(int how)
{

	return (how >= UMUX_ANNOUNCE_NONE && how <= UMUX_ANNOUNCE_NEXTHOP);
}

/*
 * Every VNET begins with the loader's tunables, or with the defaults.
 */
void
umux_sysctl_vnet_init(struct umux_softc *sc)
{
	const struct umux_knob *knob;
	u_int i;
	int value;

	sc->sc_client = 1;
	TUNABLE_INT_FETCH("net.inet6.umux.client", &sc->sc_client);
	sc->sc_ipsec = 0;
	TUNABLE_INT_FETCH("net.inet6.umux.ipsec", &sc->sc_ipsec);
	sc->sc_announce = UMUX_ANNOUNCE_NONE;
	TUNABLE_INT_FETCH("net.inet6.umux.announce", &sc->sc_announce);
	if (!umux_announce_ok(sc->sc_announce)) {
		printf("umux: net.inet6.umux.announce=%d is none of 0, 1, 2; "
		    "using 0\n", sc->sc_announce);
		sc->sc_announce = UMUX_ANNOUNCE_NONE;
	}
	for (i = 0; i < UMUX_NKNOBS; i++) {
		knob = &umux_knobs[i];
		value = knob->k_default;
		TUNABLE_INT_FETCH(knob->k_tunable, &value);
		if (value < 0 || !umux_knob_ok(knob, value)) {
			printf("umux: %s=%d is not in %u..%u, using %u\n",
			    knob->k_tunable, value, knob->k_min, knob->k_max,
			    knob->k_default);
			value = knob->k_default;
		}
		*umux_knob(sc, knob) = value;
	}
}

static int
umux_sysctl_knob(SYSCTL_HANDLER_ARGS)
{
	const struct umux_knob *knob = &umux_knobs[arg2];
	struct umux_softc *sc = umux_here();
	uint32_t value;
	int error;

	if (sc == NULL)
		return (ENODEV);
	value = *umux_knob(sc, knob);
	error = sysctl_handle_32(oidp, &value, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (!umux_knob_ok(knob, value))
		return (EINVAL);
	sx_xlock(&sc->sc_cfg);
	if (sc->sc_plane != NULL)
		error = EBUSY;		/* too late: it is made */
	else
		*umux_knob(sc, knob) = value;
	sx_xunlock(&sc->sc_cfg);
	return (error);
}

static int
umux_sysctl_announce(SYSCTL_HANDLER_ARGS)
{
	struct umux_softc *sc = &V_umux_softc;
	int error, how = sc->sc_announce;

	error = sysctl_handle_int(oidp, &how, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	if (!umux_announce_ok(how))
		return (EINVAL);
	sc->sc_announce = how;
	return (0);
}

static int
umux_sysctl_counter(SYSCTL_HANDLER_ARGS)
{
	struct umux_softc *sc = umux_here();
	struct umux_counters counters;
	uint64_t value;

	if (sc == NULL)
		return (ENODEV);
	memset(&counters, 0, sizeof(counters));
	if (umux_plane(sc) != NULL) {
		umux_lock(sc);
		umux_core_counters(sc->sc_plane, &counters);
		umux_unlock(sc);
	}
	memcpy(&value, (char *)&counters + arg2, sizeof(value));
	return (sysctl_handle_64(oidp, &value, 0, req));
}

static int
umux_sysctl_sessions(SYSCTL_HANDLER_ARGS)
{
	struct umux_softc *sc = umux_here();
	uint32_t value;

	if (sc == NULL)
		return (ENODEV);
	mtx_lock(&sc->sc_mtx);
	value = sc->sc_sessions;
	mtx_unlock(&sc->sc_mtx);
	return (sysctl_handle_32(oidp, &value, 0, req));
}

SYSCTL_DECL(_net_inet6);
static SYSCTL_NODE(_net_inet6, OID_AUTO, umux, CTLFLAG_RW | CTLFLAG_MPSAFE,
    NULL, "Unified Multiplex");

SYSCTL_STRING(_net_inet6_umux, OID_AUTO, release, CTLFLAG_RD,
    __DECONST(char *, UMUX_RELEASE), 0, "Release of the module");
SYSCTL_INT(_net_inet6_umux, OID_AUTO, client, CTLFLAG_VNET | CTLFLAG_RWTUN |
    CTLFLAG_NOFETCH, &VNET_NAME(umux_softc).sc_client, 0,
    "Give each client session a source address of its own");
SYSCTL_INT(_net_inet6_umux, OID_AUTO, ipsec, CTLFLAG_VNET | CTLFLAG_RWTUN |
    CTLFLAG_NOFETCH, &VNET_NAME(umux_softc).sc_ipsec, 0,
    "Give sessions addresses also while there are security policies");
SYSCTL_PROC(_net_inet6_umux, OID_AUTO, announce, CTLFLAG_VNET | CTLTYPE_INT |
    CTLFLAG_RWTUN | CTLFLAG_NOFETCH | CTLFLAG_MPSAFE, NULL, 0,
    umux_sysctl_announce, "I",
    "Make a fresh source known: 0 no, 1 to all routers, 2 to the next hop");

#define	UMUX_SYSCTL_KNOB(name, number, descr)				\
	SYSCTL_PROC(_net_inet6_umux, OID_AUTO, name, CTLFLAG_VNET |	\
	    CTLTYPE_U32 | CTLFLAG_RWTUN | CTLFLAG_NOFETCH |		\
	    CTLFLAG_MPSAFE, NULL, number, umux_sysctl_knob, "IU", descr)

UMUX_SYSCTL_KNOB(max_addrs, UMUX_KNOB_MAX_ADDRS,
    "Addresses there is room for; until the first pool");
UMUX_SYSCTL_KNOB(tombstone_ms, UMUX_KNOB_TOMBSTONE,
    "How long a used address stays silent, ms; until the first pool");
UMUX_SYSCTL_KNOB(duplicated_ms, UMUX_KNOB_DUPLICATED,
    "How long a duplicate is remembered, ms; until the first pool");
UMUX_SYSCTL_KNOB(audit_ms, UMUX_KNOB_AUDIT,
    "How often a session's socket is looked at, ms; until the first pool");
UMUX_SYSCTL_KNOB(dad_spread_ms, UMUX_KNOB_DAD_SPREAD,
    "First DAD probes are spread over this, ms; until the first pool");

SYSCTL_PROC(_net_inet6_umux, OID_AUTO, sessions, CTLFLAG_VNET |
    CTLTYPE_U32 | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0,
    umux_sysctl_sessions, "IU", "Live sessions");

static SYSCTL_NODE(_net_inet6_umux, OID_AUTO, stats,
    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, "Figures since the first pool");

#define	UMUX_SYSCTL_COUNTER(name, descr)				\
	SYSCTL_PROC(_net_inet6_umux_stats, OID_AUTO, name, CTLFLAG_VNET | \
	    CTLTYPE_U64 | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL,		\
	    offsetof(struct umux_counters, uc_ ## name),		\
	    umux_sysctl_counter, "QU", descr)

UMUX_SYSCTL_COUNTER(in_session, "Packets received by sessions");
UMUX_SYSCTL_COUNTER(in_dropped, "Packets to plane addresses dropped");
UMUX_SYSCTL_COUNTER(out_session, "Packets sent by sessions");
UMUX_SYSCTL_COUNTER(out_dropped, "Packets from plane addresses dropped");
UMUX_SYSCTL_COUNTER(out_local, "Packets looped back to a plane address");
UMUX_SYSCTL_COUNTER(ns_dad, "DAD solicitations of others received");
UMUX_SYSCTL_COUNTER(ns_resolve, "Address resolutions received and answered");
UMUX_SYSCTL_COUNTER(ns_silent, "Address resolutions left unanswered");
UMUX_SYSCTL_COUNTER(na, "Advertisements of plane addresses received");
UMUX_SYSCTL_COUNTER(nd_invalid, "Invalid neighbour discovery received");
UMUX_SYSCTL_COUNTER(probes, "DAD probes sent");
UMUX_SYSCTL_COUNTER(defended, "Addresses defended");
UMUX_SYSCTL_COUNTER(answered, "Solicitations answered");
UMUX_SYSCTL_COUNTER(looped, "Own probes and advertisements received");
UMUX_SYSCTL_COUNTER(duplicated, "Addresses found to be duplicate");
UMUX_SYSCTL_COUNTER(conflict, "Claims of others to addresses in use");
UMUX_SYSCTL_COUNTER(taken, "Addresses taken by sessions");
UMUX_SYSCTL_COUNTER(returned, "Addresses returned unused by sessions");
UMUX_SYSCTL_COUNTER(ended, "Sessions ended");
UMUX_SYSCTL_COUNTER(missed, "Sessions that found no address ready");
UMUX_SYSCTL_COUNTER(bypassed, "Sessions that were not for the plane");
UMUX_SYSCTL_COUNTER(events, "Routing messages made");
UMUX_SYSCTL_COUNTER(guarded, "SYNs to guarded listeners turned away");
UMUX_SYSCTL_COUNTER(armed, "Addresses armed for servers");
UMUX_SYSCTL_COUNTER(accepted, "Armed addresses that got their connection");
UMUX_SYSCTL_COUNTER(lapsed, "Armed addresses that got none");
