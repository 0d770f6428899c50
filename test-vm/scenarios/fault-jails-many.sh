# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The same as fault-jails with 1,000 jails
# long: yes
# timeout: 3000
# needs: module userland helpers

# shellcheck shell=sh

JAILS=1000
# shellcheck source=/dev/null
. "$JOB/test-vm/scenarios/fault-jails.sh"
