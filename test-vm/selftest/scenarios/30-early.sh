# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A scenario that breaks off fails
# timeout: 60
# needs: module
# expect: fail broke off

# shellcheck shell=sh

check "true is true" true
echo "$no_such_variable"
check "this is not reached" true
