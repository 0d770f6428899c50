# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Attempts to unload umux while jails with planes and interfaces with pools come and go: nothing breaks, nothing is left
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
WORKERS=3

umux_host
umux_fill 10
peer_serve "$PORT"

# A pool and a session in jail $1, through interface $2.  The module may be
# gone at any step.
pooled()
{
	at "$1" umuxctl pool add "$2" "$UMUX_PREFIX" --fill 4 &&
	    at "$1" connmany -q -n 1 "$NET_PEER_ADDRESS" "$PORT" &&
	    at "$1" umuxctl stats | awk '$2 == "taken" && $1 > 0 { n++ } END { exit n == 0 }'
} > /dev/null 2>&1

# Jails that are removed with a plane in them: all at the same time, so that
# each keeps the others waiting in the middle of it.
jails()
{
	local ifname

	while [ ! -e stop ]; do
		net_jail "w$1"
		net_attach "w$1" lan
		ifname=$(net_if "w$1" lan)
		at "w$1" sysctl net.inet6.ip6.dad_count=0 net.inet.tcp.msl=100 \
		    > /dev/null
		at "w$1" ifconfig "$ifname" inet6 "2001:db8:1::1:$1/64" alias
		pooled "w$1" "$ifname" && echo pooled
		at "w$1" tcpdrop -a > /dev/null 2>&1
		jail -r "uvm_w$1"
		ifconfig "${ifname%b}a" destroy
	done
}

# An interface of the host that departs with a pool on it: one end goes with
# the other.
interfaces()
{
	local ifname

	while [ ! -e stop ]; do
		ifname=$(ifconfig epair create)
		ifconfig "$ifname" group uvm_net vnet uvm_host
		ifconfig "${ifname%a}b" up
		at host ifconfig "$ifname" inet6 -ifdisabled auto_linklocal up
		at host ifconfig "$ifname" inet6 2001:db8:7::1/64 alias
		at host umuxctl pool add "$ifname" 2001:db8:7::/64 --fill 4 \
		    > /dev/null && echo pooled
		ifconfig "${ifname%a}b" destroy
	done
}

pids=
n=0
while [ "$n" -lt "$WORKERS" ]; do
	n=$((n + 1))
	jails "$n" > "jails.$n" 2>&1 &
	pids="$pids $!"
done
interfaces > departing 2>&1 &
pids="$pids $!"

done=0 busy=0
while [ "$done" -lt 15 ] && [ $((done + busy)) -lt 400 ]; do
	if kldunload umux 2> /dev/null; then
		done=$((done + 1))
		umux_load || fail "umux does not load again"
		# Time for the others to make use of it.
		sleep 0.3
	else
		busy=$((busy + 1))
	fi
done
touch stop
# shellcheck disable=SC2086 # a list of numbers
wait $pids
sort departing | uniq -c
note "$done unloads, $busy refused; pools: $(cat jails.* departing | grep -c pooled)"
check "it was unloaded" at_least "$done" 15
check "jails had planes" at_least "$(cat jails.* | grep -c pooled)" 5
check "interfaces had pools" at_least "$(grep -c pooled departing)" 3
ctl pool add "$host_if" "$UMUX_PREFIX" > /dev/null
umux_fill 5
check "a session has an address of its own" socket_case tcp-connect
check "as the server sees" is_ea "$(case_source tcp)"
ctl flush > /dev/null
check "it unloads at rest" wait_until 20 umux_try_unload
check "nothing is left of it" memory_type_unused umux
pkill -j uvm_peer echod
wait
