/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * /dev/umux: the ioctls of umux_abi.h, for the VNET of the calling thread.
 *
 * Reading needs the same privilege as writing: which addresses a host has
 * ready, and which session has which, is what the plane keeps to itself.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/callout.h>
#include <sys/conf.h>
#include <sys/errno.h>
#include <sys/ioccom.h>
#include <sys/jail.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/priv.h>
#include <sys/proc.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>
#include <sys/ucred.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/pfil.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet6/in6_var.h>

#include "umux_abi.h"
#include "umux_compat.h"
#include "umux_var.h"

/* Records of a dump that are copied out at a time. */
#define	UMUX_DUMP_CHUNK		64

_Static_assert(UMUX_IFNAMSIZ == IFNAMSIZ, "interface names");
_Static_assert(sizeof(struct umux_in6) == sizeof(struct in6_addr),
    "addresses");

static d_open_t umux_open;
static d_ioctl_t umux_ioctl;

static struct cdevsw umux_cdevsw = {
	.d_version =	D_VERSION,
	.d_open =	umux_open,
	.d_ioctl =	umux_ioctl,
	.d_name =	UMUX_DEV,
};

static struct cdev *umux_cdev;

/*
 * One kind of record that is dumped.
 */
struct umux_dump {
	size_t	d_size;
	int	(*d_get)(struct umux_softc *, uint32_t *, void *);
	void	(*d_finish)(void *);	/* without the mutex; may be NULL */
	bool	d_default;		/* there are some without a plane */
};

/*
 * An interface by the name that a request has for it, with a reference.
 */
static int
umux_ifunit(const char name[UMUX_IFNAMSIZ], struct ifnet **ifpp)
{

	if (name[0] == '\0' || memchr(name, '\0', UMUX_IFNAMSIZ) == NULL)
		return (EINVAL);
	*ifpp = ifunit_ref(name);
	return (*ifpp == NULL ? ENXIO : 0);
}

static int
umux_ioc_info(struct umux_softc *sc, struct umux_info *info)
{
	struct umux_hdr hdr = info->ui_hdr;

	memset(info, 0, sizeof(*info));
	if (umux_plane(sc) != NULL) {
		umux_lock(sc);
		umux_core_info(sc->sc_plane, info);
		umux_unlock(sc);
	} else {
		info->ui_max_addrs = sc->sc_max_addrs;
		info->ui_max_pools = UMUX_MAX_POOLS;
	}
	info->ui_hdr = hdr;
	strlcpy(info->ui_release, UMUX_RELEASE, sizeof(info->ui_release));
	return (0);
}

/*
 * What a pool's request says, whatever the kernel's state.
 */
static int
umux_pool_sane(const struct umux_pool_req *req)
{
	struct in6_addr prefix = umux_in6_addr(&req->up_prefix);

	if (req->up_plen < 16 || req->up_plen > 112 || req->up_pad != 0 ||
	    IN6_IS_ADDR_MULTICAST(&prefix) || IN6_IS_ADDR_LINKLOCAL(&prefix))
		return (EINVAL);
	return (0);
}

static int
umux_pool_add(struct umux_softc *sc, struct ifnet *ifp,
    const struct umux_pool_req *req)
{
	uint32_t ifindex = umux_if_index(ifp);
	uint32_t pool;
	int error;

	if (!umux_iface_able(ifp))
		return (EOPNOTSUPP);
	if (!umux_iface_onlink(ifindex, &req->up_prefix, req->up_plen))
		return (EADDRNOTAVAIL);
	error = umux_plane_create(sc);
	if (error == 0)
		error = umux_iface_add(sc, ifp);
	if (error != 0)
		return (error);
	umux_lock(sc);
	error = umux_core_pool_add(sc->sc_plane, ifindex, req, umux_now(),
	    &pool);
	umux_unlock(sc);
	return (error);
}

static int
umux_ioc_pool_add(struct umux_softc *sc, struct umux_pool_req *req)
{
	struct ifnet *ifp;
	int error;

	error = umux_pool_sane(req);
	if (error != 0)
		return (error);
	if (req->up_flags != 0 ||
	    (req->up_miss != UMUX_MISS_LEGACY &&
	    req->up_miss != UMUX_MISS_REFUSE))
		return (EINVAL);
	/* Whoever holds sc_cfg holds off the interface's departure. */
	sx_xlock(&sc->sc_cfg);
	error = umux_ifunit(req->up_ifname, &ifp);
	if (error == 0) {
		error = umux_pool_add(sc, ifp, req);
		if_rele(ifp);
	}
	sx_xunlock(&sc->sc_cfg);
	return (error);
}

static int
umux_ioc_pool_del(struct umux_softc *sc, struct umux_pool_req *req)
{
	struct ifnet *ifp;
	uint32_t pool;
	int error;

	error = umux_pool_sane(req);
	if (error != 0)
		return (error);
	if ((req->up_flags & ~UMUX_POOL_FORCE) != 0)
		return (EINVAL);
	sx_xlock(&sc->sc_cfg);
	error = umux_ifunit(req->up_ifname, &ifp);
	if (error != 0)
		goto out;
	if (sc->sc_plane == NULL) {
		error = ENOENT;
	} else {
		umux_lock(sc);
		error = umux_core_pool_find(sc->sc_plane, umux_if_index(ifp),
		    &req->up_prefix, req->up_plen, &pool);
		if (error == 0)
			error = umux_core_pool_del(sc->sc_plane, pool,
			    (req->up_flags & UMUX_POOL_FORCE) != 0,
			    umux_now());
		umux_unlock(sc);
		umux_group_drain(sc);
	}
	if_rele(ifp);
out:
	sx_xunlock(&sc->sc_cfg);
	return (error);
}

/*
 * Two steps, with the group joined in between; an address whose group cannot
 * be joined is taken back.
 */
static int
umux_addr_add(struct umux_softc *sc, struct ifnet *ifp, uint32_t pool,
    const struct umux_in6 *addr)
{
	struct in6_addr in6 = umux_in6_addr(addr);
	umux_handle_t handle;
	uintptr_t group;
	uint64_t rnd;
	int error;

	/* The gate would cut the host off from it. */
	if (in6_localip(&in6))
		return (EEXIST);
	umux_lock(sc);
	error = umux_core_addr_add(sc->sc_plane, pool, addr, umux_now(),
	    &handle);
	umux_unlock(sc);
	if (error != 0)
		return (error);

	error = umux_group_join(ifp, addr, &group);
	if (error != 0) {
		umux_lock(sc);
		(void)umux_core_addr_del(sc->sc_plane, pool, addr,
		    umux_now());
		umux_unlock(sc);
		return (error);
	}

	arc4rand(&rnd, sizeof(rnd), 0);
	umux_lock(sc);
	error = umux_core_addr_start(sc->sc_plane, handle, group, umux_now(),
	    rnd);
	umux_unlock(sc);
	if (error != 0) {
		/* Its pool went meanwhile, and it with the pool. */
		umux_group_leave(group);
		error = ENOENT;
	}
	return (error);
}

static int
umux_addr_del(struct umux_softc *sc, struct ifnet *ifp __unused,
    uint32_t pool, const struct umux_in6 *addr)
{
	int error;

	umux_lock(sc);
	error = umux_core_addr_del(sc->sc_plane, pool, addr, umux_now());
	umux_unlock(sc);
	return (error);
}

typedef int	umux_addr_func_t(struct umux_softc *, struct ifnet *,
		    uint32_t, const struct umux_in6 *);

/*
 * A batch; each item has its own error.
 */
static int
umux_addr_batch(struct umux_softc *sc, struct umux_addr_req *req,
    struct umux_addr_item *items, umux_addr_func_t *func)
{
	struct ifnet *ifp;
	uint32_t i, pool;
	int error;

	sx_assert(&sc->sc_cfg, SA_XLOCKED);

	error = umux_ifunit(req->ua_ifname, &ifp);
	if (error != 0)
		return (error);
	if (sc->sc_plane == NULL) {
		error = ENOENT;
		goto out;
	}
	/* DAD may have been reconfigured, which is no event. */
	umux_iface_refresh(sc, ifp, false);
	umux_lock(sc);
	error = umux_core_pool_find(sc->sc_plane, umux_if_index(ifp),
	    &req->ua_prefix, req->ua_plen, &pool);
	umux_unlock(sc);
	if (error != 0)
		goto out;
	req->ua_done = 0;
	for (i = 0; i < req->ua_count; i++) {
		items[i].ai_error = func(sc, ifp, pool, &items[i].ai_addr);
		if (items[i].ai_error == 0)
			req->ua_done++;
	}
	umux_group_drain(sc);
out:
	if_rele(ifp);
	return (error);
}

static int
umux_ioc_addr(struct umux_softc *sc, struct umux_addr_req *req,
    umux_addr_func_t *func)
{
	void *uaddr = (void *)(uintptr_t)req->ua_items;
	struct umux_addr_item *items;
	size_t size;
	int error;

	if (req->ua_count == 0 || req->ua_plen > 128)
		return (EINVAL);
	if (req->ua_count > UMUX_BATCH_MAX)
		return (E2BIG);
	size = req->ua_count * sizeof(*items);
	items = malloc(size, M_UMUX, M_WAITOK);
	error = copyin(uaddr, items, size);
	if (error == 0) {
		/* See umux_group.c. */
		sx_slock(&ifnet_detach_sxlock);
		sx_xlock(&sc->sc_cfg);
		error = umux_addr_batch(sc, req, items, func);
		sx_xunlock(&sc->sc_cfg);
		sx_sunlock(&ifnet_detach_sxlock);
	}
	if (error == 0)
		error = copyout(items, uaddr, size);
	zfree(items, M_UMUX);
	return (error);
}

static int
umux_ioc_flush(struct umux_softc *sc, struct umux_flush_req *req)
{
	struct ifnet *ifp;
	uint32_t ifindex = 0;
	int error = 0;

	req->uf_flushed = 0;
	sx_xlock(&sc->sc_cfg);
	if (req->uf_ifname[0] != '\0') {
		error = umux_ifunit(req->uf_ifname, &ifp);
		if (error == 0) {
			ifindex = umux_if_index(ifp);
			if_rele(ifp);
		}
	}
	if (error == 0 && sc->sc_plane != NULL) {
		umux_lock(sc);
		req->uf_flushed = umux_core_flush(sc->sc_plane, ifindex,
		    umux_now());
		umux_unlock(sc);
		umux_group_drain(sc);
	}
	sx_xunlock(&sc->sc_cfg);
	return (error);
}

static int
umux_ioc_stats(struct umux_softc *sc, struct umux_stats_req *req)
{

	memset(&req->us_counters, 0, sizeof(req->us_counters));
	if (umux_plane(sc) != NULL) {
		umux_lock(sc);
		umux_core_counters(sc->sc_plane, &req->us_counters);
		umux_unlock(sc);
	}
	return (0);
}

static int
umux_get_pool(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_pool_get(sc->sc_plane, cursor, record));
}

static void
umux_finish_pool(void *record)
{
	struct umux_pool_info *pi = record;
	struct epoch_tracker et;
	struct ifnet *ifp;

	NET_EPOCH_ENTER(et);
	ifp = ifnet_byindex(pi->pi_ifindex);
	if (ifp != NULL)
		strlcpy(pi->pi_ifname, if_name(ifp), sizeof(pi->pi_ifname));
	NET_EPOCH_EXIT(et);
}

static int
umux_get_addr(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_addr_get(sc->sc_plane, cursor, umux_now(), record));
}

static int
umux_get_sess(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_sess_get(sc->sc_plane, cursor, umux_now(), record));
}

static int
umux_get_label(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_labels_get(sc->sc_plane, cursor, record));
}

static int
umux_get_rule(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_rules_get(sc->sc_plane, cursor, record));
}

static int
umux_get_lrule(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_lrules_get(sc->sc_plane, cursor, record));
}

static int
umux_get_listen(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_listen_get(sc->sc_plane, cursor, umux_now(),
	    record));
}

static int
umux_get_das(struct umux_softc *sc, uint32_t *cursor, void *record)
{

	return (umux_core_das_get(sc->sc_plane, cursor, umux_now(), record));
}

static const struct umux_dump umux_dump_pool = {
	sizeof(struct umux_pool_info), umux_get_pool, umux_finish_pool, false };
static const struct umux_dump umux_dump_addr = {
	sizeof(struct umux_addr_info), umux_get_addr, NULL, false };
static const struct umux_dump umux_dump_sess = {
	sizeof(struct umux_sess_info), umux_get_sess, NULL, false };
static const struct umux_dump umux_dump_label = {
	sizeof(struct umux_label), umux_get_label, NULL, true };
static const struct umux_dump umux_dump_rule = {
	sizeof(struct umux_rule), umux_get_rule, NULL, true };
static const struct umux_dump umux_dump_lrule = {
	sizeof(struct umux_lrule), umux_get_lrule, NULL, false };
static const struct umux_dump umux_dump_listen = {
	sizeof(struct umux_listen_info), umux_get_listen, NULL, false };
static const struct umux_dump umux_dump_das = {
	sizeof(struct umux_das_info), umux_get_das, NULL, false };

/*
 * One chunk of records, consistent in itself.  Returns how many; the cursor
 * is at the end when there are no more.
 */
static uint32_t
umux_dump_chunk(struct umux_softc *sc, const struct umux_dump *dump,
    uint32_t *cursor, char *records, uint32_t wanted)
{
	uint32_t i, n;

	/* Nothing is changed, so no timer has to be armed. */
	mtx_lock(&sc->sc_mtx);
	for (n = 0; n < wanted; n++) {
		if (dump->d_get(sc, cursor, records + n * dump->d_size) != 0) {
			*cursor = UMUX_CURSOR_END;
			break;
		}
	}
	mtx_unlock(&sc->sc_mtx);
	if (dump->d_finish != NULL)
		for (i = 0; i < n; i++)
			dump->d_finish(records + i * dump->d_size);
	return (n);
}

static int
umux_ioc_dump(struct umux_softc *sc, struct umux_dump_req *req,
    const struct umux_dump *dump)
{
	char *records, *uaddr = (char *)(uintptr_t)req->ud_buf;
	uint32_t chunk, cursor, done, n;
	int error = 0;

	if (req->ud_recsize != dump->d_size)
		return (EPROGMISMATCH);
	if (req->ud_count == 0)
		return (EINVAL);
	if (req->ud_count > UMUX_BATCH_MAX)
		return (E2BIG);
	cursor = umux_plane(sc) == NULL && !dump->d_default ?
	    UMUX_CURSOR_END : req->ud_cursor;
	chunk = MIN(req->ud_count, UMUX_DUMP_CHUNK);
	records = malloc(chunk * dump->d_size, M_UMUX, M_WAITOK | M_ZERO);
	for (done = 0; error == 0 && done < req->ud_count &&
	    cursor != UMUX_CURSOR_END; done += n) {
		n = umux_dump_chunk(sc, dump, &cursor, records,
		    MIN(chunk, req->ud_count - done));
		error = copyout(records, uaddr + done * dump->d_size,
		    n * dump->d_size);
	}
	zfree(records, M_UMUX);
	req->ud_cursor = cursor;
	req->ud_count = done;
	return (error);
}

/*
 * Every request begins with what its author was compiled with.
 */
static bool
umux_hdr_ok(const struct umux_hdr *hdr, u_long cmd)
{

	return (hdr->uh_version == UMUX_ABI_VERSION &&
	    hdr->uh_size == IOCPARM_LEN(cmd));
}

static int
umux_request(struct umux_softc *sc, u_long cmd, void *data, struct thread *td)
{

	switch (cmd) {
	case UMUX_IOC_INFO:
	case UMUX_IOC_POOL_ADD:
	case UMUX_IOC_POOL_DEL:
	case UMUX_IOC_POOL_GET:
	case UMUX_IOC_ADDR_ADD:
	case UMUX_IOC_ADDR_DEL:
	case UMUX_IOC_ADDR_GET:
	case UMUX_IOC_SESS_GET:
	case UMUX_IOC_STATS:
	case UMUX_IOC_FLUSH:
	case UMUX_IOC_LABELS_SET:
	case UMUX_IOC_LABELS_GET:
	case UMUX_IOC_RULES_SET:
	case UMUX_IOC_RULES_GET:
	case UMUX_IOC_LRULES_SET:
	case UMUX_IOC_LRULES_GET:
	case UMUX_IOC_LISTEN_GET:
	case UMUX_IOC_DAS:
	case UMUX_IOC_DAS_GET:
		if (!umux_hdr_ok(data, cmd))
			return (EPROGMISMATCH);
		break;
	default:
		return (ENOTTY);
	}

	switch (cmd) {
	case UMUX_IOC_INFO:
		return (umux_ioc_info(sc, data));
	case UMUX_IOC_POOL_ADD:
		return (umux_ioc_pool_add(sc, data));
	case UMUX_IOC_POOL_DEL:
		return (umux_ioc_pool_del(sc, data));
	case UMUX_IOC_POOL_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_pool));
	case UMUX_IOC_ADDR_ADD:
		return (umux_ioc_addr(sc, data, umux_addr_add));
	case UMUX_IOC_ADDR_DEL:
		return (umux_ioc_addr(sc, data, umux_addr_del));
	case UMUX_IOC_ADDR_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_addr));
	case UMUX_IOC_SESS_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_sess));
	case UMUX_IOC_STATS:
		return (umux_ioc_stats(sc, data));
	case UMUX_IOC_FLUSH:
		return (umux_ioc_flush(sc, data));
	case UMUX_IOC_LABELS_SET:
		return (umux_policy_labels(sc, data));
	case UMUX_IOC_LABELS_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_label));
	case UMUX_IOC_RULES_SET:
		return (umux_policy_rules(sc, data));
	case UMUX_IOC_RULES_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_rule));
	case UMUX_IOC_LRULES_SET:
		return (umux_policy_lrules(sc, data));
	case UMUX_IOC_LRULES_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_lrule));
	case UMUX_IOC_LISTEN_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_listen));
	case UMUX_IOC_DAS:
		return (umux_das(sc, data, td));
	case UMUX_IOC_DAS_GET:
		return (umux_ioc_dump(sc, data, &umux_dump_das));
	}
	return (ENOTTY);
}

static void
umux_opener_free(void *opener)
{

	crfree(opener);
}

/*
 * Privilege is asked for once: umuxd opens the device as root, and is nobody
 * when it makes its requests.  The descriptor is good for the VNET that it was
 * opened in, wherever it is passed to.
 */
static int
umux_open(struct cdev *dev __unused, int oflags __unused,
    int devtype __unused, struct thread *td)
{
	struct ucred *opener;
	int error;

	error = priv_check(td, PRIV_NET_ADDIFADDR);
	if (error != 0)
		return (error);
	opener = crhold(td->td_ucred);
	error = devfs_set_cdevpriv(opener, umux_opener_free);
	if (error != 0)
		crfree(opener);
	return (error);
}

static int
umux_ioctl(struct cdev *dev __unused, u_long cmd, caddr_t data,
    int fflag __unused, struct thread *td)
{
	struct umux_softc *sc;
	void *opener;
	int error;

	error = devfs_get_cdevpriv(&opener);
	if (error != 0)
		return (error);
	if (CRED_TO_VNET((struct ucred *)opener) != TD_TO_VNET(td))
		return (EPERM);
	CURVNET_SET(TD_TO_VNET(td));
	sc = umux_here();
	error = sc == NULL ? ENODEV : umux_request(sc, cmd, data, td);
	CURVNET_RESTORE();
	return (error);
}

int
umux_dev_init(void)
{
	struct make_dev_args args;

	make_dev_args_init(&args);
	args.mda_flags = MAKEDEV_WAITOK | MAKEDEV_CHECKNAME;
	args.mda_devsw = &umux_cdevsw;
	args.mda_uid = UID_ROOT;
	args.mda_gid = GID_WHEEL;
	args.mda_mode = 0600;
	return (make_dev_s(&args, &umux_cdev, UMUX_DEV));
}

/*
 * Waits for requests that are being served.
 */
void
umux_dev_uninit(void)
{

	destroy_dev(umux_cdev);
}
