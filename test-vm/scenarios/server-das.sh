# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: 1,000 sessions of stock clients with inetd, nc and sshd on 1,000 armed addresses, each silent afterwards
# long: yes
# timeout: 900
# needs: module userland helpers

# shellcheck shell=sh

INETD=970
NC=20
SSH=10
TOTAL=$((INETD + NC + SSH))

umux_host
third_jail
umux_fill $((TOTAL + 50))
guard 7
guard 9999
guard 22

echo "echo stream tcp6 nowait root internal" > inetd.conf
at host inetd -R 0 -C 0 -s 0 -p "$STATE/inetd.pid" "$STATE/inetd.conf"
# With -d it has no input of its own to wait for.
at host nc -6 -d -l -k :: 9999 > nc.out &
nc=$!
ssh-keygen -q -t ed25519 -N '' -f hostkey
ssh-keygen -q -t ed25519 -N '' -f userkey
cat > sshd_config <<END
Port 22
AddressFamily inet6
HostKey $STATE/hostkey
AuthorizedKeysFile $STATE/userkey.pub
PidFile $STATE/sshd.pid
PermitRootLogin yes
StrictModes no
UsePAM no
UseDNS no
END
at host /usr/sbin/sshd -f "$STATE/sshd_config" -E "$STATE/sshd.log"
listening()
{
	ctl listen list > listening.out
	for port in 7 22 9999; do
		grep -q "^\[::\]:$port " listening.out || return 1
	done
}
require "inetd, nc and sshd are guarded" wait_until 20 listening
cat listening.out

# The host's MLD reports are for all.
trace_start stranger third "$third_if" ip6 and not icmp6 and not ip6 multicast
arm 7 --count "$INETD" --lifetime 3600 > inetd.ssas
arm 22 --count "$SSH" --lifetime 3600 > ssh.ssas
check "$((INETD + SSH)) addresses are armed" armed_are armed "$((INETD + SSH))"

begun=$(date +%s)
good=0
while read -r ssa; do
	[ "$(echo "hello $ssa" | at peer nc -6 -N -w 10 "$ssa" 7)" = "hello $ssa" ] &&
		good=$((good + 1))
done < inetd.ssas
check "$INETD sessions with inetd" same "$good" "$INETD"
note "in $(($(date +%s) - begun)) s"
# nc -k listens anew for each client, and what is armed goes with its listener.
n=0
while [ "$n" -lt "$NC" ]; do
	wait_until 10 is_guarded 9999
	ssa=$(arm 9999 --client "$NET_PEER_ADDRESS")
	echo "$ssa" >> nc.ssas
	echo "hello $ssa" | at peer nc -6 -N -w 5 "$ssa" 9999 > /dev/null
	n=$((n + 1))
done
heard()
{
	[ "$(sort -u nc.out | grep -c '^hello ')" -eq "$NC" ]
}
check "$NC sessions with nc -l" wait_until 20 heard
good=0
while read -r ssa; do
	said=$(at peer ssh -6 -n -q -i "$STATE/userkey" -o BatchMode=yes \
	    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	    -o ConnectTimeout=60 "root@$ssa" 'echo $SSH_CONNECTION')
	note "$said"
	# shellcheck disable=SC2086	# words
	set -- $said
	[ "${1:-}" = "$NET_PEER_ADDRESS" ] && [ "${3:-}" = "$ssa" ] &&
		good=$((good + 1))
done < ssh.ssas
check "$SSH sessions with sshd, which name the address" same "$good" "$SSH"
tail -n 5 sshd.log
check "every address got its connection" same "$(pool_stat accepted)" "$TOTAL"
check "all of them go with their sessions" wait_until 30 pool_is VALID 0

check "none of them answers 20 probes: inetd's" \
    eval 'at third probe -n 20 -t 2 7 < inetd.ssas | tee probes | grep -q " 0 answered$"'
cat probes
check "nor nc's" \
    eval 'at third probe -n 20 -t 2 9999 < nc.ssas | tee probes | grep -q " 0 answered$"'
check "nor sshd's" \
    eval 'at third probe -n 20 -t 2 22 < ssh.ssas | tee probes | grep -q " 0 answered$"'
trace_stop stranger
mac=$(net_mac host "$host_if")
check "the stranger got not one packet from the host" \
    same "$(trace_count stranger "ether src $mac")" 0
kill "$nc"
pkill -j uvm_host inetd
pkill -j uvm_host sshd
check "the listeners are forgotten when they are gone" \
    wait_until 10 eval 'ctl listen list | grep -q "^no "'
wait
