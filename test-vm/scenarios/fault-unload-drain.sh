# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: An unload that is interrupted while it waits for threads to leave leaves all as it was; a jail's network stack that departs meanwhile loses nothing
# timeout: 120
# needs: module faults userland helpers

# shellcheck shell=sh

PORT=7777
GUARDED=2222
FAULTY=$JOB/faults/umux.ko
[ -f "$FAULTY" ] || fail "umux.ko with faults was not built"

UMUX_KO=$FAULTY
umux_host
umux_fill 10
peer_serve "$PORT"
guard "$GUARDED"

# The module waits twice; it is interrupted in each.
listened=
for call in 1 2; do
	sysctl debug.umux_faults.only=quiesce_all_cpus \
	    debug.umux_faults.at="$call" > /dev/null
	check "an unload is interrupted, wait $call" \
	    never eval 'kldunload umux 2> unload.err'
	check "that is why" grep -q Interrupted unload.err
	check "it is loaded" umux_loaded
	check "sessions have addresses of their own" socket_case tcp-connect
	check "as the server sees" is_ea "$(case_source tcp)"
	at host echod :: "$GUARDED" > "listener.$call" 2>&1 &
	listened="$listened $!"
	wait_until 5 grep -q listening "listener.$call" || fail "it does not listen"
	check "who listens is guarded" is_guarded "$GUARDED"
	pkill -j uvm_host echod
	require "these are over" wait_until 20 sessions_are 0
done
# shellcheck disable=SC2086 # a list of numbers
wait $listened

# A jail with a plane, which departs while the module unloads.
net_jail w
net_attach w lan
ifname=$(net_if w lan)
at w sysctl net.inet6.ip6.dad_count=0 > /dev/null
at w ifconfig "$ifname" inet6 2001:db8:1::3/64 alias
at w umuxctl pool add "$ifname" "$UMUX_PREFIX" --fill 4 > /dev/null ||
    fail "no pool in the jail"
sysctl debug.umux_faults.at=0 debug.umux_faults.drain_ms=2000 > /dev/null
kldunload umux &
unload=$!
draining()
{
	[ "$(sysctl -n debug.umux_faults.draining)" = 1 ]
}
require "an unload waits" wait_until 5 draining
jail -r uvm_w
wait "$unload"
check "umux is unloaded" never umux_loaded
jail_gone()
{
	! jls -d name | grep -q '^uvm_w$'
}
check "the jail is gone" wait_until 20 jail_gone
check "nothing is left of umux" memory_type_unused umux
check "the kernel did not find any of it" \
    never eval 'dmesg | grep -i "memory type umux leaked"'
ifconfig "${ifname%b}a" destroy
umux_load || fail "umux does not load again"
ctl pool add "$host_if" "$UMUX_PREFIX" > /dev/null || fail "no pool"
umux_fill 5
check "a session has an address of its own" socket_case tcp-connect
check "as the server sees it then" is_ea "$(case_source tcp)"
ctl flush > /dev/null
check "it unloads at rest" wait_until 20 umux_try_unload
pkill -j uvm_peer echod
wait
