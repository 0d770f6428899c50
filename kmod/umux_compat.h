/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * All that differs between FreeBSD 13, 14 and 15.  No other file of the
 * module looks at __FreeBSD_version.
 */
#ifndef _UMUX_COMPAT_H_
#define	_UMUX_COMPAT_H_

#if __FreeBSD_version < 1302000 || __FreeBSD_version >= 1600000
#error "umux knows FreeBSD 13.2 to 15"
#endif

/*
 * Protocol switch: 13 has it in struct pr_usrreqs, later versions in struct
 * protosw itself.
 */
#if __FreeBSD_version >= 1400000
typedef struct protosw umux_switch_t;
#define	UMUX_PR(sw, field)	((sw)->pr_ ## field)
#else
typedef struct pr_usrreqs umux_switch_t;
#define	UMUX_PR(sw, field)	((sw)->pru_ ## field)
#endif

#if __FreeBSD_version >= 1400000
#define	umux_switch(type, proto)	pffindproto(PF_INET6, type, proto)
#else
#define	umux_switch(type, proto)					\
	((proto) == IPPROTO_TCP ? &tcp6_usrreqs : &udp6_usrreqs)
#endif

/*
 * pfil(9): 13 hands over a union that also covers memory that is no mbuf,
 * which is never the case for hooks that do not ask for it.
 */
#if __FreeBSD_version >= 1400000
#define	UMUX_PFIL_HOOK(name)						\
static pfil_return_t							\
name(struct mbuf **mp, struct ifnet *ifp, int flags __unused,		\
    void *ruleset __unused, struct inpcb *inp __unused)
#define	pa_umux_func	pa_mbuf_chk
#define	UMUX_PFIL_MBUFP	mp
#else
#define	UMUX_PFIL_HOOK(name)						\
static pfil_return_t							\
name(pfil_packet_t packet, struct ifnet *ifp, int flags __unused,	\
    void *ruleset __unused, struct inpcb *inp __unused)
#define	pa_umux_func	pa_func
#define	UMUX_PFIL_MBUFP	packet.m
#endif

/*
 * A PCB that in_pcbfree() has seen.  13 says so in a flag, since TIME_WAIT
 * PCBs live on without a socket; later versions clear the socket in
 * in_pcbfree() only, and keep the flag to themselves.
 */
#if __FreeBSD_version >= 1400000
#define	umux_pcb_gone(inp)	((inp)->inp_socket == NULL)
#else
#define	umux_pcb_gone(inp)	(((inp)->inp_flags2 & INP_FREED) != 0)
#endif

/*
 * All PCBs of TCP in this VNET, none of them locked; in the net epoch.  The
 * list is a pointer in 13.
 */
#define	UMUX_FOREACH_TCP(inp)						\
	CK_LIST_FOREACH(inp, UMUX_TCP_LIST, inp_list)
#if __FreeBSD_version >= 1400000
#define	UMUX_TCP_LIST		(&V_tcbinfo.ipi_listhead)
#else
#define	UMUX_TCP_LIST		V_tcbinfo.ipi_listhead
#endif

/*
 * A socket by its descriptor.
 */
#if __FreeBSD_version >= 1400000
#define	umux_getsock(td, fd, rights, fpp)	getsock(td, fd, rights, fpp)
#else
#define	umux_getsock(td, fd, rights, fpp)				\
	getsock_cap(td, fd, rights, fpp, NULL, NULL)
#endif

/*
 * accept(): 15 has the caller provide the address's memory.
 */
#if __FreeBSD_version >= 1500000
#define	UMUX_ACCEPT_NAM		struct sockaddr *
#else
#define	UMUX_ACCEPT_NAM		struct sockaddr **
#endif

/*
 * Sticky options: 15 has a summary of which are set.
 */
#ifdef IP6PO_VALID_PKTINFO
#define	umux_pktinfo_note(opts) do {					\
	if ((opts)->ip6po_pktinfo != NULL)				\
		(opts)->ip6po_valid |= IP6PO_VALID_PKTINFO;		\
	else								\
		(opts)->ip6po_valid &= ~IP6PO_VALID_PKTINFO;		\
} while (0)
#else
#define	umux_pktinfo_note(opts)	((void)(opts))
#endif

/*
 * struct ifnet: opaque from 14 on; 13 lacks some accessors.
 */
#if __FreeBSD_version >= 1400000
#define	umux_if_index(ifp)	((uint32_t)if_getindex(ifp))
#define	umux_if_fib(ifp)	if_getfib(ifp)
#define	umux_if_addrlen(ifp)	if_getaddrlen(ifp)
#define	umux_if_linkstate(ifp)	if_getlinkstate(ifp)
#define	umux_if_inet6(ifp)	if_getafdata(ifp, AF_INET6)
#else
#define	umux_if_index(ifp)	((uint32_t)(ifp)->if_index)
#define	umux_if_fib(ifp)	((ifp)->if_fib)
#define	umux_if_addrlen(ifp)	((ifp)->if_addrlen)
#define	umux_if_linkstate(ifp)	((ifp)->if_link_state)
#define	umux_if_inet6(ifp)	((ifp)->if_afdata[AF_INET6])
#endif

#endif /* !_UMUX_COMPAT_H_ */
