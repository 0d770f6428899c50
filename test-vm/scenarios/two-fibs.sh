# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A session of a second FIB takes its address from the interface that this FIB leads to
# timeout: 150
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
at host sysctl net.fibs=2 > /dev/null ||
    skip "this kernel has one FIB and lets none be added"
umux_fill 20
net_segment wan
net_attach host wan
net_jail far
net_attach far wan
host_wan=$(net_if host wan)
far_if=$(net_if far wan)
at far sysctl net.inet.tcp.msl=100 > /dev/null
at host ifconfig "$host_wan" fib 1
net_address host "$host_wan" 2001:db8:9::1/64
net_address far "$far_if" 2001:db8:9::2/64
ctl pool add "$host_wan" 2001:db8:9::/64 || fail "no second pool"
ctl pool fill "$host_wan" 2001:db8:9::/64 20 --groups 4 --wait > /dev/null

# One destination, two ways to it.
at peer ifconfig lo0 inet6 2001:db8:77::1/128 alias
at far ifconfig lo0 inet6 2001:db8:77::1/128 alias
at host route -6 add -net 2001:db8:77::/64 "$NET_PEER_ADDRESS" > /dev/null
at host setfib 1 route -6 add -net 2001:db8:77::/64 2001:db8:9::2 > /dev/null
at host setfib 1 netstat -rn -f inet6
for jail in peer far; do
	at "$jail" echod :: "$PORT" > "served.$jail" &
	wait_until 10 grep -q listening "served.$jail" || fail "$jail does not listen"
done
seen()
{
	awk '$1 == "tcp" { print $2 }' "served.$1" | tail -n 1
}
check "FIB 0 leads to the first peer" \
    at host sockcase tcp-fib 2001:db8:77::1 "$PORT" 0
check "from an EA of the first prefix" is_ea "$(seen peer)"
check "FIB 1 leads to the second" \
    at host sockcase tcp-fib 2001:db8:77::1 "$PORT" 1
check "from an EA of the second prefix" \
    eval 'case $(seen far) in 2001:db8:9::1) false ;; 2001:db8:9:*) ;; *) false ;; esac'
check "all sessions are over" wait_until 10 sessions_are 0
