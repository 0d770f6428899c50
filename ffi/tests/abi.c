/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The ABI as the kernel module uses it: a pool, DAD, a session, its end.
 * Each check that fails names its line; umux_abi_test() returns how many did.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "umux_abi.h"

int	umux_abi_test(void);

static int failures;

#define	CHECK(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		failures++;						\
	}								\
} while (0)

#define	IFINDEX	7
#define	SEC	1000000ull

static const struct umux_in6 prefix = { { 0x20, 0x01, 0x0d, 0xb8 } };
static const struct umux_in6 peer = { { 0x20, 0x01, 0x0d, 0xb8, 0, 1,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 9 } };

static struct umux_in6
address(uint8_t last)
{
	struct umux_in6 a = prefix;

	a.s6[8] = 0x12;
	a.s6[15] = last;
	return (a);
}

/* A TCP segment between the session's ends. */
static size_t
segment(uint8_t *pkt, const struct umux_in6 *src, const struct umux_in6 *dst,
    uint16_t sport, uint16_t dport, uint8_t flags)
{

	memset(pkt, 0, 60);
	pkt[0] = 0x60;
	pkt[5] = 20;
	pkt[6] = 6;
	pkt[7] = 64;
	memcpy(pkt + 8, src, 16);
	memcpy(pkt + 24, dst, 16);
	pkt[40] = sport >> 8;
	pkt[41] = sport & 0xff;
	pkt[42] = dport >> 8;
	pkt[43] = dport & 0xff;
	pkt[52] = 0x50;
	pkt[53] = flags;
	return (60);
}

/* Runs timers up to "until"; counts actions of one kind. */
static unsigned
run(struct umux_plane *p, uint64_t until, uint32_t kind, struct umux_action *last)
{
	struct umux_actions as;
	uint64_t now, next;
	unsigned n = 0;
	uint32_t i;

	for (now = umux_core_next_timer(p); now <= until; now = next) {
		next = umux_core_timer(p, now, &as);
		for (i = 0; i < as.as_n; i++) {
			if (as.as_v[i].ua_kind != kind)
				continue;
			n++;
			if (last != NULL)
				*last = as.as_v[i];
		}
	}
	return (n);
}

static void
bad_arguments(void)
{
	struct umux_core_config cc;
	struct umux_plane *p = NULL;
	uint64_t space[16];

	memset(&cc, 0, sizeof(cc));
	CHECK(umux_core_size(NULL) == 0);
	CHECK(umux_core_size(&cc) == 0);
	cc.cc_max_addrs = 1u << 31;
	CHECK(umux_core_size(&cc) == 0);
	CHECK(umux_core_init(NULL, 0, NULL, NULL) == 22);
	cc.cc_max_addrs = 64;
	cc.cc_max_pools = cc.cc_max_ifaces = 2;
	cc.cc_audit_ms = 1000;
	CHECK(umux_core_size(&cc) > sizeof(space));
	CHECK(umux_core_init(space, sizeof(space), &cc, &p) == 22);
	CHECK(p == NULL);
}

int
umux_abi_test(void)
{
	struct umux_core_config cc;
	struct umux_core_iface ci;
	struct umux_pool_req up;
	struct umux_pool_info pi;
	struct umux_sess_info si;
	struct umux_counters uc;
	struct umux_take ut;
	struct umux_action a;
	struct umux_plane *p;
	struct umux_in6 addr;
	umux_handle_t h, stale;
	uintptr_t cookie;
	uint8_t pkt[64];
	uint32_t pool, cursor;
	size_t len, size;
	void *mem;

	failures = 0;
	bad_arguments();

	memset(&cc, 0, sizeof(cc));
	cc.cc_key[0] = 1;
	cc.cc_key[1] = 2;
	cc.cc_max_addrs = 64;
	cc.cc_max_pools = 2;
	cc.cc_max_ifaces = 2;
	cc.cc_tombstone_ms = 5000;
	cc.cc_duplicated_ms = 5000;
	cc.cc_audit_ms = 60000;
	cc.cc_dad_spread_ms = 0;
	size = umux_core_size(&cc);
	mem = calloc(1, size);
	CHECK(size > 0 && mem != NULL);
	CHECK(umux_core_init(mem, size, &cc, &p) == 0);
	addr = address(1);
	len = segment(pkt, &addr, &peer, 40000, 80, 0x10);
	CHECK(umux_core_gate_out(p, pkt, len, UMUX_GATE_WHOLE) == UMUX_V_LEGACY);

	memset(&up, 0, sizeof(up));
	up.up_prefix = prefix;
	up.up_plen = 64;
	CHECK(umux_core_pool_add(p, IFINDEX, &up, SEC, &pool) == 6);
	memset(&ci, 0, sizeof(ci));
	ci.ci_ifindex = IFINDEX;
	ci.ci_dad_count = 1;
	ci.ci_retrans_ms = 1000;
	ci.ci_up = 1;
	ci.ci_lladdr_len = 6;
	memcpy(ci.ci_lladdr, "\2\0\0\0\0\1", 6);
	CHECK(umux_core_iface_set(p, &ci, SEC) == 0);
	up.up_plen = 8;
	CHECK(umux_core_pool_add(p, IFINDEX, &up, SEC, &pool) == 22);
	up.up_plen = 64;
	up.up_miss = 9;
	CHECK(umux_core_pool_add(p, IFINDEX, &up, SEC, &pool) == 22);
	up.up_miss = UMUX_MISS_REFUSE;
	up.up_prefix = address(1);
	CHECK(umux_core_pool_add(p, IFINDEX, &up, SEC, &pool) == 22);
	up.up_prefix = prefix;
	CHECK(umux_core_pool_add(p, IFINDEX, &up, SEC, &pool) == 0);
	CHECK(umux_core_pool_add(p, IFINDEX, &up, SEC, &pool) == 17);

	/* DAD: one probe, then uncertain a second later. */
	CHECK(umux_core_addr_add(p, pool, &peer, SEC, &h) == 22);
	addr = address(1);
	CHECK(umux_core_addr_add(p, pool, &addr, SEC, &h) == 0);
	CHECK(umux_core_addr_add(p, pool, &addr, SEC, &stale) == 17);
	CHECK(umux_core_addr_start(p, h, 0x1234, SEC, 0) == 0);
	CHECK(run(p, SEC, UMUX_A_SEND, &a) == 1);
	CHECK(a.ua_ifindex == IFINDEX && a.ua_len == 72);
	CHECK(a.ua_packet[6] == 58 && a.ua_packet[40] == 135);
	CHECK(run(p, 3 * SEC, UMUX_A_EVENT, &a) >= 1);
	CHECK(a.ua_event.su_events & UMUX_EV_READY);
	CHECK(a.ua_event.su_uncertain == 1 && a.ua_plen == 64);
	CHECK(memcmp(&a.ua_peer, &prefix, 16) == 0);

	/* A session; the pool is empty then, and its policy is to refuse. */
	memset(&ut, 0, sizeof(ut));
	ut.ut_ifindex = IFINDEX;
	ut.ut_peer = peer;
	ut.ut_fport = 80;
	ut.ut_proto = 6;
	CHECK(umux_core_take(p, &ut, 3 * SEC) == 0);
	CHECK(memcmp(&ut.ut_local, &addr, 16) == 0);
	h = ut.ut_handle;
	CHECK(umux_core_take(p, &ut, 3 * SEC) == 49);
	ut.ut_ifindex = 99;
	CHECK(umux_core_take(p, &ut, 3 * SEC) == 2);
	len = segment(pkt, &addr, &peer, 40000, 80, 0x02);
	CHECK(umux_core_gate_out(p, pkt, len, UMUX_GATE_WHOLE) == UMUX_V_SEND);
	CHECK(umux_core_commit(p, h, 40000, 0xabcd, 3 * SEC) == 0);
	CHECK(umux_core_find(p, &addr) == h);
	CHECK(umux_core_cookie(p, h) == 0xabcd);
	len = segment(pkt, &peer, &addr, 80, 40000, 0x12);
	CHECK(umux_core_gate_in(p, pkt, len, UMUX_GATE_WHOLE) ==
	    UMUX_V_LOCAL);
	len = segment(pkt, &peer, &addr, 80, 40000, 0x02);
	CHECK(umux_core_gate_in(p, pkt, len, UMUX_GATE_WHOLE) ==
	    UMUX_V_DROP);
	len = segment(pkt, &peer, &addr, 80, 40001, 0x10);
	CHECK(umux_core_gate_in(p, pkt, len, UMUX_GATE_WHOLE) ==
	    UMUX_V_DROP);
	CHECK(umux_core_gate_in(p, pkt, 50, 0) == UMUX_V_MORE);
	CHECK(umux_core_gate_in(p, pkt, 50, UMUX_GATE_WHOLE) ==
	    UMUX_V_DROP);
	CHECK(umux_core_gate_in(p, NULL, 0, 0) == UMUX_V_LEGACY);
	cursor = 0;
	CHECK(umux_core_sess_get(p, &cursor, 4 * SEC, &si) == 0);
	CHECK(si.si_lport == 40000 && si.si_fport == 80 && si.si_proto == 6);
	CHECK(si.si_flags == UMUX_SI_ON_WIRE && si.si_age_ms == 1000);
	CHECK(umux_core_sess_get(p, &cursor, 4 * SEC, &si) == 2);
	CHECK(umux_core_pool_del(p, pool, 0, 4 * SEC) == 16);

	/* The end: once, then silence, then nothing. */
	CHECK(umux_core_end(p, h, 4 * SEC, &cookie) == 0 && cookie == 0xabcd);
	CHECK(umux_core_end(p, h, 4 * SEC, &cookie) == 70 && cookie == 0);
	CHECK(umux_core_find(p, &addr) == UMUX_HANDLE_NONE);
	len = segment(pkt, &addr, &peer, 40000, 80, 0x10);
	CHECK(umux_core_gate_out(p, pkt, len, UMUX_GATE_WHOLE) == UMUX_V_DROP);
	CHECK(run(p, 5 * SEC, UMUX_A_LEAVE, NULL) == 1);
	CHECK(umux_core_next_group(p) == 0x1234);
	CHECK(umux_core_next_group(p) == 0);
	(void)run(p, 10 * SEC, UMUX_A_NONE, NULL);
	CHECK(umux_core_gate_out(p, pkt, len, UMUX_GATE_WHOLE) == UMUX_V_LEGACY);
	CHECK(umux_core_any_session(p) == UMUX_HANDLE_NONE);
	cursor = 0;
	CHECK(umux_core_pool_get(p, &cursor, &pi) == 0);
	CHECK(pi.pi_taken == 1 && pi.pi_ended == 1 && pi.pi_missed == 1);
	umux_core_counters(p, &uc);
	CHECK(uc.uc_probes == 1 && uc.uc_in_session == 1);
	CHECK(uc.uc_in_dropped == 3 && uc.uc_out_dropped == 1);

	free(mem);
	return (failures);
}
