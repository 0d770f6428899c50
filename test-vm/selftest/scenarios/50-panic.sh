# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A panic fails the scenario at work, and the rest goes on
# timeout: 60
# needs: module
# expect: fail panic: umux selftest asked for it

# shellcheck shell=sh

umux_load
sysctl debug.umux_faulty.panic=1
check "this is not reached" true
