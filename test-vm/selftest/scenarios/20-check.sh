# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A failed check fails, with its sentence
# timeout: 60
# needs: module
# expect: fail nothing is nothing

# shellcheck shell=sh

check "nothing is nothing" false
check "true is true" true
