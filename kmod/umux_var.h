/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What the files of the module share.
 *
 * Locks, in their order:
 *
 *   sc_cfg	sx, one a VNET: pools and addresses are configured, groups
 *		joined and left; before in6_multi_sx
 *   INP	of one PCB, where there is one
 *   sc_mtx	leaf mutex, one a VNET: the core behind sc_plane
 *
 * The plane is made with the first pool of a VNET and stays until the VNET or
 * the module goes.  Packet hooks read sc_plane in the net epoch; the wrappers
 * of the protocol switch are counted while they run.
 */
#ifndef _UMUX_VAR_H_
#define	_UMUX_VAR_H_

#define	UMUX_RELEASE		"0.1.0"

/* Limits of one VNET; how many addresses is a knob. */
#define	UMUX_MAX_POOLS		64
#define	UMUX_MAX_IFACES		32

/* A neighbour solicitation or advertisement with all options. */
#define	UMUX_ND_MAX		2048

#define	UMUX_NEVER		UINT64_MAX

struct umux_softc {
	struct umux_plane *sc_plane;	/* NULL until the first pool */
	void		*sc_memory;	/* that the plane lives in */
	struct vnet	*sc_vnet;
	struct mtx	sc_mtx;
	struct sx	sc_cfg;
	struct callout	sc_callout;
	struct task	sc_leave;
	pfil_hook_t	sc_hook_in;	/* (c) */
	pfil_hook_t	sc_hook_out;	/* (c) */
	pfil_hook_t	sc_hook_in4;	/* (c) NULL until there are rules */
	uint64_t	sc_armed;	/* (m) the callout's deadline */
	uint32_t	sc_sessions;	/* (m) taken and not ended */
	bool		sc_closing;	/* (m) no new sessions */
	u_int		sc_dying;	/* (m) no new callouts, tasks, events */
	u_int		sc_users;	/* event handlers that run */
	uint32_t	sc_ifaces[UMUX_MAX_IFACES]; /* (m) indices, 0: free */
	char		sc_nd[UMUX_ND_MAX]; /* (m) one packet, linear */

	/* Knobs. */
	int		sc_client;	/* give sessions addresses at all */
	int		sc_announce;	/* UMUX_ANNOUNCE_* */
	int		sc_ipsec;	/* policies of IPsec do not matter */
	uint32_t	sc_max_addrs;	/* until there is a plane */
	uint32_t	sc_tombstone_ms;
	uint32_t	sc_duplicated_ms;
	uint32_t	sc_audit_ms;
	uint32_t	sc_dad_spread_ms;
};

VNET_DECLARE(struct umux_softc, umux_softc);
#define	V_umux_softc		VNET(umux_softc)

MALLOC_DECLARE(M_UMUX);

static inline struct umux_plane *
umux_plane(struct umux_softc *sc)
{

	return ((struct umux_plane *)atomic_load_acq_ptr(
	    (volatile uintptr_t *)(void *)&sc->sc_plane));
}

static inline struct umux_in6
umux_in6(const struct in6_addr *addr)
{
	struct umux_in6 in6;

	memcpy(&in6, addr, sizeof(in6));
	return (in6);
}

static inline struct in6_addr
umux_in6_addr(const struct umux_in6 *in6)
{
	struct in6_addr addr;

	memcpy(&addr, in6, sizeof(addr));
	return (addr);
}

/* umux_vnet.c */
uint64_t umux_now(void);
void	umux_lock(struct umux_softc *);
void	umux_unlock(struct umux_softc *);
int	umux_plane_create(struct umux_softc *);
bool	umux_all_closed(void);
u_int	umux_count_all(void);
void	umux_reopen_all(void);
struct umux_softc *umux_here(void);

/* umux_action.c */
void	umux_act(struct umux_softc *, const struct umux_actions *);

/* umux_das.c */
int	umux_das(struct umux_softc *, struct umux_das_req *, struct thread *);
void	umux_das_find(struct umux_softc *, umux_handle_t);

/* umux_dev.c */
int	umux_dev_init(void);
void	umux_dev_uninit(void);

/* umux_event.c */
void	umux_event_init(void);
void	umux_event_uninit(void);

/* umux_group.c */
int	umux_group_join(struct ifnet *, const struct umux_in6 *, uintptr_t *);
void	umux_group_leave(uintptr_t);
void	umux_group_drain(struct umux_softc *);
void	umux_group_init(struct umux_softc *);
void	umux_group_later(struct umux_softc *);
void	umux_group_uninit(struct umux_softc *);

/* umux_iface.c */
bool	umux_iface_able(struct ifnet *);
bool	umux_iface_onlink(uint32_t, const struct umux_in6 *, uint8_t);
int	umux_iface_add(struct umux_softc *, struct ifnet *);
void	umux_iface_refresh(struct umux_softc *, struct ifnet *, bool);
void	umux_iface_gone(struct umux_softc *, uint32_t);
void	umux_iface_check_pool(struct umux_softc *, uint32_t);
void	umux_iface_check_pools(struct umux_softc *, uint32_t);

/* umux_listen.c */
void	umux_listen_again(struct umux_softc *);
int	umux_listen_apply(struct umux_softc *);
void	umux_listen_end_all(struct umux_softc *);

/* umux_nd.c */
#define	UMUX_MTAG_COOKIE	0x756d7578
#define	UMUX_MTAG_SENT		1
bool	umux_nd_send(const struct umux_action *);
uint32_t umux_nd_input(struct umux_softc *, struct ifnet *, struct mbuf *);
uint32_t umux_nd_output(struct umux_softc *, struct ifnet *, struct mbuf *);

/* umux_pcb.c */
void	umux_pcb_check(struct umux_softc *, umux_handle_t);
void	umux_pcb_end_all(struct umux_softc *);

/* umux_pfil.c */
int	umux_pfil_init(struct umux_softc *);
int	umux_pfil_init4(struct umux_softc *);
void	umux_pfil_uninit(struct umux_softc *);

/* umux_policy.c */
int	umux_policy_labels(struct umux_softc *, struct umux_policy_req *);
int	umux_policy_lrules(struct umux_softc *, struct umux_policy_req *);
int	umux_policy_rules(struct umux_softc *, struct umux_policy_req *);

/* umux_rtsock.c */
void	umux_rtsock_event(const struct umux_action *);

/* umux_switch.c */
int	umux_switch_init(void);
int	umux_switch_uninit(void);

/* umux_sysctl.c */
void	umux_sysctl_vnet_init(struct umux_softc *);

#endif /* !_UMUX_VAR_H_ */
