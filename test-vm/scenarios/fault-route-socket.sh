# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: umuxd does not read its routing socket for a while, and messages are lost: it notices, asks for the levels, and fills the pool
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEVEL=100

umux_load || fail "umux does not load"
host_jail
peer_jail
host_if=$(net_if host lan)
at host sysctl net.inet.tcp.msl=100 > /dev/null
peer_serve "$PORT"
umuxd_conf "$LEVEL"
umuxd_start
require "the pool is filled" wait_until 30 umuxd_full "$LEVEL"
# Another reader that never reads is nobody's problem.
at host sh -c 'exec route -n monitor > /dev/null' &
lazy=$!
wait_until 5 kill -0 "$lazy"
kill -STOP "$lazy"

# It stops reading; what goes by is more than the queue of its socket holds.
pkill -STOP -x umuxd
at host connmany -q -n 60 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
n=0
while [ "$n" -lt 150 ]; do
	at host ifconfig lo0 inet6 fd00::1:$n/128 alias
	at host ifconfig lo0 inet6 fd00::1:$n -alias
	n=$((n + 1))
done
check "nothing is made good meanwhile" \
    wait_until 5 pool_is READY $((LEVEL - 60))
pkill -CONT -x umuxd
check "it notices that messages were lost" \
    wait_until 10 grep -q "events were lost" umuxd.log
check "and fills the pool" wait_until 10 umuxd_full "$LEVEL"
check "sessions are served" \
    at host connmany -q -n 10 "$NET_PEER_ADDRESS" "$PORT"
check "and what they used is made good as ever" wait_until 10 umuxd_full "$LEVEL"
check "it is the same umuxd" kill -0 "$umuxd"
kill -CONT "$lazy"
kill "$lazy"
kill "$umuxd"
wait "$umuxd"
check "it ends with success" same "$?" 0
tail -n 20 umuxd.log
pkill -j uvm_peer echod
wait
