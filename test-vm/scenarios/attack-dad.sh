# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: An attacker answers every DAD probe: an alarm, ever longer pauses, no spin; what is ready serves on, and the pool recovers
# long: yes
# timeout: 600
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEVEL=200
USED=60

umux_load || fail "umux does not load"
host_jail
peer_jail
third_jail
host_if=$(net_if host lan)
at host sysctl net.inet.tcp.msl=100 > /dev/null
peer_serve "$PORT"
mac=$(net_mac host "$host_if")
umuxd_conf "$LEVEL"
umuxd_start
# Hundredths of a second of CPU that umuxd and its helpers have used.
cpu()
{
	ps -axo command,time | awk '/umuxd .*--config/ && !/awk/ {
		split($NF, t, /[:.]/); sum += t[1] * 6000 + t[2] * 100 + t[3]
	} END { print sum + 0 }'
}
require "the pool is filled" wait_until 20 umuxd_full "$LEVEL"
wait_until 5 umuxd_full "$LEVEL"

# under KIND: an attack in which all probes are met, for a minute.
under()
{
	local before first second used

	: > umuxd.log
	at third ndraw "$third_if" answer "$1" "mac=$mac" > "answered.$1" 2>&1 &
	attacker=$!
	before=$(pool_stat probes)
	used=$(cpu)
	at host connmany -q -n "$USED" "$NET_PEER_ADDRESS" "$PORT" > /dev/null
	check "$1: sessions had what was ready" \
	    eval '[ "$(pool_field READY)" -le $((LEVEL - USED)) ]'
	wait_never 30 umuxd_full "$LEVEL"
	first=$(($(pool_stat probes) - before))
	wait_never 30 umuxd_full "$LEVEL"
	second=$(($(pool_stat probes) - before - first))
	note "$1: $first probes in half a minute, $second in the next; umuxd used $(($(cpu) - used)) hundredths of a second"
	check "$1: the attacker was heard" \
	    at_least "$(grep -c answered "answered.$1")" 10
	check "$1: what was ready is ready" \
	    pool_at_least READY $((LEVEL - USED))
	check "$1: and serves" \
	    at host connmany -q -n 10 "$NET_PEER_ADDRESS" "$PORT"
	check "$1: from the pool" \
	    at_least "$(tail -n 10 served | grep -vc "$NET_HOST_ADDRESS")" 10
	check "$1: umuxd does not spin" \
	    eval '[ $(($(cpu) - used)) -lt 600 ]'
	probes_first=$first probes_second=$second
}
over()
{
	kill "$attacker"
	wait "$attacker" 2> /dev/null
	check "$1: when it is over, the pool is filled" wait_until 120 umuxd_full "$LEVEL"
}

for kind in na ns; do
	under "$kind"
	check "$kind: there is an alarm that says what to do" \
	    grep -q "held by other nodes" umuxd.log
	grep "held by" umuxd.log | head -n 5
	check "$kind: duplicates are counted" stat_at_least duplicated 20
	check "$kind: there are pauses: no more probes than a few batches" \
	    eval '[ "$probes_first" -le 600 ]'
	check "$kind: and they become longer" \
	    eval '[ "$probes_second" -le $((probes_first / 2)) ]'
	over "$kind"
done

# Probes that come back are no duplicates (RFC 7527): an address waits until
# they do not, and asks once a second.
under loop
check "loop: nothing is taken for a duplicate that is none" \
    same "$(pool_field DUP)" "$(ctl pool list | awk 'NR == 2 { print $8 }')"
check "loop: it is counted" stat_at_least looped 20
check "loop: an address probes once a second at most" \
    eval '[ "$probes_second" -le $(((USED + 20) * 31)) ]'
over loop

# One that has noted what was probed for, and claims all of it later: what is
# uncertain is withdrawn, as RFC 4862 wants of an address that another node
# claims.  Sessions stay.
at third ndraw "$third_if" answer none "mac=$mac" > noted 2>&1 &
noter=$!
ctl flush > /dev/null
require "the pool is filled anew" wait_until 120 umuxd_full "$LEVEL"
kill "$noter"
wait "$noter" 2> /dev/null
mkfifo hold
at host connmany -h -n 5 -p 5 "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "sessions are held" wait_until 10 sessions_are 5
: > umuxd.log
awk '/answered/ { print $2 }' noted | sort -u | while read -r target; do
	at third ndraw "$third_if" send na "mac=$mac" "target=$target" \
	    direct=1 > /dev/null < /dev/null
done
check "claimed: sessions stay" sessions_are 5
check "claimed: what was uncertain is withdrawn" \
    eval '[ "$(pool_field READY)" -lt $((LEVEL / 2)) ]'
check "claimed: there is an alarm" \
    wait_until 10 grep -q "held by other nodes" umuxd.log
check "claimed: the claims to addresses in use are counted" \
    stat_at_least conflict 5
check "claimed: the pool is filled with others" wait_until 120 umuxd_full "$LEVEL"
exec 9>&-
check "the sessions end" wait_until 20 sessions_are 0
kill "$umuxd"
wait "$umuxd"
check "umuxd ends with success" same "$?" 0
pkill -j uvm_peer echod
wait
