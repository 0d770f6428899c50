# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Floods of solicitations and advertisements about tentative, uncertain, valid and unknown addresses: bounded memory and time, and legacy neighbour discovery works on
# timeout: 400
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=20000
[ "$kernel" != plain ] && COUNT=5000

umux_host
third_jail
umux_fill 40
peer_serve "$PORT"
mac=$(net_mac host "$host_if")

hold_session
uncertain=$(pool_address uncertain)
unknown=2001:db8:1::dead:beef
# An address that stays tentative: DAD of an hour.
at host sysctl net.inet6.ip6.dad_count=3600 > /dev/null
tentative=2001:db8:1::7e:1
ctl addr add "$host_if" "$UMUX_PREFIX" "$tentative" > /dev/null
at host sysctl net.inet6.ip6.dad_count=1 > /dev/null
require "one address is tentative" \
    wait_until 5 eval 'ctl addr list --state tentative | grep -q "^$tentative "'

neighbours()
{
	at host ndp -an | wc -l | tr -d ' '
}
before=$(neighbours)
memory=$(vmstat -m | awk '$1 == "umux" { print $2, $3 }')
mbufs=$(mbufs_used)
# Legacy traffic and a session, all the time.
at host ping6 -i 0.2 "$NET_PEER_ADDRESS" > ping.log 2>&1 &
ping=$!

# flood NAME KIND TARGET WORD...: prints microseconds for one.
flood()
{
	local begun name nd target

	name=$1 nd=$2 target=$3
	shift 3
	begun=$(date +%s)
	at third sh -c "time ndraw '$third_if' send $nd mac=$mac direct=1 target=$target count=$COUNT $*" \
	    > flood.out 2>&1 || {
		cat flood.out
		return 1
	}
	took=$(awk '/ real/ { print $1 * 1000000 / '"$COUNT"' }' flood.out)
	note "$name: $took microseconds for one of $COUNT"
	echo "$name $took" >> floods
}
for target in unknown uncertain valid tentative; do
	case $target in
	valid)	address=$ea ;;
	*)	eval "address=\$$target" ;;
	esac
	# On the way to the host alone, so that it is the host that is measured.
	check "solicitations for $target: all were sent" \
	    flood "ns-$target" ns "$address" src=random
done
check "random targets of the pools' suffixes: all were sent" \
    flood ns-suffix ns "$uncertain" src=random suffix=1
check "DAD probes for the valid one: all were sent" \
    flood dad-valid ns "$ea" nonce=1
check "and for the uncertain one" flood dad-uncertain ns "$uncertain"
check "advertisements of the valid one: all were sent" \
    flood na-valid na "$ea"
check "and of random ones" flood na-random na "$unknown" random=1
ctl stats | grep -E "ns_|na$|defended|answered|conflict|invalid"

check "the host has made no neighbour of any of them" \
    eval '[ "$(neighbours)" -le $((before + 5)) ]'
check "the plane has the memory that it had" \
    same "$(vmstat -m | awk '$1 == "umux" { print $2, $3 }')" "$memory"
settled()
{
	[ "$(mbufs_used)" -le $((mbufs + 2000)) ]
}
check "mbufs are given back" wait_until 10 settled
kill -INT "$ping"
wait "$ping"
tail -n 3 ping.log
check "the host's own neighbour discovery worked on: pings came back" \
    eval '[ "$(sed -n "s/.* \([0-9.]*\)% packet loss.*/\1/p" ping.log | cut -d . -f 1)" -le 20 ]'
at host ndp -n -c > /dev/null
check "and resolves what it does not know" at host ping6 -q -c 1 -t 3 "$NET_PEER_ADDRESS"
check "the session lives" sessions_are 1
check "the uncertain address is uncertain" \
    eval 'ctl addr list --state uncertain | grep -q "^$uncertain "'
# That may take the very address.
check "and new sessions are served" socket_case tcp-connect
at third ndp -n -c > /dev/null

exec 9>&-
check "the session ends" wait_until 20 sessions_are 0

# What of that the sender takes, and the way to the host: its interface is down.
at host ifconfig "$host_if" down
check "what the host does not take: all were sent" \
    flood nobody ns "$unknown" src=random

# Time: one that is ours costs a few times what a stranger's does, at most.
[ "$clock" = instructions ] && limit=4 || limit=20
base=$(awk '$1 == "ns-unknown" { print $2 }' floods)
while read -r name took; do
	at_most "$(quotient "$took" "$base")" "$limit" ||
	    check "$name: at most $limit times as long as for an unknown address" false
done < floods
check "a flood about addresses of the plane takes at most $limit times as long as about others" true
awk '{ printf "%s\"%s\": %s", (NR > 1 ? ", " : "{"), $1, $2 } END { print "}" }' floods \
    > "$REPORT/floods.json"
pkill -j uvm_peer echod
wait
