/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Has every thread left a stretch of code that nothing leads to any more?
 *
 * The stretch is a few instructions before and after what a counter covers: a
 * thread does not sleep there, but it can be preempted, and then it waits on
 * a run queue.  So a thread is out of it once it was switched out twice after
 * the last way in was closed: the first time may have been in there.
 *
 * quiesce_all_cpus() alone could do this by waiting for every CPU to be idle,
 * but on a busy host that may be never.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/smp.h>
#include <sys/sx.h>

#include "umux_drain.h"

/*
 * Was it switched out after "since"?  Ages are compared, since either time
 * may be as old as the host.
 */
static bool
umux_switched(struct thread *td, int since)
{
	u_int age = (u_int)(ticks - since);

	return ((u_int)(ticks - td->td_swvoltick) < age ||
	    (u_int)(ticks - td->td_swinvoltick) < age);
}

static bool
umux_proc_behind(struct proc *p, int since)
{
	struct thread *td;
	bool behind = false;

	PROC_LOCK(p);
	if (p->p_state != PRS_NEW) {
		FOREACH_THREAD_IN_PROC(p, td) {
			thread_lock(td);
			if ((TD_ON_RUNQ(td) || TD_IS_RUNNING(td)) &&
			    !TD_IS_IDLETHREAD(td) && td != curthread)
				behind |= !umux_switched(td, since);
			thread_unlock(td);
		}
	}
	PROC_UNLOCK(p);
	return (behind);
}

static bool
umux_any_behind(int since)
{
	struct proc *p;
	bool behind = false;

	sx_slock(&allproc_lock);
	FOREACH_PROC_IN_SYSTEM(p) {
		behind = umux_proc_behind(p, since);
		if (behind)
			break;
	}
	sx_sunlock(&allproc_lock);
	return (behind);
}

/*
 * Returns 0 when all have left, or what interrupted the wait.
 */
int
umux_drain(void)
{
	int error, since;

	/* Whatever runs now is switched out a first time. */
	error = quiesce_all_cpus("umuxdr", PDROP);
	since = ticks;
	while (error == 0) {
		error = pause_sig("umuxdr", 1);
		if (error != 0 && error != EWOULDBLOCK)
			break;
		error = quiesce_all_cpus("umuxdr", PDROP);
		if (error == 0 && !umux_any_behind(since))
			break;
	}
	return (error);
}
