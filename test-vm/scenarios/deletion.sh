# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: However a session ends, its address is gone, silent, and nothing is left
# long: yes
# timeout: 800
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
at host sysctl net.inet.tcp.msl=500 > /dev/null
at peer sysctl net.inet.tcp.msl=500 > /dev/null
umux_fill 30
peer_serve "$PORT"

# open_session: one nc(1) with a session; sets ea, nc_pid.
open_session()
{
	mkfifo fifo.$$ 2>/dev/null
	at host nc -6 -N "$NET_PEER_ADDRESS" "$PORT" < fifo.$$ > /dev/null &
	nc_pid=$!
	exec 8> fifo.$$
	wait_until 5 sessions_are 1 || fail "no session"
	ea=$(ctl session list | sed -n 's/^tcp *\[\([^]]*\)\].*/\1/p')
	lport=$(ctl session list | sed -n 's/^tcp *\[[^]]*\]:\([0-9]*\).*/\1/p')
}

# gone HOW: the session is over and its address silent.
gone()
{
	check "$1: the session is gone" wait_until 15 sessions_are 0
	check "$1: its address is not valid any more" \
	    never eval 'ctl addr list --state valid | grep -q "^$ea "'
	check "$1: silence" never at peer ping6 -c 1 -t 1 "$ea"
	check "$1: nobody answers a segment" \
	    never at peer nc -6 -z -w 1 "$ea" "$lport"
}

one_less()
{
	[ "$(pool_field READY)" -eq $((ready - 1)) ]
}

ready=$(pool_field READY)
open_session
check "a session takes one address" one_less
exec 8>&-
gone "close"

open_session
pkill -9 -j uvm_host -x nc
exec 8>&-
gone "kill -9"

open_session
pkill -j uvm_peer echod
exec 8>&-
gone "the peer's process dies"
: > served
peer_serve "$PORT"

open_session
at host tcpdrop "$ea" "$lport" "$NET_PEER_ADDRESS" "$PORT"
exec 8>&-
gone "tcpdrop"

open_session
at peer tcpdrop "$NET_PEER_ADDRESS" "$PORT" "$ea" "$lport"
exec 8>&-
gone "RST by the peer"

# Nobody there: the address was on the wire, and goes with the time-out.
at host sysctl net.inet.tcp.keepinit=1000 > /dev/null
before=$(pool_field TAKEN)
check "a connect that nobody answers fails" \
    never at host nc -6 -z -w 20 2001:db8:1::dead 80
check "it was a session" same "$(pool_field TAKEN)" $((before + 1))
check "unanswered connect: the session is gone" wait_until 15 sessions_are 0

# Refused: a RST in answer to the SYN.
check "a connect that is refused fails" \
    never at host nc -6 -z -w 5 "$NET_PEER_ADDRESS" 9
check "refused connect: the session is gone" wait_until 15 sessions_are 0

# Never on the wire: back to the pool.
ready=$(pool_field READY)
at host getaddrinfo -f inet6 "$NET_PEER_ADDRESS" > /dev/null 2>&1
check "an address that sent nothing returns to the pool" \
    wait_until 5 pool_is READY "$ready"

# TIME_WAIT counts as alive.
at host sysctl net.inet.tcp.msl=2000 > /dev/null
open_session
exec 8>&-
lingers()
{
	at host netstat -n -f inet6 -p tcp | grep -q TIME_WAIT && sessions_are 1
}
check "in TIME_WAIT the session is still there" wait_until 3 lingers
check "umuxctl says that its socket is gone" \
    wait_until 3 eval 'ctl session list | grep -q linger'
gone "TIME_WAIT"
at host sysctl net.inet.tcp.msl=100 > /dev/null
at peer sysctl net.inet.tcp.msl=100 > /dev/null

# Many: nothing is left of 20,000 sessions (5,000 on the debug kernel, which
# takes several times as long for each).
rounds=40
[ "$kernel" != plain ] && rounds=10
pcbs=$(zone_used tcp_inpcb)
umux_fill 1200
many=0
while [ "$many" -lt "$rounds" ]; do
	ctl pool fill "$host_if" "$UMUX_PREFIX" 500 --groups 4 --wait > /dev/null 2>&1
	at host connmany -q -n 500 -p 50 "$NET_PEER_ADDRESS" "$PORT" > /dev/null ||
	    fail "round $many: a connection failed"
	many=$((many + 1))
done
check "all of $((rounds * 500)) sessions have come and gone" \
    wait_until 30 sessions_are 0
ctl pool list
ctl stats
check "they had addresses of their own" \
    at_least "$(pool_field TAKEN)" $((rounds * 475))
pcbs_settled()
{
	[ "$(zone_used tcp_inpcb)" -le $((pcbs + 4)) ]
}
check "no PCB is held" wait_until 20 pcbs_settled

# The jail goes, with a session in it.
open_session
jail -r uvm_host
exec 8>&-
check "a jail with sessions can be removed" wait_until 30 eval '! jls -d name | grep -q uvm_host'
pkill -j uvm_peer echod
wait
