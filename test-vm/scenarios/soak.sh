# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Hours of mixed sessions, client's and server's, under faults and reloads: none lost, none stuck, memory flat (2 h in counted time, 10 min by the clock)
# long: yes
# timeout: 9000
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
GUARDED=2222
LEVEL=200

# What waits costs nothing in counted time.
if [ "$clock" = instructions ]; then
	SECONDS_WANTED=7200
else
	SECONDS_WANTED=600
fi

umux_host
third_jail
peer_serve "$PORT"
ctl pool del "$host_if" "$UMUX_PREFIX" > /dev/null ||
    fail "the pool cannot be given to umuxd"
umuxd_conf "$LEVEL"
umuxd_start
require "the pool is filled" wait_until 30 umuxd_full "$LEVEL"
guard "$GUARDED"
serve "$GUARDED"

# Some sessions that last.
mkfifo hold
hold()
{
	at host connmany -h -n 3 -p 3 "$NET_PEER_ADDRESS" "$PORT" < hold >> held 2>&1 &
	exec 9> hold
	wait_until 20 sessions_are 3 || fail "three sessions cannot be held"
}
let_go()
{
	exec 9>&-
	wait_until 30 sessions_are 0 || fail "the sessions that were held do not end"
	never grep -q failed held || fail "a session that was held failed"
}

# lost WHAT: nothing may be lost but by what the round is about.
lost()
{
	tail -n 3 failures
	ctl pool list
	ctl stats
	fail "round $round ($fault): $1"
}

sessions=0
traffic()
{
	at host connmany -q -n 40 "$NET_PEER_ADDRESS" "$PORT" > failures ||
	    lost "a TCP connection failed"
	at host udpmany -q -e -c -n 10 "$NET_PEER_ADDRESS" "$PORT" > failures ||
	    lost "a datagram did not come back"
	at host dasmany "$GUARDED" 5 > armed ||
	    lost "no address can be armed"
	at third connmany -q -f - "$GUARDED" < armed > failures ||
	    lost "a client did not get through to its server"
	sessions=$((sessions + 55))
}

# What goes wrong in a round.  Each leaves things as it found them.
faults="none generator daemon both level link interface server rules unload neighbors lapse"
fault_generator() { pkill -9 -x umux-addrgen; }
fault_daemon()
{
	pkill -9 -x umuxd
	wait "$umuxd" 2> /dev/null
	umuxd_start
}
fault_both()
{
	fault_generator
	fault_daemon
}
fault_level()
{
	umuxd_conf "$((LEVEL + 100))"
	kill -HUP "$umuxd"
	wait_until 20 pool_at_least READY "$((LEVEL + 100))" ||
	    lost "the higher level is not reached"
	umuxd_conf "$LEVEL"
	kill -HUP "$umuxd"
}
# The peer's end goes while sessions come: TCP sends again.
fault_link()
{
	(
		sleep 0.1
		at peer ifconfig "$peer_if" down
		sleep 1
		at peer ifconfig "$peer_if" up
	) &
	flap=$!
}
# The host's own end, between sessions; those that are held outlast it.
fault_interface()
{
	at host ifconfig "$host_if" down
	sleep 1
	at host ifconfig "$host_if" up
	wait_until 20 net_ready host "$host_if" ||
	    lost "the host's own address does not come back"
	wait_until 30 pool_at_least READY "$LEVEL" ||
	    lost "the pool does not come back with its interface"
}
fault_server()
{
	arm "$GUARDED" > /dev/null
	kill -9 "$server"
	wait "$server" 2> /dev/null
	wait_until 10 armed_are ARMED 0 || lost "an armed address outlives its server"
	serve "$GUARDED"
}
fault_rules()
{
	ctl rule add legacy port 9 > /dev/null || lost "no rule can be added"
	ctl rule reset > /dev/null || lost "the rules cannot be reset"
}
fault_unload()
{
	if kldunload umux 2> /dev/null; then
		lost "umux unloads under sessions"
	fi
}
fault_neighbors()
{
	at peer ndp -n -c > /dev/null
	at host ndp -n -c > /dev/null
}
fault_lapse()
{
	arm "$GUARDED" --lifetime 2 > /dev/null
	wait_until 20 armed_are ARMED 0 || lost "an armed address does not lapse"
}

round=0
begin=$(date +%s)
elapsed=0
hold
echo "seconds sessions umux-kB umuxd-kB mbufs" > course
while [ "$elapsed" -lt "$SECONDS_WANTED" ]; do
	round=$((round + 1))
	# shellcheck disable=SC2086	# words
	set -- $faults
	shift $((round % $#))
	fault=$1
	flap=
	[ "$fault" = none ] || "fault_$fault"
	traffic
	[ -z "$flap" ] || wait "$flap"
	# A level that was lowered leaves more than it asks for.
	wait_until 30 pool_at_least READY "$LEVEL" ||
	    lost "the pool is not full again"
	wait_until 10 pool_is COMING 0 || lost "an address is stuck on its way"
	wait_until 20 sessions_are 3 || lost "a session is stuck"
	armed_are ARMED 0 || lost "an armed address is stuck"
	if [ $((round % 50)) -eq 0 ]; then
		let_go
		hold
	fi
	elapsed=$(($(date +%s) - begin))
	if [ $((round % 20)) -eq 0 ]; then
		echo "$elapsed $sessions $(vmstat -m | awk '$1 == "umux" { sub("K", "", $3); print $3 }') $(
		    ps -axo rss,comm | awk '$2 == "umuxd" { n += $1 } END { print n }') $(
		    mbufs_used)" >> course
		console "soak: $(tail -n 1 course)"
	fi
	sleep 3
done
let_go
cat course
cp course "$REPORT/"
figure rounds "$round"
figure seconds "$elapsed"
figure sessions "$sessions"
# By the least squares of all lines but the first fifth: growth in an hour.
hour()
{
	awk -v column="$1" '{ line[NR] = $0 }
	    END {
		for (i = int(NR / 5) + 2; i <= NR; i++) {
			split(line[i], f, " ")
			n++; x += f[1]; y += f[column]
			xx += f[1] * f[1]; xy += f[1] * f[column]
		}
		print 3600 * (n * xy - x * y) / (n * xx - x * x)
	    }' course
}
figure umux_kilobytes_an_hour "$(hour 3)"
figure umuxd_kilobytes_an_hour "$(hour 4)"
figure mbufs_an_hour "$(hour 5)"
figures_write
check "$sessions sessions in $elapsed s under faults: none was lost or stuck" true
check "the module's memory is flat" at_most "$(hour 3)" 1
check "the daemon's memory grows by less than a megabyte an hour" at_most "$(hour 4)" 1024
check "no session missed its address" pool_is MISSED 0
umuxd_stop
ctl pool list
pkill -j uvm_host echod
pkill -j uvm_peer echod
wait
