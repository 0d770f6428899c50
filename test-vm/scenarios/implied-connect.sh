# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: sendto() on a TCP socket that is not connected begins a session
# timeout: 90
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
peer_serve "$PORT"

check "sendto() connects the socket, and data comes back" socket_case tcp-sendto
first=$(case_source tcp)
check "the peer saw an EA" is_ea "$first"
check "getsockname says the same" same "$(case_local)" "$first"
check "a second time" socket_case tcp-sendto
second=$(case_source tcp)
check "it is another one" eval 'is_ea "$second" && [ "$second" != "$first" ]'
check "both sessions are over" wait_until 10 sessions_are 0

# An empty pool whose policy is to refuse: the error is the application's.
ctl pool del "$host_if" "$UMUX_PREFIX" > /dev/null
ctl pool add "$host_if" "$UMUX_PREFIX" --miss refuse
refused()
{
	! socket_case tcp-sendto > /dev/null && grep -q "Can't assign" case
}
check "an empty pool that refuses gives EADDRNOTAVAIL" refused
check "nothing of the refused call is left" wait_until 10 sessions_are 0
