/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The umux authors
 */

/*
 * The kernel environment: a text of name=value lines becomes NUL-terminated
 * strings with an empty one at the end.  Variables that stand for boot flags
 * are counted into howto as well, as loader(8) does.
 */

#include "shim.h"

static const struct {
	const char	*name;
	uint32_t	 flag;		/* RB_* of <sys/reboot.h> */
} boot_flags[] = {
	{ "boot_single",	0x00000002 },
	{ "boot_ddb",		0x00000040 },
	{ "boot_verbose",	0x00000800 },
	{ "boot_serial",	0x00001000 },
	{ "boot_multicons",	0x20000000 },
};

static uint32_t
flag_of(const char *line)
{
	size_t i, len;

	for (i = 0; i < sizeof(boot_flags) / sizeof(boot_flags[0]); i++) {
		len = strlen(boot_flags[i].name);
		if (memcmp(line, boot_flags[i].name, len) == 0 &&
		    memcmp(line + len, "=YES", sizeof("=YES")) == 0)
			return (boot_flags[i].flag);
	}
	return (0);
}

/* Returns the physical address of the first string. */
uint32_t
kenv_build(struct arena *a, const char *text, uint32_t size, uint32_t *howto)
{
	char *env;
	uint32_t i, line, out;

	*howto = 0;
	/*
	 * The result is no longer than the text, but for the two NULs at its
	 * end; the slack lets flag_of() compare beyond a short last line.
	 */
	env = arena_alloc(a, size + PAGE_SIZE, PAGE_SIZE);
	for (i = out = line = 0; i <= size; i++) {
		if (i < size && text[i] != '\n' && text[i] != '\0') {
			env[out++] = text[i];
			continue;
		}
		env[out] = '\0';
		if (out == line)
			continue;	/* an empty line would end it all */
		*howto |= flag_of(env + line);
		line = ++out;
	}
	return ((uint32_t)(uintptr_t)env);
}
