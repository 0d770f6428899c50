# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: FreeBSD's own network tests end with umux loaded as without it
# long: yes
# timeout: 900
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
POOL=10000
SESSIONS=1000
TESTS=/usr/tests/sys

[ -x /usr/bin/kyua ] || skip "the base system has no kyua(1)"
[ -f "$TESTS/netinet6/Kyuafile" ] || skip "the base system has no $TESTS"

# own_tests NAME: how each of them ended, in NAME.results; where it wants a
# program that is not here, it says skipped.
own_tests()
{
	local suite

	: > "$1.results"
	for suite in netinet6 netinet; do
		kyua test -k "$TESTS/$suite/Kyuafile" -r "$PWD/$1-$suite.db" \
		    > "$REPORT/$1-$suite.log" 2>&1
		kyua report --results-filter= -r "$PWD/$1-$suite.db" \
		    >> "$REPORT/$1-$suite.log" 2>&1
		sed -n "s|^\([^ ]*\) *-> *\([a-z_]*\).*|$suite/\1 \2|p" \
		    "$REPORT/$1-$suite.log" | sort -u >> "$1.results"
	done
	cp "$1.results" "$REPORT/"
	awk '{ n[$2]++ } END { for (how in n) print how, n[how] }' "$1.results"
}

kldload -n if_epair if_bridge
own_tests without
require "some of them can be run here" \
    at_least "$(grep -c passed without.results)" 10

# Room for the tombstones, too; read when the jail is made.
kenv net.inet6.umux.max_addrs=32768 > /dev/null
umux_host
kenv -u net.inet6.umux.max_addrs > /dev/null
peer_serve "$PORT"
ctl pool fill "$host_if" "$UMUX_PREFIX" $((POOL + SESSIONS)) --groups 16 --wait --timeout 90 ||
    fail "no $POOL addresses"
mkfifo hold
at host connmany -h -n "$SESSIONS" -p "$SESSIONS" "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "$SESSIONS sessions are live" wait_until 60 sessions_are "$SESSIONS"
require "and $POOL addresses are ready" pool_is READY "$POOL"

own_tests with
check "each of FreeBSD's tests ends as without umux" \
    diff -u without.results with.results
note "$(sessions) sessions"
check "the sessions are live" sessions_are "$SESSIONS"
echo "{\"passed\": $(grep -c passed with.results), \"skipped\": $(grep -c skipped with.results), \"tests\": $(wc -l < with.results)}" \
    > "$REPORT/legacy.json"
exec 9>&-
check "the sessions end" wait_until 60 sessions_are 0
pkill -j uvm_peer echod
wait
