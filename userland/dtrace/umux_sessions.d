#!/usr/sbin/dtrace -s
/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Who opens sessions, what becomes of the requests, and how long sessions live.
 *
 *	dtrace -s umux_sessions.d		until interrupted
 *
 * The kinds of answers: 0 has an address; ENOENT (2) is legacy, by a rule or for
 * want of a pool; EAGAIN (35) and EADDRNOTAVAIL (49) found the pool empty.
 */
#pragma D option quiet

umux:::take
{
	@answers[execname, arg1] = count();
}

umux:::valid
{
	began[arg0] = timestamp;
}

umux:::gone
/began[arg0] != 0/
{
	@lives["ms of life"] = quantize((timestamp - began[arg0]) / 1000000);
	began[arg0] = 0;
}

dtrace:::END
{
	printf("%-20s %6s %10s\n", "PROGRAM", "ERRNO", "SESSIONS");
	printa("%-20s %6d %@10d\n", @answers);
	printa(@lives);
}
