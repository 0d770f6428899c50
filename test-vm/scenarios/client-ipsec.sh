# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: IPsec and sessions of clients: what a policy protects without umux, it protects with it
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

umux_host
umux_fill 10
peer_serve "$PORT"

echoes()
{
	at host connmany -q -n 1 "$NET_PEER_ADDRESS" "$PORT"
}
own()
{
	[ "$(case_source tcp)" = "$NET_HOST_ADDRESS" ]
}
check "without policies a session has an address of its own" echoes
check "as the peer sees" never own

ipsec_on
trace_start esp peer "$peer_if" ip6
check "a session that a policy protects works" echoes
trace_stop esp
check "it is the host's own address's" own
check "in ESP, and in nothing else" eval \
    'at_least "$(trace_count esp esp)" 5 && same "$(trace_count esp tcp)" 0'
check "so does one by UDP, which no policy is for" socket_case udp-connect
check "the host's own, too, while there are policies" \
    eval '[ "$(case_source udp)" = "$NET_HOST_ADDRESS" ]'

# Whoever knows that his policies are not for what umux does may say so.
at host sysctl net.inet6.umux.ipsec=1 > /dev/null
check "told that policies do not matter, it works" echoes
check "from an address of its own" never own
at host sysctl net.inet6.umux.ipsec=0 > /dev/null

ipsec_off
check "without policies again, a session works" echoes
check "from an address of its own, too" never own
check "one whose socket has a policy of its own is the host's" \
    socket_case tcp-policy
check "as the peer sees it" own
pkill -j uvm_peer echod
wait
