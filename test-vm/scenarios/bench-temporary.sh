# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: RFC 8981 temporary addresses, the base system's own remedy, against an address for each session
# long: yes
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154,SC2034

PORT=7777
COUNT=200
ROUNDS=5
UMUX_PREFIX=2001:db8:5::/64

[ -x /usr/sbin/rtadvd ] || skip "the base system has no rtadvd(8)"
umux_load || fail "umux does not load"
host_jail
peer_jail
host_if=$(net_if host lan)
peer_if=$(net_if peer lan)
at host sysctl net.inet.tcp.msl=100 net.inet6.ip6.use_tempaddr=1 \
    net.inet6.ip6.prefer_tempaddr=1 > /dev/null
at peer sysctl net.inet.tcp.msl=100 net.inet6.ip6.forwarding=1 > /dev/null
at host ifconfig "$host_if" inet6 accept_rtadv
cat > rtadvd.conf <<END
$peer_if:\\
	:addr="2001:db8:5::":prefixlen#64:maxinterval#4:mininterval#3:
END
net_address peer "$peer_if" 2001:db8:5::2/64
NET_PEER_ADDRESS=2001:db8:5::2
at peer rtadvd -f -c "$PWD/rtadvd.conf" "$peer_if" > rtadvd.log 2>&1 &
temporaries()
{
	at host ifconfig "$host_if" inet6 | grep -c ' temporary'
}
require "the host makes itself a temporary address" \
    wait_until 40 eval '[ "$(temporaries)" -ge 1 ] && net_ready host "$host_if"'
at host ifconfig "$host_if" inet6
ctl pool add "$host_if" "$UMUX_PREFIX" || fail "no pool on $host_if"
peer_serve "$PORT"

# knobs UMUX TEMPORARY
knobs()
{
	at host sysctl net.inet6.umux.client="$1" \
	    net.inet6.ip6.prefer_tempaddr="$2" > /dev/null
}
public()
{
	knobs 0 0
	connect_close public "$COUNT"
}
temporary()
{
	knobs 0 1
	connect_close temporary "$COUNT"
}
session()
{
	umux_fill "$COUNT" > /dev/null
	knobs 1 1
	connect_close session "$COUNT"
}
in_turn "$ROUNDS" public temporary session
figure public_ns "$(median_of public)"
figure temporary_to_public "$(ratio_of temporary public)"
figure session_to_public "$(ratio_of session public)"

# How many addresses a server sees.
trace_start sources peer "$peer_if" "ip6[6] == 6 and ip6[53] == 2"
temporary > /dev/null
trace_stop sources
sources()
{
	trace_show "$1" | sed -n 's/.*IP6 \([0-9a-f:]*\)\.[0-9]* > .*Flags \[S\].*/\1/p' |
	    sort -u | wc -l | tr -d ' '
}
figure temporary_addresses "$(sources sources)"
trace_start sources2 peer "$peer_if" "ip6[6] == 6 and ip6[53] == 2"
session > /dev/null
trace_stop sources2
figure session_addresses "$(sources sources2)"

# The shortest time after which the base system changes its address.
shortest=1
until at host sysctl net.inet6.ip6.temppltime="$shortest" > /dev/null 2>&1 ||
    [ "$shortest" -gt 3600 ]; do
	shortest=$((shortest + 1))
done
figure temporary_least_seconds "$shortest"
figures_write
check "a temporary address is one for all sessions of its time" \
    same "$(sources sources)" 1
check "a session's is its own" same "$(sources sources2)" "$COUNT"
pkill -j uvm_peer echod
pkill -j uvm_peer rtadvd
wait
