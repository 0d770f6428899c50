# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Two vnet jails on a bridge reach each other, and the trace shows it
# timeout: 90

# shellcheck shell=sh

PORT=7777

host_jail
peer_jail
peer_if=$(net_if peer lan)

trace_start lan peer "$peer_if" ip6

check "ping6 reaches the peer" \
    at host ping6 -c 3 -i 0.2 "$NET_PEER_ADDRESS"

at peer nc -6 -l "$NET_PEER_ADDRESS" "$PORT" > received &
listening()
{
	at peer netstat -an -p tcp -f inet6 | grep -q "$PORT.*LISTEN"
}
require "the peer listens" wait_until 5 listening
greet()
{
	echo "hello from host" |
	    at host nc -6 -N -w 5 "$NET_PEER_ADDRESS" "$PORT"
}
check "TCP carries data to the peer" greet
check "the data is what was sent" \
    wait_until 5 grep -q 'hello from host' received

trace_stop lan
trace_show lan | head -n 40
at_least()
{
	note "$3 packets: $2"
	[ "$2" -ge "$1" ]
}
check "the trace shows echo requests and replies" \
    at_least 6 "$(trace_count lan icmp6 and 'ip6[40] == 128 or ip6[40] == 129')" echo
check "the trace shows a neighbour solicitation" \
    at_least 1 "$(trace_count lan icmp6 and 'ip6[40] == 135')" solicitation
check "the trace shows the TCP connection" \
    at_least 6 "$(trace_count lan tcp port $PORT)" TCP

