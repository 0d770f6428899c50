# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A jail whose network stack is being made while umux loads has no umux, says so, works, and goes; the next one has it
# timeout: 120
# needs: module faults userland helpers

# shellcheck shell=sh

PORT=7777
GUARDED=2222
UMUX_KO=$JOB/faults/umux.ko
[ -f "$UMUX_KO" ] || fail "umux.ko with faults was not built"

peer_jail
peer_serve "$PORT"

kenv debug.umux_faults.load_ms=4000 > /dev/null
umux_load &
load=$!
# Its thread is there as soon as no stack comes onto the list.
keeping()
{
	pgrep -qS '^umux faults'
}
require "a load waits" wait_until 5 keeping
net_jail w
check "the jail was made during the load" never keeping
require "umux loads" wait "$load"
kenv -u debug.umux_faults.load_ms
net_attach w lan
ifname=$(net_if w lan)
net_address w "$ifname" 2001:db8:1::3/64

check "no pool can be added in the jail" \
    never at w umuxctl pool add "$ifname" "$UMUX_PREFIX" 2> refused
cat refused
check "it says what to do" grep -q "make the jail again" refused
check "nor counted" never at w umuxctl stats 2> refused
check "it says what to do there, too" grep -q "make the jail again" refused
check "a knob says that it is not there" \
    eval 'at w sysctl net.inet6.umux.max_addrs=1000 2>&1 | grep -q "not supported by device"'
check "sessions go on" at w connmany -q -n 3 "$NET_PEER_ADDRESS" "$PORT"
check "from its own address" [ "$(case_source tcp)" = 2001:db8:1::3 ]
at w echod :: "$GUARDED" > listener 2>&1 &
listener=$!
wait_until 5 grep -q listening listener || fail "it does not listen"
check "who listens there accepts" \
    at peer connmany -q -n 1 2001:db8:1::3 "$GUARDED"
pkill -j uvm_w echod
wait "$listener"
require "umux unloads" wait_until 20 umux_try_unload
umux_load || fail "umux does not load again"
check "loaded again, it is in that jail" \
    at w umuxctl pool add "$ifname" "$UMUX_PREFIX" --fill 4 --wait
check "a session there has an address of its own" \
    at w connmany -q -n 1 "$NET_PEER_ADDRESS" "$PORT"
check "as the peer sees" never [ "$(case_source tcp)" = 2001:db8:1::3 ]
at w tcpdrop -a > /dev/null 2>&1
jail -r uvm_w
ifconfig "${ifname%b}a" destroy
check "it unloads when the jail is gone" wait_until 20 umux_try_unload
check "nothing is left of it" memory_type_unused umux
pkill -j uvm_peer echod
wait
