/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

#include <stdio.h>
#include <stdlib.h>

#include "umux_abi.h"

/* The host's stand-in for panic(9). */
void
umux_core_panic(const char *msg, size_t len)
{

	fprintf(stderr, "umux core panic: %.*s\n", (int)len, msg);
	abort();
}
