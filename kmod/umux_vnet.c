/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * One plane a VNET: its memory, its lock, its clock, its end.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/epoch.h>
#include <sys/jail.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>
#include <sys/time.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>

#include "umux_abi.h"
#include "umux_var.h"

/*
 * The callout may be late by this much, so that it shares interrupts; a
 * single run carries out so many batches of actions before it lets others
 * have the callout thread for a tick.
 */
#define	UMUX_TIMER_PRECISION	SBT_1MS
#define	UMUX_TIMER_BATCHES	32
#define	UMUX_TIMER_REST_US	1000

VNET_DEFINE(struct umux_softc, umux_softc);

MALLOC_DEFINE(M_UMUX, "umux", "umux address plane");

/* Of all VNETs, those on their way out included. */
static u_int umux_planes;

/*
 * Microseconds since boot, never back.  Not the cached variant: the callout's
 * deadlines are compared with it, and a clock that lags behind them would
 * make it fire in vain until the next tick.
 */
uint64_t
umux_now(void)
{

	return ((uint64_t)sbttous(sbinuptime()));
}

/*
 * Deadlines are rounded up, for the same reason.
 */
static sbintime_t
umux_deadline(uint64_t us)
{

	return ((sbintime_t)(us / 1000000) * SBT_1S +
	    ustosbt((int64_t)(us % 1000000) + 1));
}

static void	umux_timer(void *);

static void
umux_arm(struct umux_softc *sc, uint64_t when)
{

	mtx_assert(&sc->sc_mtx, MA_OWNED);

	if (when >= sc->sc_armed || sc->sc_dying)
		return;
	sc->sc_armed = when;
	callout_reset_sbt(&sc->sc_callout, umux_deadline(when),
	    UMUX_TIMER_PRECISION, umux_timer, sc, C_ABSOLUTE);
}

/*
 * Every access to the core but the gates goes through this pair: what the
 * caller did may have to be followed up sooner than anything before.
 */
void
umux_lock(struct umux_softc *sc)
{

	mtx_lock(&sc->sc_mtx);
}

void
umux_unlock(struct umux_softc *sc)
{

	umux_arm(sc, umux_core_next_timer(sc->sc_plane));
	mtx_unlock(&sc->sc_mtx);
}

static void
umux_timer(void *arg)
{
	struct umux_softc *sc = arg;
	struct umux_actions actions;
	uint64_t next, now;
	int batch;

	CURVNET_SET(sc->sc_vnet);
	for (batch = 1; ; batch++) {
		actions.as_n = 0;
		mtx_lock(&sc->sc_mtx);
		/* Whatever was armed has fired, or is about to and finds
		   nothing to do. */
		sc->sc_armed = UMUX_NEVER;
		now = umux_now();
		next = umux_core_timer(sc->sc_plane, now, &actions);
		if (next <= now && batch == UMUX_TIMER_BATCHES)
			next = now + UMUX_TIMER_REST_US;
		if (next > now)
			umux_arm(sc, next);
		mtx_unlock(&sc->sc_mtx);
		umux_act(sc, &actions);
		if (next > now)
			break;
	}
	CURVNET_RESTORE();
}

/*
 * The first pool of a VNET makes its plane.  The caller holds sc_cfg, so that
 * there is one maker, and may sleep.
 */
int
umux_plane_create(struct umux_softc *sc)
{
	struct umux_core_config config;
	struct umux_plane *plane;
	void *memory;
	size_t size;
	int error;

	sx_assert(&sc->sc_cfg, SA_XLOCKED);

	if (sc->sc_plane != NULL)
		return (0);

	memset(&config, 0, sizeof(config));
	arc4rand(config.cc_key, sizeof(config.cc_key), 0);
	config.cc_max_addrs = sc->sc_max_addrs;
	config.cc_max_pools = UMUX_MAX_POOLS;
	config.cc_max_ifaces = UMUX_MAX_IFACES;
	config.cc_tombstone_ms = sc->sc_tombstone_ms;
	config.cc_duplicated_ms = sc->sc_duplicated_ms;
	config.cc_audit_ms = sc->sc_audit_ms;
	config.cc_dad_spread_ms = sc->sc_dad_spread_ms;

	size = umux_core_size(&config);
	if (size == 0) {
		explicit_bzero(&config, sizeof(config));
		return (EINVAL);
	}
	memory = malloc(size, M_UMUX, M_WAITOK | M_ZERO);
	error = umux_core_init(memory, size, &config, &plane);
	explicit_bzero(&config, sizeof(config));
	if (error != 0) {
		zfree(memory, M_UMUX);
		return (error);
	}
	sc->sc_memory = memory;
	atomic_store_rel_ptr((volatile uintptr_t *)(void *)&sc->sc_plane,
	    (uintptr_t)plane);

	/*
	 * A hook costs every packet of the VNET a call, even when it has
	 * nothing to say, so that a VNET without pools has none.
	 */
	error = umux_pfil_init(sc);
	if (error != 0) {
		atomic_store_rel_ptr(
		    (volatile uintptr_t *)(void *)&sc->sc_plane, 0);
		NET_EPOCH_WAIT();
		sc->sc_memory = NULL;
		zfree(memory, M_UMUX);
		return (error);
	}
	atomic_add_int(&umux_planes, 1);
	return (0);
}

/*
 * What there is in this VNET; NULL when the system has missed to make it, as it
 * does for a VNET that is itself being made, or taken apart, while the module
 * loads (vnet_register_sysinit()).
 */
struct umux_softc *
umux_here(void)
{
	struct umux_softc *sc = &V_umux_softc;

	return (sc->sc_vnet == curvnet ? sc : NULL);
}

typedef u_int	umux_vnet_func_t(struct umux_softc *, const char *);

static u_int
umux_in_prison(struct prison *pr, umux_vnet_func_t *func)
{
	struct umux_softc *sc;
	u_int result = 0;

	CURVNET_SET(pr->pr_vnet);
	sc = umux_here();
	if (sc != NULL)
		result = func(sc, pr == &prison0 ? NULL : pr->pr_name);
	CURVNET_RESTORE();
	return (result);
}

/*
 * Runs something in every VNET that a prison has; returns the sum.  The walk
 * is over prisons, not VNETs, since prisons have names.
 */
static u_int
umux_foreach_vnet(umux_vnet_func_t *func)
{
	struct prison *pr;
	u_int sum;

	sx_slock(&allprison_lock);
	sum = umux_in_prison(&prison0, func);
	TAILQ_FOREACH(pr, &allprison, pr_list) {
		if (pr != &prison0 && (pr->pr_flags & PR_VNET) != 0 &&
		    pr->pr_vnet != NULL)
			sum += umux_in_prison(pr, func);
	}
	sx_sunlock(&allprison_lock);
	return (sum);
}

static u_int
umux_count(struct umux_softc *sc, const char *jail)
{
	u_int armed, n;

	mtx_lock(&sc->sc_mtx);
	n = sc->sc_sessions;
	armed = sc->sc_plane == NULL ? 0 : umux_core_waiting(sc->sc_plane);
	mtx_unlock(&sc->sc_mtx);
	if (n > 0)
		printf("umux: %u live session%s in %s%s: close %s, or wait for "
		    "TIME_WAIT to pass (umuxctl lists them)\n",
		    n, n == 1 ? "" : "s", jail == NULL ? "the host" : "jail ",
		    jail == NULL ? "" : jail, n == 1 ? "it" : "them");
	if (armed > 0)
		printf("umux: %u address%s armed for servers in %s%s: wait "
		    "until %s used or lapsed, or close the listeners "
		    "(umuxctl das list shows them)\n",
		    armed, armed == 1 ? "" : "es",
		    jail == NULL ? "the host" : "jail ",
		    jail == NULL ? "" : jail, armed == 1 ? "it is" : "they are");
	return (n + armed);
}

static u_int
umux_close(struct umux_softc *sc, const char *jail)
{

	mtx_lock(&sc->sc_mtx);
	sc->sc_closing = true;
	mtx_unlock(&sc->sc_mtx);
	return (umux_count(sc, jail));
}

static u_int
umux_reopen(struct umux_softc *sc, const char *jail __unused)
{

	mtx_lock(&sc->sc_mtx);
	sc->sc_closing = false;
	mtx_unlock(&sc->sc_mtx);
	sx_xlock(&sc->sc_cfg);
	if (sc->sc_plane != NULL)
		umux_listen_again(sc);
	sx_xunlock(&sc->sc_cfg);
	return (0);
}

/*
 * Live sessions and armed addresses everywhere, each VNET's named on the console.
 */
u_int
umux_count_all(void)
{

	return (umux_foreach_vnet(umux_count));
}

/*
 * No VNET begins a session from here on; is none left?
 */
bool
umux_all_closed(void)
{

	return (umux_foreach_vnet(umux_close) == 0);
}

void
umux_reopen_all(void)
{

	(void)umux_foreach_vnet(umux_reopen);
}

static void
umux_vnet_init(const void *unused __unused)
{
	struct umux_softc *sc = &V_umux_softc;

	sc->sc_vnet = curvnet;
	mtx_init(&sc->sc_mtx, "umux plane", NULL, MTX_DEF);
	sx_init(&sc->sc_cfg, "umux configuration");
	callout_init(&sc->sc_callout, 1);
	umux_group_init(sc);
	sc->sc_armed = UMUX_NEVER;
	umux_sysctl_vnet_init(sc);
}
VNET_SYSINIT(umux_vnet, SI_SUB_PROTO_FIREWALL, SI_ORDER_MIDDLE,
    umux_vnet_init, NULL);

/*
 * The VNET goes, with its sockets gone already, or the module goes, with all
 * sessions gone already.  Runs before the zones of PCBs are destroyed.
 */
static void
umux_vnet_uninit(const void *unused __unused)
{
	struct umux_softc *sc = umux_here();

	if (sc == NULL)
		return;
	if (sc->sc_plane != NULL) {
		mtx_lock(&sc->sc_mtx);
		sc->sc_closing = true;
		atomic_store_int(&sc->sc_dying, 1);
		mtx_unlock(&sc->sc_mtx);
		atomic_thread_fence_seq_cst();
		while (atomic_load_acq_int(&sc->sc_users) != 0)
			pause("umuxev", 1);

		/* Nothing but this thread knows of the plane after this. */
		umux_pfil_uninit(sc);
		callout_drain(&sc->sc_callout);

		umux_listen_end_all(sc);
		umux_pcb_end_all(sc);
		mtx_lock(&sc->sc_mtx);
		(void)umux_core_flush(sc->sc_plane, 0, umux_now());
		mtx_unlock(&sc->sc_mtx);
		umux_group_uninit(sc);

		atomic_store_rel_ptr(
		    (volatile uintptr_t *)(void *)&sc->sc_plane, 0);
		NET_EPOCH_WAIT();
		zfree(sc->sc_memory, M_UMUX);
		sc->sc_memory = NULL;
		NET_EPOCH_DRAIN_CALLBACKS();
		atomic_subtract_int(&umux_planes, 1);
	}
	sx_destroy(&sc->sc_cfg);
	mtx_destroy(&sc->sc_mtx);
	sc->sc_vnet = NULL;
}
VNET_SYSUNINIT(umux_vnet, SI_SUB_PROTO_FIREWALL, SI_ORDER_MIDDLE,
    umux_vnet_uninit, NULL);

static u_int
umux_planes_listed(void)
{
	VNET_ITERATOR_DECL(vnet);
	u_int n = 0;

	VNET_FOREACH(vnet) {
		CURVNET_SET_QUIET(vnet);
		if (umux_here() != NULL && umux_plane(&V_umux_softc) != NULL)
			n++;
		CURVNET_RESTORE();
	}
	return (n);
}

/*
 * When the module goes, the system runs the destructors of VNETs that are on
 * its list, and forgets those of a VNET that vnet_destroy() has taken off it
 * and is yet to destroy (vnet_deregister_sysuninit()).  So the list is kept as
 * it is from before the destructors until after them, and a plane whose VNET
 * is off it already is waited for: nothing keeps that from going.
 */
static void
umux_vnets_hold(const void *unused __unused)
{

	VNET_LIST_RLOCK();
	while (umux_planes_listed() != atomic_load_int(&umux_planes)) {
		VNET_LIST_RUNLOCK();
		pause("umuxvn", 1);
		VNET_LIST_RLOCK();
	}
}
SYSUNINIT(umux_vnets_hold, SI_SUB_PROTO_FIREWALL, SI_ORDER_ANY,
    umux_vnets_hold, NULL);

static void
umux_vnets_release(const void *unused __unused)
{

	VNET_LIST_RUNLOCK();
}
SYSUNINIT(umux_vnets_release, SI_SUB_PROTO_FIREWALL, SI_ORDER_SECOND,
    umux_vnets_release, NULL);
