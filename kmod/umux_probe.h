/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The SDT provider "umux": what dtrace(1) can watch.
 *
 *	umux:::take		struct umux_take *, int error
 *				a session asked for an address; 0 if it got one
 *	umux:::valid		umux_handle_t, struct inpcb *
 *				the session is there, and has this PCB
 *	umux:::gone		umux_handle_t
 *				it is over
 *	umux:::duplicated	uint32_t ifindex, uint32_t addresses
 *				other nodes hold that many addresses
 *	umux:::drop		struct ifnet *, struct mbuf *, int output
 *				the gate drops this packet; a solicitation that
 *				goes out in a session's name, too
 */
#ifndef _UMUX_PROBE_H_
#define	_UMUX_PROBE_H_

#include <sys/sdt.h>

SDT_PROVIDER_DECLARE(umux);
SDT_PROBE_DECLARE(umux, , , take);
SDT_PROBE_DECLARE(umux, , , valid);
SDT_PROBE_DECLARE(umux, , , gone);
SDT_PROBE_DECLARE(umux, , , duplicated);
SDT_PROBE_DECLARE(umux, , , drop);

#endif /* !_UMUX_PROBE_H_ */
