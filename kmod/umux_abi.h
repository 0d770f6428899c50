/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The one ABI header of umux.  Three contracts live here, in this order:
 *
 *   1. control:  ioctls on /dev/umux            (userland <-> module)
 *   2. events:   RTM_UMUX on the routing socket (module -> userland)
 *   3. core:     umux_core_*()                  (C shims <-> Rust core)
 *
 * The Rust views of it are generated with bindgen, committed, and checked
 * to be current by the tests.  Every structure has the same layout on every
 * LP64 platform: fixed-width members, natural alignment, explicit padding.
 * Addresses are in network byte order, everything else in host order.
 *
 * The control structures may only grow at the end, and UMUX_ABI_VERSION
 * changes whenever any of them changes meaning.
 */
#ifndef _UMUX_ABI_H_
#define	_UMUX_ABI_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#define	UMUX_ABI_VERSION	3

/* An IPv6 address, network byte order; overlays struct in6_addr. */
struct umux_in6 {
	uint8_t		s6[16];
};

#define	UMUX_IFNAMSIZ		16	/* IFNAMSIZ */

/*
 * State of one address (contract section 4).  TENTATIVE, UNCERTAIN, VALID
 * and DUPLICATED are the words of the architecture; PENDING waits for its
 * multicast group or its link, TOMBSTONE is the silence after a session.
 */
enum umux_state {
	UMUX_S_FREE		= 0,
	UMUX_S_PENDING		= 1,
	UMUX_S_TENTATIVE	= 2,
	UMUX_S_UNCERTAIN	= 3,
	UMUX_S_VALID		= 4,
	UMUX_S_DUPLICATED	= 5,
	UMUX_S_TOMBSTONE	= 6,
};
#define	UMUX_NSTATES		7

/*
 * 1. Control.
 *
 * Each request starts with a header that carries version and size of what
 * the caller was compiled with.  Errors are plain errno values:
 *
 *   EPROGMISMATCH	uh_version or uh_size is not this module's
 *   EPERM		open: the caller lacks PRIV_NET_ADDIFADDR; a request: the
 *			descriptor was opened in another vnet
 *   ENODEV		the module was loaded while this vnet was being made, and
 *			is not in it
 *   ENXIO		no such interface in this vnet
 *   EOPNOTSUPP		the interface cannot hold a pool (not broadcast and
 *			multicast capable, ND disabled, no link-local address)
 *   EADDRNOTAVAIL	the prefix is not on-link on that interface
 *   EINVAL		prefix length, name or flags out of range
 *   ENOENT		no such pool, no such address
 *   EEXIST		the pool, or the address, is there already; the address
 *			is one of the host's own
 *   EBUSY		the pool or address has live sessions
 *   E2BIG		more than UMUX_BATCH_MAX items in one call
 *   ENOSPC		a limit (pools, addresses) is reached
 *   EFAULT		a buffer is not readable or writable
 *
 * and of UMUX_IOC_DAS:
 *
 *   ESRCH		no LISTEN_0 on that port (of that process)
 *   EOPNOTSUPP		the listener is bound to one specific address
 *   ENOENT		the address given is in no pool; no such pool
 *   EBUSY		the address given is not uncertain; the module is about
 *			to be unloaded
 *   EADDRNOTAVAIL	no uncertain address is left
 */
struct umux_hdr {
	uint32_t	uh_version;	/* UMUX_ABI_VERSION */
	uint32_t	uh_size;	/* sizeof(the whole request) */
};

#define	UMUX_BATCH_MAX		1024	/* items in one batch call */

struct umux_info {
	struct umux_hdr	ui_hdr;
	uint32_t	ui_max_addrs;	/* limit of addresses, this vnet */
	uint32_t	ui_max_pools;
	uint32_t	ui_pools;	/* in use */
	uint32_t	ui_addrs;	/* in use, tombstones included */
	char		ui_release[32];	/* "0.1.0" */
};

/* Pool miss policy: what connect() does when no address is ready. */
#define	UMUX_MISS_LEGACY	0	/* use the host's own address */
#define	UMUX_MISS_REFUSE	1	/* EADDRNOTAVAIL */

struct umux_pool_req {
	struct umux_hdr	up_hdr;
	char		up_ifname[UMUX_IFNAMSIZ];
	struct umux_in6	up_prefix;
	uint8_t		up_plen;	/* bits, 16..112 */
	uint8_t		up_miss;	/* UMUX_MISS_* */
	uint16_t	up_pad;
	uint32_t	up_flags;	/* POOL_DEL: UMUX_POOL_FORCE */
	uint32_t	up_max_age;	/* s; 0: uncertain never expires */
	uint32_t	up_notify_ms;	/* least interval between events */
};
#define	UMUX_POOL_FORCE		0x0001	/* delete although sessions live */

/* One record of UMUX_POOL_GET. */
struct umux_pool_info {
	char		pi_ifname[UMUX_IFNAMSIZ];
	uint32_t	pi_ifindex;
	uint32_t	pi_flags;	/* UMUX_PI_* */
	struct umux_in6	pi_prefix;
	uint8_t		pi_plen;
	uint8_t		pi_miss;
	uint16_t	pi_pad;
	uint32_t	pi_max_age;
	uint32_t	pi_notify_ms;
	uint32_t	pi_count[UMUX_NSTATES];	/* by enum umux_state */
	uint64_t	pi_added;
	uint64_t	pi_taken;
	uint64_t	pi_returned;	/* taken, never on the wire */
	uint64_t	pi_ended;	/* sessions gone */
	uint64_t	pi_missed;
	uint64_t	pi_duplicated;
	uint64_t	pi_expired;	/* max_age */
};
#define	UMUX_PI_LINK_UP		0x0001

/* Item of UMUX_ADDR_ADD and UMUX_ADDR_DEL; ai_error is an errno or 0. */
struct umux_addr_item {
	struct umux_in6	ai_addr;
	int32_t		ai_error;
};

struct umux_addr_req {
	struct umux_hdr	ua_hdr;
	char		ua_ifname[UMUX_IFNAMSIZ];
	struct umux_in6	ua_prefix;	/* names the pool */
	uint8_t		ua_plen;
	uint8_t		ua_pad[3];
	uint32_t	ua_count;	/* 1..UMUX_BATCH_MAX */
	uint32_t	ua_done;	/* out: items without error */
	uint32_t	ua_pad2;
	uint64_t	ua_items;	/* struct umux_addr_item *, in and out */
};

/* One record of UMUX_ADDR_GET. */
struct umux_addr_info {
	struct umux_in6	ad_addr;
	uint32_t	ad_ifindex;
	uint8_t		ad_state;	/* enum umux_state */
	uint8_t		ad_plen;	/* of its pool's prefix; 0: pool gone */
	uint8_t		ad_probes_left;
	uint8_t		ad_proto;	/* of its session, or 0 */
	uint32_t	ad_age_ms;	/* in this state */
	uint32_t	ad_timer_ms;	/* until its timer; UINT32_MAX: none */
};

/* One record of UMUX_SESS_GET. */
struct umux_sess_info {
	struct umux_in6	si_local;
	struct umux_in6	si_peer;
	uint32_t	si_ifindex;
	uint16_t	si_lport;	/* host order */
	uint16_t	si_fport;	/* host order */
	uint8_t		si_proto;	/* IPPROTO_* */
	uint8_t		si_flags;	/* UMUX_SI_* */
	uint16_t	si_pad;
	uint32_t	si_uid;
	uint64_t	si_age_ms;
};
#define	UMUX_SI_ON_WIRE		0x01	/* at least one packet was sent */
#define	UMUX_SI_LINGER		0x02	/* socket closed, PCB still there */
#define	UMUX_SI_SERVER		0x04	/* accepted through an armed address */

/*
 * Cursor dumps: UMUX_POOL_GET, UMUX_ADDR_GET, UMUX_SESS_GET,
 * UMUX_LABELS_GET, UMUX_RULES_GET, UMUX_LRULES_GET, UMUX_LISTEN_GET,
 * UMUX_DAS_GET.  Start with ud_cursor 0; each call writes up to ud_count records of ud_recsize bytes
 * to ud_buf, sets ud_count to what it wrote, and advances ud_cursor, which
 * is UINT32_MAX at the end.  A dump is not a snapshot; no record is shown
 * twice, and one that lives through the whole dump is shown.
 */
struct umux_dump_req {
	struct umux_hdr	ud_hdr;
	uint32_t	ud_cursor;
	uint32_t	ud_count;	/* 1..UMUX_BATCH_MAX */
	uint32_t	ud_recsize;	/* sizeof(record), checked */
	uint32_t	ud_pad;
	uint64_t	ud_buf;
};
#define	UMUX_CURSOR_END		UINT32_MAX

struct umux_flush_req {
	struct umux_hdr	uf_hdr;
	char		uf_ifname[UMUX_IFNAMSIZ]; /* "" : all interfaces */
	uint32_t	uf_flushed;	/* out: addresses withdrawn */
	uint32_t	uf_pad;
};

/*
 * The policy table of RFC 6724, section 2.1, and the rules that say which
 * sessions get addresses of their own.  Both are replaced as a whole, or, when
 * the request is refused, not at all; UMUX_POLICY_DEFAULT asks for what holds
 * when the module is loaded.  The first rule that matches decides; where none
 * does, a session gets an address unless its program asked for the host's
 * public one (RFC 5014).
 *
 *   E2BIG	more than UMUX_LABELS_MAX rows, UMUX_RULES_MAX rules
 *   EEXIST	two rows of one prefix
 *   EINVAL	bits behind a prefix, a range backwards, an unknown value
 */
#define	UMUX_LABELS_MAX		128
#define	UMUX_RULES_MAX		256

struct umux_label {
	struct umux_in6	la_prefix;
	uint32_t	la_precedence;	/* kept, not used: it orders
					   destinations, see getaddrinfo(3) */
	uint32_t	la_label;
	uint8_t		la_plen;
	uint8_t		la_pad[7];
};

#define	UMUX_RULE_UNIFY		0	/* an address of its own */
#define	UMUX_RULE_LEGACY	1	/* the host's address */

/* What a program wishes, by its socket's IPV6_PREFER_TEMPADDR. */
#define	UMUX_WISH_NONE		0
#define	UMUX_WISH_TEMPORARY	1
#define	UMUX_WISH_PUBLIC	2
#define	UMUX_WISH_ANY		255	/* of rules */

#define	UMUX_JAIL_ANY		UINT32_MAX

struct umux_rule {
	struct umux_in6	ru_dst;
	uint8_t		ru_plen;
	uint8_t		ru_verdict;	/* UMUX_RULE_* */
	uint8_t		ru_proto;	/* IPPROTO_TCP, IPPROTO_UDP, 0: any */
	uint8_t		ru_wish;	/* UMUX_WISH_* */
	uint16_t	ru_port_first;	/* destination ports, host order */
	uint16_t	ru_port_last;
	uint32_t	ru_uid_first;
	uint32_t	ru_uid_last;
	uint32_t	ru_jail;	/* jid, 0: the host, UMUX_JAIL_ANY */
	uint32_t	ru_pad;
};

/*
 * Servers.  Rules say which TCP listeners become LISTEN_0: they look like
 * listeners and accept nothing, but for what comes through an address that
 * was armed for them (UMUX_IOC_DAS).  The first rule that matches decides;
 * where none does, a listener is legacy.  A rule holds for what listens from
 * then on; UMUX_POLICY_APPLY judges all that listen already, either way.
 */
#define	UMUX_LRULES_MAX		128

#define	UMUX_LRULE_LEGACY	0	/* it listens as it always did */
#define	UMUX_LRULE_GUARD	1	/* LISTEN_0 */

struct umux_lrule {
	struct umux_in6	lr_addr;	/* local address; ::/0: any, ::/128:
					   listeners on all addresses */
	uint8_t		lr_plen;
	uint8_t		lr_verdict;	/* UMUX_LRULE_* */
	uint16_t	lr_port_first;	/* local ports, host order */
	uint16_t	lr_port_last;
	uint16_t	lr_pad;
	uint32_t	lr_uid_first;
	uint32_t	lr_uid_last;
	uint32_t	lr_jail;	/* jid, 0: the host, UMUX_JAIL_ANY */
};

/* One record of UMUX_LISTEN_GET: a LISTEN_0. */
struct umux_listen_info {
	struct umux_in6	li_addr;	/* :: all */
	uint16_t	li_port;	/* host order */
	uint8_t		li_flags;	/* UMUX_LI_* */
	uint8_t		li_pad;
	uint32_t	li_uid;
	uint32_t	li_jail;
	uint32_t	li_pid;		/* who called listen(), 0: not known */
	uint32_t	li_waiting;	/* LISTEN_Us it has */
	uint32_t	li_pad2;
	uint64_t	li_made;	/* LISTEN_Us it ever had */
	uint64_t	li_age_ms;
};
#define	UMUX_LI_DUAL		0x01	/* takes IPv4 too, which is guarded */

/* Arms an address for one connection; it is valid when the call returns. */
struct umux_das_req {
	struct umux_hdr	da_hdr;
	struct umux_in6	da_ssa;		/* in: UMUX_DAS_GIVEN; out: it */
	struct umux_in6	da_client;	/* whom it is for */
	uint8_t		da_client_plen;	/* 0: whoever comes first */
	uint8_t		da_plen;	/* of da_prefix */
	uint16_t	da_port;	/* of the listener, host order */
	uint32_t	da_flags;	/* UMUX_DAS_* */
	uint32_t	da_pid;		/* who called listen(), 0: whoever */
	uint32_t	da_lifetime_ms;	/* 1..86400000: it waits so long */
	char		da_ifname[UMUX_IFNAMSIZ]; /* "": any pool */
	struct umux_in6	da_prefix;	/* with da_ifname: this pool */
	int32_t		da_fd;		/* UMUX_DAS_FD: the caller's own
					   descriptor of the listener, which is
					   meant then whatever da_port and
					   da_pid are */
	uint32_t	da_pad;
};
#define	UMUX_DAS_GIVEN		0x0001	/* da_ssa, which is uncertain */
#define	UMUX_DAS_FD		0x0002

/* Where an address stands that was armed. */
enum umux_phase {
	UMUX_P_CLIENT		= 0,	/* none that was */
	UMUX_P_ARMED		= 1,	/* the first SYN gets it */
	UMUX_P_LOCKED		= 2,	/* it came, and is answered */
	UMUX_P_ACKED		= 3,	/* the handshake may be complete */
	UMUX_P_ESTABLISHED	= 4,
	UMUX_P_CLOSING		= 5,	/* the PCB is gone */
};

/* One record of UMUX_DAS_GET. */
struct umux_das_info {
	struct umux_in6	di_ssa;
	struct umux_in6	di_client;	/* from LOCKED on: who it is */
	uint8_t		di_client_plen;
	uint8_t		di_phase;	/* enum umux_phase */
	uint16_t	di_port;	/* host order */
	uint16_t	di_fport;	/* from LOCKED on */
	uint16_t	di_pad;
	uint32_t	di_ifindex;
	uint32_t	di_uid;
	uint32_t	di_lease_ms;	/* until it lapses; UINT32_MAX: never */
	uint32_t	di_age_ms;	/* since armed, or established */
};

struct umux_policy_req {
	struct umux_hdr	uy_hdr;
	uint32_t	uy_flags;
	uint32_t	uy_count;
	uint32_t	uy_recsize;	/* sizeof(record), checked */
	uint32_t	uy_pad;
	uint64_t	uy_buf;		/* struct umux_label, umux_rule or
					   umux_lrule * */
};
#define	UMUX_POLICY_DEFAULT	0x0001	/* uy_count is 0 */
#define	UMUX_POLICY_APPLY	0x0002	/* UMUX_LRULES_SET: to those there are */

/* Counters of one vnet; each only grows. */
struct umux_counters {
	uint64_t	uc_in_session;	/* input packets of sessions */
	uint64_t	uc_in_dropped;	/* input to plane addresses, dropped */
	uint64_t	uc_out_session;
	uint64_t	uc_out_dropped;
	uint64_t	uc_out_local;	/* looped back to a plane address */
	uint64_t	uc_ns_dad;	/* DAD solicitations for our targets */
	uint64_t	uc_ns_resolve;	/* resolution for valid targets */
	uint64_t	uc_ns_silent;	/* resolution left unanswered */
	uint64_t	uc_na;		/* advertisements for our targets */
	uint64_t	uc_nd_invalid;	/* failed RFC 4861 validation */
	uint64_t	uc_probes;	/* DAD probes sent */
	uint64_t	uc_defended;	/* defending NAs sent */
	uint64_t	uc_answered;	/* solicited NAs sent */
	uint64_t	uc_looped;	/* own messages seen again, RFC 7527 */
	uint64_t	uc_duplicated;
	uint64_t	uc_conflict;	/* NA of others for a valid address */
	uint64_t	uc_taken;
	uint64_t	uc_returned;
	uint64_t	uc_ended;
	uint64_t	uc_missed;
	uint64_t	uc_bypassed;	/* connects that were not ours */
	uint64_t	uc_events;	/* routing messages made */
	uint64_t	uc_guarded;	/* SYNs to LISTEN_0s, turned away */
	uint64_t	uc_armed;	/* addresses armed */
	uint64_t	uc_accepted;	/* that got their connection */
	uint64_t	uc_lapsed;	/* that did not */
};

struct umux_stats_req {
	struct umux_hdr	us_hdr;
	struct umux_counters us_counters;
};

#ifdef _IOWR
#define	UMUX_IOC_INFO		_IOWR('U', 1, struct umux_info)
#define	UMUX_IOC_POOL_ADD	_IOWR('U', 2, struct umux_pool_req)
#define	UMUX_IOC_POOL_DEL	_IOWR('U', 3, struct umux_pool_req)
#define	UMUX_IOC_POOL_GET	_IOWR('U', 4, struct umux_dump_req)
#define	UMUX_IOC_ADDR_ADD	_IOWR('U', 5, struct umux_addr_req)
#define	UMUX_IOC_ADDR_DEL	_IOWR('U', 6, struct umux_addr_req)
#define	UMUX_IOC_ADDR_GET	_IOWR('U', 7, struct umux_dump_req)
#define	UMUX_IOC_SESS_GET	_IOWR('U', 8, struct umux_dump_req)
#define	UMUX_IOC_STATS		_IOWR('U', 9, struct umux_stats_req)
#define	UMUX_IOC_FLUSH		_IOWR('U', 10, struct umux_flush_req)
#define	UMUX_IOC_LABELS_SET	_IOWR('U', 11, struct umux_policy_req)
#define	UMUX_IOC_LABELS_GET	_IOWR('U', 12, struct umux_dump_req)
#define	UMUX_IOC_RULES_SET	_IOWR('U', 13, struct umux_policy_req)
#define	UMUX_IOC_RULES_GET	_IOWR('U', 14, struct umux_dump_req)
#define	UMUX_IOC_LRULES_SET	_IOWR('U', 15, struct umux_policy_req)
#define	UMUX_IOC_LRULES_GET	_IOWR('U', 16, struct umux_dump_req)
#define	UMUX_IOC_LISTEN_GET	_IOWR('U', 17, struct umux_dump_req)
#define	UMUX_IOC_DAS		_IOWR('U', 18, struct umux_das_req)
#define	UMUX_IOC_DAS_GET	_IOWR('U', 19, struct umux_dump_req)
#endif
#define	UMUX_DEV		"umux"	/* /dev/umux */

/*
 * 2. Events.
 *
 * One routing message type.  The sockaddrs are, in RTAX order: RTAX_DST the
 * pool's prefix, RTAX_NETMASK its mask, RTAX_IFP the interface, RTAX_AUTHOR
 * a struct umux_sockaddr with what happened.  No address of the pool is ever
 * in it: PF_ROUTE is readable by everyone.  Events of one pool are gathered
 * for up_notify_ms, so one message may stand for many.  su_seq grows by one
 * a message and vnet: a gap means "resynchronise", and so does ENOBUFS.
 */
#define	RTM_UMUX		0x75
#define	UMUX_AF			39	/* AF_VENDOR00 */

#define	UMUX_EV_USED		0x0001	/* addresses were taken */
#define	UMUX_EV_ENDED		0x0002	/* sessions ended */
#define	UMUX_EV_MISS		0x0004	/* a session found the pool empty */
#define	UMUX_EV_DUPLICATED	0x0008	/* others hold addresses of ours */
#define	UMUX_EV_READY		0x0010	/* addresses became uncertain */
#define	UMUX_EV_CONFLICT	0x0020	/* a valid address is claimed */
#define	UMUX_EV_EXPIRED		0x0040	/* addresses reached max_age */
#define	UMUX_EV_LINK		0x0080	/* link went down or came up */
#define	UMUX_EV_POOL_GONE	0x0100	/* prefix or interface went away */
#define	UMUX_EV_POOL_NEW	0x0200
#define	UMUX_EV_WITHDRAWN	0x0400	/* deleted or flushed on request */
#define	UMUX_EV_ARMED		0x0800	/* addresses wait for clients */
#define	UMUX_EV_LAPSED		0x1000	/* such went without a connection */

struct umux_sockaddr {
	uint8_t		su_len;		/* sizeof(struct umux_sockaddr) */
	uint8_t		su_family;	/* UMUX_AF */
	uint16_t	su_events;	/* UMUX_EV_*, or-ed */
	uint32_t	su_seq;
	uint32_t	su_uncertain;	/* ready now */
	uint32_t	su_tentative;	/* on their way, pending included */
	uint32_t	su_valid;	/* in use */
	uint32_t	su_duplicated;	/* since the last message */
	uint32_t	su_missed;	/* since the last message */
	uint32_t	su_pad;
};

/*
 * 3. The core.
 *
 * L  the caller holds the vnet's leaf mutex (umux_core_init: has the plane
 *    to itself)
 * F  lock-free; the caller is in the net epoch, so that the plane stays
 *
 * "now" is microseconds of a monotonic clock; "rnd" is 64 random bits.
 * No function sleeps, allocates or calls back into C, but for
 * umux_core_panic(), which the C side provides and which does not return.
 */
struct umux_plane;

/* All memory of a plane is one block that the caller provides. */
struct umux_core_config {
	uint64_t	cc_key[2];	/* random, secret: hashes and nonces */
	uint32_t	cc_max_addrs;	/* 16 .. 1<<20 */
	uint32_t	cc_max_pools;	/* 1 .. 1024 */
	uint32_t	cc_max_ifaces;	/* 1 .. 256 */
	uint32_t	cc_tombstone_ms;
	uint32_t	cc_duplicated_ms; /* how long a duplicate is remembered */
	uint32_t	cc_audit_ms;	/* least often that a PCB is checked */
	uint32_t	cc_dad_spread_ms; /* first probes are spread over this */
	uint32_t	cc_pad;
};

struct umux_core_iface {
	uint32_t	ci_ifindex;
	uint32_t	ci_dad_count;	/* probes; 0: uncertain at once */
	uint32_t	ci_retrans_ms;
	uint8_t		ci_up;		/* link and interface are up */
	uint8_t		ci_lladdr_len;	/* 6, or 0 */
	uint8_t		ci_lladdr[8];
	uint8_t		ci_pad[2];
};

/*
 * Effects.  The caller carries them out after it dropped the mutex.  NS and
 * NA come as whole IPv6 packets, checksummed, ready for ip6_output(); the
 * addresses in them are not scope-embedded.
 */
enum umux_action_kind {
	UMUX_A_NONE		= 0,
	UMUX_A_SEND		= 1,	/* ua_packet[ua_len], multicast; if
					   there is no memory to send it, and
					   ua_handle is not 0:
					   umux_core_unsent() */
	UMUX_A_SEND_TO		= 2,	/* the same, unicast to ua_peer */
	UMUX_A_LEAVE		= 3,	/* thread context: drain
					   umux_core_next_group() */
	UMUX_A_EVENT		= 4,	/* RTM_UMUX of ua_pool */
	UMUX_A_CHECK_PCB	= 5,	/* is ua_cookie's PCB gone? call
					   umux_core_checked() */
	UMUX_A_CHECK_POOL	= 6,	/* is ua_pool's prefix still on-link?
					   else umux_core_pool_del(force) */
	UMUX_A_FIND_PCB		= 7,	/* has the connection of ua_handle a PCB?
					   umux_core_das_bind() or _absent() */
	UMUX_A_ANSWER		= 8,	/* as SEND_TO, straight to ua_lladdr;
					   without one (ua_lladdr_len 0) to what
					   the neighbor cache knows.  Nobody is
					   resolved for it. */
};

#define	UMUX_PACKET_MAX		96	/* 40 + 24 + 8 (lladdr) + 8 (nonce), padded */

struct umux_action {
	uint32_t	ua_kind;
	uint32_t	ua_ifindex;
	uint32_t	ua_pool;
	uint16_t	ua_len;
	uint8_t		ua_lladdr_len;
	uint8_t		ua_plen;	/* EVENT: length of the prefix */
	uint8_t		ua_lladdr[8];
	uint64_t	ua_handle;
	struct umux_in6	ua_peer;	/* EVENT: prefix of the pool, which
					   may be gone already */
	union {
		uint8_t			ua_packet[UMUX_PACKET_MAX];
		struct umux_sockaddr	ua_event;
	};
};

#define	UMUX_ACTIONS_MAX	4

struct umux_actions {
	uint32_t		as_n;
	uint32_t		as_pad;
	struct umux_action	as_v[UMUX_ACTIONS_MAX];
};

/* A session's address is known by slot and generation, so none is mixed up. */
typedef uint64_t umux_handle_t;
#define	UMUX_HANDLE_NONE	0

struct umux_take {
	uint32_t	ut_ifindex;
	uint32_t	ut_uid;
	struct umux_in6	ut_peer;
	uint16_t	ut_fport;	/* host order */
	uint16_t	ut_lport;	/* host order, 0: not known yet */
	uint32_t	ut_jid;		/* 0: the host */
	uint8_t		ut_proto;
	uint8_t		ut_wish;	/* UMUX_WISH_* */
	uint8_t		ut_old;		/* out: take_socket() found it */
	uint8_t		ut_pad;
	/* out */
	umux_handle_t	ut_handle;
	struct umux_in6	ut_local;
};

/* What the gate says (contract section 5). */
enum umux_verdict {
	UMUX_V_LEGACY		= 0,	/* not ours: do not touch it */
	UMUX_V_LOCAL		= 1,	/* deliver locally */
	UMUX_V_DROP		= 2,	/* drop without an answer */
	UMUX_V_ND		= 3,	/* umux_core_nd_input() decides, or
					   umux_core_nd_output() */
	UMUX_V_MORE		= 4,	/* headers are longer than what was
					   given: once more with
					   UMUX_GATE_BYTES of it */
	UMUX_V_SEND		= 5,	/* output of a session: let it go */
	UMUX_V_SEND_SERVER	= 6,	/* the same; if it has a PCB, call
					   umux_core_das_bind() */
	UMUX_V_ADMIT		= 7,	/* umux_core_admit() decides */
	UMUX_V_GUARDED		= 8,	/* if the destination is this host's:
					   drop without an answer */
};
#define	UMUX_GATE_BYTES		256

#define	UMUX_GATE_WHOLE		0x1	/* no more bytes can be had */

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that a plane of this configuration takes; 0: out of range. */
size_t	umux_core_size(const struct umux_core_config *);
/* 8-aligned zeroed memory of that size in, plane out.  EINVAL. */
int	umux_core_init(void *, size_t, const struct umux_core_config *,
	    struct umux_plane **);

/* L: interfaces.  A link that comes up starts DAD anew.  ENOSPC. */
int	umux_core_iface_set(struct umux_plane *,
	    const struct umux_core_iface *, uint64_t now);
/* L: forget it with its pools; sessions end with their PCBs. */
void	umux_core_iface_gone(struct umux_plane *, uint32_t ifindex,
	    uint64_t now);

/* L: EINVAL EEXIST ENOSPC ENXIO (umux_core_iface_set() first). */
int	umux_core_pool_add(struct umux_plane *, uint32_t ifindex,
	    const struct umux_pool_req *, uint64_t now, uint32_t *poolp);
/* L: ENOENT, EBUSY (live sessions, no force). */
int	umux_core_pool_del(struct umux_plane *, uint32_t pool, int force,
	    uint64_t now);
/* L: pool number, or ENOENT. */
int	umux_core_pool_find(struct umux_plane *, uint32_t ifindex,
	    const struct umux_in6 *prefix, uint8_t plen, uint32_t *poolp);

/*
 * L: adding an address takes two steps, since the group of its solicited-node
 * address is joined between them, in thread context and without the mutex:
 * add() makes it PENDING; join; start() begins DAD and stores the group's
 * cookie, which comes back once through next_group().
 * add: EINVAL (reserved, multicast, outside the prefix) EEXIST ENOSPC ENOENT
 */
int	umux_core_addr_add(struct umux_plane *, uint32_t pool,
	    const struct umux_in6 *, uint64_t now, umux_handle_t *);
int	umux_core_addr_start(struct umux_plane *, umux_handle_t,
	    uintptr_t group, uint64_t now, uint64_t rnd);
/* L: ENOENT, EBUSY (in a session). */
int	umux_core_addr_del(struct umux_plane *, uint32_t pool,
	    const struct umux_in6 *, uint64_t now);
/* L: withdraws all without a session; ifindex 0: everywhere.  How many. */
uint32_t umux_core_flush(struct umux_plane *, uint32_t ifindex, uint64_t now);

/* L: next group to leave (cookie of addr_start()), 0: none. */
uintptr_t umux_core_next_group(struct umux_plane *);

/*
 * L: client sessions.  take: ENOENT no pool there, or a rule says so, legacy; EAGAIN miss,
 * legacy; EADDRNOTAVAIL miss, refuse.  commit gives the PCB (cookie, with a
 * reference that the session owns from then on) and the local port.
 * end: the session is over, or never came to be; an address that was not on
 * the wire returns to its pool.  The cookie given back is the caller's to
 * release; ESTALE: somebody else ended it.
 */
int	umux_core_take(struct umux_plane *, struct umux_take *, uint64_t now);
int	umux_core_commit(struct umux_plane *, umux_handle_t, uint16_t lport,
	    uintptr_t cookie, uint64_t now);
int	umux_core_end(struct umux_plane *, umux_handle_t, uint64_t now,
	    uintptr_t *cookiep);
/*
 * L: the same for a socket that is not connected: one session for each peer,
 * of which it returns the one that there is (ut_old) or a new one, to be
 * committed.  The cookie names the PCB from here on; the session owns a
 * reference to it, which end() gives back.  ENOENT: as above, or too many.
 */
int	umux_core_take_socket(struct umux_plane *, struct umux_take *,
	    uintptr_t cookie, uint64_t now);
/* L: any session that take_socket() gave for this PCB. */
umux_handle_t umux_core_any_of_socket(const struct umux_plane *,
	    uintptr_t cookie);
/* F: may there be one?  0 is certain. */
int	umux_core_may_be_socket(const struct umux_plane *, uintptr_t cookie);
/*
 * L: make the address of a session that was just taken known.  nexthop is
 * only for UMUX_ANNOUNCE_NEXTHOP.
 */
#define	UMUX_ANNOUNCE_NONE	0
#define	UMUX_ANNOUNCE_ROUTERS	1	/* NA to all routers, RFC 9131 */
#define	UMUX_ANNOUNCE_NEXTHOP	2	/* unicast NS with our lladdr */
int	umux_core_announce(struct umux_plane *, umux_handle_t, uint32_t how,
	    const struct umux_in6 *nexthop, uint64_t now,
	    struct umux_actions *);
/* L: the socket left, the PCB did not (TIME_WAIT): look again at "now+ms". */
int	umux_core_linger(struct umux_plane *, umux_handle_t, uint32_t ms,
	    uint64_t now);
/* L: answer to UMUX_A_CHECK_PCB when the PCB is still there. */
int	umux_core_checked(struct umux_plane *, umux_handle_t, uint64_t now);
/* L: a DAD probe (ua_handle) did not leave: it does not count.  ESTALE. */
int	umux_core_unsent(struct umux_plane *, umux_handle_t, uint64_t now);
/* L: cookie of a session, 0: over.  Take a PCB reference before unlocking. */
uintptr_t umux_core_cookie(struct umux_plane *, umux_handle_t);
/* L: any session that is left, for teardown; UMUX_HANDLE_NONE: none. */
umux_handle_t umux_core_any_session(struct umux_plane *);
/* F: session of a local address, whatever its peer; UMUX_HANDLE_NONE: none. */
umux_handle_t umux_core_find(const struct umux_plane *,
	    const struct umux_in6 *);

/* F: the gate.  pkt starts at the IPv6 header; clear (unembedded) scopes. */
uint32_t umux_core_gate_in(const struct umux_plane *, const void *pkt,
	    size_t len, uint32_t flags);
uint32_t umux_core_gate_out(const struct umux_plane *, const void *pkt,
	    size_t len, uint32_t flags);
/* F: the same for a received IPv4 packet. */
uint32_t umux_core_gate_in4(const struct umux_plane *, const void *pkt,
	    size_t len, uint32_t flags);
/* F: is a TCP listener at this address (null: any of IPv4) a LISTEN_0? */
int	umux_core_guarded(const struct umux_plane *, const struct umux_in6 *,
	    uint16_t port);
/* L: a packet of which the gate said ADMIT.  LOCAL or DROP. */
uint32_t umux_core_admit(struct umux_plane *, const void *pkt, size_t len,
	    uint32_t flags, uint64_t now);

/*
 * L: LISTEN_0.  The cookie names the listener's PCB, with a reference that the
 * plane owns until listener_del().  wanted: what the rules say.  add: EEXIST,
 * ENOSPC.  del: its LISTEN_Us lapse; ESRCH: it was none.
 */
struct umux_listener {
	struct umux_in6	ul_addr;	/* :: all */
	uint64_t	ul_cookie;
	uint16_t	ul_port;
	uint8_t		ul_dual;	/* takes IPv4 too */
	uint8_t		ul_pad;
	uint32_t	ul_uid;
	uint32_t	ul_jid;
	uint32_t	ul_pid;
};
int	umux_core_listener_wanted(const struct umux_plane *,
	    const struct umux_listener *);
int	umux_core_listener_add(struct umux_plane *,
	    const struct umux_listener *, uint64_t now);
int	umux_core_listener_del(struct umux_plane *, uintptr_t cookie,
	    uint64_t now);
int	umux_core_has_listener(const struct umux_plane *, uintptr_t cookie);
/* The PCB of the first from the cursor on, which moves behind it; 0: none. */
uintptr_t umux_core_listener_from(const struct umux_plane *,
	    uint32_t *cursor);

/*
 * L: LISTEN_U.  das: errors as of UMUX_IOC_DAS.
 * bind: the PCB of its connection was seen, in "bind" with its tuple; the
 * cookie is the session's with a reference from then on; ESTALE: not waited
 * for.  tuple: what UMUX_A_FIND_PCB asks for.  absent: it was not found.
 */
struct umux_bind {
	struct umux_in6	ub_local;
	struct umux_in6	ub_peer;
	uint64_t	ub_cookie;
	uint16_t	ub_lport;
	uint16_t	ub_fport;
	uint32_t	ub_ifindex;	/* of the local address, by _tuple() */
};
struct umux_das_how {
	uint64_t	dh_cookie;	/* UMUX_DAS_FD: of the PCB */
	uint32_t	dh_pool;	/* UINT32_MAX: any */
	uint32_t	dh_lock_ms;	/* the SYN cache forgets sooner */
};
int	umux_core_das(struct umux_plane *, struct umux_das_req *,
	    const struct umux_das_how *, uint64_t now);
int	umux_core_das_bind(struct umux_plane *, const struct umux_bind *,
	    uint64_t now);
int	umux_core_das_tuple(struct umux_plane *, umux_handle_t,
	    struct umux_bind *);
int	umux_core_das_absent(struct umux_plane *, umux_handle_t, uint64_t now);
/*
 * L: the first of a listener's LISTEN_Us from the cursor on whose handshake may
 * be complete; the cursor moves behind it.  UMUX_HANDLE_NONE: no more.
 */
umux_handle_t umux_core_das_acked(const struct umux_plane *, uintptr_t cookie,
	    uint32_t *cursor);
uint32_t umux_core_waiting(const struct umux_plane *);	/* LISTEN_Us */
/* L: a server's PCB is gone, its session lingers: nothing comes in. */
int	umux_core_closing(struct umux_plane *, umux_handle_t);
/* F: where the session of a valid address stands; enum umux_phase. */
uint32_t umux_core_phase(const struct umux_plane *, const struct umux_in6 *);

/*
 * L: a whole NS or NA.  LEGACY: the kernel's.  LOCAL: the kernel's, deliver it
 * although it came to a plane address.  DROP: consumed.
 */
uint32_t umux_core_nd_input(struct umux_plane *, uint32_t ifindex,
	    const void *pkt, size_t len, uint64_t now, struct umux_actions *);

/*
 * L: a whole NS that the kernel sends.  LEGACY: let it go.  DROP: it goes out
 * in a session's name, as an action.
 */
uint32_t umux_core_nd_output(struct umux_plane *, uint32_t ifindex,
	    const void *pkt, size_t len, uint64_t now, struct umux_actions *);

/*
 * L: policy.  set with n 0: an empty table.  E2BIG EEXIST EINVAL.  get of a
 * null plane: the defaults.
 */
int	umux_core_labels_set(struct umux_plane *, const struct umux_label *,
	    size_t n);
void	umux_core_labels_reset(struct umux_plane *);
int	umux_core_labels_get(struct umux_plane *, uint32_t *cursor,
	    struct umux_label *);
int	umux_core_rules_set(struct umux_plane *, const struct umux_rule *,
	    size_t n);
void	umux_core_rules_reset(struct umux_plane *);
int	umux_core_rules_get(struct umux_plane *, uint32_t *cursor,
	    struct umux_rule *);

int	umux_core_lrules_set(struct umux_plane *, const struct umux_lrule *,
	    size_t n);
int	umux_core_lrules_get(struct umux_plane *, uint32_t *cursor,
	    struct umux_lrule *);

/*
 * L: timers.  Runs what is due until the actions are full.  Returns when to
 * call again: "now" or earlier: at once; UINT64_MAX: never.
 */
uint64_t umux_core_timer(struct umux_plane *, uint64_t now,
	    struct umux_actions *);
/* L: the same without running anything. */
uint64_t umux_core_next_timer(const struct umux_plane *);

/* L: dumps and figures. */
int	umux_core_pool_get(struct umux_plane *, uint32_t *cursor,
	    struct umux_pool_info *);	/* pi_ifname is the caller's; ENOENT */
int	umux_core_addr_get(struct umux_plane *, uint32_t *cursor, uint64_t now,
	    struct umux_addr_info *);
int	umux_core_sess_get(struct umux_plane *, uint32_t *cursor, uint64_t now,
	    struct umux_sess_info *);
int	umux_core_listen_get(struct umux_plane *, uint32_t *cursor,
	    uint64_t now, struct umux_listen_info *);
int	umux_core_das_get(struct umux_plane *, uint32_t *cursor, uint64_t now,
	    struct umux_das_info *);
void	umux_core_info(const struct umux_plane *, struct umux_info *);
void	umux_core_counters(const struct umux_plane *, struct umux_counters *);
void	umux_core_count_bypass(const struct umux_plane *);	/* F */

/* Provided by the C side: panic(9) in the kernel, abort() on a host. */
void	umux_core_panic(const char *msg, size_t len) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#endif /* !_UMUX_ABI_H_ */
