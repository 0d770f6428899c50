# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A read behind the end of an allocation fails on the kasan kernel
# timeout: 60
# needs: module
# expect-plain: pass
# expect-debug: pass
# expect-kasan: fail panic: ASan: Invalid access, 1-byte read

# shellcheck shell=sh

umux_load
check "the byte behind 100 can be read" sysctl debug.umux_faulty.overrun=1
