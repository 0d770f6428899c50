# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: umuxd and its generator killed with SIGKILL at any moment: it starts anew, the pool is full again, no address is lost, sessions live on
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEVEL=200
ROUNDS=15

umux_load || fail "umux does not load"
host_jail
peer_jail
host_if=$(net_if host lan)
at host sysctl net.inet.tcp.msl=100 > /dev/null
peer_serve "$PORT"
umuxd_conf "$LEVEL"

umuxd_start
require "the pool is filled" wait_until 30 umuxd_full "$LEVEL"

# Held through everything.
mkfifo hold
at host connmany -h -n 5 -p 5 "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "five sessions are held" wait_until 10 sessions_are 5
ctl session list | sed -n 's/^tcp *\[\([^]]*\)\].*/\1/p' | sort > held
require "the pool is full beside them" wait_until 10 umuxd_full "$LEVEL"

# A moment in a refill, another one each round: 0 to 1.4 s after its cause.
round=0
while [ "$round" -lt "$ROUNDS" ]; do
	at host connmany -q -n 60 "$NET_PEER_ADDRESS" "$PORT" > /dev/null ||
	    fail "round $round: a connection failed"
	sleep "$((round / 10)).$((round % 10))"
	case $((round % 3)) in
	0)	pkill -9 -x umux-addrgen ;;
	1)	pkill -9 -x umuxd ;;
	2)	pkill -9 -x umux-addrgen
		pkill -9 -x umuxd ;;
	esac
	if ! kill -0 "$umuxd" 2> /dev/null; then
		wait "$umuxd" 2> /dev/null
		umuxd_start
	fi
	round=$((round + 1))
done
check "after $ROUNDS kills the pool is full again" wait_until 30 umuxd_full "$LEVEL"
check "nothing is on its way for ever" wait_until 10 pool_is COMING 0
check "no address is stuck: 5 are in sessions" wait_until 10 pool_is VALID 5
ctl pool list
ctl session list | sed -n 's/^tcp *\[\([^]]*\)\].*/\1/p' | sort > held.now
check "the same sessions, with the same addresses" cmp held held.now
check "every address is in one state only, and none is there twice" \
    eval '[ -z "$(ctl addr list | awk "NR > 1 { print \$1 }" | sort | uniq -d)" ]'
check "only one umuxd and one helper of it are left" \
    eval '[ "$(pgrep -x umuxd | wc -l)" -eq 2 ]'
check "and one generator" eval '[ "$(pgrep -x umux-addrgen | wc -l)" -le 1 ]'

# They still carry data.
exec 9>&-
check "the sessions end by themselves" wait_until 20 sessions_are 0
check "every program of theirs ended well" never grep -q failed named

# umuxd is stopped for good: what is ready stays ready and serves.
umuxd_stop
check "told to end, it ends" same "$?" 0
check "without umuxd the pool serves on" \
    at host connmany -q -n 20 "$NET_PEER_ADDRESS" "$PORT"
check "from its addresses" wait_until 10 pool_is READY $((LEVEL - 20))
tail -n 20 umuxd.log
pkill -j uvm_peer echod
wait
