# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Memory that is left after unload fails
# timeout: 60
# needs: module
# expect: fail kernel: Warning: memory type umux leaked

# shellcheck shell=sh

umux_load
sysctl debug.umux_faulty.leak=1
check "umux unloads" umux_unload
