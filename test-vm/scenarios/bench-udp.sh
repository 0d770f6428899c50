# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: UDP request and answer, each from a socket of its own, with an EA and legacy
# long: yes
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=200
ROUNDS=5

umux_host
peer_serve "$PORT"

# exchange NAME KEY [OPTION...]: the median of KEY.
exchange()
{
	local key name

	name=$1 key=$2
	shift 2
	at host udpmany -c -e -q -n "$COUNT" -j "$REPORT/$name.json" "$@" \
	    "$NET_PEER_ADDRESS" "$PORT"
	median_in "$REPORT/$name.json" "$key"
}
legacy()
{
	at host sysctl net.inet6.umux.client=0 > /dev/null
	"$@"
	at host sysctl net.inet6.umux.client=1 > /dev/null
}
# The peer forgets the addresses of former rounds: bench-neighbors is about them.
with_ea()
{
	at peer ndp -n -c > /dev/null
	umux_fill "$COUNT" > /dev/null
	"$@"
}
# Each way of measuring is a run of its own, since an EA is used up by it.
connect_legacy() { legacy exchange connect-legacy connect_ns; }
connect_ea() { with_ea exchange connect-ea connect_ns; }
life_legacy() { legacy exchange life-legacy life_ns; }
life_ea() { with_ea exchange life-ea life_ns; }
sendto_legacy() { legacy exchange sendto-legacy life_ns -u; }
sendto_ea() { with_ea exchange sendto-ea life_ns -u; }

in_turn "$ROUNDS" connect_legacy connect_ea life_legacy life_ea \
    sendto_legacy sendto_ea
check "each exchange of the EA rounds had an EA" \
    same "$(pool_field TAKEN)" $((3 * (ROUNDS + 1) * COUNT))
figure connect_legacy_ns "$(median_of connect_legacy)"
figure connect_ea_ns "$(median_of connect_ea)"
figure connect_ratio "$(ratio_of connect_ea connect_legacy)"
figure exchange_ratio "$(ratio_of life_ea life_legacy)"
figure sendto_ratio "$(ratio_of sendto_ea sendto_legacy)"
figures_write
pkill -j uvm_peer echod
wait
