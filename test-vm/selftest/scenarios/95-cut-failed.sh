# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A check that failed before the power went fails, and nothing is run again
# timeout: 60
# cuts: 2
# expect: fail this does not hold

# shellcheck shell=sh

check "this does not hold" false
power_cut
sleep 50
