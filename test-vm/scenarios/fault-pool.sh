# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A pool that is used up: the policy legacy falls back, the policy refuse fails with a clear error, both are counted, and it recovers
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
peer_serve "$PORT"

# More than there are, held open.
hold_sessions()
{
	rm -f hold
	mkfifo hold
	at host connmany -h -n "$1" -p "$1" "$NET_PEER_ADDRESS" "$PORT" < hold > named &
	holder=$!
	exec 9> hold
}
release()
{
	exec 9>&-
	wait "$holder"
	wait_until 20 sessions_are 0 || fail "sessions do not end"
}
hold_sessions 50
check "of 50 connections 20 have addresses of their own" \
    wait_until 10 sessions_are 20
check "all 50 came about" wait_until 10 eval '[ "$(grep -c "^2001" named)" -eq 50 ]'
check "30 have the host's address" \
    same "$(grep -c "^$NET_HOST_ADDRESS " named)" 30
check "30 misses are counted" same "$(pool_field MISSED)" 30
check "by the sysctl, too" \
    same "$(at host sysctl -n net.inet6.umux.stats.missed)" 30
check "a datagram goes out in the host's name" socket_case udp-sendto
check "as the server sees" same "$(case_source udp)" "$NET_HOST_ADDRESS"
release

# The same with a pool that must not fall back.
ctl pool del "$host_if" "$UMUX_PREFIX" --force > /dev/null 2>&1
ctl pool add "$host_if" "$UMUX_PREFIX" --miss refuse || fail "no pool that refuses"
umux_fill 20
hold_sessions 20
require "all 20 are used" wait_until 10 sessions_are 20
refused()
{
	at host "$@" > refused 2>&1 && return 1
	cat refused
	grep -qi "can't assign requested address" refused
}
check "the next connect() fails with EADDRNOTAVAIL" \
    refused connmany "$NET_PEER_ADDRESS" "$PORT"
check "so does an implied one, and a datagram" \
    refused sockcase udp-sendto "$NET_PEER_ADDRESS" "$PORT"
before=$(grep -c "^tcp $NET_HOST_ADDRESS " served)
n=0
while [ "$n" -lt 20 ]; do
	at host connmany -q "$NET_PEER_ADDRESS" "$PORT" > /dev/null 2>&1
	n=$((n + 1))
done
check "nothing ever went out from the host's own address" \
    same "$(grep -c "^tcp $NET_HOST_ADDRESS " served)" "$before"
check "each is counted" at_least "$(pool_field MISSED)" 22
release
check "the sessions' addresses are not given out again" pool_is READY 0
umux_fill 5
check "filled again it serves again" socket_case tcp-connect
check "from an EA" is_ea "$(case_source tcp)"

# Room for addresses is used up: adding says so.
fill_too_many()
{
	ctl pool fill "$host_if" "$UMUX_PREFIX" 20000 --groups 4 2> error && return 1
	cat error
	grep -q max_addrs error
}
check "more than there is room for is refused, naming the knob" fill_too_many
check "the pool serves" socket_case tcp-connect
pkill -j uvm_peer echod
wait
