# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: IPv4 in IPv6 sockets goes its own way
# timeout: 90
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
at host ifconfig "$host_if" inet 192.0.2.1/24
at peer ifconfig "$peer_if" inet 192.0.2.2/24
at peer echod 192.0.2.2 "$PORT" > served &
wait_until 10 grep -q listening served || fail "the peer does not listen"

taken=$(pool_field TAKEN)
for how in tcp-connect tcp-sendto udp-connect udp-sendto; do
	check "$how to a mapped address is answered" \
	    at host sockcase "$how" ::ffff:192.0.2.2 "$PORT"
done
check "the peer saw the host's IPv4 address, and nothing else" \
    same "$(awk '$1 != "listening" { print $2 }' served | sort -u)" 192.0.2.1
check "no address was taken" same "$(pool_field TAKEN)" "$taken"
check "and no session begun" sessions_are 0
