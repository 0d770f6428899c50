# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Half an hour of 250 sessions a second, three minutes of 1,000 (or what holds), refilled by umuxd: no miss, flat memory
# long: yes
# timeout: 2700
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
# Half an hour of what an emulator makes in a few of its own, and a short time of
# what a machine is to hold.
LONG_RATE=250
LONG_MINUTES=30
SHORT_RATE=1000
SHORT_MINUTES=3

kenv net.inet6.umux.max_addrs=131072 > /dev/null
umux_host
kenv -u net.inet6.umux.max_addrs > /dev/null
# One CPU serves both sides: the server accepts when the client's turn is over.
sysctl kern.ipc.soacceptqueue=4096 > /dev/null
peer_serve "$PORT"
# As docs/architecture.md tells who has such a neighbour: it remembers each
# address for a day otherwise, and searches lists of all of them.
at peer sysctl net.inet6.icmp6.nd6_gctimer=30 > /dev/null

# Half of what the machine makes without umux: the other half is umuxd's, the
# generator's and that of DAD, which the peer's jail hears too.
at host sysctl net.inet6.umux.client=0 > /dev/null
legacy=$(connect_close legacy 3000)
at host sysctl net.inet6.umux.client=1 > /dev/null
most=$((500000000 / legacy))
[ "$SHORT_RATE" -le "$most" ] || SHORT_RATE=$most
[ "$LONG_RATE" -le "$most" ] || LONG_RATE=$most
figure legacy_ns "$legacy"

# What four seconds take, and half as much again, as in refill-fast.
LEVEL=$((SHORT_RATE * 6))
umuxd_conf "$LEVEL" 'groups = 8'
umuxd_start
require "umuxd fills the pool with $LEVEL" wait_until 120 umuxd_full "$LEVEL"

total=0
# sustain NAME RATE MINUTES: a second's sessions, and the rest of that second
# asleep; a line a minute in NAME.course.
sustain()
{
	local begin least ready second

	second=0
	least=$LEVEL
	begin=$(date +%s)
	while [ "$second" -lt $(($3 * 60)) ]; do
		at host connmany -q -n "$2" "$NET_PEER_ADDRESS" "$PORT" >> failures
		second=$((second + 1))
		ready=$(pool_field READY)
		[ "$ready" -ge "$least" ] || least=$ready
		[ $((second % 60)) -ne 0 ] || echo "$((second / 60)) $ready $(vmstat -m |
		    awk '$1 == "umux" { sub("K", "", $3); print $3 * 1024 }') $(
		    ps -axo rss,comm | awk '$2 == "umuxd" { n += $1 } END { print n }') $(
		    mbufs_used)" >> "$1.course"
		[ $((second % 300)) -ne 0 ] || console "$1: $(tail -n 1 "$1.course")"
		while [ "$(date +%s)" -lt $((begin + second)) ]; do
			sleep 0.2
		done
	done
	figure "$1_per_second" "$2"
	figure "$1_seconds" $(($(date +%s) - begin))
	figure "$1_least_ready" "$least"
	total=$((total + $2 * $3 * 60))
	check "$1: the rate was held" \
	    at_most $(($(date +%s) - begin)) $(($3 * 60 + 5))
	check "$1: not one session missed" pool_is MISSED 0
	cat "$1.course"
	cp "$1.course" "$REPORT/"
}
sustain long "$LONG_RATE" "$LONG_MINUTES"
sustain short "$SHORT_RATE" "$SHORT_MINUTES"
wait_until 60 sessions_are 0

figure sessions "$total"
# By the least squares of the last ten minutes: growth in an hour.  The daemon's
# allocator takes a while to have what it will need.
hour()
{
	awk -v column="$1" -v minutes="$LONG_MINUTES" 'NR > minutes - 10 { n++; x += $1; y += $column; xx += $1 * $1; xy += $1 * $column }
	    END { print 60 * (n * xy - x * y) / (n * xx - x * x) }' long.course
}
figure umux_bytes_an_hour "$(hour 3)"
figure umuxd_kilobytes_an_hour "$(hour 4)"
figures_write
check "no connection failed" never grep -q failed failures
check "each session had an address of its own" at_least "$(pool_field TAKEN)" "$total"
check "the module's memory is flat" at_most "$(hour 3)" 1024
check "the daemon's memory grows by less than a megabyte an hour" at_most "$(hour 4)" 1024
check "the level is restored" wait_until 60 umuxd_full "$LEVEL"
forgotten()
{
	[ "$(at peer ndp -an | wc -l)" -lt 200 ]
}
check "the neighbour has forgotten them" wait_until 120 forgotten
pkill -j uvm_host -x umuxd
pkill -j uvm_peer echod
wait
