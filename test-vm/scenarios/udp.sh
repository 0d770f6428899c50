# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: UDP sessions: connected and not, one address a peer, gone with the socket
# timeout: 180
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
PEER_TOO=2001:db8:1::22

umux_host
umux_fill 120
net_address peer "$peer_if" "$PEER_TOO/64"
peer_serve "$PORT"
at peer echod "$PEER_TOO" "$PORT" > served.too &
wait_until 10 grep -q listening served.too || fail "the second peer does not listen"

check "a connected socket has an EA and its answer" socket_case udp-connect
check "the peer saw the address that getsockname tells" \
    eval 'is_ea "$(case_local)" && [ "$(case_source udp)" = "$(case_local)" ]'
check "connected anew it has another" socket_case udp-again
check "two different ones were seen" \
    eval '[ "$(case_source udp)" != "$(case_source udp 2)" ]'
check "all are over when the sockets are closed" wait_until 10 sessions_are 0

# Not connected.
check "a socket that is not connected has an EA and its answers" \
    socket_case udp-sendto
check "the peer saw an EA" is_ea "$(case_source udp)"
check "both datagrams came from the same" \
    same "$(case_source udp)" "$(case_source udp 2)"
check "the session is over with the socket" wait_until 10 sessions_are 0
check "two peers are both answered" socket_case udp-peers "$PEER_TOO"
too=$(awk '$1 == "udp" { print $2 }' served.too | tail -n 1)
check "each peer saw an EA, and not the same" \
    eval 'is_ea "$too" && is_ea "$(case_source udp)" && [ "$too" != "$(case_source udp)" ]'
check "the first peer saw one address before and after" \
    same "$(case_source udp)" "$(case_source udp 2)"
check "a socket that is connected later" socket_case udp-later
check "begins a new session then" \
    eval '[ "$(case_source udp)" != "$(case_source udp 2)" ] && is_ea "$(case_source udp)"'
check "ancillary data that does not choose the source is carried" \
    socket_case udp-tclass
check "and the source is an EA" is_ea "$(case_source udp)"
check "all are over" wait_until 10 sessions_are 0

before=$(grep -c ^udp served)
check "fifty sockets that are not connected are all answered" \
    at host udpmany -eu -n 50 -r 2 "$NET_PEER_ADDRESS" "$PORT"
check "each from an address of its own" \
    same "$(tail -n +$((before + 2)) served | awk '$1 == "udp" { print $2 }' | sort -u | wc -l | tr -d ' ')" 50
check "fifty sessions are over" wait_until 10 sessions_are 0

# Nobody but the peer reaches a socket that is not connected.
mkfifo hold
at host udpmany -ehu -n 1 "$NET_PEER_ADDRESS" "$PORT" < hold > held &
exec 9> hold
require "a session is held" wait_until 10 sessions_are 1
ctl session list
ea=$(ctl session list | sed -n 's/^udp *\[\([^]]*\)\].*/\1/p')
lport=$(ctl session list | sed -n 's/^udp *\[[^]]*\]:\([0-9]*\).*/\1/p')
dropped=$(pool_stat in_dropped)
echo intruder | at peer nc -6 -u -w 1 -s "$PEER_TOO" "$ea" "$lport"
check "a datagram of a stranger is dropped" \
    eval '[ "$(pool_stat in_dropped)" -gt "$dropped" ]'
exec 9>&-
check "killed or closed, it is over" wait_until 10 sessions_are 0

# A server on a wildcard address answers from where it was asked.
at host echod :: 9000 > host.served &
wait_until 10 grep -q listening host.served || fail "the host does not listen"
answers=$(echo question | at peer nc -6 -u -w 1 "$NET_HOST_ADDRESS" 9000)
check "a wildcard server of the host answers from the host's address" \
    same "$answers" question
check "and has no session" sessions_are 0

# Groups and look-ups are not ours.
taken=$(pool_field TAKEN)
at host sockcase udp-group "ff02::1%$host_if" "$PORT" > /dev/null
echo x | at host nc -6 -u -w 1 "$NET_PEER_ADDRESS" 53
check "multicast and DNS take no address" same "$(pool_field TAKEN)" "$taken"
