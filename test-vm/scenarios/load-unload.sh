# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: 200 loads and unloads, half of them under traffic, leave nothing behind
# long: yes
# timeout: 400
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

host_jail
peer_jail
host_if=$(net_if host lan)

memory_snapshot before

load_unload()
{
	kldload "$UMUX_KO" && kldunload umux
}

repeat()
{
	local n

	n=$1
	shift
	while [ "$n" -gt 0 ]; do
		"$@" || return 1
		n=$((n - 1))
	done
}

# The first load allocates what the kernel keeps: a sysctl tree, a device.
require "umux loads and unloads" load_unload
wait_until 5 memory_type_unused umux
memory_snapshot before
mbufs=$(mbufs_used)

check "umux loads and unloads 99 times at rest" repeat 99 load_unload
check "memory is as before" wait_until 10 memory_same before

# Traffic: legacy sessions and, whenever there is a pool, sessions of ours.
at host sysctl net.inet.tcp.msl=100 > /dev/null
at peer sysctl net.inet.tcp.msl=100 > /dev/null
# One processor loads, connects and accepts: the last may have to wait longer
# than 193 connections take, which is where a queue of 128 overflows; and some
# time has to be left to it.
sysctl kern.ipc.soacceptqueue=1024 > /dev/null
peer_serve "$PORT"
traffic()
{
	while [ ! -e stop ]; do
		at host connmany -q -n 200 "$NET_PEER_ADDRESS" "$PORT"
		sleep 0.2
	done
}
traffic > traffic.log 2>&1 &
traffic_pid=$!
at host ping6 -q -i 0.01 "$NET_PEER_ADDRESS" > ping.log &

taken=0
load_use_unload()
{
	kldload "$UMUX_KO" || return 1
	ctl pool add "$host_if" "$UMUX_PREFIX" --fill 30 > /dev/null || return 1
	wait_until 5 pool_at_least TAKEN 5 || return 1
	taken=$((taken + $(pool_field TAKEN)))
	ctl flush > /dev/null
	wait_until 20 umux_try_unload
}

at host sysctl net.inet6.ip6.dad_count=0 > /dev/null
check "umux loads, serves sessions and unloads 100 times under traffic" \
    repeat 100 load_use_unload
note "$taken addresses were taken meanwhile"
touch stop
wait "$traffic_pid"
pkill -j uvm_host ping6
cat ping.log
grep failed traffic.log | sort | uniq -c | head
check "no connection failed meanwhile" never grep -q failed traffic.log
pkill -j uvm_peer echod
wait

check "memory is as before, after traffic" wait_until 15 memory_same before
mbufs_settled()
{
	[ "$(mbufs_used)" -le $((mbufs + 64)) ]
}
check "mbufs are given back" wait_until 10 mbufs_settled

# A live session keeps the module.
umux_load
ctl pool add "$host_if" "$UMUX_PREFIX" --fill 3
peer_serve "$PORT"
at host nc -6 "$NET_PEER_ADDRESS" "$PORT" < /dev/zero > /dev/null &
nc_pid=$!
require "there is a session" wait_until 5 sessions_are 1
refused()
{
	! kldunload umux 2> unload.err && grep -qi busy unload.err
}
check "unload with a live session is EBUSY" refused
check "the kernel says why" eval 'dmesg | grep "umux:.*session"'
kill "$nc_pid"
check "unload works once the session is gone" wait_until 20 umux_try_unload
pkill -j uvm_peer echod
wait
