# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: IPsec transport mode: what comes around the gate is not accepted
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

umux_host
third_jail
umux_fill 10
ipsec_on

serve "$PORT"
trace_start esp peer "$peer_if" ip6
check "before it is guarded, the listener is reached in ESP" \
    talks peer "$NET_HOST_ADDRESS" "$PORT"
trace_stop esp
check "and in nothing else" eval \
    'at_least "$(trace_count esp esp)" 5 && same "$(trace_count esp tcp)" 0'
count=$(grep -c '^tcp' server)

ctl listen add --apply guard port "$PORT" > /dev/null
check "guarded, it does not answer inside ESP" \
    never talks peer "$NET_HOST_ADDRESS" "$PORT"
check "and its program sees nobody" same "$(grep -c '^tcp' server)" "$count"
check "who has no keys gets nothing" silent third "$PORT" "$NET_HOST_ADDRESS"

# An armed address has no policy: it is reached in the clear.
ssa=$(arm "$PORT")
check "an armed address is reached by the same client" \
    talks peer "$ssa" "$PORT"
check "once" never talks peer "$ssa" "$PORT"
kill "$server"
ipsec_off
wait
