# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A host that bridges: what others say to each other across it passes, whatever is guarded and whomever its sessions speak to
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

# behind -- host -- peer: one link, which host's bridge makes of two segments.
umux_load || fail "umux does not load"
net_segment lan
net_segment inner
net_jail host
net_attach host lan
net_attach host inner
net_jail peer
net_attach peer lan
net_jail behind
net_attach behind inner
peer_if=$(net_if peer lan)
behind_if=$(net_if behind inner)
host_if=$(at host ifconfig bridge create) || fail "no bridge in a jail"
link_local()
{
	at "$1" ifconfig "$2" inet6 |
	    awk '/inet6 fe80:/ { sub("%.*", "", $2); print $2 }'
}
# bridge(4) would take the addresses of its members away, under a lock in the
# wrong order.
for segment in lan inner; do
	member=$(net_if host "$segment")
	at host ifconfig "$member" inet6 -auto_linklocal
	at host ifconfig "$member" inet6 \
	    "$(link_local host "$member")%$member" delete
done
at host ifconfig "$host_if" inet6 -ifdisabled auto_linklocal \
    addm "$(net_if host lan)" addm "$(net_if host inner)" up
net_address host "$host_if" "$NET_HOST_ADDRESS/64"
net_address peer "$peer_if" "$NET_PEER_ADDRESS/64"
net_address behind "$behind_if" 2001:db8:1::3/64
for jail in host peer behind; do
	at "$jail" sysctl net.inet.tcp.msl=100 net.inet6.ip6.v6only=0 > /dev/null
done
at host ifconfig "$host_if" inet 192.0.2.1/24
at peer ifconfig "$peer_if" inet 192.0.2.2/24
at behind ifconfig "$behind_if" inet 192.0.2.3/24
at host sysctl net.link.bridge.pfil_bridge net.link.bridge.pfil_member
ctl pool add "$host_if" "$UMUX_PREFIX" > /dev/null || fail "no pool"
umux_fill 20
guard "$PORT"
serve "$PORT"
at peer echod :: "$PORT" > served &
wait_until 10 grep -q listening served || fail "the peer does not listen"

crosses()
{
	at behind nc -6 -z -w 3 "$NET_PEER_ADDRESS" "$PORT" &&
	    at behind nc -6 -z -w 3 \
		"$(link_local peer "$peer_if")%$behind_if" "$PORT"
}
for forwarding in 0 1; do
	at host sysctl net.inet6.ip6.forwarding="$forwarding" \
	    net.inet.ip.forwarding="$forwarding" > /dev/null
	check "forwarding $forwarding: a connection to another's guarded port crosses" \
	    crosses
	check "forwarding $forwarding: by IPv4, too" \
	    at behind nc -4 -z -w 3 192.0.2.2 "$PORT"
	check "forwarding $forwarding: the host's own is silent" \
	    silent behind "$PORT" "$NET_HOST_ADDRESS"
	check "forwarding $forwarding: its link-local one, too" \
	    never at behind nc -6 -z -w 2 \
	    "$(link_local host "$host_if")%$behind_if" "$PORT"
	check "forwarding $forwarding: and by IPv4" \
	    never at behind nc -4 -z -w 2 192.0.2.1 "$PORT"
done
ssa=$(arm "$PORT" --client 2001:db8:1::3)
check "an armed address serves a client across the bridge" \
    talks behind "$ssa" "$PORT"

# The host has a session with the peer, for which those behind ask, too.
hold_session
check "it has an EA" is_ea "$ea"
resolves()
{
	at behind ndp -n -c > /dev/null
	at peer ndp -n -c > /dev/null
	at behind ping6 -q -c 3 -i 0.2 -t 3 "$NET_PEER_ADDRESS" > /dev/null
}
trace_start ns peer "$peer_if" "icmp6 and ip6[40] == 135"
check "those behind find the session's peer all the same" resolves
check "and are found" at peer ping6 -q -c 2 -i 0.2 -t 3 2001:db8:1::3
trace_stop ns
check "by their own solicitation" at_least "$(trace_count ns 'src host 2001:db8:1::3')" 1
check "a stranger behind finds the session's address silent" \
    never at behind ping6 -q -c 2 -i 0.2 -t 2 "$ea"
exec 9>&-
check "the session ends" wait_until 20 sessions_are 0
pkill -j uvm_peer .
pkill -j uvm_host echod
at host ifconfig "$host_if" destroy
wait
