/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The gate: every IPv6 packet of a VNET that has a plane comes past here, on
 * its way in and on its way out.  No lock is taken and nothing is written but
 * for neighbour discovery about addresses of ours.
 *
 * Both hooks are the last of their chains when they are linked: what a packet
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
#include <netinet/ip6.h>
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_probe.h"
#include "umux_var.h"

/*
 * The gate says MORE when it needs bytes that are not in the first mbuf; it
 * gets them in a copy then, as many as it ever looks at.
 */
static uint32_t
umux_gate_in_copy(const struct umux_plane *plane, uint32_t ifindex,
    struct mbuf *m)
{
	char bytes[UMUX_GATE_BYTES];
	int len = MIN(m->m_pkthdr.len, UMUX_GATE_BYTES);

	m_copydata(m, 0, len, bytes);
	return (umux_core_gate_in(plane, ifindex, bytes, len,
	    UMUX_GATE_WHOLE));
}

static uint32_t
umux_gate_out_copy(const struct umux_plane *plane, struct mbuf *m)
{
	char bytes[UMUX_GATE_BYTES];
	int len = MIN(m->m_pkthdr.len, UMUX_GATE_BYTES);

	m_copydata(m, 0, len, bytes);
	return (umux_core_gate_out(plane, bytes, len, UMUX_GATE_WHOLE));
}

static inline uint32_t
umux_gate_flags(const struct mbuf *m)
{

	return (m->m_len == m->m_pkthdr.len ? UMUX_GATE_WHOLE : 0);
}

static void
umux_drop(struct ifnet *ifp, struct mbuf *m, int output)
{

	SDT_PROBE3(umux, , , drop, ifp, m, output);
	m_freem(m);
}

UMUX_PFIL_HOOK(umux_input)
{
	struct umux_softc *sc = &V_umux_softc;
	struct umux_plane *plane = umux_plane(sc);
	struct mbuf *m = *UMUX_PFIL_MBUFP;
	uint32_t verdict;

	if (plane == NULL || !umux_core_armed(plane))
		return (PFIL_PASS);

	verdict = umux_core_gate_in(plane, umux_if_index(ifp),
	    mtod(m, const void *), m->m_len, umux_gate_flags(m));
	if (__predict_true(verdict == UMUX_V_LEGACY))
		return (PFIL_PASS);
	if (verdict == UMUX_V_MORE)
		verdict = umux_gate_in_copy(plane, umux_if_index(ifp), m);
	if (verdict == UMUX_V_ND)
		verdict = umux_nd_input(sc, ifp, m);

	switch (verdict) {
	case UMUX_V_LEGACY:
		return (PFIL_PASS);
	case UMUX_V_LOCAL:
		m->m_flags |= M_FASTFWD_OURS;
		return (PFIL_PASS);
	default:
		umux_drop(ifp, m, 0);
		*UMUX_PFIL_MBUFP = NULL;
		return (PFIL_CONSUMED);
	}
}

UMUX_PFIL_HOOK(umux_output)
{
	struct umux_softc *sc = &V_umux_softc;
	struct umux_plane *plane = umux_plane(sc);
	struct mbuf *m = *UMUX_PFIL_MBUFP;
	uint32_t verdict;

	if (plane == NULL || !umux_core_armed(plane))
		return (PFIL_PASS);
	/* Probes and answers of the core's own. */
	if (!SLIST_EMPTY(&m->m_pkthdr.tags) &&
	    m_tag_locate(m, UMUX_MTAG_COOKIE, UMUX_MTAG_SENT, NULL) != NULL)
		return (PFIL_PASS);

	verdict = umux_core_gate_out(plane, mtod(m, const void *), m->m_len,
	    umux_gate_flags(m));
	if (__predict_true(verdict == UMUX_V_LEGACY))
		return (PFIL_PASS);
	if (verdict == UMUX_V_MORE)
		verdict = umux_gate_out_copy(plane, m);
	if (verdict == UMUX_V_ND)
		verdict = umux_nd_output(sc, ifp, m);

	switch (verdict) {
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
		*UMUX_PFIL_MBUFP = NULL;
		return (PFIL_CONSUMED);
	}
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
 * No packet is in a hook when this returns.
 */
void
umux_pfil_uninit(struct umux_softc *sc)
{

	pfil_remove_hook(sc->sc_hook_in);
	pfil_remove_hook(sc->sc_hook_out);
	sc->sc_hook_in = sc->sc_hook_out = NULL;
	NET_EPOCH_WAIT();
}
