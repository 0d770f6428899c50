# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A module that behaves passes
# timeout: 60
# needs: module
# expect: pass

# shellcheck shell=sh

check "umux loads" umux_load
check "umux unloads" umux_unload
