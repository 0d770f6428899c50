# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A client with a link-local address, and a server that sleeps through its connection
# timeout: 150
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

umux_host
umux_fill 10
guard "$PORT"
serve "$PORT"
local=$(at peer ifconfig "$peer_if" inet6 | awk '/inet6 fe80/ { print $2 }')

# connect SOURCE NAME: a connection that is held, its server asleep.
connect()
{
	ssa=$(arm "$PORT")
	kill -STOP "$server"
	mkfifo "hold.$2"
	at peer nc -6 -N -s "$1" "$ssa" "$PORT" < "hold.$2" > "out.$2" &
	exec 8> "hold.$2"
	check "$2: it is known to have its connection, although nobody accepts it" \
	    wait_until 10 eval 'ctl das list | grep "$ssa" | grep -q " established "'
	ctl das list
	kill -CONT "$server"
	echo "$2" >&8
	exec 8>&-
	check "$2: and the server serves it when it wakes" \
	    wait_until 10 grep -q "$2" "out.$2"
}
connect "$NET_PEER_ADDRESS" global
connect "$local" link-local
check "both are gone then" wait_until 30 pool_is VALID 0
kill "$server"
wait
