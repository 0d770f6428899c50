# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Retransmitted SYNs, resets, errors, bogus ACKs, fragments and extension headers at an armed address
# timeout: 500
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
RAW=2001:db8:1::77

umux_host
third_jail
umux_fill 60
guard "$PORT"
serve "$PORT"
mac=$(net_mac host "$host_if")
third_mac=$(net_mac third "$third_if")
at host ndp -n -s "$RAW" "$third_mac" > /dev/null

# raw_to DESTINATION WORD...
raw_to()
{
	local to

	to=$1
	shift
	at third rawtcp "$third_if" "$mac" "$RAW" "$to" "$PORT" "$@" > raw.out ||
	    return 1
	tr '\n' ' ' < raw.out | sed 's/^/    /'
	echo
}
got()
{
	[ "$(grep -cx "got $1" raw.out)" -ge "${2:-1}" ]
}
nothing()
{
	[ ! -s raw.out ]
}

ssa=$(arm "$PORT")
raw_to "$ssa" syn wait syn wait ack data wait ack
check "a retransmitted SYN is answered again" got SA 2
check "the data comes back" got PA
check "one connection came of it" same "$(grep -c "^tcp $RAW" server)" 1
raw_to "$ssa" port=40001 syn
check "another port of the same client gets nothing" nothing
raw_to "$ssa" syn
check "nor does a second SYN of the same one" nothing
raw_to "$ssa" forward=7 rst

ssa=$(arm "$PORT")
raw_to "$ssa" ack data rst rstack fin bogus unreach
check "nothing but a SYN gets an answer" nothing
check "nor changes what it waits for" \
    eval 'ctl das list | grep "$ssa" | grep -q " armed "'
raw_to "$ssa" syn wait bogus wait
check "a bogus ACK makes no connection" \
    same "$(grep -c "^tcp $RAW" server)" 1
raw_to "$ssa" unreach reset-blind syn wait ack data wait ack rst
check "an error and a blind reset in the middle do not lose the client" got PA

ssa=$(arm "$PORT")
raw_to "$ssa" syn wait rst wait
check "a client may reset what it asked for" eval 'got SA; ! got R'
raw_to "$ssa" port=40009 syn ack
check "and nobody else gets it then" nothing

ssa=$(arm "$PORT")
for word in frag tiny chain garbled; do
	raw_to "$ssa" "$word" wait
	check "$word: a SYN in disguise does not lock an armed address" nothing
done
check "it still waits" eval 'ctl das list | grep "$ssa" | grep -q " armed "'
raw_to "$ssa" ext wait forward=1 rst
check "destination options are no disguise: the client may have them" got SA
for word in syn frag tiny ext rthdr chain; do
	raw_to "$NET_HOST_ADDRESS" "$word" wait
	check "$word at the host's own address gets nothing" nothing
done
count=$(grep -c "^tcp $RAW" server)
check "no more connections came of all this" same "$count" 2

# A session that ended leaves nothing to be found by its own client.
ssa=$(arm "$PORT")
raw_to "$ssa" syn wait ack wait rst wait
sleep 3
raw_to "$ssa" ack data syn bogus fin
check "the client's own segments get nothing after a reset" nothing
ctl das list
ctl stats | grep -E "guarded|in_dropped|accepted|lapsed"
# The sessions that nobody ends.
kill "$server"
check "they end with the server" wait_until 60 pool_is VALID 0
wait
