# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A scenario that hangs is ended
# timeout: 5
# needs: module
# expect: fail no end after

# shellcheck shell=sh

check "true is true" true
sleep 1000
