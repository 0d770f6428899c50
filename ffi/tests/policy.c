/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Policy through the ABI: what is set is what is shown, and what is refused
 * changes nothing.  umux_policy_test() returns how many checks failed.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "umux_abi.h"

int	umux_policy_test(void);

static int failures;

#define	CHECK(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
		failures++;						\
	}								\
} while (0)

#define	ENOENT_	2
#define	E2BIG_	7
#define	EEXIST_	17
#define	EINVAL_	22

static unsigned
count_rules(struct umux_plane *p)
{
	struct umux_rule ru;
	uint32_t cursor = 0;
	unsigned n = 0;

	while (umux_core_rules_get(p, &cursor, &ru) == 0)
		n++;
	return (n);
}

static unsigned
count_labels(struct umux_plane *p)
{
	struct umux_label la;
	uint32_t cursor = 0;
	unsigned n = 0;

	while (umux_core_labels_get(p, &cursor, &la) == 0)
		n++;
	return (n);
}

static void
labels(struct umux_plane *p)
{
	struct umux_label la[2], got;
	uint32_t cursor = 0;

	CHECK(count_labels(NULL) == 9);
	CHECK(count_labels(p) == 9);
	memset(la, 0, sizeof(la));
	la[0].la_prefix.s6[0] = 0x20;
	la[0].la_plen = 8;
	la[0].la_precedence = 40;
	la[0].la_label = 70000;
	la[1] = la[0];
	CHECK(umux_core_labels_set(p, la, 2) == EEXIST_);
	la[1].la_plen = 2;	/* bits behind it */
	CHECK(umux_core_labels_set(p, la, 2) == EINVAL_);
	la[1].la_plen = 129;
	CHECK(umux_core_labels_set(p, la, 2) == EINVAL_);
	CHECK(umux_core_labels_set(p, NULL, 1) == EINVAL_);
	CHECK(count_labels(p) == 9);
	CHECK(umux_core_labels_set(p, la, 1) == 0);
	CHECK(umux_core_labels_get(p, &cursor, &got) == 0 && cursor == 1);
	CHECK(memcmp(&got, &la[0], sizeof(got)) == 0);
	CHECK(umux_core_labels_get(p, &cursor, &got) == ENOENT_);
	CHECK(umux_core_labels_set(p, NULL, 0) == 0);
	CHECK(count_labels(p) == 0);
	umux_core_labels_reset(p);
	CHECK(count_labels(p) == 9);
}

static void
rules(struct umux_plane *p)
{
	static struct umux_rule many[UMUX_RULES_MAX + 1];
	struct umux_rule ru, got;
	uint32_t cursor = 0;

	CHECK(count_rules(NULL) == 5);
	CHECK(count_rules(p) == 5);
	memset(&ru, 0, sizeof(ru));
	ru.ru_dst.s6[0] = 0x20;
	ru.ru_plen = 8;
	ru.ru_verdict = UMUX_RULE_LEGACY;
	ru.ru_proto = 6;
	ru.ru_wish = UMUX_WISH_PUBLIC;
	ru.ru_port_first = 80;
	ru.ru_port_last = 443;
	ru.ru_uid_first = 1000;
	ru.ru_uid_last = 2000;
	ru.ru_jail = UMUX_JAIL_ANY;
	CHECK(umux_core_rules_set(p, &ru, 1) == 0);
	CHECK(umux_core_rules_get(p, &cursor, &got) == 0);
	CHECK(memcmp(&got, &ru, sizeof(got)) == 0);

	got.ru_verdict = 2;
	CHECK(umux_core_rules_set(p, &got, 1) == EINVAL_);
	got = ru;
	got.ru_wish = 3;
	CHECK(umux_core_rules_set(p, &got, 1) == EINVAL_);
	got = ru;
	got.ru_proto = 58;
	CHECK(umux_core_rules_set(p, &got, 1) == EINVAL_);
	got = ru;
	got.ru_port_last = 79;
	CHECK(umux_core_rules_set(p, &got, 1) == EINVAL_);
	got = ru;
	got.ru_plen = 1;
	CHECK(umux_core_rules_set(p, &got, 1) == EINVAL_);
	CHECK(umux_core_rules_set(p, many, UMUX_RULES_MAX + 1) == E2BIG_);
	CHECK(count_rules(p) == 1);
	umux_core_rules_reset(p);
	CHECK(count_rules(p) == 5);
}

int
umux_policy_test(void)
{
	struct umux_core_config cc;
	struct umux_plane *p;
	size_t size;
	void *mem;

	failures = 0;
	memset(&cc, 0, sizeof(cc));
	cc.cc_max_addrs = 64;
	cc.cc_max_pools = cc.cc_max_ifaces = 2;
	cc.cc_audit_ms = 1000;
	size = umux_core_size(&cc);
	mem = calloc(1, size);
	CHECK(umux_core_init(mem, size, &cc, &p) == 0);
	labels(p);
	rules(p);
	free(mem);
	return (failures);
}
