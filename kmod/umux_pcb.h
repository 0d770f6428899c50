/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Client sessions, between the protocol switch (umux_switch.c) and PCBs.
 */
#ifndef _UMUX_PCB_H_
#define	_UMUX_PCB_H_

typedef int	umux_connect_t(struct socket *, struct sockaddr *,
		    struct thread *);
typedef int	umux_send_t(struct socket *, int, struct mbuf *,
		    struct sockaddr *, struct mbuf *, struct thread *);
typedef int	umux_disconnect_t(struct socket *);
typedef void	umux_leave_t(struct socket *);

/*
 * A call that may begin a session: connect(), or a send that names its
 * destination.
 */
struct umux_call {
	struct socket	*c_so;
	struct sockaddr	*c_nam;
	struct thread	*c_td;
	umux_connect_t	*c_connect;	/* what would run without us, */
	umux_send_t	*c_send;	/* one of the two */
	uint8_t		c_proto;
	int		c_flags;	/* of the send */
	struct mbuf	*c_data;
	struct mbuf	*c_control;
};

static inline int
umux_call(const struct umux_call *c)
{

	if (c->c_send != NULL)
		return (c->c_send(c->c_so, c->c_flags, c->c_data, c->c_nam,
		    c->c_control, c->c_td));
	KASSERT(c->c_connect != NULL, ("umux: a call of nothing"));
	return (c->c_connect(c->c_so, c->c_nam, c->c_td));
}

/*
 * A send that is refused owns its buffers to the end.
 */
static inline void
umux_call_drop(const struct umux_call *c)
{

	m_freem(c->c_control);
	if ((c->c_flags & PRUS_NOTREADY) == 0)
		m_freem(c->c_data);
}

struct ip6_pktopts;

/* umux_ipsec.c */
bool	umux_ipsec_wants(const struct umux_softc *, const struct inpcb *,
	    uint8_t);

/* umux_pcb.c */
int	umux_begin(const struct umux_call *);
bool	umux_call_ok(const struct umux_call *);
bool	umux_pcb_ok(const struct inpcb *, const struct socket *);
bool	umux_opts_ok(const struct ip6_pktopts *);
int	umux_pcb_take(struct umux_softc *, const struct umux_call *,
	    struct inpcb *, const struct ip6_pktopts *, bool,
	    struct umux_take *);
void	umux_pcb_announce(struct umux_softc *, const struct umux_take *,
	    const struct inpcb *);
void	umux_pcb_count_bypass(const struct umux_plane *);
void	umux_pcb_end(struct umux_softc *, umux_handle_t);
umux_handle_t umux_pcb_hold(struct umux_softc *, struct inpcb *,
	    struct in6_addr *);
void	umux_pcb_rele(struct inpcb *);
void	umux_tcp6_leave(struct socket *, umux_leave_t *);

/* umux_udp.c */
int	umux_sendto(const struct umux_call *);
void	umux_udp6_connected(struct socket *);
int	umux_udp6_disconnected(struct socket *, umux_disconnect_t *);
void	umux_udp6_leave(struct socket *, umux_leave_t *);

#endif /* !_UMUX_PCB_H_ */
