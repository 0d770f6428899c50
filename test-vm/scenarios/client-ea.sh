# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: 200 connections by unmodified programs have 200 sources, none of them the host's
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

COUNT=200
PORT=7777

umux_host
umux_fill 450
peer_serve "$PORT"

# nc(1) again and again; what it sends comes back.
trace_start sessions peer "$peer_if" tcp port "$PORT" or icmp6
n=0
echoed=0
while [ "$n" -lt "$COUNT" ]; do
	answer=$(echo "hello $n" | at host nc -6 -N -w 5 "$NET_PEER_ADDRESS" "$PORT")
	[ "$answer" = "hello $n" ] && echoed=$((echoed + 1))
	n=$((n + 1))
done
trace_stop sessions
check "data came back in each of $COUNT sessions" same "$echoed" "$COUNT"
awk '$1 == "tcp" { print $2 }' served > sources
check "the server saw $COUNT connections" same "$(wc -l < sources | tr -d ' ')" "$COUNT"
check "from $COUNT different addresses" \
    same "$(sort -u sources | wc -l | tr -d ' ')" "$COUNT"
check "none of them the host's own" never grep -qx "$NET_HOST_ADDRESS" sources
all_eas()
{
	while read -r source; do
		is_ea "$source" || return 1
	done < sources
}
check "all of them of the pool's prefix" all_eas
check "the trace shows not one segment of the host's own address" \
    same "$(trace_count sessions "tcp and host $NET_HOST_ADDRESS")" 0
check "no pool miss" pool_is MISSED 0

# No DAD wait: between the SYN and the SYN-ACK there is nothing but the
# resolution of the new address.
slow()
{
	trace_show sessions -tt "tcp and ip6[53] & 2 != 0" | awk '
	/Flags \[S\],/ { syn = $1 }
	/Flags \[S\.\],/ { n++; if ($1 - syn > 0.5) slow++ }
	END { print n " handshakes, " slow + 0 " slow" > "/dev/stderr"; exit !(n > 0 && slow == 0) }'
}
check "each connection is up within a round trip, without a wait for DAD" slow
check "no probe was sent for a session" \
    same "$(trace_count sessions "icmp6 and ip6[40] == 135 and src host ::")" 0

# What the host itself says of a session.
mkfifo hold
at host connmany -h -n 5 -p 5 "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "five sessions are open" wait_until 10 sessions_are 5
agree()
{
	local address port

	at host netstat -n -W -f inet6 -p tcp > netstat.out
	at host sockstat -6 -c > sockstat.out
	ctl session list > list.out
	while read -r address port; do
		grep -q "$address.$port .*ESTABLISHED" netstat.out || return 1
		grep -q "$address:$port" sockstat.out || return 1
		grep -q "\[$address\]:$port" list.out || return 1
	done < named
	[ "$(wc -l < named)" -eq 5 ]
}
check "getsockname, netstat, sockstat and umuxctl agree" agree
cat named netstat.out list.out
check "the sessions' addresses answer their peer only: ping6 finds nobody" \
    never at peer ping6 -c 2 -i 0.3 -t 2 "$(awk 'NR == 1 { print $1 }' named)"
read -r ea port < named
check "nobody can connect back" never at peer nc -6 -z -w 2 "$ea" "$port"
at host nc -6 -l :: 8888 > /dev/null &
listener=$!
check "not even to a wildcard listener" never at peer nc -6 -z -w 2 "$ea" 8888
kill "$listener"
exec 9>&-
wait_until 10 pool_is VALID 0

# UDP: a connected socket is a session too.
echo ping | at host nc -6 -u -w 1 "$NET_PEER_ADDRESS" "$PORT" > udp.out
check "a UDP session has a source of its own" \
    eval 'source=$(awk "\$1 == \"udp\" { print \$2 }" served | tail -n 1); is_ea "$source"'
check "and its answer" grep -q ping udp.out

# What is not ours is not touched.
check "DNS goes its own way" \
    eval 'echo x | at host nc -6 -u -w 1 "$NET_PEER_ADDRESS" 53; at host umuxctl session list | never grep -q ":53 "'
echo x | at host nc -6 -N -s "$NET_HOST_ADDRESS" -w 5 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
check "a source that the application chose stays" \
    eval 'awk "\$1 == \"tcp\" { print \$2 }" served | tail -n 1 | grep -qx "$NET_HOST_ADDRESS"'

pkill -j uvm_peer echod
wait
