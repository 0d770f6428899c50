/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * umux gives every client session an IPv6 source address of its own, out of
 * pools that userland fills through /dev/umux.  The addresses are no interface
 * addresses: they live in a plane of their own (Rust, behind umux_core_*()),
 * and nothing else in the kernel gets to know them.  The files of this module
 * connect the plane with the kernel:
 *
 *   umux_vnet.c	memory, lock and clock of a plane, one a VNET
 *   umux_switch.c	in and out of the protocol switch
 *   umux_pcb.c		sessions: connect() and its opposites
 *   umux_udp.c		sessions of sockets that are not connected
 *   umux_listen.c	servers: listen() and who listens
 *   umux_das.c		servers: addresses that let one connection in
 *   umux_drain.c	no thread is left in a wrapper
 *   umux_pfil.c	the gate: packets in and out
 *   umux_nd.c		neighbour discovery in and out
 *   umux_group.c	solicited-node groups
 *   umux_iface.c	what interfaces and prefixes are like
 *   umux_event.c	what happens to interfaces
 *   umux_action.c	what the plane wants done
 *   umux_rtsock.c	what is told on routing sockets
 *   umux_dev.c		/dev/umux
 *   umux_policy.c	tables that policy comes in
 *   umux_sysctl.c	net.inet6.umux
 *   umux_probe.c	the SDT provider
 *   umux_compat.h	versions of FreeBSD
 *
 * This file loads and unloads.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>

#include "umux_abi.h"
#include "umux_var.h"

/*
 * TCP offload to Chelsio adapters copies the protocol switch, so that it
 * would go around the wrappers, or keep them after they are gone.
 */
#define	UMUX_RIVAL		"t4_tom"

static bool umux_is_loaded;

/*
 * The core found its own state broken, and cannot go on.
 */
void
umux_core_panic(const char *msg, size_t len)
{

	panic("umux: %.*s", (int)MIN(len, 512), msg);
}

static bool
umux_has_rival(void)
{
	bool found;

	MOD_SLOCK;
	found = module_lookupbyname(UMUX_RIVAL) != NULL;
	MOD_SUNLOCK;
	return (found);
}

static int
umux_load(void)
{
	int error;

	if (umux_has_rival()) {
		printf("umux: will not load beside %s: unload that first\n",
		    UMUX_RIVAL);
		return (EBUSY);
	}
	error = umux_dev_init();
	if (error != 0)
		return (error);
	umux_event_init();
	error = umux_switch_init();	/* last: not easily undone */
	if (error != 0) {
		umux_event_uninit();
		umux_dev_uninit();
		return (error);
	}
	umux_is_loaded = true;
	return (0);
}

static int
umux_quiesce(void)
{

	return (umux_count_all() != 0 ? EBUSY : 0);
}

/*
 * Can be refused to the last, kldunload -f or not: a session left behind
 * would be a connection with an address that nobody answers for.  What
 * follows in the VNETs' destructors cannot fail.
 */
static int
umux_unload(void)
{
	int error;

	if (!umux_is_loaded)
		return (0);
	if (umux_has_rival()) {
		printf("umux: %s was loaded since, and has copied the "
		    "protocol switch: unload that first\n", UMUX_RIVAL);
		return (EBUSY);
	}
	error = umux_all_closed() ? umux_switch_uninit() : EBUSY;
	if (error != 0) {
		umux_reopen_all();
		return (error);
	}
	umux_is_loaded = false;
	umux_dev_uninit();
	umux_event_uninit();
	return (0);
}

static int
umux_modevent(module_t mod __unused, int type, void *arg __unused)
{

	switch (type) {
	case MOD_LOAD:
		return (umux_load());
	case MOD_QUIESCE:
		return (umux_quiesce());
	case MOD_UNLOAD:
		return (umux_unload());
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t umux_moduledata = {
	"umux",
	umux_modevent,
	NULL
};

/* The layout of PCBs is that of one release. */
DECLARE_MODULE_TIED(umux, umux_moduledata, SI_SUB_PROTO_FIREWALL,
    SI_ORDER_ANY);
MODULE_VERSION(umux, UMUX_ABI_VERSION);
