# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Sockets that are bound to a port only: TCP gets an EA, UDP may be a server and does not
# timeout: 90
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
peer_serve "$PORT"

check "a TCP socket bound to a port connects" socket_case tcp-port 5555
check "from an EA" is_ea "$(case_source tcp)"
check "and from that port" grep -q "^local .* 5555$" case
check "the session is over" wait_until 10 sessions_are 0
check "a UDP socket bound to a port is answered" socket_case udp-port 5556
check "at the host's own address" same "$(case_source udp)" "$NET_HOST_ADDRESS"
check "without a session" sessions_are 0
