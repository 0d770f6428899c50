# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: umuxd keeps a pool full at 100 sessions a second, killed and restarted in between
# long: yes
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
LEVEL=600

umux_host
peer_serve "$PORT"
umuxd_conf "$LEVEL" 'groups = 8'
check "the configuration is a good one" at host umuxd --config "$PWD/umuxd.conf" --check-config
sed 's/level/levle/' umuxd.conf > bad.conf
misspelt()
{
	! at host umuxd --config "$PWD/bad.conf" --check-config 2> error &&
	    cat error && grep -q levle error && grep -q bad.conf error
}
check "a bad one is refused, with the key and the file" misspelt

umuxd_start
require "umuxd fills the pool" wait_until 20 umuxd_full "$LEVEL"

# An address that the peer has is replaced.
net_address peer "$peer_if" 2001:db8:1::77:1/64
ctl addr del "$host_if" "$UMUX_PREFIX" "$(pool_address uncertain)" > /dev/null
ctl addr add "$host_if" "$UMUX_PREFIX" 2001:db8:1::77:1 > /dev/null
check "a duplicate is noticed" wait_until 10 pool_is DUP 1
check "and replaced" wait_until 20 umuxd_full "$LEVEL"

# 100 sessions a second for 30 seconds; in the middle the generator is killed,
# then the daemon, which comes back two seconds later.
paced()
{
	local second

	second=0
	begin=$(date +%s)
	while [ "$second" -lt 30 ]; do
		at host connmany -q -n 100 "$NET_PEER_ADDRESS" "$PORT" >> paced.log &
		case $second in
		10)	pkill -9 -j uvm_host umux-addrgen ;;
		15)	pkill -9 -j uvm_host -x umuxd ;;
		17)	umuxd_start ;;
		esac
		second=$((second + 1))
		while [ "$(date +%s)" -lt $((begin + second)) ]; do
			sleep 0.1
		done
	done
}
before=$(date +%s)
paced
after=$(date +%s)
wait_until 30 sessions_are 0
rate=$((3000 / (after - before)))
note "3000 sessions in $((after - before)) s"
echo "{\"sessions\": 3000, \"seconds\": $((after - before))}" > "$REPORT/refill.json"
ctl pool list
check "it were 100 a second, or nearly" at_least "$rate" 85
sort paced.log | uniq -c | sort -rn | head -n 5
check "no connection failed" never grep -q failed paced.log
check "each session had an address of its own" at_least "$(pool_field TAKEN)" 3000
check "not one session missed" pool_is MISSED 0
check "the level is restored" wait_until 30 umuxd_full "$LEVEL"
grep -v DEBUG umuxd.log
check "umuxd told that its generator died" grep -qi generator umuxd.log
pkill -j uvm_host -x umuxd
pkill -j uvm_peer echod
wait
