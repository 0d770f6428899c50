/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The signs that profmark gives and the counter looks for: a long NOP (Intel
 * SDM, vol. 2, "NOP": 0F 1F /0) with a displacement that is ours.
 */
#ifndef _PROFILE_MARK_H_
#define	_PROFILE_MARK_H_

#define	PROFMARK_BEGIN		0x756d7801
#define	PROFMARK_END		0x756d7802

/* nopl DISPLACEMENT(%rax) */
#define	PROFMARK_LENGTH		7
#define	PROFMARK_OPCODE		"\x0f\x1f\x80"
#define	PROFMARK_OPCODE_LENGTH	3

#define	PROFMARK_TEXT_(sign)	"nopl " #sign "(%%rax)"
#define	PROFMARK_TEXT(sign)	PROFMARK_TEXT_(sign)
#define	PROFMARK(sign)		__asm __volatile(PROFMARK_TEXT(sign) : : )

#endif /* !_PROFILE_MARK_H_ */
