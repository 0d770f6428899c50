# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Several threads on one socket: one connection, one address, no foreign bind
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
ROUNDS=40
WINDOW=600

umux_host
umux_fill 1000
peer_serve "$PORT"

# The same without umux's part in it: what the kernel says to the other seven
# is its own affair.
at host sysctl net.inet6.umux.client=0 > /dev/null
check "eight threads connect one legacy socket, $ROUNDS times" \
    socket_case tcp-threads "$ROUNDS"
legacy=$(grep -c ^tcp served)
at host sysctl net.inet6.umux.client=1 > /dev/null
check "eight threads connect one socket, $ROUNDS times" \
    socket_case tcp-threads "$ROUNDS"
check "each time exactly one of them succeeded or the rest were told so" \
    eval '[ "$(awk "\$1 == \"connected\" { print \$2 }" case)" -le "$ROUNDS" ]'
check "the peer saw $ROUNDS connections" \
    same "$(($(grep -c ^tcp served) - legacy))" "$ROUNDS"
check "from $ROUNDS EAs" \
    same "$(awk '$1 == "tcp" { print $2 }' served | grep -vx "$NET_HOST_ADDRESS" | sort -u | wc -l | tr -d ' ')" "$ROUNDS"
check "all sessions are over" wait_until 20 sessions_are 0

check "a child goes on with its parent's connection" socket_case tcp-fork
check "that is over too" wait_until 10 sessions_are 0
check "a connect that does not block" socket_case tcp-nonblock
check "has an EA" is_ea "$(case_source tcp)"
check "a socket whose first connect was refused connects at last" \
    socket_case tcp-again "$NET_PEER_ADDRESS"
check "from an EA" is_ea "$(case_source tcp)"

# IPV6_BINDANY is on the PCB for the time of a connect, and for nobody to use.
check "threads bind a foreign address beside $WINDOW connects" \
    socket_case tcp-window "$WINDOW"
check "none of them could" grep -qx "foreign 0" case
check "all sessions are over, the raced ones too" wait_until 20 sessions_are 0
