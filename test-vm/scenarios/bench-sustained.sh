# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Half an hour of 1,000 sessions a second (or what holds) refilled by umuxd: no miss, flat memory
# long: yes
# timeout: 2400
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
MINUTES=30
WANTED=1000

kenv net.inet6.umux.max_addrs=131072 > /dev/null
umux_host
kenv -u net.inet6.umux.max_addrs > /dev/null
peer_serve "$PORT"

# Half of what the machine makes without umux: the other half is umuxd's, the
# generator's and that of DAD, which the peer's jail hears too.
at host sysctl net.inet6.umux.client=0 > /dev/null
legacy=$(connect_close legacy 3000)
at host sysctl net.inet6.umux.client=1 > /dev/null
RATE=$((500000000 / legacy))
[ "$RATE" -le "$WANTED" ] || RATE=$WANTED
figure legacy_ns "$legacy"
figure sessions_per_second "$RATE"

# What four seconds take, and half as much again, as in refill-fast.
LEVEL=$((RATE * 6))
cat > umuxd.conf <<END
[[pool]]
interface = "$host_if"
prefix = "$UMUX_PREFIX"
level = $LEVEL
low = $LEVEL
groups = 8
END
at host umuxd --config "$PWD/umuxd.conf" > umuxd.log 2>&1 &
require "umuxd fills the pool with $LEVEL" wait_until 120 pool_is READY "$LEVEL"

# A second's sessions, and the rest of that second asleep.
second=0
least=$LEVEL
begin=$(date +%s)
echo "minute ready umux-bytes umuxd-kB mbufs" > course
while [ "$second" -lt $((MINUTES * 60)) ]; do
	at host connmany -q -n "$RATE" "$NET_PEER_ADDRESS" "$PORT" >> failures
	second=$((second + 1))
	if [ $((second % 60)) -eq 0 ]; then
		ready=$(pool_field READY)
		[ "$ready" -ge "$least" ] || least=$ready
		echo "$((second / 60)) $ready $(vmstat -m |
		    awk '$1 == "umux" { sub("K", "", $3); print $3 * 1024 }') $(
		    ps -axo rss,comm | awk '$2 == "umuxd" { n += $1 } END { print n }') $(
		    mbufs_used)" >> course
	fi
	while [ "$(date +%s)" -lt $((begin + second)) ]; do
		sleep 0.05
	done
done
took=$(($(date +%s) - begin))
wait_until 60 sessions_are 0
cat course
cp course "$REPORT/course"
total=$((RATE * MINUTES * 60))
figure sessions "$total"
figure seconds "$took"
figure missed "$(pool_field MISSED)"
figure least_ready "$least"
# By the least squares of all minutes but the first five: growth in an hour.
hour()
{
	awk -v column="$1" 'NR > 6 { n++; x += $1; y += $column; xx += $1 * $1; xy += $1 * $column }
	    END { print 60 * (n * xy - x * y) / (n * xx - x * x) }' course
}
figure umux_bytes_an_hour "$(hour 3)"
figure umuxd_kilobytes_an_hour "$(hour 4)"
figures_write
check "no connection failed" never grep -q failed failures
check "each session had an address of its own" at_least "$(pool_field TAKEN)" "$total"
check "not one session missed" pool_is MISSED 0
check "the rate was held" at_most "$took" $((MINUTES * 60 + 5))
check "the module's memory is flat" at_most "$(hour 3)" 1024
check "the daemon's memory grows by less than a megabyte an hour" at_most "$(hour 4)" 1024
check "the level is restored" wait_until 60 pool_is READY "$LEVEL"
pkill -j uvm_host -x umuxd
pkill -j uvm_peer echod
wait
