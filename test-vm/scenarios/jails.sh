# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Jails: with a vnet, without one, with a list of addresses; rules by jail and user
# timeout: 180
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 60
peer_serve "$PORT"

# A jail of the jail that shares its network stack.
at host jail -c name=inner path=/ persist ip6=inherit ip4=inherit \
    allow.raw_sockets=1 || fail "no jail can be made inside"
inner=$(at host jls -j inner jid)
from_inner()
{
	at host jexec inner sockcase tcp-connect "$NET_PEER_ADDRESS" "$PORT" > case
}
check "a jail that inherits its network connects" from_inner
check "from an EA" is_ea "$(case_source tcp)"
check "rules by jail are taken" ctl rule add legacy jail "$inner"
check "the jail connects" from_inner
check "from the host's address now" same "$(case_source tcp)" "$NET_HOST_ADDRESS"
check "others are not touched by it" socket_case tcp-connect
check "and have EAs" is_ea "$(case_source tcp)"
ctl rule reset > /dev/null
at host jail -r inner

# A jail with a list of addresses has those and no others.
at host jail -c name=listed path=/ persist ip6.addr="$NET_HOST_ADDRESS" ||
    fail "no jail with a list of addresses"
check "a jail with a list of addresses connects" \
    at host jexec listed sockcase tcp-connect "$NET_PEER_ADDRESS" "$PORT"
check "from the address it has" same "$(case_source tcp)" "$NET_HOST_ADDRESS"
at host jail -r listed

# Users.
check "a rule by user is taken" ctl rule add legacy uid 65534
as_nobody()
{
	at host su -m nobody -c "$JOB/bin/sockcase tcp-connect $NET_PEER_ADDRESS $PORT" > case
}
check "that user connects" as_nobody
check "from the host's address" same "$(case_source tcp)" "$NET_HOST_ADDRESS"
check "the others do" socket_case tcp-connect
check "from EAs" is_ea "$(case_source tcp)"
ctl rule reset > /dev/null
check "without the rule the user" as_nobody
check "has an EA, too" is_ea "$(case_source tcp)"

# Another vnet knows nothing of this plane.
check "the peer's plane has no pools" \
    eval 'at peer umuxctl pool list | grep -q "no pools"'
check "nor sessions" \
    eval '! at peer umuxctl session list | grep -q "^tcp"'
check "all sessions are over" wait_until 10 sessions_are 0
