# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The clock is set forward and back by days: DAD, silence after sessions, leases and refills take as long as ever
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEVEL=50

umux_load || fail "umux does not load"
host_jail
peer_jail
at host sysctl net.inet6.umux.tombstone_ms=4000 > /dev/null
at host sysctl net.inet.tcp.msl=100 > /dev/null
host_if=$(net_if host lan)
peer_if=$(net_if peer lan)
peer_serve "$PORT"

# The harness, and wait_until, live by the same clock: it is set back to what it
# would be.  Uptime goes on by itself.
uptime_now()
{
	local boot now

	boot=$(sysctl -n kern.boottime | sed 's/.*{ sec = \([0-9]*\),.*/\1/')
	now=$(date +%s)
	echo $((now - boot))
}
step()
{
	date "$(date -j -v "$1" +%Y%m%d%H%M.%S)" > /dev/null
}
restore()
{
	local off

	off=$((true_at + $(uptime_now) - true_uptime))
	date "$(date -j -r "$off" +%Y%m%d%H%M.%S)" > /dev/null
}
true_at=$(date +%s)
true_uptime=$(uptime_now)

umuxd_conf "$LEVEL"
umuxd_start
require "the pool is filled" wait_until 20 umuxd_full "$LEVEL"

# seconds COMMAND...: how long until it holds, by uptime.
seconds()
{
	local begun

	begun=$(uptime_now)
	until "$@"; do
		[ $(($(uptime_now) - begun)) -lt 30 ] || break
		sleep 0.2
	done
	echo $(($(uptime_now) - begun))
}
silent_again()
{
	! ctl addr list --state tombstone | grep -q 2001
}
for jump in +30d -60d +1H; do
	at host connmany -q -n 10 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
	step "$jump"
	took=$(seconds umuxd_full "$LEVEL")
	note "clock $jump: the pool is full after $took s"
	check "clock $jump: it is filled in its time" at_most "$took" 8
	check "clock $jump: sessions end" at_most "$(seconds sessions_are 0)" 8
	took=$(seconds silent_again)
	note "clock $jump: tombstones are gone after $took s"
	check "clock $jump: silence ends in its time" at_most "$took" 9
	check "clock $jump: not an address was lost" umuxd_full "$LEVEL"
done
mkfifo hold
at host connmany -h "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "a session is held" at_most "$(seconds sessions_are 1)" 10
step +400d
check "it outlives a year" sessions_are 1
in_seconds()
{
	ctl session list | awk '$1 == "tcp" { n++; good += $6 ~ /^[0-9.]+s$/ }
	    END { exit !(n == 1 && good == 1) }'
}
check "umuxctl shows an age of seconds" in_seconds
step -800d
check "and two years back" sessions_are 1
restore
exec 9>&-
check "it ends" wait_until 20 sessions_are 0
check "umuxd has not complained" never grep -qi "panic\|error" umuxd.log
kill "$umuxd"
wait "$umuxd"
check "it ends with success" same "$?" 0
tail -n 5 umuxd.log
pkill -j uvm_peer echod
wait
