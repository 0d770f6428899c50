# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The host's own address does not show on the link when a session is over and its peer is looked after, nor to who hides his link-layer address
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
ABSENT=2001:db8:1::99

umux_host
third_jail
umux_fill 40
peer_serve "$PORT"
mac=$(net_mac host "$host_if")
third_mac=$(net_mac third "$third_if")
linklocal=$(net_linklocal host "$host_if")

# Neighbours are stale after a second, so that they are looked after (RFC 4861,
# 7.3.3: five seconds in DELAY, then up to three questions).
at host ndp -i "$host_if" basereachable=1000 > /dev/null
stale()
{
	at host ndp -an | awk -v of="$1" '$1 == of && / S / { n++ } END { exit !n }'
}
datagram()
{
	echo ping | at host nc -6 -u -w 1 "$1" "$PORT" > /dev/null
}
own="icmp6 and ip6[40] == 135 and (src host $NET_HOST_ADDRESS or src host $linklocal)"

# watched NAME JAIL IF COMMAND...: what the host asks meanwhile, and for twelve
# seconds more.
watched()
{
	local name

	name=$1
	trace_start "$name" "$2" "$3" "ether src $mac and icmp6"
	shift 3
	"$@"
	sleep 12
	trace_stop "$name"
	trace_show "$name" "icmp6 and (ip6[40] == 135 or ip6[40] == 136)"
}

# A short session with a neighbour that is known, and stale.
datagram "$NET_PEER_ADDRESS"
require "the peer is a stale neighbour" \
    wait_until 10 stale "$NET_PEER_ADDRESS"
watched known peer "$peer_if" datagram "$NET_PEER_ADDRESS"
check "the session is over" pool_is VALID 0
last_source()
{
	awk '$1 == "udp" { print $2 }' served | tail -n 1
}
source=$(last_source)
check "its peer is asked whether he is there, in its name" \
    at_least "$(trace_count known "icmp6 and ip6[40] == 135 and src host $source")" 1
check "and not in the host's own" same "$(trace_count known "$own")" 0
check "the answer counts: he is a neighbour still" \
    stale "$NET_PEER_ADDRESS"

# The host itself finds the peer all the same, right after another one.
datagram "$NET_PEER_ADDRESS"
source=$(last_source)
at host ndp -d "$NET_PEER_ADDRESS" > /dev/null
trace_start found peer "$peer_if" "ether src $mac and icmp6"
check "legacy traffic reaches the peer right after a session" \
    at host ping6 -c 1 -t 3 "$NET_PEER_ADDRESS"
trace_stop found
check "which was resolved in the session's name" \
    same "$(trace_count found "icmp6 and ip6[40] == 135 and src host $source")" 1

# When the session is forgotten, legacy ones are as ever: the test would see it.
tombs_are_gone()
{
	[ "$(ctl addr list --state tombstone | grep -c "^2001")" -eq 0 ]
}
wait_until 45 tombs_are_gone || fail "tombstones stay"
at host sysctl net.inet6.umux.client=0 > /dev/null
watched legacy peer "$peer_if" datagram "$NET_PEER_ADDRESS"
check "a legacy session's peer is asked in the host's own name" \
    at_least "$(trace_count legacy "$own")" 1
at host sysctl net.inet6.umux.client=1 > /dev/null

# A peer that is not there: the session is over before the third question.
watched absent third "$third_if" datagram "$ABSENT"
check "who is not there is asked for three times" \
    same "$(trace_count absent "icmp6 and ip6[40] == 135")" 3
check "never in the host's own name" same "$(trace_count absent "$own")" 0

# Questions without a link-layer address (RFC 4861, 7.2.4).
hold_session
asks()
{
	at "$1" ndraw "$2" send ns "target=$ea" "src=$3" "mac=$mac" lladdr=none \
	    direct=1 > /dev/null
}
answered="icmp6 and ip6[40] == 136 and src host $ea and dst host $THIRD_ADDRESS"
at host ndp -d "$THIRD_ADDRESS" > /dev/null 2>&1
watched stranger third "$third_if" asks third "$third_if" "$THIRD_ADDRESS"
check "a stranger who hides his hears nothing, and is not asked for it" \
    same "$(trace_count stranger)" 0
watched peer peer "$peer_if" asks peer "$peer_if" "$NET_PEER_ADDRESS"
check "the peer is answered, since his is known" at_least "$(trace_count peer \
    "icmp6 and ip6[40] == 136 and src host $ea and dst host $NET_PEER_ADDRESS")" 1
check "and learns no other address" same "$(trace_count peer "$own")" 0
at host ndp -s "$THIRD_ADDRESS" "$third_mac" > /dev/null
watched neighbor third "$third_if" asks third "$third_if" "$THIRD_ADDRESS"
check "so is any neighbour that is known" same "$(trace_count neighbor "$answered")" 1
check "without another word" same "$(trace_count neighbor)" 1
at host ndp -d "$THIRD_ADDRESS" > /dev/null
exec 9>&-
check "the session ends" wait_until 20 sessions_are 0
pkill -j uvm_peer echod
wait
