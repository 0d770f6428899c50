# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The prefix of a session follows the policy table of RFC 6724, whole tables at a time
# timeout: 150
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
ISP=2001:db8:1000::/36
COMPANY=2001:db8:2000::/36

require "umux loads" umux_load
net_segment lan
for jail in host peer; do
	net_jail "$jail"
	net_attach "$jail" lan
	at "$jail" sysctl net.inet.tcp.msl=100 > /dev/null
done
host_if=$(net_if host lan)
peer_if=$(net_if peer lan)
net_address host "$host_if" 2001:db8:1000::1/36
net_address host "$host_if" 2001:db8:2000::1/36
net_address peer "$peer_if" 2001:db8:1000::2/36
net_address peer "$peer_if" 2001:db8:2000::80/36
at peer ifconfig lo0 inet6 2001:db8:3000::80/128 alias
at peer ifconfig lo0 inet6 2001:db8:a000::80/128 alias
at host route -6 add default 2001:db8:1000::2 > /dev/null
for prefix in "$ISP" "$COMPANY"; do
	ctl pool add "$host_if" "$prefix" || fail "no pool $prefix"
	ctl pool fill "$host_if" "$prefix" 20 --groups 4 --wait > /dev/null
done
at peer echod :: "$PORT" > served &
wait_until 10 grep -q listening served || fail "the peer does not listen"

source_for()
{
	at host sockcase tcp-connect "$1" "$PORT" > /dev/null || return 1
	case_source tcp
}

served_from()
{
	local source

	source=$(source_for "$1")
	note "$1 is reached from $source"
	case $source in
	"$2"*)	return 0 ;;
	*)	return 1 ;;
	esac
}

# from SENTENCE DESTINATION PREFIX
from()
{
	check "$1" served_from "$2" "$3"
}
isp=2001:db8:1
company=2001:db8:2

from "without labels, the longest match: the company's" 2001:db8:3000::80 "$company"
from "its own prefix for the company's" 2001:db8:2000::80 "$company"
ctl policy list > default
{ cat default; echo "2001:db8:2000::/36 45 5"; } | ctl policy install - ||
    fail "the table is refused"
from "labelled, the company's prefix serves others no more" 2001:db8:3000::80 "$isp"
from "but the company" 2001:db8:2000::80 "$company"
from "nor a partner without the label" 2001:db8:a000::80 "$isp"
{ cat default; echo "2001:db8:2000::/36 45 5"; echo "2001:db8:a000::/36 45 5"; } |
    ctl policy install - || fail "the table is refused"
from "a partner with the label" 2001:db8:a000::80 "$company"
ctl policy list
check "a table with a prefix twice is refused" \
    never eval 'printf "::/0 1 1\n::/0 2 2\n" | ctl policy install -'
from "and changes nothing" 2001:db8:a000::80 "$company"
check "the default comes back" ctl policy reset
from "and holds" 2001:db8:3000::80 "$company"
check "the kernel's own table is not touched" \
    same "$(at host ip6addrctl | grep -c 2001:db8)" 0

# Where no pool has the destination's label the host's own address serves.
{ cat default; echo "2001:db8:1000::/36 45 6"; echo "2001:db8:2000::/36 45 6"; } |
    ctl policy install - || fail "the table is refused"
legacy=$(source_for 2001:db8:3000::80)
check "no pool of the label: the session is legacy" \
    eval '[ "$legacy" = 2001:db8:1000::1 ] || [ "$legacy" = 2001:db8:2000::1 ]'
check "all sessions are over" wait_until 10 sessions_are 0
