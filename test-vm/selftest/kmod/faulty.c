/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * A module that takes the name of umux and misbehaves on request: sysctl
 * debug.umux_faulty.{leak,panic,reversal,refuse,overrun}.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/sysctl.h>

static MALLOC_DEFINE(M_UMUX, "umux", "umux stand-in");

static SYSCTL_NODE(_debug, OID_AUTO, umux_faulty, CTLFLAG_RW | CTLFLAG_MPSAFE,
    0, "faults on request");

static int faulty_leak, faulty_refuse;
SYSCTL_INT(_debug_umux_faulty, OID_AUTO, leak, CTLFLAG_RW, &faulty_leak, 0,
    "forget memory at unload");
SYSCTL_INT(_debug_umux_faulty, OID_AUTO, refuse, CTLFLAG_RW, &faulty_refuse, 0,
    "refuse to unload");

#define	FAULTY_SIZE	100

static struct mtx faulty_a, faulty_b;
static volatile char *faulty_memory;

static int
sysctl_panic(SYSCTL_HANDLER_ARGS)
{

	if (req->newptr != NULL)
		panic("umux selftest asked for it");
	return (0);
}
SYSCTL_PROC(_debug_umux_faulty, OID_AUTO, panic,
    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, 0, sysctl_panic, "I",
    "panic");

static int
sysctl_reversal(SYSCTL_HANDLER_ARGS)
{

	if (req->newptr == NULL)
		return (0);
	mtx_lock(&faulty_a);
	mtx_lock(&faulty_b);
	mtx_unlock(&faulty_b);
	mtx_unlock(&faulty_a);
	mtx_lock(&faulty_b);
	mtx_lock(&faulty_a);
	mtx_unlock(&faulty_a);
	mtx_unlock(&faulty_b);
	return (0);
}
SYSCTL_PROC(_debug_umux_faulty, OID_AUTO, reversal,
    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, 0, sysctl_reversal, "I",
    "take two locks in both orders");

/* The allocator gives 128 bytes for 100, so only KASAN minds. */
static int
sysctl_overrun(SYSCTL_HANDLER_ARGS)
{

	if (req->newptr != NULL && faulty_memory[FAULTY_SIZE] != 0)
		printf("umux selftest read something\n");
	return (0);
}
SYSCTL_PROC(_debug_umux_faulty, OID_AUTO, overrun,
    CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, 0, sysctl_overrun, "I",
    "read behind the end of an allocation");

static int
faulty_event(module_t mod, int what, void *arg)
{

	switch (what) {
	case MOD_LOAD:
		mtx_init(&faulty_a, "faulty a", NULL, MTX_DEF);
		mtx_init(&faulty_b, "faulty b", NULL, MTX_DEF);
		faulty_memory = malloc(FAULTY_SIZE, M_UMUX, M_WAITOK);
		return (0);
	case MOD_QUIESCE:
		return (faulty_refuse ? EBUSY : 0);
	case MOD_UNLOAD:
		if (faulty_leak == 0)
			free(__DEVOLATILE(char *, faulty_memory), M_UMUX);
		mtx_destroy(&faulty_b);
		mtx_destroy(&faulty_a);
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t faulty_mod = { "umux", faulty_event, NULL };
DECLARE_MODULE_TIED(umux, faulty_mod, SI_SUB_PSEUDO, SI_ORDER_ANY);
MODULE_VERSION(umux, 1);
