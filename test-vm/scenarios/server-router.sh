# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A router guards its own addresses only; a client behind it is served
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

umux_host
umux_fill 20
guard "$PORT"
serve "$PORT"
peer_serve "$PORT"
far_jail host
far_if=$(net_if far far)
at peer route -6 add default "$NET_HOST_ADDRESS" > /dev/null

check "a connection to somebody else's listener on the port is forwarded" \
    talks far "$NET_PEER_ADDRESS" "$PORT"
trace_start far far "$far_if" tcp
for address in "$NET_HOST_ADDRESS" 2001:db8:f::1; do
	check "the router's own $address is silent" silent far "$PORT" "$address"
done
check "an uncertain address is, too" \
    silent far "$PORT" "$(pool_address uncertain)"
trace_stop far
check "not one segment came of it" same "$(trace_count far "not src host $NET_FAR_ADDRESS")" 0
ssa=$(arm "$PORT" --client "$NET_FAR_ADDRESS")
check "it is not for those beside the router" never talks peer "$ssa" "$PORT"
check "a client behind the router is served at an armed address" \
    talks far "$ssa" "$PORT"
check "once" never talks far "$ssa" "$PORT"
kill "$server"
pkill -j uvm_peer echod
wait
