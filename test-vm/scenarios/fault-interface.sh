# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The interface flaps in the middle of DAD, of connect() and of sessions, and is destroyed under addresses that sessions wait for
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 40
peer_serve "$PORT"
memory_snapshot groups in6_multi ether_multi

# During DAD: 100 addresses, the link goes and comes ten times in 0.9 s.
ctl pool fill "$host_if" "$UMUX_PREFIX" 100 --groups 4 > /dev/null
n=0
while [ "$n" -lt 10 ]; do
	sleep 0.09
	probes=$(pool_stat probes)
	at host ifconfig "$host_if" down
	at host ifconfig "$host_if" up
	n=$((n + 1))
done
check "after ten flaps in DAD all addresses become ready" \
    wait_until 20 pool_is READY 140
check "each by a probe of its own after the last flap" \
    at_least "$(pool_stat probes)" $((probes + 100))
check "none is a duplicate of itself" same "$(pool_stat duplicated)" 0

# During connect(): the link is down when it is called, up again 0.3 s later.
# TCP sends its SYN again.
at host ifconfig "$host_if" down
at host sockcase tcp-connect "$NET_PEER_ADDRESS" "$PORT" > case 2>&1 &
pid=$!
sleep 0.3
at host ifconfig "$host_if" up
wait "$pid"
note "connect() on a link that was down: status $?, $(head -n 1 case)"
check "with the link back, a connect() works" wait_until 10 socket_case tcp-connect
n=0
connects()
{
	while [ ! -e stop ]; do
		at host connmany -n 5 "$NET_PEER_ADDRESS" "$PORT"
	done
}
connects > connected 2>&1 &
pid=$!
while [ "$n" -lt 12 ]; do
	at host ifconfig "$host_if" down
	at host ifconfig "$host_if" up
	sleep 0.3
	n=$((n + 1))
done
touch stop
wait "$pid"
note "$(grep -c . connected) connects through $n flaps: $(grep -c failed connected) failed"
check "some were made" at_least "$(grep -c "^2001" connected)" 20
check "all that they took is over" wait_until 60 sessions_are 0

# Sessions live through flaps of the link, with data under way.
require "the pool is ready" wait_until 20 pool_at_least READY 20
mkfifo hold
at host connmany -h -n 5 -p 5 "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "five sessions are held" wait_until 10 sessions_are 5
drip()
{
	local blocks

	blocks=0
	while [ "$blocks" -lt 40 ]; do
		dd if=/dev/zero bs=64k count=1 2> /dev/null
		sleep 0.1
		blocks=$((blocks + 1))
	done
}
drip | at host nc -6 -N "$NET_PEER_ADDRESS" "$PORT" 9>&- | wc -c > echoed &
pid=$!
require "and one that carries data" wait_until 10 sessions_are 6
n=0
while [ "$n" -lt 8 ]; do
	at host ifconfig "$host_if" down
	sleep 0.05
	at host ifconfig "$host_if" up
	sleep 0.25
	n=$((n + 1))
done
check "the five sessions are there after $n flaps" \
    eval '[ "$(sessions)" -ge 5 ]'
wait "$pid"
check "and a transfer through them lost nothing" \
    same "$(tr -d ' ' < echoed)" $((40 * 65536))
exec 9>&-
check "they end" wait_until 20 sessions_are 0

# Destroyed while EAs are live, and while others are in DAD.
require "the pool is ready again" wait_until 20 pool_at_least READY 20
at host connmany -h -n 3 -p 3 "$NET_PEER_ADDRESS" "$PORT" < /dev/zero > /dev/null &
require "three sessions are live" wait_until 10 sessions_are 3
ctl pool fill "$host_if" "$UMUX_PREFIX" 50 --groups 4 > /dev/null
ifconfig "${host_if%b}a" destroy
check "destroyed, its pool is gone" wait_until 10 pool_is READY none
check "a connect() fails or is another's, and the kernel lives" \
    never at host connmany -q "$NET_PEER_ADDRESS" "$PORT"
at host pkill -j uvm_host connmany 2> /dev/null || pkill -j uvm_host connmany
at host tcpdrop -a > /dev/null 2>&1
check "the sessions end" wait_until 20 sessions_are 0
left()
{
	[ "$(memory_type in6_multi)" -le \
	    "$(awk '$1 == "in6_multi" { print $2 }' groups)" ]
}
check "its groups are given back" wait_until 10 left
pkill -j uvm_peer echod
wait
