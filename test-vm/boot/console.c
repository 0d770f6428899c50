/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * Last words.  The shim is silent unless it has to give up; then it writes one
 * line to the first serial port and resets the machine, which ends a QEMU
 * that runs with -no-reboot.
 */

#include "shim.h"

#define	COM1		0x3f8
#define	COM_LSR		5
#define	LSR_THRE	0x20
#define	RESET_PORT	0xcf9
#define	RESET_HARD	0x06

static inline void
outb(uint16_t port, uint8_t v)
{

	__asm __volatile("outb %0, %1" : : "a" (v), "Nd" (port));
}

static inline uint8_t
inb(uint16_t port)
{
	uint8_t v;

	__asm __volatile("inb %1, %0" : "=a" (v) : "Nd" (port));
	return (v);
}

static void
put_char(char c)
{

	while ((inb(COM1 + COM_LSR) & LSR_THRE) == 0)
		;
	outb(COM1, (uint8_t)c);
}

static void
put_string(const char *s)
{

	while (*s != '\0')
		put_char(*s++);
}

static void
put_hex(uint32_t v)
{
	int shift;

	put_string("0x");
	for (shift = 28; shift >= 0; shift -= 4)
		put_char("0123456789abcdef"[(v >> shift) & 0xf]);
}

void
fatal(const char *what, uint32_t value)
{

	put_string("umux-boot: fatal: ");
	put_string(what);
	put_string(" (");
	put_hex(value);
	put_string(")\r\n");
	for (;;) {
		outb(RESET_PORT, RESET_HARD);
		__asm __volatile("hlt");
	}
}
