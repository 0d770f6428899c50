# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Whatever strangers and the peer try at a live EA, only the session gets an answer, and the host shows itself to nobody
# timeout: 400
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
net_jail third
net_attach third lan
third_if=$(net_if third lan)
net_address third "$third_if" 2001:db8:1::3/64
umux_fill 30
peer_serve "$PORT"
mac=$(net_mac host "$host_if")
linklocal=$(net_linklocal host "$host_if")

# What the host knows of its neighbours it knew before; from here on it has to
# ask again, and to show what address it asks from.
at host ndp -n -c > /dev/null
at peer ndp -n -c > /dev/null

trace_start peer peer "$peer_if" ether src "$mac" and ip6
trace_start third third "$third_if" ether src "$mac" and ip6

mkfifo hold
at host connmany -h "$NET_PEER_ADDRESS" "$PORT" < hold > named &
at host udpmany -eh "$NET_PEER_ADDRESS" "$PORT" < hold > named.udp &
exec 9> hold
require "a TCP and a UDP session are held" wait_until 10 sessions_are 2
wait_until 10 test -s named.udp
read -r tcp_ea tcp_port < named
read -r udp_ea udp_port < named.udp
note "TCP $tcp_ea $tcp_port, UDP $udp_ea $udp_port"

storms()
{
	local kind STORM_IF STORM_MAC STORM_FROM

	STORM_IF=$(net_if "$1" lan)
	STORM_MAC=$mac
	STORM_FROM=$3
	export STORM_IF STORM_MAC STORM_FROM
	for kind in $(storm -l); do
		check "$1 sends $kind at the TCP session's address" \
		    at "$1" storm "$kind" "$tcp_ea" "$PORT" "$2"
	done
	for kind in udp tcp-syn errors fragments; do
		check "$1 sends $kind at the UDP session's address" \
		    at "$1" storm "$kind" "$udp_ea" "$PORT" "$2"
	done
}
storms third "$NET_PEER_ADDRESS" 2001:db8:1::3
for ea in "$tcp_ea" "$udp_ea"; do
	check "ping6 by a stranger finds nobody" \
	    never at third ping6 -c 2 -i 0.2 -t 1 "$ea"
	check "ping6 by the peer finds nobody" \
	    never at peer ping6 -c 2 -i 0.2 -t 1 "$ea"
done
check "both sessions live through a stranger's storm" sessions_are 2

# The kernel probes what it thinks are its neighbours some seconds later.
at host ndp -an
sleep 8
trace_stop third
trace_show third | head -n 20
# Group reports go to everyone, behind a hop-by-hop header (RFC 3810, 5).
check "the stranger got nothing but answers to neighbour solicitations" \
    same "$(trace_count third "not (icmp6 and (ip6[40] == 136 or ip6[40] == 135)) and not (ip6[6] == 0 and ip6[48] == 143)")" 0
check "the host did not show its address to the stranger" \
    same "$(trace_count third "host $NET_HOST_ADDRESS")" 0
check "the host has not made a neighbour of the stranger" \
    never eval 'at host ndp -an | grep -q "2001:db8:1::3 "'

# The peer itself, beyond the session.
before=$(trace_show_now peer | wc -l)
note "$before packets to the peer so far"
storms peer "$NET_PEER_ADDRESS" "$NET_PEER_ADDRESS"
check "the UDP session lives through the peer's storm" \
    eval 'ctl session list | grep -q "^udp"'
trace_stop peer
trace_show peer | tail -n 20
check "the peer got segments of the session's port only" \
    same "$(trace_count peer "tcp and not port $tcp_port")" 0
check "and datagrams of the session's port only" \
    same "$(trace_count peer "udp and not port $udp_port")" 0
check "no ICMPv6 but neighbour and group discovery" \
    same "$(trace_count peer "icmp6 and not (ip6[40] == 135 or ip6[40] == 136)")" 0
check "not one packet shows the host's own address" \
    same "$(trace_count peer "host $NET_HOST_ADDRESS")" 0
check "nor the link-local one, but in group reports" \
    same "$(trace_count peer "src host $linklocal and not ip6 proto 0")" 0
check "the peer was asked for in a session's name" \
    at_least "$(trace_count peer "icmp6 and ip6[40] == 135 and (src host $tcp_ea or src host $udp_ea)")" 1
exec 9>&-
check "the sessions end" wait_until 20 sessions_are 0
