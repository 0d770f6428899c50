# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The machine itself: what rc(8) would do, as far as scenarios need it.

# shellcheck shell=sh

BOOT_MESSAGES=/tmp/umux-boot-messages

system_start()
{
	local kern_modules

	mount -t tmpfs tmpfs /tmp
	dmesg -a > "$BOOT_MESSAGES"
	hostname umux-vm
	# The message buffer is for what the kernel says.
	sysctl kern.log_console_output=0 > /dev/null
	ifconfig lo0 inet 127.0.0.1/8 up
	ifconfig lo0 inet6 ::1/128
	kern_modules=$(sysctl -n kern.module_path)
	case $kern_modules in
	*/job/modules*)	;;
	*)	sysctl kern.module_path="/job/modules;$kern_modules" > /dev/null ;;
	esac
}

# From here on, dmesg_since_mark prints what the kernel says.
dmesg_mark()
{
	sysctl kern.msgbuf_clear=1 > /dev/null
}

dmesg_since_mark()
{
	dmesg -a
}
