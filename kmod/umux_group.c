/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Solicited-node multicast groups (RFC 4291, 2.7.1).  Joining and leaving
 * sleeps, so that it happens in ioctls, in the task, and at the end; sc_cfg
 * keeps these apart.  The kernel counts the members of a group, so that
 * addresses that share their low 24 bits share it.
 *
 * Groups of an interface that departs are left in its departure event.  Before
 * that the system takes apart all that it finds joined, and what is joined
 * after that would hang on memory that is gone: so whoever joins holds
 * ifnet_detach_sxlock from before it looks the interface up, which is taken
 * before sc_cfg, as in the event.  Groups of live sessions are left when these
 * end; until then they keep the interface's memory, nothing else.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/priority.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet6/in6_var.h>
#include <netinet6/scope6_var.h>

#include "umux_abi.h"
#include "umux_var.h"

/*
 * A queue of our own: VNETs are destroyed in the thread of taskqueue_thread,
 * which would wait for itself then.
 */
static struct taskqueue *umux_taskqueue;

static void
umux_taskqueue_init(const void *unused __unused)
{

	umux_taskqueue = taskqueue_create("umux", M_WAITOK,
	    taskqueue_thread_enqueue, &umux_taskqueue);
	(void)taskqueue_start_threads(&umux_taskqueue, 1, PWAIT, "umux");
}
SYSINIT(umux_taskqueue, SI_SUB_PROTO_FIREWALL, SI_ORDER_FIRST,
    umux_taskqueue_init, NULL);

static void
umux_taskqueue_uninit(const void *unused __unused)
{

	taskqueue_free(umux_taskqueue);
}
SYSUNINIT(umux_taskqueue, SI_SUB_PROTO_FIREWALL, SI_ORDER_FIRST,
    umux_taskqueue_uninit, NULL);

/*
 * The name that the core remembers a membership by is the address of the
 * kernel's own descriptor, which is never 0.
 */
int
umux_group_join(struct ifnet *ifp, const struct umux_in6 *addr,
    uintptr_t *groupp)
{
	struct in6_addr group = {
		.s6_addr = { 0xff, 0x02, [11] = 0x01, [12] = 0xff,
		    [13] = addr->s6[13], [14] = addr->s6[14],
		    [15] = addr->s6[15] },
	};
	struct in6_multi *inm;
	int error;

	error = in6_setscope(&group, ifp, NULL);
	if (error != 0)
		return (error);
	error = in6_joingroup(ifp, &group, NULL, &inm, 0);
	if (error == 0)
		*groupp = (uintptr_t)inm;
	return (error);
}

void
umux_group_leave(uintptr_t group)
{

	(void)in6_leavegroup((struct in6_multi *)group, NULL);
}

/*
 * Leaves all groups that the core has no more use for.
 */
void
umux_group_drain(struct umux_softc *sc)
{
	uintptr_t group;

	sx_assert(&sc->sc_cfg, SA_XLOCKED);

	for (;;) {
		mtx_lock(&sc->sc_mtx);
		group = umux_core_next_group(sc->sc_plane);
		mtx_unlock(&sc->sc_mtx);
		if (group == 0)
			break;
		umux_group_leave(group);
	}
}

static void
umux_group_task(void *arg, int pending __unused)
{
	struct umux_softc *sc = arg;

	CURVNET_SET(sc->sc_vnet);
	sx_xlock(&sc->sc_cfg);
	umux_group_drain(sc);
	sx_xunlock(&sc->sc_cfg);
	CURVNET_RESTORE();
}

void
umux_group_init(struct umux_softc *sc)
{

	TASK_INIT(&sc->sc_leave, 0, umux_group_task, sc);
}

/*
 * The same in a thread that may sleep.
 */
void
umux_group_later(struct umux_softc *sc)
{

	mtx_lock(&sc->sc_mtx);
	if (sc->sc_dying == 0)
		taskqueue_enqueue(umux_taskqueue, &sc->sc_leave);
	mtx_unlock(&sc->sc_mtx);
}

/*
 * Waits for it; the caller has seen to it that no more is to come.
 */
void
umux_group_uninit(struct umux_softc *sc)
{

	taskqueue_drain(umux_taskqueue, &sc->sc_leave);
	sx_xlock(&sc->sc_cfg);
	umux_group_drain(sc);
	sx_xunlock(&sc->sc_cfg);
}
