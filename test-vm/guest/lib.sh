# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# What a scenario can use; each file explains its functions.

# shellcheck shell=sh

# shellcheck source=lib/console.sh
. "$GUEST/lib/console.sh"
# shellcheck source=lib/verdict.sh
. "$GUEST/lib/verdict.sh"
# shellcheck source=lib/wait.sh
. "$GUEST/lib/wait.sh"
# shellcheck source=lib/memory.sh
. "$GUEST/lib/memory.sh"
# shellcheck source=lib/net.sh
. "$GUEST/lib/net.sh"
# shellcheck source=lib/trace.sh
. "$GUEST/lib/trace.sh"
# shellcheck source=lib/ipsec.sh
. "$GUEST/lib/ipsec.sh"
# shellcheck source=lib/module.sh
. "$GUEST/lib/module.sh"
# shellcheck source=lib/umux.sh
. "$GUEST/lib/umux.sh"
# shellcheck source=lib/umuxd.sh
. "$GUEST/lib/umuxd.sh"
# shellcheck source=lib/bench.sh
. "$GUEST/lib/bench.sh"
# shellcheck source=lib/profile.sh
. "$GUEST/lib/profile.sh"
# shellcheck source=lib/server.sh
. "$GUEST/lib/server.sh"
# shellcheck source=lib/power.sh
. "$GUEST/lib/power.sh"
# shellcheck source=lib/aarp.sh
. "$GUEST/lib/aarp.sh"
