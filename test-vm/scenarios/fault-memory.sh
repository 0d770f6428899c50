# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Every call of the module that can fail for want of memory fails once, and then all of them: nothing leaks, hangs or is half done
# long: yes
# timeout: 500
# needs: module faults userland helpers

# shellcheck shell=sh

# Between the module and the kernel stands what can be told to fail
# (test-vm/faults).  One round of everything that umux does has some hundred such
# calls; each is made to fail in a round of its own.
PORT=7777
OWN=7778
FAULTY=$JOB/faults/umux.ko
[ -f "$FAULTY" ] || fail "umux.ko with faults was not built"

fault()
{
	sysctl "debug.umux_faults.$1" > /dev/null
}
told()
{
	sysctl -n "debug.umux_faults.$1"
}

# Loading: the only call that can fail makes the device.
kenv debug.umux_faults.at=1 > /dev/null
check "a load whose device cannot be made fails" \
    never eval 'kldload "$FAULTY" 2> /dev/null'
kenv -u debug.umux_faults.at > /dev/null
check "nothing is left of it" memory_type_unused umux
check "nor is it loaded" never umux_loaded
kldload "$FAULTY" || fail "umux with faults does not load"

host_jail
peer_jail
host_if=$(net_if host lan)
peer_if=$(net_if peer lan)
at host sysctl net.inet.tcp.msl=50 net.inet6.umux.tombstone_ms=1000 \
    net.inet6.umux.dad_spread_ms=0 > /dev/null
at peer sysctl net.inet.tcp.msl=50 > /dev/null
peer_serve "$PORT"
at host echod :: "$OWN" > own 2>&1 &
wait_until 10 grep -q listening own || fail "the host does not listen"

# Everything once; whatever fails of it may fail.
everything()
{
	local ssa

	ctl pool add "$host_if" "$UMUX_PREFIX" --fill 6 --groups 2 --wait --timeout 4
	ctl listen add --apply guard port "$OWN"
	at host sockcase tcp-connect "$NET_PEER_ADDRESS" "$PORT"
	at host sockcase udp-sendto "$NET_PEER_ADDRESS" "$PORT"
	at host sockcase udp-tclass "$NET_PEER_ADDRESS" "$PORT"
	ssa=$(ctl das add "$OWN" --lifetime 2)
	[ -z "$ssa" ] ||
	    echo hello | at peer nc -6 -N -w 2 "$ssa" "$OWN"
	# Neighbours: a question about a valid address, a probe, a claim.
	ssa=$(pool_address uncertain)
	[ -z "$ssa" ] || {
		at peer ifconfig "$peer_if" inet6 "$ssa/64" alias
		wait_until 3 net_ready peer "$peer_if"
		at peer ifconfig "$peer_if" inet6 "$ssa" -alias
	}
	ctl pool list
	ctl addr list
	ctl listen list
	ctl flush
	ctl listen flush --apply
	ctl pool del "$host_if" "$UMUX_PREFIX" --force
}
quiet()
{
	everything > everything.out 2>&1
}
# The plane is in order: sessions are over, and one round works.
in_order()
{
	wait_until 20 sessions_are 0 || return 1
	ctl pool list | grep -q "no pools" ||
	    ctl pool del "$host_if" "$UMUX_PREFIX" --force > /dev/null || return 1
	ctl pool add "$host_if" "$UMUX_PREFIX" --fill 4 --groups 2 --wait > /dev/null ||
	    return 1
	socket_case tcp-connect && is_ea "$(case_source tcp)" || return 1
	socket_case udp-sendto && is_ea "$(case_source udp)" || return 1
	ctl pool del "$host_if" "$UMUX_PREFIX" --force > /dev/null
}

quiet
require "the plane is in order before" in_order
wait_until 20 sessions_are 0
groups=$(memory_type in6_multi)
fault at=0
quiet
calls=$(told calls)
note "$calls calls of a round can fail"
require "there are some" at_least "$calls" 60

n=0
failed=0
while [ "$n" -lt "$calls" ]; do
	n=$((n + 1))
	fault "at=$n"
	quiet
	failed=$((failed + $(told failed)))
	echo "$n $(told last)" >> faults
	fault at=0
	[ $((n % 10)) -ne 0 ] || in_order ||
	    fail "out of order after call $n, $(told last)"
done
check "they failed one by one" at_least "$failed" $((calls * 9 / 10))
awk '{ n[$2]++ } END { for (f in n) print n[f], f }' faults | sort -rn
check "after all that the plane is in order" in_order

# And for good, from a call on.
for from in 1 5 20 40; do
	fault on=1
	fault "at=$from"
	quiet
	note "from call $from on: $(told failed) failed"
	check "from call $from on all fail: some did" at_least "$(told failed)" 3
	fault on=0
	fault at=0
	check "from call $from on all fail: then the plane is in order" in_order
done

# A plane whose hooks cannot be linked is none, and can be made later.
for n in 1 2; do
	fault only=pfil_link
	fault "at=$n"
	check "no plane without hook $n" \
	    never at peer umuxctl pool add "$peer_if" "$UMUX_PREFIX"
	check "it was that" [ "$(told last)" = pfil_link ]
	fault at=0
done
check "with both there is one" \
    at peer umuxctl pool add "$peer_if" "$UMUX_PREFIX" --fill 2 --wait
fault "at=1"
check "no rules for listeners without the third" \
    never at peer umuxctl listen add guard port 9
fault at=0
sysctl debug.umux_faults.only= > /dev/null
check "and then there are" at peer umuxctl listen add guard port 9
at peer umuxctl listen flush > /dev/null
at peer umuxctl pool del "$peer_if" "$UMUX_PREFIX" --force > /dev/null

# An address is ready only if it was probed for: with no packet of ours getting
# out, none is.
ctl pool add "$host_if" "$UMUX_PREFIX" > /dev/null || fail "no pool"
fault only=ip6_output
fault on=1
fault at=1
ctl pool fill "$host_if" "$UMUX_PREFIX" 5 --groups 2 > /dev/null
check "as long as no probe can be sent, no address is ready" \
    wait_never 4 pool_at_least READY 1
check "it was tried again and again" at_least "$(told failed)" 8
fault on=0
fault at=0
sysctl debug.umux_faults.only= > /dev/null
check "when probes can be sent, they are ready" wait_until 5 pool_is READY 5
check "each had its probe" at_least "$(pool_stat probes)" 5
ctl pool del "$host_if" "$UMUX_PREFIX" --force > /dev/null

pkill -j uvm_host echod
pkill -j uvm_peer echod
check "all sessions are over" wait_until 20 sessions_are 0
check "no group is left" wait_until 10 eval '[ "$(memory_type in6_multi)" -le "$groups" ]'
check "umux unloads" wait_until 20 umux_try_unload
check "and no memory is left" memory_type_unused umux
wait
