#!/usr/sbin/dtrace -s
/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What the gate drops, each second, by direction and protocol, and duplicates.
 *
 *	dtrace -s umux_drops.d			until interrupted
 *
 * A neighbour solicitation that goes out in a session's name counts as one that
 * was dropped on its way out: the kernel's own is.
 */
#pragma D option quiet

umux:::drop
{
	/* struct mbuf begins with its links; m_data is the IPv6 header. */
	this->ip6 = (struct ip6_hdr *)((struct mbuf *)arg1)->m_data;
	@drops[arg2 ? "out" : "in",
	    this->ip6->ip6_ctlun.ip6_un1.ip6_un1_nxt] = count();
}

umux:::duplicated
{
	printf("%Y interface %d: %d addresses are held by others\n",
	    walltimestamp, arg0, arg1);
}

tick-1sec
{
	printa("%-4s protocol %3d %@8d\n", @drops);
	trunc(@drops);
}
