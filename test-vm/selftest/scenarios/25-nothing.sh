# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A scenario without a check fails
# timeout: 60
# needs: module
# expect: fail made no check

# shellcheck shell=sh

true
