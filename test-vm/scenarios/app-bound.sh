# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A source that the application chose stays, however it chose
# timeout: 90
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
peer_serve "$PORT"

taken=$(pool_field TAKEN)
check "TCP bound to the host's address" socket_case tcp-address "$NET_HOST_ADDRESS"
check "is seen from there" same "$(case_source tcp)" "$NET_HOST_ADDRESS"
for how in udp-address udp-sticky udp-ancillary; do
	check "$how with the host's address" socket_case "$how" "$NET_HOST_ADDRESS"
	check "$how is seen from there" same "$(case_source udp)" "$NET_HOST_ADDRESS"
done
# The second address is not what the kernel would choose by itself.
second=2001:db8:1::11
net_address host "$host_if" "$second/64"
for how in udp-address udp-sticky udp-ancillary; do
	check "$how with the host's second address" socket_case "$how" "$second"
	check "$how is seen from there" same "$(case_source udp)" "$second"
done
at host ifconfig "$host_if" inet6 "$second" delete
check "a datagram that prefers the public address has it" \
    socket_case udp-prefer 0
check "it is seen from the host's" same "$(case_source udp)" "$NET_HOST_ADDRESS"
check "a program that prefers the public address has it" socket_case tcp-prefer 0
check "it is seen from the host's" same "$(case_source tcp)" "$NET_HOST_ADDRESS"
check "no address was taken for any of it" same "$(pool_field TAKEN)" "$taken"
check "one that prefers a temporary address" socket_case tcp-prefer 1
check "has an EA" is_ea "$(case_source tcp)"
check "it is over" wait_until 10 sessions_are 0

# What goes with a datagram goes with it from the host's own address, too.
classed()
{
	trace_start "$1" peer "$peer_if" "udp and dst port $PORT"
	check "$1: a datagram with a traffic class" socket_case udp-tclass
	trace_stop "$1"
	check "$1: is seen from the host's" same "$(case_source udp)" "$NET_HOST_ADDRESS"
	check "$1: has its class on the wire" \
	    same "$(trace_count "$1" 'ip6[0:2] & 0xff0 == 0x200')" 1
}
ctl rule add legacy port "$PORT" > /dev/null || fail "no rule"
classed rule
ctl rule reset > /dev/null
ctl flush > /dev/null
classed miss
umux_fill 2

# An address of the pool is nobody's to bind.
uncertain=$(pool_address uncertain)
check "a pool address cannot be bound" never socket_case tcp-address "$uncertain"
