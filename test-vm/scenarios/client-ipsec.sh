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
kldload -n ipsec || fail "there is no ipsec"

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

# From now on host and peer talk to each other's own addresses in ESP only.
keys()
{
	cat <<-EOT
	flush; spdflush;
	add $NET_PEER_ADDRESS $NET_HOST_ADDRESS esp 0x10001 -E aes-gcm-16 0x6b6579206f662074686973207363656e6172696f;
	add $NET_HOST_ADDRESS $NET_PEER_ADDRESS esp 0x10002 -E aes-gcm-16 0x6b6579206f662074686973207363656e6172696f;
	spdadd $NET_PEER_ADDRESS $NET_HOST_ADDRESS tcp -P $1 ipsec esp/transport//require;
	spdadd $NET_HOST_ADDRESS $NET_PEER_ADDRESS tcp -P $2 ipsec esp/transport//require;
	EOT
}
keys in out | at host setkey -c || fail "setkey refuses"
keys out in | at peer setkey -c || fail "setkey refuses"
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

for jail in host peer; do
	echo "flush; spdflush;" | at "$jail" setkey -c
done
check "without policies again, a session works" echoes
check "from an address of its own, too" never own
check "one whose socket has a policy of its own is the host's" \
    socket_case tcp-policy
check "as the peer sees it" own
pkill -j uvm_peer echod
wait
