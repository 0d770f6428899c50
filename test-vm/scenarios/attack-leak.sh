# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: What a server sees of two EAs: does it show that they are one host's, or which host's? Errors, flow labels, fragments, timestamps, sequence numbers, ports
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
SESSIONS=24

umux_host
third_jail
# Suffixes of their own: umux_fill shares four, which shows (see below).
ctl pool fill "$host_if" "$UMUX_PREFIX" 120 --wait > /dev/null ||
    fail "the pool cannot be filled"
peer_serve "$PORT"
mac=$(net_mac host "$host_if")
linklocal=$(net_linklocal host "$host_if")

# seen NAME: sessions one after the other, with what each showed in its first
# segment: address, port, flow label, sequence number, timestamp.
seen()
{
	trace_start "$1" peer "$peer_if" "tcp[tcpflags] & tcp-syn != 0 or (ip6 and tcp) or (ip6 and udp) or ip6[6] == 44"
	at host connmany -q -n "$SESSIONS" "$NET_PEER_ADDRESS" "$PORT" > /dev/null ||
	    fail "a connection failed"
	trace_stop "$1"
	trace_show "$1" -v -S | awk '
	/flowlabel|hlim/ {
		label = "0x0"
		if (match($0, /flowlabel 0x[0-9a-f]+/))
			label = substr($0, RSTART + 10, RLENGTH - 10)
	}
	/Flags \[S\],/ {
		if (!match($0, /[0-9a-f:]+\.[0-9]+ > /))
			next
		from = substr($0, RSTART, RLENGTH - 3)
		port = from
		sub(/.*\./, "", port)
		sub(/\.[0-9]*$/, "", from)
		match($0, /seq [0-9]+/)
		seq = substr($0, RSTART + 4, RLENGTH - 4)
		match($0, /TS val [0-9]+/)
		ts = substr($0, RSTART + 7, RLENGTH - 7)
		print from, port, label, seq, ts
	}' > "$1.seen"
	[ "$(wc -l < "$1.seen")" -ge "$SESSIONS" ] || {
		trace_show "$1" -v -S | head -n 5
		fail "the trace shows $(wc -l < "$1.seen") sessions only"
	}
}

# near FILE COLUMN DISTANCE: pairs of sessions that are no farther apart.
near()
{
	awk -v column="$2" -v distance="$3" '
	{ v[NR] = $column + 0 }
	END {
		for (i = 1; i <= NR; i++)
			for (j = i + 1; j <= NR; j++) {
				d = v[i] - v[j]
				if (d < 0)
					d = -d
				if (d <= distance)
					n++
			}
		print n + 0
	}' "$1"
}
different()
{
	awk -v column="$2" '{ print $column }' "$1" | sort -u | wc -l | tr -d ' '
}

# What is drawn by chance comes near by chance, too: of the 276 pairs of 24
# timestamps one lies within 100 s in one run of 80.  Three do in one of
# 3,000,000, and all of them where the values belong together.
CHANCE=2
unrelated()
{
	[ "$(near "$1" "$2" "$3")" -le "$CHANCE" ]
}
distinct()
{
	[ "$(different "$1" "$2")" -ge $(($3 - CHANCE)) ]
}

seen plain
head -n 4 plain.seen
check "each session has an address of its own" \
    same "$(different plain.seen 1)" "$SESSIONS"
check "the addresses have no low 24 bits in common" \
    same "$(awk '{ print $1 }' plain.seen | sed 's/.*:\([0-9a-f]*\):\([0-9a-f]*\)$/\1 \2/' |
    awk '{ print substr("0000" $1, length($1) + 3), $2 }' | sort -u | wc -l | tr -d ' ')" "$SESSIONS"
check "timestamps are unrelated: within 100 s of each other by chance only" \
    unrelated plain.seen 5 100000
check "so are sequence numbers" unrelated plain.seen 4 10000
check "and ports: in a row by chance only" unrelated plain.seen 2 1
check "flow labels differ" distinct plain.seen 3 "$SESSIONS"

# With an option of the base system turned off, sessions of one address have
# timestamps of one clock: legacy ones show that the test would see it.
at host sysctl net.inet.tcp.ts_offset_per_conn=0 > /dev/null
seen clock
check "with ts_offset_per_conn=0, too: the address counts" \
    unrelated clock.seen 5 100000
at host sysctl net.inet6.umux.client=0 > /dev/null
seen legacy
check "legacy sessions, with one address, have one clock then" \
    at_least "$(near legacy.seen 5 100000)" $((SESSIONS * (SESSIONS - 1) / 2))
at host sysctl net.inet6.umux.client=1 net.inet.tcp.ts_offset_per_conn=1 > /dev/null

# Flow labels come from one generator of the whole host (docs/security.md).
at host sysctl net.inet6.ip6.auto_flowlabel=0 > /dev/null
seen unlabelled
check "with auto_flowlabel=0 there are none to look at" \
    eval '[ "$(awk "{ print \$3 }" unlabelled.seen | sort -u)" = 0x0 ]'
at host sysctl net.inet6.ip6.auto_flowlabel=1 > /dev/null

# Fragments.
trace_start fragments peer "$peer_if" "not src host $NET_PEER_ADDRESS and ip6[6] == 44 and ip6[42:2] & 0xfff8 == 0"
n=0
while [ "$n" -lt 12 ]; do
	at host sockcase udp-large "$NET_PEER_ADDRESS" "$PORT" > /dev/null ||
	    fail "no large datagram can be sent"
	n=$((n + 1))
done
trace_stop fragments
trace_show fragments -v | sed -n 's/.* \([0-9a-f:]*\) > .*frag (\(0x[0-9a-f]*\):.*/\1 \2/p' |
    sort -u > fragments.hex
while read -r from id; do
	echo "$from $((id))"
done < fragments.hex > fragments.seen
head -n 3 fragments.seen
check "datagrams that were cut come from as many addresses" \
    same "$(different fragments.seen 1)" 12
check "their identifiers do not follow on each other" \
    unrelated fragments.seen 2 1000

# The cache of what TCP learned about a peer is one for all sessions with it.
at host sysctl -n net.inet.tcp.hostcache.list > hostcache 2>&1
note "TCP's host cache holds $(grep -c 2001 hostcache) entries (docs/security.md)"

# Nothing that comes of a session's packets tells the host's own address.
mkfifo hold
at host udpmany -eh "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
wait_until 10 test -s named
read -r ea eaport < named
trace_start errors third "$third_if" "ether src $mac and ip6"
trace_start errors2 peer "$peer_if" "ether src $mac and ip6"
STORM_IF=$third_if STORM_MAC=$mac STORM_FROM=$THIRD_ADDRESS
export STORM_IF STORM_MAC STORM_FROM
for kind in udp icmp6 headers fragments; do
	at third storm "$kind" "$ea" "$PORT" "$NET_PEER_ADDRESS" > /dev/null
done
STORM_IF=$peer_if STORM_FROM=$NET_PEER_ADDRESS
for kind in udp icmp6 headers fragments; do
	at peer storm "$kind" "$ea" "$PORT" "$NET_PEER_ADDRESS" > /dev/null
done
sleep 8
trace_stop errors
trace_stop errors2
groups="not (ip6[6] == 0 and ip6[48] == 143)"
for name in errors errors2; do
	check "$name: no error comes of anything sent to an EA" \
	    same "$(trace_count "$name" "icmp6 and ip6[40] < 128")" 0
	check "$name: nothing is sent from the host's own addresses" \
	    same "$(trace_count "$name" "(src host $NET_HOST_ADDRESS or src host $linklocal) and $groups")" 0
done
note "of port $eaport"
exec 9>&-
check "the session ends" wait_until 20 sessions_are 0

# What shows on the link all the same: the link-layer address, and the groups.
check "shared suffixes do show: four of them" eval '
    ctl flush > /dev/null; umux_fill 24; seen shared;
    [ "$(awk "{ print \$1 }" shared.seen | sed "s/.*:[0-9a-f]*\([0-9a-f]\{2\}\):\([0-9a-f]*\)$/\1 \2/" | sort -u | wc -l)" -le 8 ]'
pkill -j uvm_peer echod
wait
