# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Pool addresses become uncertain: defended against DAD, unreachable, withdrawn when others hold them
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

OTHER=2001:db8:2::/64

umux_host
net_address host "$host_if" 2001:db8:2::1/64
net_address peer "$peer_if" 2001:db8:2::2/64

ctl pool add "$host_if" "$OTHER" || fail "no second pool"
check "a thousand addresses of a prefix become uncertain" \
    ctl pool fill "$host_if" "$UMUX_PREFIX" 1000 --wait
check "and a thousand of another" \
    ctl pool fill "$host_if" "$OTHER" 1000 --wait
ctl pool list
check "all of the first are ready" pool_is READY 1000
check "all of the second are ready" pool_is READY 1000 "$OTHER"
check "each was probed for" stat_at_least probes 2000
check "none of them is an address of the interface" \
    same "$(at host ifconfig "$host_if" inet6 | grep -c 2001:db8)" 2

# A stock host configures one of them.
trace_start dad peer "$peer_if" icmp6
target=$(pool_address uncertain)
note "the peer configures $target"
at peer ifconfig "$peer_if" inet6 "$target/64" alias
duplicated()
{
	at peer ifconfig "$peer_if" inet6 | grep "$1" | grep -q duplicated
}
check "the peer reports it duplicated" wait_until 10 duplicated "$target"
check "here it is still uncertain" \
    eval 'ctl addr list --state uncertain | grep -q "^$target "'
check "the probe was answered once" same "$(pool_stat defended)" 1
at peer ifconfig "$peer_if" inet6 "$target" delete

# And tries to reach one.
silent=$(pool_address uncertain 2)
check "ping6 to an uncertain address finds nobody" \
    never at peer ping6 -c 3 -i 0.3 -t 4 "$silent"
check "a TCP connect finds nobody" \
    never at peer nc -6 -z -w 3 "$silent" 22
check "the solicitations were left unanswered" stat_at_least ns_silent 2
trace_stop dad
trace_show dad > dad.txt
check "the trace shows the defending NA" \
    same "$(trace_count dad "icmp6 and ip6[40] == 136 and src host $target")" 1
check "it went to all nodes" \
    same "$(trace_count dad "icmp6 and ip6[40] == 136 and dst host ff02::1")" 1
check "the trace shows no NA for the address that was only resolved" \
    same "$(trace_count dad "icmp6 and ip6[40] == 136 and src host $silent")" 0
check "nor any answer at all from it" \
    same "$(trace_count dad "src host $silent")" 0
check "the trace shows the peer's solicitations for it" \
    at_least "$(grep -c "who has $silent" dad.txt)" 2

# An address that somebody has.
taken=2001:db8:1::77:1
net_address peer "$peer_if" "$taken/64"
ctl addr add "$host_if" "$UMUX_PREFIX" "$taken"
check "an address that the peer has becomes duplicated" \
    wait_until 5 pool_is DUP 1
check "it is shown as such" \
    eval 'ctl addr list --state duplicated | grep -q "^$taken "'
check "the peer keeps it" at host ping6 -c 2 -i 0.2 -t 3 "$taken"

# And one that is claimed when it is ready: an NA of another node for it.
check "the pool has lost nothing else" pool_is READY 1000

# Errors, each with its remedy, and nothing done by half.
refuses()
{
	local text

	text=$1
	shift
	if ctl "$@" 2> error; then
		return 1
	fi
	cat error
	grep -q "$text" error
}
check "an unknown interface is named" \
    refuses em77 pool add em77 "$UMUX_PREFIX"
check "a prefix that is not on the interface is named" \
    refuses 2001:db8:77::/64 pool add "$host_if" 2001:db8:77::/64
check "a pool that exists is named" \
    refuses "$UMUX_PREFIX" pool add "$host_if" "$UMUX_PREFIX"
check "an address outside the prefix is named" \
    refuses 2001:db8:9::1 addr add "$host_if" "$UMUX_PREFIX" 2001:db8:9::1
check "a count beyond the limit is refused" \
    refuses max_addrs pool fill "$host_if" "$UMUX_PREFIX" 999999
check "loopback holds no pool" \
    refuses lo0 pool add lo0 fd00:1::/64
check "a user without privilege is told so" \
    eval 'at host su -m nobody -c "$JOB/bin/umuxctl pool list" 2>&1 | grep -qi "privilege\|permission\|root"'
check "after all that the pool is as it was" pool_is READY 1000
check "hostile ioctls are refused one by one" at host badioctl
check "and change nothing" pool_is READY 1000

check "the host's own address is for no pool" \
    never ctl addr add "$host_if" "$UMUX_PREFIX" "$NET_HOST_ADDRESS"
check "and is reached as ever" at peer ping6 -q -c 1 -t 3 "$NET_HOST_ADDRESS"
check "flush withdraws everything" ctl flush
check "nothing is ready" pool_is READY 0
check "pools can be deleted" ctl pool del "$host_if" "$OTHER"
