/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Protection that is chosen by address: policies of IPsec, and keys of
 * TCP-MD5.  Those that were written for the host's own address do not match
 * one of the plane, and what was to be encrypted would go out in the clear.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/protosw.h>
#include <sys/rwlock.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet/in_pcb.h>
#include <netinet/tcp.h>
#include <netinet/tcp_var.h>

/* The kernel that this is loaded into may have either, see below. */
#undef IPSEC
#define	IPSEC_SUPPORT
#include <netipsec/ipsec.h>
#include <netipsec/ipsec_support.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"
#include "umux_pcb.h"

/*
 * IPsec may be compiled in, or be a module, or be neither.  A kernel that can
 * load it has a function of its own for each of its methods, which keeps it
 * from going meanwhile; one that has it compiled in has not, for it stays.
 */
#pragma weak ipv6_ipsec_support
#pragma weak ipsec_kmod_capability

/*
 * Are there security policies in this VNET?
 */
static bool
umux_ipsec_operable(void)
{

	if (&ipv6_ipsec_support == NULL || !IPSEC_ENABLED(ipv6))
		return (false);
	if (ipsec_kmod_capability != NULL)
		return (ipsec_kmod_capability(ipv6_ipsec_support, NULL,
		    IPSEC_CAP_OPERABLE) == 1);
	return (ipv6_ipsec_support->methods->capability(NULL,
	    IPSEC_CAP_OPERABLE) == 1);
}

/*
 * Does what protects this socket's session depend on its address?  With the
 * PCB's lock held.
 */
bool
umux_ipsec_wants(const struct umux_softc *sc, const struct inpcb *inp,
    uint8_t proto)
{

	INP_WLOCK_ASSERT(inp);

	if (inp->inp_sp != NULL &&
	    (inp->inp_sp->flags & INP_OUTBOUND_POLICY) != 0)
		return (true);
	if (proto == IPPROTO_TCP &&
	    (intotcpcb(inp)->t_flags & TF_SIGNATURE) != 0)
		return (true);
	return (sc->sc_ipsec == 0 && umux_ipsec_operable());
}
