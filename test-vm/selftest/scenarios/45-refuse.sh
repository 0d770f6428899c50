# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A module that refuses to unload fails, and the rest gets a new boot
# timeout: 60
# needs: module
# expect: fail umux does not unload

# shellcheck shell=sh

check "umux loads" umux_load
sysctl debug.umux_faulty.refuse=1
