# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A skipped scenario is neither passed nor failed
# timeout: 60
# needs: module
# expect: skip no reason

# shellcheck shell=sh

skip "no reason"
