/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The SDT provider; umux_probe.h says what each probe tells.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>

#include "umux_probe.h"

SDT_PROVIDER_DEFINE(umux);
SDT_PROBE_DEFINE2(umux, , , take, "struct umux_take *", "int");
SDT_PROBE_DEFINE2(umux, , , valid, "uint64_t", "struct inpcb *");
SDT_PROBE_DEFINE1(umux, , , gone, "uint64_t");
SDT_PROBE_DEFINE2(umux, , , duplicated, "uint32_t", "uint32_t");
SDT_PROBE_DEFINE3(umux, , , drop, "struct ifnet *", "struct mbuf *", "int");
