# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A lock order reversal fails on the debug kernel
# timeout: 60
# needs: module
# expect-plain: pass
# expect-debug: fail kernel: lock order reversal
# expect-kasan: pass

# shellcheck shell=sh

umux_load
check "both locks can be taken" sysctl debug.umux_faulty.reversal=1
