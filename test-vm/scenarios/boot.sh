# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The VM boots, and is the FreeBSD that umux is made for
# timeout: 30

# shellcheck shell=sh

is_13_or_later()
{
	[ "$(sysctl -n kern.osreldate)" -ge 1300000 ]
}

has_feature()
{
	[ "$(sysctl -n "kern.features.$1" 2>/dev/null)" = 1 ]
}

debug_kernel_is_one()
{
	sysctl -n debug.witness.watch >/dev/null
}

message_buffer_works()
{
	grep -q 'Copyright (c)' /tmp/umux-boot-messages
}

uname -a
sysctl kern.osreldate kern.conftxt 2>/dev/null | head -n 1
sysctl hw.ncpu hw.physmem kern.timecounter.hardware
kldstat

check "the kernel is FreeBSD 13 or later" is_13_or_later
check "kernel and base system agree" \
    [ "$(uname -U)" -ge 1300000 -a "$(uname -K)" -ge 1300000 ]
check "there are network stacks for jails" has_feature vimage
check "there is IPv6" has_feature inet6
check "the kernel's boot messages can be read" message_buffer_works
if [ "$kernel" = debug ]; then
	check "the debug kernel runs WITNESS" debug_kernel_is_one
fi
if [ "$kernel" = kasan ]; then
	check "the address sanitizer is in the kernel" has_feature kasan
fi
