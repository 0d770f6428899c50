# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Clients on the server's own host: its addresses are silent, an armed one works once
# timeout: 150
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

umux_host
umux_fill 20
guard "$PORT"
serve "$PORT"
link_local=$(at host ifconfig "$host_if" inet6 | awk '/inet6 fe80/ { print $2 }')
for address in ::1 "$NET_HOST_ADDRESS" "$link_local"; do
	check "the host does not reach its listener at $address" \
	    never talks host "$address" "$PORT"
done
check "nor at an uncertain address" \
    never talks host "$(pool_address uncertain)" "$PORT"
check "the server saw nobody" never grep -q '^tcp' server
ssa=$(arm "$PORT")
check "an armed address is reached" talks host "$ssa" "$PORT"
check "once" never talks host "$ssa" "$PORT"
ssa=$(arm "$PORT" --client "$NET_PEER_ADDRESS")
check "one that is for another host is not" never talks host "$ssa" "$PORT"
check "and is that host's still" talks peer "$ssa" "$PORT"
check "all of them go" wait_until 30 pool_is VALID 0
kill "$server"
wait
