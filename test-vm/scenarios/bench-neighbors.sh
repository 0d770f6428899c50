# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: What it costs a FreeBSD neighbour that it remembers the addresses of sessions that are over
# long: yes
# timeout: 600
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=100
ROUNDS=5
GCTIMER=5

umux_host
peer_serve "$PORT"
mac=$(net_mac host "$host_if")

neighbors()
{
	at peer ndp -an | grep -c " $peer_if "
}
# remember COUNT: entries as sessions leave them, next to those that are there.
remember()
{
	awk -v n="$1" -v mac="$mac" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "2001:db8:1::%x:%x %s\n", 0x1000 + i / 65536, i % 65536, mac
	}' > remembered
	at peer ndp -n -c > /dev/null
	at peer ndp -f "$PWD/remembered" > /dev/null
}
legacy()
{
	at host sysctl net.inet6.umux.client=0 > /dev/null
	connect_close legacy "$COUNT"
	at host sysctl net.inet6.umux.client=1 > /dev/null
}
# The entries of these are taken away, so that there are as many in each round.
ea()
{
	umux_fill "$COUNT" > /dev/null
	ctl addr list --state uncertain | awk 'NR > 1 { print $1 }' > used
	connect_close ea "$COUNT"
	while read -r address; do
		at peer ndp -d "$address" > /dev/null
	done < used
}
for size in 0 1000 10000; do
	remember "$size"
	in_turn "$ROUNDS" legacy ea
	figure "legacy_ns_$size" "$(median_of legacy)"
	figure "ea_ns_$size" "$(median_of ea)"
	figure "ratio_$size" "$(ratio_of ea legacy)"
done
at peer ndp -n -c > /dev/null

# The neighbour's own way to forget.
at peer sysctl net.inet6.icmp6.nd6_gctimer="$GCTIMER" > /dev/null
umux_fill 500 > /dev/null
at host connmany -q -n 500 "$NET_PEER_ADDRESS" "$PORT"
check "the neighbour knows the addresses of 500 sessions" at_least "$(neighbors)" 500
forgotten()
{
	[ "$(neighbors)" -lt 10 ]
}
# Reachable for half a minute or so, stale for as long as that says.
check "and forgets them, if it is told to" wait_until $((60 + GCTIMER)) forgotten
figures_write
pkill -j uvm_peer echod
wait
