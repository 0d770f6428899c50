# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: What servers cost: arming, accepting, and turning a SYN away
# long: yes
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEGACY=7778
NOBODY=7779
COUNT=300
ROUNDS=5
FLOOD=5000
RAW=2001:db8:1::77

umux_host
third_jail
# A client that does not wait for its server gets ahead of it on one CPU.
sysctl kern.ipc.soacceptqueue=1024 > /dev/null
guard "$PORT"
serve "$PORT"
at host echod :: "$LEGACY" > legacy.server &
legacy=$!
wait_until 10 grep -q listening legacy.server || fail "the legacy server does not listen"
mac=$(net_mac host "$host_if")
third_mac=$(net_mac third "$third_if")
at host ndp -n -s "$RAW" "$third_mac" > /dev/null
# What nobody listens for is dropped as silently as umux drops.
at host sysctl net.inet.tcp.blackhole=2 > /dev/null
at host sysctl net.inet.tcp.blackhole_local=1 > /dev/null 2>&1

# total NAME: nanoseconds of one connection, all in all.
total()
{
	sed -n "s|.*\"connections\": \([0-9]*\), \"failed\": 0, \"total_ns\": \([0-9]*\).*|\2 \1|p" "$1" |
	    awk '{ print $1 / $2 }'
}
# sessions NAME PORT: one to each address of standard input.
sessions_to()
{
	at peer connmany -q -j "$REPORT/$1.json" -f - "$2"
	total "$REPORT/$1.json"
}
flood()
{
	at third rawtcp "$third_if" "$mac" "$RAW" "$NET_HOST_ADDRESS" "$1" \
	    flood="$FLOOD" | awk '$1 == "flood" { print $2 }'
}

: > rounds
: > floods
round=0
while [ "$round" -le "$ROUNDS" ]; do
	umux_fill "$COUNT" > /dev/null
	at host dasmany -j "$REPORT/das-$round.json" "$PORT" "$COUNT" > ssas
	awk -v a="$NET_HOST_ADDRESS" '{ print a }' ssas | sessions_to "legacy-$round" "$LEGACY" > a
	sessions_to "ssa-$round" "$PORT" < ssas > b
	wait_until 30 pool_is VALID 0 || fail "sessions stay"
	umux_fill "$COUNT" > /dev/null
	at host dasmany "$PORT" "$COUNT" > ssas
	# The peer knows each address already, as a router would of a server that
	# was announced to it.
	awk -v mac="$mac" '{ print $1, mac }' ssas > neighbors
	at peer ndp -f "$PWD/neighbors" > /dev/null
	sessions_to "known-$round" "$PORT" < ssas > c
	at peer ndp -n -c > /dev/null
	wait_until 30 pool_is VALID 0 || fail "sessions stay"
	# The first round warms up.
	[ "$round" -eq 0 ] || {
		paste a b c >> rounds
		echo "$(flood "$NOBODY") $(flood "$PORT")" >> floods
	}
	round=$((round + 1))
done
cat rounds
cat floods
cat "$REPORT"/das-*.json
check "each address had its connection" \
    same "$(pool_stat accepted)" $((2 * (ROUNDS + 1) * COUNT))
check "each SYN of the floods was turned away at the gate" \
    same "$(pool_stat guarded)" $((ROUNDS * FLOOD))
ratio=$(awk '{ print $1 / $2 }' rounds | middle)
known=$(awk '{ print $1 / $3 }' rounds | middle)
dropped=$(awk '{ print $2 - $1 }' floods | middle)
das=$(sed 's/.*"median": \([0-9]*\), "p99": \([0-9]*\).*/\1/' "$REPORT"/das-*.json | middle)
p99=$(sed 's/.*"median": \([0-9]*\), "p99": \([0-9]*\).*/\2/' "$REPORT"/das-*.json | middle)
note "DAS: median $das ns, 99th percentile $p99 ns"
note "accepted sessions a second, to legacy: $ratio; $known when the peer knows the address"
note "a SYN that is dropped: $dropped ns more than one to a port that nobody listens on"
echo "{\"das_ns\": {\"median\": $das, \"p99\": $p99}, \"accept_ratio\": $ratio, \"accept_known_ratio\": $known, \"dropped_syn_ns\": $dropped, \"rounds\": $ROUNDS, \"connections\": $COUNT}" \
    > "$REPORT/servers.json"
kill "$server" "$legacy"
wait
