# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: connect+close with an EA against legacy, to a neighbour and through a router, with and without address resolution
# long: yes
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=100
ROUNDS=7

umux_host
peer_serve "$PORT"
mac=$(net_mac host "$host_if")

# The variants in turn, so that they share whatever else the machine does.
legacy()
{
	at host sysctl net.inet6.umux.client=0 > /dev/null
	connect_close "legacy-$1" "$COUNT" >> legacy
	at host sysctl net.inet6.umux.client=1 > /dev/null
}
ea()
{
	umux_fill "$COUNT" > /dev/null
	connect_close "ea-$1" "$COUNT" >> ea
}
# The peer knows each address already, as the next hop would that a fresh
# source was announced to.
known()
{
	umux_fill "$COUNT" > /dev/null
	ctl addr list --state uncertain | awk -v mac="$mac" 'NR > 1 { print $1, mac }' > neighbors
	at peer ndp -f "$PWD/neighbors" > /dev/null
	connect_close "known-$1" "$COUNT" >> known
	at peer ndp -n -c > /dev/null
}

# The host makes itself known to the next hop by a solicitation.
announced()
{
	umux_fill "$COUNT" > /dev/null
	at host sysctl net.inet6.umux.announce=2 > /dev/null
	connect_close "announced-$1" "$COUNT" >> announced
	at host sysctl net.inet6.umux.announce=0 > /dev/null
}
# What a router of RFC 9131 would act on; this peer does not.
routers()
{
	umux_fill "$COUNT" > /dev/null
	at host sysctl net.inet6.umux.announce=1 > /dev/null
	connect_close "routers-$1" "$COUNT" >> routers
	at host sysctl net.inet6.umux.announce=0 > /dev/null
}

to_legacy()
{
	paste "$1" legacy | awk '{ print $1 / $2 }' | middle
}
# The goals, which a clock of instructions can judge.
judge()
{
	[ "$clock" = instructions ] || return 0
	check "$1: connect+close with an EA is at most 1.25 times legacy" \
	    at_most "$(to_legacy ea)" 1.25
	check "$1: at most 1.10 times when the next hop knows the address" \
	    at_most "$(to_legacy known)" 1.10
}
# rounds NAME: all variants, in turn.
rounds()
{
	local round variant

	legacy 0
	rm -f legacy ea known announced routers
	round=1
	while [ "$round" -le "$ROUNDS" ]; do
		for variant in legacy ea known announced routers; do
			"$variant" "$round"
		done
		round=$((round + 1))
	done
	figure "$1_legacy_ns" "$(middle < legacy)"
	for variant in ea known announced routers; do
		figure "$1_${variant}_ratio" "$(to_legacy "$variant")"
	done
	paste legacy ea known announced routers
}
rounds neighbor
judge neighbour
check "each connection of the EA rounds had an EA" \
    same "$(pool_field TAKEN)" $((4 * ROUNDS * COUNT))

# The peer becomes a router, and the server stands behind it.
far_jail peer
at host route -6 add default "$NET_PEER_ADDRESS" > /dev/null
NET_PEER_ADDRESS=$NET_FAR_ADDRESS
at far echod "$NET_FAR_ADDRESS" "$PORT" > served.far &
wait_until 10 grep -q listening served.far || fail "far does not listen"
rounds router
judge router
figures_write
check "those through the router, too" \
    same "$(pool_field TAKEN)" $((8 * ROUNDS * COUNT))
at host vmstat -m | grep -w umux
sysctl net.inet6.umux
kldstat
pkill -j uvm_peer echod
pkill -j uvm_far echod
wait
