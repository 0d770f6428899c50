# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: An interface is destroyed, or given to another jail, while addresses are added to its pool: nothing hangs on memory that is gone
# timeout: 240
# needs: module faults userland helpers

# shellcheck shell=sh disable=SC2154

ROUNDS=16
PREFIX=2001:db8:7::/64
FAULTY=$JOB/faults/umux.ko
[ -f "$FAULTY" ] || fail "umux.ko with faults was not built"

UMUX_KO=$FAULTY
umux_host
memory_snapshot groups in6_multi ether_multi

# One end of a new epair in jail host, with a pool.
pooled()
{
	ifname=$(ifconfig epair create) || fail "no epair can be created"
	far=${ifname%a}b
	ifconfig "$ifname" group uvm_net vnet uvm_host
	ifconfig "$far" up
	at host ifconfig "$ifname" inet6 -ifdisabled auto_linklocal up
	at host ifconfig "$ifname" inet6 2001:db8:7::1/64 alias
	ctl pool add "$ifname" "$PREFIX" > /dev/null || fail "no pool on $ifname"
}

# Many groups, as each takes its time to be joined.
n=0 begun=0
while [ "$n" -lt "$ROUNDS" ]; do
	pooled
	ctl pool fill "$ifname" "$PREFIX" 1000 --groups 1000 > filled 2>&1 &
	filler=$!
	sleep "0.0$((n % 8))"
	if [ $((n % 2)) -eq 0 ]; then
		ifconfig "$far" destroy
	else
		ifconfig "$ifname" -vnet uvm_host
		ifconfig "$far" destroy
	fi
	wait "$filler" || begun=$((begun + 1))
	n=$((n + 1))
done
note "$begun of $n times the addresses came too late, or not all"
gone()
{
	! ctl pool list | grep -qF "$PREFIX"
}

# In the middle of one, for certain.
pooled
sysctl debug.umux_faults.join_ms=2000 > /dev/null
ctl pool fill "$ifname" "$PREFIX" 20 > filled 2>&1 &
filler=$!
joining()
{
	[ "$(sysctl -n debug.umux_faults.joining)" -eq 1 ]
}
require "a group is being joined" wait_until 10 joining
ifconfig "$far" destroy &
destroyer=$!
sleep 1
check "the interface waits with its departure" joining
check "until the group is joined" kill -0 "$destroyer"
wait "$destroyer" "$filler"
cat filled

check "all these pools are gone" wait_until 10 gone
left()
{
	[ "$(memory_type "$1")" -le \
	    "$(awk -v type="$1" '$1 == type { print $2 }' groups)" ]
}
check "their groups are given back" wait_until 20 left in6_multi
check "the link layer's, too" wait_until 20 left ether_multi
check "umux unloads" eval 'ctl flush > /dev/null; wait_until 20 umux_try_unload'
check "nothing is left of it" memory_type_unused umux
