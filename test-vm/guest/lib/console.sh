# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# console TEXT: one line for the host to see at once, and to find again should
# the machine go down.

# shellcheck shell=sh

console()
{
	echo "umux-vm: $*" > /dev/console
}
