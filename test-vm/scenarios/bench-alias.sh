# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: An alias of the interface for each session, with and without DAD, against a pool
# long: yes
# timeout: 400
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=100
ROUNDS=3

umux_host
peer_serve "$PORT"

ea()
{
	umux_fill "$COUNT" > /dev/null
	connect_close ea "$COUNT"
}
# The kernel's own way to add an address, and nothing else.
alias_only()
{
	at host sysctl net.inet6.ip6.dad_count=0 > /dev/null
	at host aliasmany -j "$REPORT/alias.json" -n "$COUNT" "$host_if" \
	    2001:db8:1:: "$NET_PEER_ADDRESS" "$PORT"
	at host sysctl net.inet6.ip6.dad_count=1 > /dev/null
}
# What a careful user would do: wait for DAD.
alias_dad()
{
	at host aliasmany -j "$REPORT/alias-dad.json" -n 5 "$host_if" \
	    2001:db8:1:: "$NET_PEER_ADDRESS" "$PORT"
}
in_turn "$ROUNDS" ea alias_only alias_dad
figure ea_ns "$(median_of ea)"
figure alias_ns "$(median_of alias_only)"
figure alias_dad_ns "$(median_of alias_dad)"
figure alias_to_ea "$(ratio_of alias_only ea)"
figure alias_dad_to_ea "$(ratio_of alias_dad ea)"
cat "$REPORT/alias.json" "$REPORT/alias-dad.json"

# Duplicate address detection of many at once.
/usr/bin/time -o "$PWD/dad.time" -p jexec uvm_host umuxctl pool fill "$host_if" \
    "$UMUX_PREFIX" 10000 --groups 16 --wait --timeout 90 || fail "no 10,000 addresses"
cat dad.time
figure dad_seconds_10000 "$(awk '$1 == "real" { print $2 }' dad.time)"
figures_write
check "an address that waits for no DAD costs a session less than an alias" \
    at_most 1 "$(ratio_of alias_only ea)"
pkill -j uvm_peer echod
wait
