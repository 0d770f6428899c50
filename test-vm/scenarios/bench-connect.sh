# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: connect+close with an EA against legacy, with and without address resolution by the peer
# long: yes
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=100
ROUNDS=7

umux_host
peer_serve "$PORT"
mac=$(at host ifconfig "$host_if" | awk '/ether/ { print $2 }')

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

legacy 0
: > legacy
round=1
while [ "$round" -le "$ROUNDS" ]; do
	legacy "$round"
	ea "$round"
	known "$round"
	announced "$round"
	routers "$round"
	round=$((round + 1))
done
check "each connection of the EA rounds had an EA" \
    same "$(pool_field TAKEN)" $((4 * ROUNDS * COUNT))
paste legacy ea known announced routers > rounds
cat rounds
ea_ratio=$(awk '{ print $2 / $1 }' rounds | middle)
known_ratio=$(awk '{ print $3 / $1 }' rounds | middle)
announced_ratio=$(awk '{ print $4 / $1 }' rounds | middle)
routers_ratio=$(awk '{ print $5 / $1 }' rounds | middle)
note "median of $ROUNDS rounds, to legacy: EA $ea_ratio, known to the peer $known_ratio, announced to it $announced_ratio, to all routers $routers_ratio"
echo "{\"legacy_ns\": $(middle < legacy), \"ea_ratio\": $ea_ratio, \"known_ratio\": $known_ratio, \"announced_ratio\": $announced_ratio, \"routers_ratio\": $routers_ratio, \"rounds\": $ROUNDS, \"connections\": $COUNT}" \
    > "$REPORT/ratios.json"
at host vmstat -m | grep -w umux
sysctl net.inet6.umux
kldstat
pkill -j uvm_peer echod
wait
