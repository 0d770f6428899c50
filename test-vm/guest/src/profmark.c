/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Tells a profiler outside of the VM that what it shall count begins or ends:
 *
 *	profmark begin|end
 *
 * The sign is an instruction that does nothing, with an operand that no
 * compiler makes (test-vm/profile/count.c).  Without such a profiler nothing
 * happens.
 */
#include <err.h>
#include <string.h>
#include <sysexits.h>

#include "../../profile/mark.h"

int
main(int argc, char **argv)
{

	if (argc == 2 && strcmp(argv[1], "begin") == 0)
		PROFMARK(PROFMARK_BEGIN);
	else if (argc == 2 && strcmp(argv[1], "end") == 0)
		PROFMARK(PROFMARK_END);
	else
		errx(EX_USAGE, "usage: profmark begin|end");
	return (0);
}
