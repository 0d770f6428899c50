/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Servers, between the protocol switch (umux_switch.c) and PCBs.
 */
#ifndef _UMUX_SERVER_H_
#define	_UMUX_SERVER_H_

typedef int	umux_listen_t(struct socket *, int, struct thread *);

/* umux_listen.c */
int	umux_listen(struct socket *, int, struct thread *, umux_listen_t *);
bool	umux_listen_is(struct umux_softc *, struct inpcb *);
void	umux_listen_end(struct umux_softc *, struct inpcb *);

/* umux_das.c */
bool	umux_das_accepts(struct umux_softc *, struct inpcb *);
void	umux_das_seen(struct umux_softc *, struct inpcb *);
void	umux_das_settle(struct umux_softc *, const struct inpcb *);
void	umux_das_leaving(struct umux_softc *, struct inpcb *);

#endif /* !_UMUX_SERVER_H_ */
