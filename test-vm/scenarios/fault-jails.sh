# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: 50 jails with a network stack, a plane and sessions each, made and removed: nothing is left of them
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

# fault-jails-many asks for more.
JAILS=${JAILS:-50}
PORT=7777

peer_jail
at peer sysctl net.inet.tcp.msl=100 > /dev/null
peer_serve "$PORT"

# What FreeBSD itself does not give back with a jail, a jail: the same without
# umux.
legacy_jail()
{
	local ifname n

	n=$1
	net_jail "j$n"
	at "j$n" sysctl net.inet6.ip6.dad_count=0 net.inet.tcp.msl=100 > /dev/null
	net_attach "j$n" lan
	ifname=$(net_if "j$n" lan)
	at "j$n" ifconfig "$ifname" inet6 "2001:db8:1::1:$n/64" alias
	at "j$n" connmany -q -n 3 "$NET_PEER_ADDRESS" "$PORT" > /dev/null ||
	    return 1
	jail -r "uvm_j$n" && ifconfig "${ifname%b}a" destroy
	rm -f "if.j$n.lan"
}

# A jail that is removed with sessions in it, in one of five ways.
one_jail()
{
	local ifname n

	n=$1
	net_jail "j$n"
	at "j$n" sysctl net.inet6.ip6.dad_count=0 net.inet.tcp.msl=100 \
	    net.inet6.umux.max_addrs=64 > /dev/null
	net_attach "j$n" lan
	ifname=$(net_if "j$n" lan)
	at "j$n" ifconfig "$ifname" inet6 "2001:db8:1::1:$n/64" alias
	at "j$n" umuxctl pool add "$ifname" "$UMUX_PREFIX" --fill 8 > /dev/null ||
	    return 1
	at "j$n" connmany -q -n 3 "$NET_PEER_ADDRESS" "$PORT" > /dev/null ||
	    return 1
	case $((n % 5)) in
	0)	# in the middle of sessions
		at "j$n" connmany -h -n 3 -p 3 "$NET_PEER_ADDRESS" "$PORT" \
		    < /dev/zero > "many.$n" &
		wait_until 5 grep -q 2001 "many.$n" || return 1
		;;
	1)	# in the middle of DAD
		at "j$n" sysctl net.inet6.ip6.dad_count=3 > /dev/null
		at "j$n" umuxctl pool fill "$ifname" "$UMUX_PREFIX" 8 > /dev/null
		;;
	2)	# with a server that waits for its client
		at "j$n" umuxctl listen add guard port 9 > /dev/null
		at "j$n" echod :: 9 > "served.$n" 2>&1 &
		wait_until 5 grep -q listening "served.$n" || return 1
		at "j$n" umuxctl das add 9 > /dev/null || return 1
		;;
	3)	# without its interface
		ifconfig "${ifname%b}a" destroy
		;;
	esac
	[ "$(at "j$n" umuxctl stats | awk '$2 == "taken" { print $1 }')" -ge 3 ] ||
	    return 1
	# The stack's own way to leave a PCB behind is not what this is about.
	at "j$n" tcpdrop -a > /dev/null 2>&1
	pkill -9 -j "uvm_j$n" .
	jail -r "uvm_j$n" || return 1
	[ $((n % 5)) -eq 3 ] || ifconfig "${ifname%b}a" destroy
	rm -f "if.j$n.lan" "many.$n" "served.$n"
}

no_jails_but_peer()
{
	[ "$(jls -d name | grep -c '^uvm_j')" -eq 0 ]
}

n=0
while [ "$n" -lt 12 ]; do
	[ "$n" -ne 2 ] || {
		wait_until 60 no_jails_but_peer
		memory_snapshot legacy.before
	}
	n=$((n + 1))
	legacy_jail "90$n" || fail "legacy jail $n"
done
require "ten legacy jails are gone" wait_until 60 no_jails_but_peer
sleep 5
memory_snapshot legacy.after

umux_load || fail "umux does not load"
# What the kernel allocates once, and keeps.
n=0
while [ "$n" -lt 5 ]; do
	n=$((n + 1))
	require "jail $n comes and goes" one_jail "$n"
done
require "the first are gone" wait_until 60 no_jails_but_peer
wait_until 10 memory_type_unused umux
sleep 5
memory_snapshot before

while [ "$n" -lt "$JAILS" ]; do
	n=$((n + 1))
	one_jail "$n" || fail "jail $n"
	# A jail that has gone is dying for as long as its PCBs are.
	[ $((n % 50)) -ne 0 ] || wait_until 60 no_jails_but_peer ||
	    fail "jails stay, at $n"
done
check "all $JAILS jails have gone" wait_until 60 no_jails_but_peer
check "no memory of umux is left" wait_until 20 memory_type_unused umux
# more_than_legacy: types of which a jail leaves more with umux than without.
more_than_legacy()
{
	memory_snapshot after
	paste -d ' ' legacy.before legacy.after before after | awk -v jails="$((JAILS - 5))" '
	{
		legacy = ($4 - $2) / 10
		ours = ($8 - $6) / jails
		if (ours > legacy + 0.2)
			print $1, ours, "a jail, legacy", legacy
	}'
}
check "nor more of the network than jails leave by themselves" \
    wait_until 20 eval '[ -z "$(more_than_legacy)" ]'
more_than_legacy
paste -d ' ' legacy.before legacy.after before after | awk '$4 != $2 || $8 != $6'
check "umux unloads at once" wait_until 5 umux_try_unload
pkill -j uvm_peer echod
wait
