# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Every other address of a guarded server, and 1,000,000 random ones of its prefix, are silent
# long: yes
# timeout: 900
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
third_jail
umux_fill 100
net_address host "$host_if" 2001:db8:1::11/64
guard "$PORT"
serve "$PORT"
arm "$PORT" --count 20 --client "$NET_PEER_ADDRESS" > armed
mac=$(net_mac host "$host_if")
linklocal=$(net_linklocal host "$host_if")

trace_start stranger third "$third_if" "ether src $mac and ip6"
check "the host's addresses do not answer" \
    silent third "$PORT" "$NET_HOST_ADDRESS" 2001:db8:1::11
check "nor the link-local one" \
    never at third nc -6 -z -w 2 "$linklocal%$third_if" "$PORT"
ctl addr list --state uncertain | awk 'NR > 1 { print $1 }' > pooled
check "nor all that are uncertain" \
    eval 'at third probe -n 2 -t 2 "$PORT" < pooled | grep -q " 0 answered$"'
check "nor those that are armed for another" \
    eval 'at third probe -n 2 -t 2 "$PORT" < armed | grep -q " 0 answered$"'
begun=$(date +%s)
at third rawtcp "$third_if" "$mac" "$THIRD_ADDRESS" 2001:db8:1:: "$PORT" scan=1000000 > scan.out
cat scan.out
note "the scan took $(($(date +%s) - begun)) s"
check "nor one of a million" never grep -q got scan.out
trace_stop stranger
check "not one packet of TCP, nor an error, came to the stranger" \
    same "$(answers stranger)" 0
trace_show stranger | head -n 5
check "the server saw nobody" never grep -q '^tcp' server
check "the host lives" talks peer "$(head -n 1 armed)" "$PORT"
ctl stats | grep -E "guarded|in_dropped"
kill "$server"
wait
