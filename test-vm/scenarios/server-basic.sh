# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A guarded server accepts nothing, until an address is armed: then one connection, through that address
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
third_jail
umux_fill 30
guard "$PORT"
serve "$PORT"
check "the listener is a LISTEN_0" \
    is_guarded "$PORT"
check "netstat shows it as what it is" \
    eval 'at host netstat -an -f inet6 -p tcp | grep "\.$PORT " | grep -q LISTEN'
check "the host's address does not answer" silent peer "$PORT" "$NET_HOST_ADDRESS"
check "not the host itself, either" silent host "$PORT" "$NET_HOST_ADDRESS" ::1
check "the server saw nobody" never grep -q '^tcp' server

ssa=$(arm "$PORT")
note "armed $ssa"
check "the armed address is of the pool" is_ea "$ssa"
check "it waits" armed_are armed 1
check "a client talks through it" talks peer "$ssa" "$PORT"
check "the server saw the client's own address" grep -qx "tcp $NET_PEER_ADDRESS [0-9]*" server
check "the address goes with the session" wait_until 20 pool_is VALID 0
check "to its client it is silent then" silent peer "$PORT" "$ssa"
check "and to others" silent third "$PORT" "$ssa"

# What the host says of a session.
ssa=$(arm "$PORT")
mkfifo hold
at peer nc -6 "$ssa" "$PORT" < hold > /dev/null &
client=$!
exec 9> hold
check "a connection is made" wait_until 10 armed_are established 1
agree()
{
	at host netstat -n -W -f inet6 -p tcp | grep -q "$ssa.$PORT .*ESTABLISHED" &&
	    at host sockstat -6 -c | grep -q "$ssa:$PORT" &&
	    ctl session list | grep "\[$ssa\]:$PORT" | grep -q server
}
check "netstat, sockstat and umuxctl agree" agree
check "a second connection of the same client gets nothing" silent peer "$PORT" "$ssa"
check "nor does another client" silent third "$PORT" "$ssa"
check "the address that is in use is no host to ping6" \
    never at third ping6 -c 2 -i 0.2 -t 1 "$ssa"
exec 9>&-
kill "$client"
check "the session ends" wait_until 20 pool_is VALID 0

# Whom it is for.
ssa=$(arm "$PORT" --client "$NET_PEER_ADDRESS")
check "an address for one client is silent to others" silent third "$PORT" "$ssa"
check "and still there for its own" talks peer "$ssa" "$PORT"

# What nobody comes for.
ssa=$(arm "$PORT" --lifetime 1)
check "an address that nobody asks for lapses" wait_until 10 armed_are armed 0
check "and is silent" silent peer "$PORT" "$ssa"

# Without a rule it is a listener as any other.
ctl listen flush --apply
check "without a rule there is no LISTEN_0" eval 'ctl listen list | grep -q "^no "'
check "and the host's address answers" talks peer "$NET_HOST_ADDRESS" "$PORT"
ctl listen add --apply guard port "$PORT"
check "a rule that is applied closes it again" silent peer "$PORT" "$NET_HOST_ADDRESS"
ctl stats | grep -E "guarded|armed|accepted|lapsed"
kill "$server"
wait
