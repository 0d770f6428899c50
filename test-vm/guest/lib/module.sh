# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The module under test.

# shellcheck shell=sh

UMUX_KO=$JOB/modules/umux.ko

umux_loaded()
{
	kldstat -q -n umux.ko
}

umux_load()
{
	# A build that failed ended the run before it came here.
	[ -f "$UMUX_KO" ] || skip "umux.ko was not built"
	kldload "$UMUX_KO"
}

umux_unload()
{
	kldunload umux
}

umux_try_unload()
{
	kldunload umux 2>/dev/null
}

# kernel_has MODULE: compiled in, loaded, or loadable.
kernel_has()
{
	kldstat -q -m "$1" || kldload -n "$1" 2>/dev/null
}
