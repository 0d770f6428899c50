# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: umux does not unload while addresses are armed, and says why
# timeout: 150
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 10
guard "$PORT"
serve "$PORT"
ssa=$(arm "$PORT" --lifetime 3600)
check "it does not unload with an armed address" never umux_try_unload
dmesg -a | tail -n 4 > said
cat said
check "and says so" grep -q "1 address armed for servers in jail" said
check "the address still works after that" talks peer "$ssa" "$PORT"
ssa=$(arm "$PORT" --lifetime 1)
check "when it has lapsed" wait_until 10 armed_are armed 0
check "it unloads under a guarded listener" wait_until 20 umux_try_unload
check "which is legacy then" talks peer "$NET_HOST_ADDRESS" "$PORT"
check "and no memory is left" memory_type_unused umux
umux_load
kill "$server"
wait
