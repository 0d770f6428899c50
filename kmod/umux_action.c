/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Carries out what the core asks for.  Runs in the callout's thread or in
 * that of a received packet, without the plane's mutex, and does not sleep:
 * what needs to is left to the task.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/lock.h>
#include <sys/malloc.h>
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
 * A DAD probe that did not get out proves nothing, and does not count.
 */
static void
umux_send(struct umux_softc *sc, const struct umux_action *action)
{

	if (umux_nd_send(action) || action->ua_handle == UMUX_HANDLE_NONE)
		return;
	umux_lock(sc);
	(void)umux_core_unsent(sc->sc_plane, action->ua_handle, umux_now());
	umux_unlock(sc);
}

void
umux_act(struct umux_softc *sc, const struct umux_actions *actions)
{
	const struct umux_action *action;
	uint32_t i, n;

	mtx_assert(&sc->sc_mtx, MA_NOTOWNED);

	n = MIN(actions->as_n, UMUX_ACTIONS_MAX);
	for (i = 0; i < n; i++) {
		action = &actions->as_v[i];
		switch (action->ua_kind) {
		case UMUX_A_SEND:
		case UMUX_A_SEND_TO:
		case UMUX_A_ANSWER:
			umux_send(sc, action);
			break;
		case UMUX_A_LEAVE:
			umux_group_later(sc);
			break;
		case UMUX_A_EVENT:
			umux_rtsock_event(action);
			break;
		case UMUX_A_CHECK_PCB:
			umux_pcb_check(sc, action->ua_handle);
			break;
		case UMUX_A_FIND_PCB:
			umux_das_find(sc, action->ua_handle);
			break;
		case UMUX_A_CHECK_POOL:
			umux_iface_check_pool(sc, action->ua_pool);
			break;
		}
	}
}
