# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Connections that wait for accept() when their listener is killed are reset, and live on when it is a LISTEN_0 no longer
# timeout: 150
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=20

umux_host
umux_fill 60
guard "$PORT"
serve "$PORT"

# queue NAME: connections that nobody accepts, held by the peer.  What is known of
# them is only what passed the gate: none has sent anything, and they are looked
# for a tenth of a second later.
queue()
{
	arm "$PORT" --count "$COUNT" > ssas
	kill -STOP "$server"
	mkfifo "hold.$1"
	at peer connmany -h -n "$COUNT" -p "$COUNT" -f "$PWD/ssas" "$PORT" < "hold.$1" > "named.$1" &
	exec 8> "hold.$1"
	wait_until 10 queued "$1" || fail "the connections do not come about"
}
queued()
{
	[ "$(wc -l < "named.$1")" -eq "$COUNT" ]
}
established()
{
	[ "$(at peer netstat -n -W -f inet6 -p tcp | grep -c ESTABLISHED)" -eq "$1" ]
}

queue killed
kill -9 "$server"
check "the clients of a listener that is killed hear it at once" \
    wait_until 3 established 0
ctl session list
exec 8>&-
check "nothing is left of them" wait_until 20 pool_is VALID 0
wait "$server"

serve "$PORT"
queue ruled
ctl listen list
check "the rule is deleted" ctl listen flush
check "the clients' connections are sessions" pool_is VALID "$COUNT"
kill -CONT "$server"
check "the server accepts each" \
    wait_until 10 eval '[ "$(grep -c ^tcp server)" -eq "$COUNT" ]'
check "and they are there" established "$COUNT"
exec 8>&-
check "until their clients end them" wait_until 20 pool_is VALID 0
kill "$server"
wait
