# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Connecting, closing and connect() of UDP beside 10 to 10,000 live sessions
# long: yes
# timeout: 1800
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
HELD=7778
COUNT=200
ROUNDS=3
MOST=10000

kenv net.inet6.umux.max_addrs=65536 > /dev/null
umux_host
kenv -u net.inet6.umux.max_addrs > /dev/null
sysctl kern.maxfiles=100000 kern.maxfilesperproc=60000 > /dev/null
peer_serve "$PORT"
at peer echod "$NET_PEER_ADDRESS" "$HELD" > held.served &
wait_until 10 grep -q listening held.served || fail "the peer does not listen"

tcp_legacy()
{
	at host sysctl net.inet6.umux.client=0 > /dev/null
	connect_close legacy "$COUNT"
	at host sysctl net.inet6.umux.client=1 > /dev/null
}
# As many addresses as are used up, and no more: their tombstones stay a while.
tcp_ea()
{
	umux_fill "$COUNT" > /dev/null
	connect_close ea "$COUNT"
}

live=0
for wanted in 10 100 1000 "$MOST"; do
	more=$((wanted - live))
	umux_fill "$more" > /dev/null
	mkfifo "hold.$wanted"
	at host connmany -q -h -n "$more" -p "$more" "$NET_PEER_ADDRESS" "$HELD" \
	    < "hold.$wanted" > "held.$wanted" &
	case $wanted in
	10)	exec 3> "hold.$wanted" ;;
	100)	exec 4> "hold.$wanted" ;;
	1000)	exec 7> "hold.$wanted" ;;
	*)	exec 8> "hold.$wanted" ;;
	esac
	live=$wanted
	wait_until 600 sessions_are "$live" || tail -n 3 "held.$wanted"
	require "$live sessions are held" sessions_are "$live"
	in_turn "$ROUNDS" tcp_legacy tcp_ea
	wait_until 60 sessions_are "$live"
	# The base system's own part grows: what counts is what umux adds to it.
	last=$(paste turn.tcp_ea turn.tcp_legacy | awk '{ print $1 - $2 }' | middle)
	[ "$live" -ne 10 ] || first=$last
	figure "ea_ns_$live" "$(median_of tcp_ea)"
	figure "legacy_ns_$live" "$(median_of tcp_legacy)"
	figure "added_ns_$live" "$last"
	figure "ea_to_legacy_$live" "$(ratio_of tcp_ea tcp_legacy)"
done
figures_write
check "an address adds at most 1.10 times as much beside $MOST sessions as beside 10" \
    at_most "$(quotient "$last" "$first")" 1.10
at host vmstat -m | grep -w umux
exec 3>&- 4>&- 7>&- 8>&-
check "all of them end" wait_until 120 sessions_are 0
pkill -j uvm_peer echod
wait
