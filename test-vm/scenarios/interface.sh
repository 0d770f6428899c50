# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Links that flap, prefixes and interfaces that go, with sessions and under traffic
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 60
peer_serve "$PORT"

# A link that goes down during a session: the pool has to do DAD anew.
mkfifo hold
at host connmany -h "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "a session is held" wait_until 10 sessions_are 1
at host ifconfig "$host_if" down
check "with the link down nothing is ready" wait_until 5 pool_is READY 0
check "the session stays" sessions_are 1
at host ifconfig "$host_if" up
check "the pool comes back, by DAD" wait_until 10 pool_is READY 59
exec 9>&-
check "the session ends" wait_until 20 sessions_are 0

# Flapping under traffic.
traffic()
{
	while [ ! -e stop ]; do
		at host connmany -q -n 20 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
		ctl pool fill "$host_if" "$UMUX_PREFIX" 20 --groups 4 > /dev/null 2>&1
	done
}
traffic &
traffic_pid=$!
flaps=0
while [ "$flaps" -lt 20 ]; do
	at host ifconfig "$host_if" down
	at host ifconfig "$host_if" up
	flaps=$((flaps + 1))
done
check "after $flaps flaps sessions are served again" \
    wait_until 20 socket_case tcp-connect
check "from EAs" wait_until 20 eval 'socket_case tcp-connect && is_ea "$(case_source tcp)"'

# The prefix goes: its pool does, and sessions become legacy.
at host ifconfig "$host_if" inet6 2001:db8:1::99/64 alias
at host ifconfig "$host_if" inet6 "$NET_HOST_ADDRESS" -alias
check "another address of the prefix keeps the pool" \
    eval 'sleep 1; [ "$(pool_field READY)" != none ]'
touch stop
wait "$traffic_pid"
at host ifconfig "$host_if" inet6 2001:db8:1::99 -alias
at host ndp -P > /dev/null 2>&1
check "without any the pool is gone" wait_until 15 pool_is READY none
check "and all sessions end" wait_until 20 sessions_are 0
net_address host "$host_if" "$NET_HOST_ADDRESS/64"
ctl pool add "$host_if" "$UMUX_PREFIX" || fail "the pool cannot be made again"
umux_fill 20
check "the prefix is back, and so are sessions" socket_case tcp-connect

# The interface moves to another vnet and back.
at host ifconfig "$host_if" -vnet uvm_host 2>/dev/null ||
    ifconfig "$host_if" -vnet uvm_host
check "with the interface its pool is gone" wait_until 10 pool_is READY none
ifconfig "$host_if" vnet uvm_host
at host ifconfig "$host_if" inet6 -ifdisabled auto_linklocal up
net_address host "$host_if" "$NET_HOST_ADDRESS/64"
ctl pool add "$host_if" "$UMUX_PREFIX" || fail "no pool after the interface's return"
umux_fill 20
check "after its return sessions are served" \
    wait_until 10 socket_case tcp-connect

# The interface is destroyed with sessions on it.
at host connmany -h -n 3 -p 3 "$NET_PEER_ADDRESS" "$PORT" < /dev/zero > /dev/null &
wait_until 10 sessions_are 3
ifconfig "${host_if%b}a" destroy
check "destroyed, its pool is gone" wait_until 10 pool_is READY none
net_kill
# No FIN gets out, so that the kernel would try for minutes.
at host tcpdrop -a > /dev/null
check "its sessions end with their connections" wait_until 20 sessions_are 0
