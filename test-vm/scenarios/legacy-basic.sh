# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: With umux and 10,000 pool addresses, unmanaged traffic is as without it
# long: yes
# timeout: 400
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
POOL=10000

host_jail
peer_jail
net_jail third
net_attach third lan
third_if=$(net_if third lan)
net_address third "$third_if" 2001:db8:1::3/64
host_if=$(net_if host lan)
for jail in host peer third; do
	at "$jail" sysctl net.inet.tcp.msl=50 > /dev/null
done
at peer echod "$NET_PEER_ADDRESS" "$PORT" > served &
wait_until 10 grep -q listening served || fail "the peer does not listen"

works()
{
	at host ping6 -c 2 -i 0.2 -t 3 "$NET_PEER_ADDRESS" &&
	at peer ping6 -c 2 -i 0.2 -t 3 "$NET_HOST_ADDRESS" &&
	at host ping6 -c 1 -t 3 "ff02::1%$host_if" &&
	at third ping6 -c 1 -t 3 "$NET_HOST_ADDRESS" &&
	at host ndp -an | grep -q "$NET_PEER_ADDRESS"
}
check "without umux, everything works" works

# A listener that is not managed, reached from outside; a bound socket; UDP.
unmanaged()
{
	at host nc -6 -l "$NET_HOST_ADDRESS" 9000 > listener.out &
	sleep 0.3
	echo in | at peer nc -6 -N -w 5 "$NET_HOST_ADDRESS" 9000 || return 1
	wait_until 3 grep -q in listener.out || return 1
	echo out | at host nc -6 -N -s "$NET_HOST_ADDRESS" -w 5 "$NET_PEER_ADDRESS" "$PORT" |
	    grep -q out || return 1
	echo dgram | at host nc -6 -u -s "$NET_HOST_ADDRESS" -w 1 "$NET_PEER_ADDRESS" "$PORT" |
	    grep -q dgram
}
check "without umux, unmanaged sockets work" unmanaged

# The cost, by jail host, which gets the pool, against jail third, which has none,
# in turn, so that both share whatever else the machine does; and the same before
# umux is loaded, since two jails are never quite alike.  Instructions are the same
# in each round.
rounds=15
[ "$clock" != instructions ] || rounds=3
measure()
{
	local round

	: > "$1.ratios"
	for round in $(seq "$rounds"); do
		connect_close "$1-third-$round" 200 third > third.ns
		connect_close "$1-host-$round" 200 > host.ns
		paste host.ns third.ns | awk '{ print $1 / $2 }' >> "$1.ratios"
	done
	middle < "$1.ratios"
}
measure warm > /dev/null
without=$(measure without)

require "umux loads" umux_load
ctl pool add "$host_if" "$UMUX_PREFIX"
at host sysctl net.inet6.umux.client=0
ctl pool fill "$host_if" "$UMUX_PREFIX" "$POOL" --groups 16 --wait --timeout 90 ||
    fail "no $POOL addresses"
check "the pool has $POOL addresses" pool_is READY "$POOL"
check "with umux, everything works" works
check "with umux, unmanaged sockets work" unmanaged
with=$(measure with)
ratio=$(quotient "$with" "$without")
cat without.ratios with.ratios
note "connect+close, host / third: $with with umux and the pool, $without without umux, ratio $ratio"
echo "{\"with\": $with, \"without\": $without, \"ratio\": $ratio, \"rounds\": $rounds, \"connections\": 200, \"clock\": \"$clock\"}" \
    > "$REPORT/ratio.json"
# Threads of an emulator, on a machine with other things to do, give single ratios
# from 0.5 to 1.6: no judgement can be built on them.
if [ "$clock" = instructions ] || [ "$(sysctl -n kern.vm_guest)" != generic ]; then
	check "connect+close of an unmanaged socket takes at most 1.05 times as long" \
	    eval 'echo "$ratio" | awk "{ exit !(\$1 <= 1.05) }"'
else
	note "the ratio is not judged: emulation by the clock is too noisy; see --icount"
fi
at host sysctl net.inet6.umux.client=1
ctl pool del "$host_if" "$UMUX_PREFIX" > /dev/null
pkill -j uvm_peer echod
wait
