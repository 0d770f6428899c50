/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Entries of the TCP and UDP protocol switches are wrapped, so that the plane
 * hears of what begins and ends sessions.  This file knows how to get in and
 * out; what is done is in umux_pcb.c and umux_udp.c.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/counter.h>
#include <sys/domain.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/protosw.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet/in_systm.h>
#include <netinet/in_pcb.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_var.h>
#include <netinet/tcp.h>
#include <netinet/tcp_var.h>
#include <netinet/udp.h>
#include <netinet/udp_var.h>
#include <netinet6/tcp6_var.h>
#include <netinet6/udp6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_drain.h"
#include "umux_var.h"
#include "umux_pcb.h"
#include "umux_server.h"

typedef int	umux_accept_t(struct socket *, UMUX_ACCEPT_NAM);

/* What the switches held before. */
static struct {
	umux_switch_t	*sw;
	umux_connect_t	*connect;
	umux_send_t	*send;
	umux_listen_t	*listen;
	umux_accept_t	*accept;
	umux_leave_t	*close;
	umux_leave_t	*detach;
} umux_tcp6;

static struct {
	umux_switch_t	*sw;
	umux_connect_t	*connect;
	umux_send_t	*send;
	umux_disconnect_t *disconnect;
	umux_leave_t	*close;
	umux_leave_t	*abort;
	umux_leave_t	*detach;
} umux_udp6;

/* Threads in a wrapper. */
static counter_u64_t umux_inflight;

static int
umux_tcp6_connect(struct socket *so, struct sockaddr *nam, struct thread *td)
{
	struct umux_call c = {
		.c_so = so, .c_nam = nam, .c_td = td,
		.c_connect = umux_tcp6.connect, .c_proto = IPPROTO_TCP };
	int error;

	counter_u64_add(umux_inflight, 1);
	error = umux_begin(&c);
	counter_u64_add(umux_inflight, -1);
	return (error);
}

static int
umux_tcp6_send(struct socket *so, int flags, struct mbuf *data,
    struct sockaddr *nam, struct mbuf *control, struct thread *td)
{
	struct umux_call c = {
		.c_so = so, .c_nam = nam, .c_td = td,
		.c_send = umux_tcp6.send, .c_proto = IPPROTO_TCP,
		.c_flags = flags, .c_data = data, .c_control = control };
	int error;

	counter_u64_add(umux_inflight, 1);
	if (__predict_true(nam == NULL))
		error = umux_call(&c);
	else
		error = umux_begin(&c);
	counter_u64_add(umux_inflight, -1);
	return (error);
}

static int
umux_tcp6_listen(struct socket *so, int backlog, struct thread *td)
{
	int error;

	counter_u64_add(umux_inflight, 1);
	error = umux_listen(so, backlog, td, umux_tcp6.listen);
	counter_u64_add(umux_inflight, -1);
	return (error);
}

/*
 * ECONNABORTED is what accept() says of a connection that went while it was
 * queued; the socket is closed by the caller then.
 */
static int
umux_tcp6_accept(struct socket *so, UMUX_ACCEPT_NAM nam)
{
	int error;

	counter_u64_add(umux_inflight, 1);
	if (umux_das_accepts(&V_umux_softc, sotoinpcb(so)))
		error = umux_tcp6.accept(so, nam);
	else
		error = ECONNABORTED;
	counter_u64_add(umux_inflight, -1);
	return (error);
}

static void
umux_tcp6_close(struct socket *so)
{

	counter_u64_add(umux_inflight, 1);
	umux_tcp6_leave(so, umux_tcp6.close);
	counter_u64_add(umux_inflight, -1);
}

static void
umux_tcp6_detach(struct socket *so)
{

	counter_u64_add(umux_inflight, 1);
	umux_tcp6_leave(so, umux_tcp6.detach);
	counter_u64_add(umux_inflight, -1);
}

/*
 * 13 shares the switch with UDP-Lite, which has no sessions.
 */
static bool
umux_is_udp(const struct socket *so)
{

	return (so->so_proto->pr_protocol == IPPROTO_UDP);
}

static int
umux_udp6_connect(struct socket *so, struct sockaddr *nam, struct thread *td)
{
	struct umux_call c = {
		.c_so = so, .c_nam = nam, .c_td = td,
		.c_connect = umux_udp6.connect, .c_proto = IPPROTO_UDP };
	int error;

	counter_u64_add(umux_inflight, 1);
	if (!umux_is_udp(so)) {
		error = umux_call(&c);
	} else {
		error = umux_begin(&c);
		/* What it sent to others before is over. */
		if (error == 0)
			umux_udp6_connected(so);
	}
	counter_u64_add(umux_inflight, -1);
	return (error);
}

static int
umux_udp6_send(struct socket *so, int flags, struct mbuf *data,
    struct sockaddr *nam, struct mbuf *control, struct thread *td)
{
	struct umux_call c = {
		.c_so = so, .c_nam = nam, .c_td = td,
		.c_send = umux_udp6.send, .c_proto = IPPROTO_UDP,
		.c_flags = flags, .c_data = data, .c_control = control };
	int error;

	counter_u64_add(umux_inflight, 1);
	if (nam == NULL || !umux_is_udp(so))
		error = umux_call(&c);
	else
		error = umux_sendto(&c);
	counter_u64_add(umux_inflight, -1);
	return (error);
}

static int
umux_udp6_disconnect(struct socket *so)
{
	int error;

	counter_u64_add(umux_inflight, 1);
	error = umux_udp6_disconnected(so, umux_udp6.disconnect);
	counter_u64_add(umux_inflight, -1);
	return (error);
}

static void
umux_udp6_close(struct socket *so)
{

	counter_u64_add(umux_inflight, 1);
	umux_udp6_leave(so, umux_udp6.close);
	counter_u64_add(umux_inflight, -1);
}

static void
umux_udp6_abort(struct socket *so)
{

	counter_u64_add(umux_inflight, 1);
	umux_udp6_leave(so, umux_udp6.abort);
	counter_u64_add(umux_inflight, -1);
}

static void
umux_udp6_detach(struct socket *so)
{

	counter_u64_add(umux_inflight, 1);
	umux_udp6_leave(so, umux_udp6.detach);
	counter_u64_add(umux_inflight, -1);
}

/*
 * Switch entries are read without any lock: each is changed by one store.
 */
#define	UMUX_INSTALL(sw, field, func)					\
	atomic_store_rel_ptr((volatile uintptr_t *)(void *)		\
	    &UMUX_PR(sw, field), (uintptr_t)(func))

#define	UMUX_WRAP(proto, field) do {					\
	umux_ ## proto.field = UMUX_PR(umux_ ## proto.sw, field);	\
	UMUX_INSTALL(umux_ ## proto.sw, field,				\
	    umux_ ## proto ## _ ## field);				\
} while (0)

#define	UMUX_UNWRAP(proto, field)					\
	UMUX_INSTALL(umux_ ## proto.sw, field, umux_ ## proto.field)

#define	UMUX_IS_WRAPPED(proto, field)					\
	(UMUX_PR(umux_ ## proto.sw, field) == umux_ ## proto ## _ ## field)

/*
 * Every entry that is wrapped: what ends sessions before what begins them.
 */
#define	UMUX_ENTRIES(op, sep)						\
	op(tcp6, detach) sep						\
	op(tcp6, close) sep						\
	op(tcp6, accept) sep						\
	op(tcp6, listen) sep						\
	op(tcp6, send) sep						\
	op(tcp6, connect) sep						\
	op(udp6, detach) sep						\
	op(udp6, abort) sep						\
	op(udp6, close) sep						\
	op(udp6, disconnect) sep					\
	op(udp6, send) sep						\
	op(udp6, connect)

static void
umux_wrap(void)
{

	UMUX_ENTRIES(UMUX_WRAP, ;);
}

static void
umux_unwrap(void)
{

	UMUX_ENTRIES(UMUX_UNWRAP, ;);
}

static bool
umux_is_wrapped(void)
{

	return (UMUX_ENTRIES(UMUX_IS_WRAPPED, &&));
}

int
umux_switch_init(void)
{

	umux_tcp6.sw = umux_switch(SOCK_STREAM, IPPROTO_TCP);
	umux_udp6.sw = umux_switch(SOCK_DGRAM, IPPROTO_UDP);
	if (umux_tcp6.sw == NULL || umux_udp6.sw == NULL)
		return (EPROTONOSUPPORT);
	umux_inflight = counter_u64_alloc(M_WAITOK);
	umux_wrap();
	return (0);
}

/*
 * Returns 0 when no thread is in a wrapper, nor will ever be.  The counter
 * covers wrappers that wait for a lock; umux_drain(), the instructions before
 * and after it is counted.  The wait can be interrupted; then all is as it
 * was before.
 */
int
umux_switch_uninit(void)
{
	int error;

	if (!umux_is_wrapped()) {
		printf("umux: another module has wrapped the protocol switch "
		    "since; unload it first\n");
		return (EBUSY);
	}
	umux_unwrap();
	error = umux_drain();
	while (error == 0 && counter_u64_fetch(umux_inflight) != 0) {
		error = pause_sig("umuxfl", 1);
		if (error == EWOULDBLOCK)
			error = 0;
	}
	if (error == 0)
		error = umux_drain();
	if (error != 0) {
		umux_wrap();
		return (error);
	}
	counter_u64_free(umux_inflight);
	umux_inflight = NULL;
	return (0);
}
