/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Policy comes in as whole tables: the labels of RFC 6724, and the rules that
 * say which sessions get addresses of their own.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/errno.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>

#include "umux_abi.h"
#include "umux_var.h"

/*
 * One kind of table.
 */
struct umux_table {
	size_t	t_size;		/* of a record */
	uint32_t t_max;
	int	(*t_set)(struct umux_plane *, const void *, size_t);
	void	(*t_reset)(struct umux_plane *);
};

static int
umux_set_labels(struct umux_plane *plane, const void *records, size_t n)
{

	return (umux_core_labels_set(plane, records, n));
}

static int
umux_set_rules(struct umux_plane *plane, const void *records, size_t n)
{

	return (umux_core_rules_set(plane, records, n));
}

static int
umux_set_lrules(struct umux_plane *plane, const void *records, size_t n)
{

	return (umux_core_lrules_set(plane, records, n));
}

static void
umux_reset_lrules(struct umux_plane *plane)
{

	(void)umux_core_lrules_set(plane, NULL, 0);
}

static const struct umux_table umux_labels = {
	sizeof(struct umux_label), UMUX_LABELS_MAX, umux_set_labels,
	umux_core_labels_reset };
static const struct umux_table umux_rules = {
	sizeof(struct umux_rule), UMUX_RULES_MAX, umux_set_rules,
	umux_core_rules_reset };
static const struct umux_table umux_lrules = {
	sizeof(struct umux_lrule), UMUX_LRULES_MAX, umux_set_lrules,
	umux_reset_lrules };

/*
 * A table may be set before there is a pool; the plane is made for it then.
 */
static int
umux_policy_apply(struct umux_softc *sc, const struct umux_table *table,
    const void *records, uint32_t count, bool reset)
{
	int error;

	sx_xlock(&sc->sc_cfg);
	error = umux_plane_create(sc);
	if (error == 0) {
		umux_lock(sc);
		if (reset)
			table->t_reset(sc->sc_plane);
		else
			error = table->t_set(sc->sc_plane, records, count);
		umux_unlock(sc);
	}
	sx_xunlock(&sc->sc_cfg);
	return (error);
}

static int
umux_policy_set(struct umux_softc *sc, const struct umux_policy_req *req,
    const struct umux_table *table)
{
	void *records;
	size_t size;
	int error;

	if (req->uy_recsize != table->t_size)
		return (EPROGMISMATCH);
	if ((req->uy_flags & UMUX_POLICY_DEFAULT) != 0)
		return (req->uy_count != 0 ? EINVAL :
		    umux_policy_apply(sc, table, NULL, 0, true));
	if (req->uy_count > table->t_max)
		return (E2BIG);
	if (req->uy_count == 0)
		return (umux_policy_apply(sc, table, NULL, 0, false));

	size = req->uy_count * table->t_size;
	records = malloc(size, M_UMUX, M_WAITOK);
	error = copyin((const void *)(uintptr_t)req->uy_buf, records, size);
	if (error == 0)
		error = umux_policy_apply(sc, table, records, req->uy_count,
		    false);
	free(records, M_UMUX);
	return (error);
}

int
umux_policy_labels(struct umux_softc *sc, struct umux_policy_req *req)
{

	if ((req->uy_flags & ~UMUX_POLICY_DEFAULT) != 0)
		return (EINVAL);
	return (umux_policy_set(sc, req, &umux_labels));
}

int
umux_policy_rules(struct umux_softc *sc, struct umux_policy_req *req)
{

	if ((req->uy_flags & ~UMUX_POLICY_DEFAULT) != 0)
		return (EINVAL);
	return (umux_policy_set(sc, req, &umux_rules));
}

/*
 * Listeners that take both IPs are guarded in both, once there are rules.
 */
int
umux_policy_lrules(struct umux_softc *sc, struct umux_policy_req *req)
{
	int error;

	if ((req->uy_flags & ~(UMUX_POLICY_DEFAULT | UMUX_POLICY_APPLY)) != 0)
		return (EINVAL);
	error = umux_policy_set(sc, req, &umux_lrules);
	if (error != 0)
		return (error);
	sx_xlock(&sc->sc_cfg);
	error = umux_pfil_init4(sc);
	if (error == 0 && (req->uy_flags & UMUX_POLICY_APPLY) != 0)
		error = umux_listen_apply(sc);
	sx_xunlock(&sc->sc_cfg);
	return (error);
}
