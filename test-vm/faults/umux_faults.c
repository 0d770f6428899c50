/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Failures on request.  The harness links a second umux.ko from the module's
 * own objects, in which the functions below stand in for those of the kernel
 * that can fail for want of memory (build-module, faults/symbols).  So every
 * such call of the module can be made to fail, one after the other, without a
 * line in the module that knows of it.
 *
 *	debug.umux_faults.at		which call fails, counted from when this was
 *					set; 0: none
 *	debug.umux_faults.on		all that follow fail, too
 *	debug.umux_faults.calls		calls since then
 *	debug.umux_faults.failed	those that failed
 *	debug.umux_faults.last		the function that failed last
 *	debug.umux_faults.only		only calls of this function count, if set
 *
 * And an unload can be made to last, where a jail's network stack that departs
 * meanwhile does the most harm: between leaving the list of all stacks and its
 * destructors.
 *
 *	debug.umux_faults.drain_ms	so long the stack is kept there, and the next unload
 *					waits for half of it
 *	debug.umux_faults.draining	it is kept now
 *
 * Joining a group can be made to last:
 *
 *	debug.umux_faults.join_ms	the next one waits for so long before it begins
 *	debug.umux_faults.joining	it waits now
 *
 * So can the load: that is a tunable (kenv(1)), since there is no knob before.
 *
 *	debug.umux_faults.load_ms	so long no stack comes onto the list, and
 *					the load waits for half of it
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/conf.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/proc.h>
#include <sys/smp.h>
#include <sys/socket.h>
#include <sys/sx.h>
#include <sys/sysctl.h>
#include <sys/time.h>

#include <vm/uma.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/ethernet.h>
#include <net/pfil.h>
#include <net/route.h>
#include <net/vnet.h>

#include <netinet/in.h>
#include <netinet/in_systm.h>
#include <netinet/in_pcb.h>
#include <netinet/ip6.h>
#include <netinet6/in6_pcb.h>
#include <netinet6/in6_var.h>
#include <netinet6/ip6_var.h>

static u_int umux_faults_at, umux_faults_on;
static u_int umux_faults_calls, umux_faults_failed;
static const char *umux_faults_name = "";
static char umux_faults_only[32];
static u_int umux_faults_drain_ms;
static u_int umux_faults_join_ms;
static volatile u_int umux_faults_draining, umux_faults_holds;
static volatile u_int umux_faults_joining;

static SYSCTL_NODE(_debug, OID_AUTO, umux_faults, CTLFLAG_RW, NULL,
    "Failures of what umux calls");

static int
umux_faults_set(SYSCTL_HANDLER_ARGS)
{
	u_int at = umux_faults_at;
	int error;

	error = sysctl_handle_int(oidp, &at, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	umux_faults_at = 0;
	umux_faults_calls = umux_faults_failed = 0;
	umux_faults_name = "";
	umux_faults_at = at;
	return (0);
}

static int
umux_faults_last(SYSCTL_HANDLER_ARGS)
{
	char name[32];

	strlcpy(name, umux_faults_name, sizeof(name));
	return (sysctl_handle_string(oidp, name, sizeof(name), req));
}

SYSCTL_PROC(_debug_umux_faults, OID_AUTO, at, CTLTYPE_UINT | CTLFLAG_RWTUN |
    CTLFLAG_MPSAFE, NULL, 0, umux_faults_set, "IU", "Which call fails");
SYSCTL_UINT(_debug_umux_faults, OID_AUTO, on, CTLFLAG_RWTUN, &umux_faults_on,
    0, "All that follow fail, too");
SYSCTL_UINT(_debug_umux_faults, OID_AUTO, calls, CTLFLAG_RD,
    &umux_faults_calls, 0, "Calls that could fail");
SYSCTL_UINT(_debug_umux_faults, OID_AUTO, failed, CTLFLAG_RD,
    &umux_faults_failed, 0, "Calls that failed");
SYSCTL_PROC(_debug_umux_faults, OID_AUTO, last, CTLTYPE_STRING | CTLFLAG_RD |
    CTLFLAG_MPSAFE, NULL, 0, umux_faults_last, "A", "What failed last");
SYSCTL_STRING(_debug_umux_faults, OID_AUTO, only, CTLFLAG_RWTUN,
    umux_faults_only, sizeof(umux_faults_only), "Only this function");
SYSCTL_UINT(_debug_umux_faults, OID_AUTO, drain_ms, CTLFLAG_RWTUN,
    &umux_faults_drain_ms, 0, "How long an unload lasts");
SYSCTL_UINT(_debug_umux_faults, OID_AUTO, draining, CTLFLAG_RD,
    __DEVOLATILE(u_int *, &umux_faults_draining), 0, "An unload is made to last");

SYSCTL_UINT(_debug_umux_faults, OID_AUTO, join_ms, CTLFLAG_RWTUN,
    &umux_faults_join_ms, 0, "How long the next join of a group waits");
SYSCTL_UINT(_debug_umux_faults, OID_AUTO, joining, CTLFLAG_RD,
    __DEVOLATILE(u_int *, &umux_faults_joining), 0, "A join is made to wait");

static bool
umux_fails(const char *name)
{
	u_int at = umux_faults_at, call;

	if (umux_faults_only[0] != '\0' && strcmp(umux_faults_only, name) != 0)
		return (false);
	call = atomic_fetchadd_int(&umux_faults_calls, 1) + 1;
	if (at == 0 || (umux_faults_on != 0 ? call < at : call != at))
		return (false);
	umux_faults_name = name;
	atomic_add_int(&umux_faults_failed, 1);
	return (true);
}

/*
 * The stand-ins.  Whatever the kernel's function does to its arguments when it
 * fails, they do.
 */
void	*umux_fault_uma_zalloc_arg(uma_zone_t, void *, int);
struct m_tag *umux_fault_m_tag_alloc(uint32_t, int, int, int);
struct mbuf *umux_fault_m_prepend(struct mbuf *, int, int);
int	umux_fault_in6_joingroup(struct ifnet *, const struct in6_addr *,
	    struct in6_mfilter *, struct in6_multi **, int);
int	umux_fault_in6_pcbsetport(struct in6_addr *, struct inpcb *,
	    struct ucred *);
int	umux_fault_ip6_output(struct mbuf *, struct ip6_pktopts *,
	    struct route_in6 *, int, struct ip6_moptions *, struct ifnet **,
	    struct inpcb *);
int	umux_fault_ip6_setpktopts(struct mbuf *, struct ip6_pktopts *,
	    struct ip6_pktopts *, struct ucred *, int);
int	umux_fault_ether_output(struct ifnet *, struct mbuf *,
	    const struct sockaddr *, struct route *);
int	umux_fault_pfil_link(struct pfil_link_args *);
int	umux_fault_devfs_set_cdevpriv(void *, d_priv_dtor_t *);
int	umux_fault_make_dev_s(struct make_dev_args *, struct cdev **,
	    const char *, ...);
int	umux_fault_copyin(const void *, void *, size_t);
int	umux_fault_copyout(const void *, void *, size_t);
void	umux_fault_rt_missmsg_fib(int, struct rt_addrinfo *, int, int, int);
int	umux_fault_quiesce_all_cpus(const char *, int);

void *
umux_fault_uma_zalloc_arg(uma_zone_t zone, void *arg, int flags)
{

	/* Who waits always gets it. */
	if ((flags & M_NOWAIT) != 0 && umux_fails("uma_zalloc_arg"))
		return (NULL);
	return (uma_zalloc_arg(zone, arg, flags));
}

struct m_tag *
umux_fault_m_tag_alloc(uint32_t cookie, int type, int len, int wait)
{

	if ((wait & M_NOWAIT) != 0 && umux_fails("m_tag_alloc"))
		return (NULL);
	return (m_tag_alloc(cookie, type, len, wait));
}

struct mbuf *
umux_fault_m_prepend(struct mbuf *m, int len, int how)
{

	if ((how & M_NOWAIT) != 0 && umux_fails("m_prepend")) {
		m_freem(m);
		return (NULL);
	}
	return (m_prepend(m, len, how));
}

int
umux_fault_in6_joingroup(struct ifnet *ifp, const struct in6_addr *group,
    struct in6_mfilter *filter, struct in6_multi **inmp, int delay)
{
	u_int ms = umux_faults_join_ms;

	if (umux_fails("in6_joingroup"))
		return (ENOMEM);
	if (ms != 0) {
		umux_faults_join_ms = 0;
		umux_faults_joining = 1;
		pause_sbt("umuxfj", ms * SBT_1MS, 0, 0);
		umux_faults_joining = 0;
	}
	return (in6_joingroup(ifp, group, filter, inmp, delay));
}

int
umux_fault_in6_pcbsetport(struct in6_addr *laddr, struct inpcb *inp,
    struct ucred *cred)
{

	if (umux_fails("in6_pcbsetport"))
		return (EAGAIN);
	return (in6_pcbsetport(laddr, inp, cred));
}

int
umux_fault_ip6_output(struct mbuf *m, struct ip6_pktopts *opts,
    struct route_in6 *ro, int flags, struct ip6_moptions *im6o,
    struct ifnet **ifpp, struct inpcb *inp)
{

	if (umux_fails("ip6_output")) {
		m_freem(m);
		return (ENOBUFS);
	}
	return (ip6_output(m, opts, ro, flags, im6o, ifpp, inp));
}

int
umux_fault_ip6_setpktopts(struct mbuf *control, struct ip6_pktopts *opts,
    struct ip6_pktopts *sticky, struct ucred *cred, int proto)
{

	if (umux_fails("ip6_setpktopts")) {
		ip6_initpktopts(opts);
		return (ENOBUFS);
	}
	return (ip6_setpktopts(control, opts, sticky, cred, proto));
}

int
umux_fault_ether_output(struct ifnet *ifp, struct mbuf *m,
    const struct sockaddr *dst, struct route *ro)
{

	if (umux_fails("ether_output")) {
		m_freem(m);
		return (ENOBUFS);
	}
	return (ether_output(ifp, m, dst, ro));
}

int
umux_fault_pfil_link(struct pfil_link_args *pa)
{

	if (umux_fails("pfil_link"))
		return (ENOMEM);
	return (pfil_link(pa));
}

int
umux_fault_devfs_set_cdevpriv(void *priv, d_priv_dtor_t *dtr)
{

	if (umux_fails("devfs_set_cdevpriv"))
		return (ENOMEM);
	return (devfs_set_cdevpriv(priv, dtr));
}

int
umux_fault_make_dev_s(struct make_dev_args *args, struct cdev **cdev,
    const char *name, ...)
{

	if (umux_fails("make_dev_s"))
		return (ENOMEM);
	return (make_dev_s(args, cdev, "%s", name));
}

int
umux_fault_copyin(const void *uaddr, void *kaddr, size_t len)
{

	if (umux_fails("copyin"))
		return (EFAULT);
	return (copyin(uaddr, kaddr, len));
}

int
umux_fault_copyout(const void *kaddr, void *uaddr, size_t len)
{

	if (umux_fails("copyout"))
		return (EFAULT);
	return (copyout(kaddr, uaddr, len));
}

void
umux_fault_rt_missmsg_fib(int type, struct rt_addrinfo *info, int flags,
    int error, int fib)
{

	if (!umux_fails("rt_missmsg_fib"))
		rt_missmsg_fib(type, info, flags, error, fib);
}

/*
 * A stack that departs takes itself off the list of all stacks, and waits for
 * this lock with its destructors.
 */
static void
umux_faults_keep_departing(void *arg)
{
	sbintime_t time = (u_int)(uintptr_t)arg * SBT_1MS;

	sx_xlock(&ifnet_detach_sxlock);
	umux_faults_draining = 1;
	pause_sbt("umuxfh", time, 0, 0);
	sx_xunlock(&ifnet_detach_sxlock);
	umux_faults_draining = 0;
	umux_faults_holds = 0;
	kproc_exit(0);
}

/*
 * One that is being made runs the constructors that there are, and waits for
 * this lock to come onto the list.
 */
static void
umux_faults_keep_coming(void *arg)
{
	sbintime_t time = (u_int)(uintptr_t)arg * SBT_1MS;

	VNET_LIST_RLOCK();
	umux_faults_draining = 1;
	pause_sbt("umuxfh", time, 0, 0);
	VNET_LIST_RUNLOCK();
	umux_faults_draining = 0;
	umux_faults_holds = 0;
	kproc_exit(0);
}

/*
 * A thread of its own holds the lock, so that the one that loads or unloads
 * takes none in an order that is not its own.
 */
static void
umux_faults_hold(void (*keep)(void *), u_int ms)
{

	umux_faults_holds = 1;
	if (kproc_create(keep, (void *)(uintptr_t)ms, NULL, 0, 0,
	    "umux faults") != 0)
		panic("umux faults: no thread");
	while (umux_faults_draining == 0)
		pause("umuxfs", 1);
	pause_sbt("umuxfd", ms * SBT_1MS / 2, 0, 0);
}

static void
umux_faults_load(const void *unused __unused)
{
	int ms = 0;

	TUNABLE_INT_FETCH("debug.umux_faults.load_ms", &ms);
	if (ms > 0)
		umux_faults_hold(umux_faults_keep_coming, ms);
}
SYSINIT(umux_faults_load, SI_SUB_PROTO_FIREWALL, SI_ORDER_FIRST,
    umux_faults_load, NULL);

static void
umux_faults_drained(const void *unused __unused)
{

	if (umux_faults_holds == 0)
		return;
	while (umux_faults_holds != 0)
		pause("umuxfd", 1);
	/* The thread has yet to leave this code. */
	pause("umuxfd", hz / 10);
}
SYSUNINIT(umux_faults_drained, SI_SUB_PROTO_FIREWALL, SI_ORDER_FIRST,
    umux_faults_drained, NULL);

int
umux_fault_quiesce_all_cpus(const char *wmesg, int prio)
{
	u_int ms;

	/* As when kldunload(8) is interrupted. */
	if (umux_fails("quiesce_all_cpus"))
		return (EINTR);
	ms = umux_faults_drain_ms;
	if (ms != 0) {
		umux_faults_drain_ms = 0;
		umux_faults_hold(umux_faults_keep_departing, ms);
	}
	return (quiesce_all_cpus(wmesg, prio));
}
