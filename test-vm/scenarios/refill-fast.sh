# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: 500 sessions a second for a minute without a miss, or as many as the machine makes; lost events; both policies for misses
# long: yes
# timeout: 400
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
SECONDS_LONG=60

# Room for the tombstones of half a minute, too; read when the jail is made.
kenv net.inet6.umux.max_addrs=65536 > /dev/null
umux_host
kenv -u net.inet6.umux.max_addrs > /dev/null
peer_serve "$PORT"

# How many sessions a second does this machine make at all?
at host sysctl net.inet6.umux.client=0 > /dev/null
before=$(date +%s)
at host connmany -q -n 3000 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
took=$(($(date +%s) - before + 1))
at host sysctl net.inet6.umux.client=1 > /dev/null
most=$((3000 / took))
RATE=500
if [ $((most * 6 / 10)) -lt "$RATE" ]; then
	RATE=$((most * 6 / 10))
	note "legacy sessions: $most a second, so that $RATE are asked for and not 500"
fi

# Sized for it: what is taken in the four seconds that an address may need to
# come back (event, generator, one probe and its answer), and half as much again.
LEVEL=$((RATE * 6))
umuxd_conf "$LEVEL" 'groups = 8'
umuxd_start
require "umuxd fills the pool with $LEVEL" wait_until 60 umuxd_full "$LEVEL"

second=0
begin=$(date +%s)
while [ "$second" -lt "$SECONDS_LONG" ]; do
	at host connmany -q -n "$RATE" "$NET_PEER_ADDRESS" "$PORT" >> paced.log &
	second=$((second + 1))
	while [ "$(date +%s)" -lt $((begin + second)) ]; do
		sleep 0.1
	done
done
wait_until 60 sessions_are 0
seconds=$(($(date +%s) - begin))
total=$((RATE * SECONDS_LONG))
note "$total sessions in $seconds s"
echo "{\"sessions\": $total, \"seconds\": $seconds, \"asked_per_second\": $RATE, \"legacy_per_second\": $most, \"missed\": $(pool_field MISSED)}" \
    > "$REPORT/refill-fast.json"
ctl pool list
sort paced.log | uniq -c | sort -rn | head -n 5
check "no connection failed" never grep -q failed paced.log
check "each session had an address of its own" at_least "$(pool_field TAKEN)" "$total"
check "not one session missed" pool_is MISSED 0
check "the level is restored" wait_until 60 umuxd_full "$LEVEL"

# Events are lost while the daemon does not read; it notices.
pkill -STOP -j uvm_host -x umuxd
at host connmany -q -n 200 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
lost=0
while [ "$lost" -lt 600 ]; do
	at host ifconfig "$host_if" inet6 "2001:db8:1::f:$lost/64" alias
	at host ifconfig "$host_if" inet6 "2001:db8:1::f:$lost" -alias
	lost=$((lost + 1))
done
wait_until 20 sessions_are 0
pkill -CONT -j uvm_host -x umuxd
check "after lost events the level is restored" \
    wait_until 60 umuxd_full "$LEVEL"
grep -v DEBUG umuxd.log | tail -n 5
check "umuxd says that it resynchronised" grep -qi resync umuxd.log
pkill -j uvm_host -x umuxd

# Both policies of an empty pool.
ctl flush > /dev/null
missed=$(pool_field MISSED)
check "an empty pool that is legacy serves sessions" socket_case tcp-connect
check "from the host's address" same "$(case_source tcp)" "$NET_HOST_ADDRESS"
check "and counts the miss" same "$(pool_field MISSED)" $((missed + 1))
ctl pool del "$host_if" "$UMUX_PREFIX" > /dev/null
ctl pool add "$host_if" "$UMUX_PREFIX" --miss refuse > /dev/null
check "one that refuses does" never socket_case tcp-connect
check "with the error that says so" grep -q "Can't assign" case
