# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: umuxd keeps a pool at its level: after use, a killed generator, a lost prefix, a pool taken out, a reload of the module
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEVEL=300

umux_load || fail "umux does not load"
host_jail
peer_jail
# TIME_WAIT keeps a session: let it be short.
at host sysctl net.inet.tcp.msl=100 > /dev/null
at peer sysctl net.inet.tcp.msl=100 > /dev/null
host_if=$(net_if host lan)
peer_if=$(net_if peer lan)
peer_serve "$PORT"

# use COUNT: that many connections, each closed at once
use()
{
	local n

	n=0
	while [ "$n" -lt "$1" ]; do
		echo "$n" | at host nc -6 -N -w 5 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
		n=$((n + 1))
	done
}

umuxd_conf "$LEVEL"
check "umuxd finds the configuration sound" \
    umuxd --check-config --config umuxd.conf
umuxd_start
check "the pool is made and filled" wait_until 15 umuxd_full "$LEVEL"
ctl pool list

use 50
check "sessions took their addresses from it" pool_at_least TAKEN 50
check "it is filled up again within seconds, not at the level check" \
    wait_until 5 umuxd_full "$LEVEL"
check "events told of it" grep -q "event .* of $host_if" umuxd.log
check "and all of them could be read" never grep -q "events were lost" umuxd.log

# The low 24 bits that name the groups of the pool's addresses.
suffixes()
{
	ctl addr list --state uncertain | awk 'NR > 1 {
		n = split($1, part, ":")
		print substr("00" part[n - 1], length(part[n - 1]) + 1), part[n]
	}' | sort -u
}
suffixes > before
check "its addresses share some groups, twice 16 or so" \
    eval '[ "$(wc -l < before)" -ge 16 ] && [ "$(wc -l < before)" -le 48 ]'
for turn in 1 2 3; do
	at host connmany -q -n "$LEVEL" "$NET_PEER_ADDRESS" "$PORT"
	check "used up for the time no. $turn, it is filled" \
	    wait_until 15 umuxd_full "$LEVEL"
done
suffixes > after
check "then it shares no group with those of before" \
    eval '[ -s after ] && [ -z "$(comm -12 before after)" ]'

pkill -9 -x umux-addrgen
use 20
check "a generator that was killed is started anew" wait_until 15 umuxd_full "$LEVEL"

umuxd_conf 400
kill -HUP "$umuxd"
check "a hangup makes it read a new level" wait_until 15 umuxd_full 400
umuxd_conf "$LEVEL"

at host ifconfig "$host_if" inet6 "$NET_HOST_ADDRESS" delete
none()
{
	[ "$(pool_field READY)" = none ]
}
check "the pool goes with its prefix" wait_until 15 none
net_address host "$host_if" "$NET_HOST_ADDRESS/64"
check "and comes back with it" wait_until 25 umuxd_full 400

ctl flush
check "a flush is made good" wait_until 15 umuxd_full 400

# A pool that is taken out of the configuration while a session has an address of it.
OTHER=2001:db8:7::/64
net_address host "$host_if" 2001:db8:7::1/64
hold_session
sed -i '' "s|$UMUX_PREFIX|$OTHER|" umuxd.conf
kill -HUP "$umuxd"
check "another pool is in the configuration: it is filled" \
    wait_until 15 pool_is READY "$LEVEL" "$OTHER"
check "the one that was goes at once, but for the session's address" \
    wait_until 5 pool_is READY 0
check "which stays" eval 'sessions_are 1 && [ -n "$ea" ] && ctl addr list --state valid | grep -qF "$ea"'
exec 9>&-
check "and goes with the session" wait_until 20 none
umuxd_conf 400
kill -HUP "$umuxd"
check "back in the configuration, it is filled" wait_until 25 umuxd_full 400
at host ifconfig "$host_if" inet6 2001:db8:7::1 delete

wait_until 90 umux_try_unload || fail "umux cannot be unloaded under umuxd"
check "umuxd outlives the module" kill -0 "$umuxd"
umux_load || fail "umux cannot be loaded again"
check "and fills the pool of a new one" wait_until 25 umuxd_full 400

pkill -j uvm_peer echod
kill "$umuxd"
wait "$umuxd"
check "it ends with success when it is told to" same "$?" 0
check "the pool stays" umuxd_full 400
check "no generator is left" never pgrep -x umux-addrgen
cat umuxd.log
