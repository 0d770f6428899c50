# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: SYN cookies only: an armed address works once, and no cookie opens it again
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
RAW=2001:db8:1::77

# 13.2 loses a reference to the listener's credentials with each SYN that it
# answers without an entry in the SYN cache (syncache_add(), &scs), with or
# without umux, and they hold the jail.
net_jails_linger
umux_host
third_jail
umux_fill 20
at host sysctl net.inet.tcp.syncookies_only=1 > /dev/null
guard "$PORT"
serve "$PORT"
mac=$(net_mac host "$host_if")
third_mac=$(net_mac third "$third_if")
at host ndp -n -s "$RAW" "$third_mac" > /dev/null
raw_to()
{
	local to

	to=$1
	shift
	at third rawtcp "$third_if" "$mac" "$RAW" "$to" "$PORT" "$@" > raw.out
	tr '\n' ' ' < raw.out | sed 's/^/    /'
	echo
}

ssa=$(arm "$PORT")
check "an unmodified client is served" talks peer "$ssa" "$PORT"
check "once" never talks peer "$ssa" "$PORT"

# The same program goes on after its reset, with the cookie it was given.
ssa=$(arm "$PORT")
raw_to "$ssa" syn wait ack data wait ack rst wait wait wait ack data wait
check "a cookie made a connection" grep -q "^got PA" raw.out
check "and only one, although its ACK came again after the reset" \
    same "$(grep -c "^tcp $RAW" server)" 1

# A cookie of an address that is not armed for whoever has it.
ssa=$(arm "$PORT")
raw_to "$ssa" syn wait port=40001 ack data wait
check "another port cannot use it" same "$(grep -c "^tcp $RAW" server)" 1
raw_to "$NET_HOST_ADDRESS" ack data bogus wait
check "an ACK out of the blue at the host's own address makes no connection" \
    same "$(grep -c "^tcp $RAW" server)" 1
kill "$server"
check "all of them are gone at last" wait_until 60 pool_is VALID 0
wait
