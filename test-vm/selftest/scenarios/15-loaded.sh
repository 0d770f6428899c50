# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A module that is still loaded is unloaded by the cleanup
# timeout: 60
# needs: module
# expect: pass

# shellcheck shell=sh

check "umux loads" umux_load
