/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */
#ifndef _UMUX_DRAIN_H_
#define	_UMUX_DRAIN_H_

int	umux_drain(void);

#endif /* !_UMUX_DRAIN_H_ */
