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
check "a program that prefers the public address has it" socket_case tcp-prefer 0
check "it is seen from the host's" same "$(case_source tcp)" "$NET_HOST_ADDRESS"
check "no address was taken for any of it" same "$(pool_field TAKEN)" "$taken"
check "one that prefers a temporary address" socket_case tcp-prefer 1
check "has an EA" is_ea "$(case_source tcp)"
check "it is over" wait_until 10 sessions_are 0

# An address of the pool is nobody's to bind.
uncertain=$(pool_address uncertain)
check "a pool address cannot be bound" never socket_case tcp-address "$uncertain"
