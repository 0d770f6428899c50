/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * What the parts of cost share.
 */

/* Nanoseconds of a clock that never goes back. */
double now(void);

/* What calls cost that have nothing to do with anycast. */
void calls(int count);

/* COUNT resolutions by so many threads at once. */
void resolutions(const char *address, int count, int threads);
