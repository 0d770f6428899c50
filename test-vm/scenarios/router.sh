# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Forwarding: nothing for a plane address is forwarded, the rest is; path MTU discovery works for a session
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

# far -- gate -- host -- peer: host forwards, and has the pools; gate forwards
# with a smaller MTU behind it.
umux_host
umux_fill 20
peer_serve "$PORT"
net_segment wan
net_attach host wan
net_jail gate
net_attach gate wan
far_jail gate
host_wan=$(net_if host wan)
gate_wan=$(net_if gate wan)
gate_far=$(net_if gate far)
net_address host "$host_wan" 2001:db8:9::1/64
net_address gate "$gate_wan" 2001:db8:9::2/64
# Far itself does not know, so that its MSS does not tell.
at gate ifconfig "$gate_far" mtu 1280
at host sysctl net.inet6.ip6.forwarding=1 > /dev/null
at host route -6 add default 2001:db8:9::2 > /dev/null
at gate route -6 add default 2001:db8:9::1 > /dev/null
at peer route -6 add default "$NET_HOST_ADDRESS" > /dev/null
at far echod :: "$PORT" > served.far &
wait_until 10 grep -q listening served.far || fail "far does not listen"

check "the host forwards what is not the plane's" \
    at peer ping6 -c 2 -i 0.2 -t 5 "$NET_FAR_ADDRESS"
check "in the other direction, too" \
    at far ping6 -c 2 -i 0.2 -t 5 "$NET_PEER_ADDRESS"

# An address of the first link, reached from the second.
trace_start lan peer "$peer_if" ip6
uncertain=$(pool_address uncertain)
mkfifo hold
at host connmany -h "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "a session with the peer is held" wait_until 10 sessions_are 1
read -r ea port < named
for target in "$uncertain" "$ea"; do
	check "ping6 to $target from behind finds nobody" \
	    never at far ping6 -c 2 -i 0.2 -t 2 "$target"
	check "TCP to $target from behind finds nobody" \
	    never at far nc -6 -z -w 1 "$target" "$PORT"
done
trace_stop lan
check "nothing for them was forwarded to their link" \
    same "$(trace_count lan "src net 2001:db8:f::/64")" 0
check "nor was anybody there asked for them" \
    same "$(trace_count lan "icmp6 and ip6[40] == 135 and src net 2001:db8:f::/64")" 0
exec 9>&-
wait_until 10 sessions_are 0

# A session through the smaller MTU.
ctl pool add "$host_wan" 2001:db8:9::/64 || fail "no pool on the second link"
ctl pool fill "$host_wan" 2001:db8:9::/64 10 --groups 4 --wait > /dev/null
dd if=/dev/zero bs=64k count=4 2>/dev/null | tr '\0' 'u' > sent
trace_start wan gate "$gate_wan" icmp6 and "ip6[40] == 2"
at host nc -6 -N -w 20 "$NET_FAR_ADDRESS" "$PORT" < sent > received
trace_stop wan
check "a session's data goes through a path with a smaller MTU" cmp sent received
source=$(awk '$1 == "tcp" { print $2 }' served.far | tail -n 1)
check "it had an EA" eval 'case $source in 2001:db8:9::1) false ;; 2001:db8:9:*) ;; *) false ;; esac'
check "and the session was told of the MTU" at_least "$(trace_count wan)" 1
check "the session is over" wait_until 10 sessions_are 0
