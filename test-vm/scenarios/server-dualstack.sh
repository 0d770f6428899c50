# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A listener that takes IPv4 too is guarded there as well; one for IPv4 alone is legacy
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 10
at host ifconfig "$host_if" inet 10.9.8.1/24
at peer ifconfig "$peer_if" inet 10.9.8.2/24
serve "$PORT"
mapped()
{
	at host sysctl -n net.inet6.ip6.v6only
}
note "v6only is $(mapped)"
kill "$server"
wait "$server"
at host sysctl net.inet6.ip6.v6only=0 > /dev/null
serve "$PORT"
four()
{
	[ "$(echo four | at "$1" nc -4 -N -w 3 "$2" "$PORT")" = four ]
}
check "before there are rules, IPv4 reaches the listener" four peer 10.9.8.1
ctl listen add --apply guard port "$PORT"
check "it is shown to be guarded in IPv4" \
    eval 'ctl listen list | grep "^\[::\]:$PORT " | grep -q guarded'
trace_start four peer "$peer_if" tcp
check "IPv4 is silent" never four peer 10.9.8.1
check "from the host itself, too" never four host 10.9.8.1
check "and on the loopback" never four host 127.0.0.1
trace_stop four
check "not one segment came back" same "$(trace_count four "src host 10.9.8.1")" 0
check "IPv6 goes by an armed address" talks peer "$(arm "$PORT")" "$PORT"
kill "$server"
wait "$server"
at host nc -4 -l -k 10.9.8.1 "$PORT" > four.out &
nc=$!
sleep 1
echo alone | at peer nc -4 -N -w 3 10.9.8.1 "$PORT"
check "a listener for IPv4 alone is none of ours" \
    wait_until 5 grep -q alone four.out
kill "$nc"
wait
