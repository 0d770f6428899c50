# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Servers on jail "host", their clients on jails "peer" and "third".
#
#	third_jail			jail "third" on segment "lan", 2001:db8:1::3
#	guard PORT			a rule that makes listeners on it LISTEN_0
#	is_guarded PORT			a listener there, on all addresses, is one
#	serve PORT			echod on all addresses, its log in ./server;
#					its pid in $server
#	arm PORT [ARGUMENT...]		arms an address and prints it
#	armed_are STATE NUMBER		so many addresses are in this state
#	talks JAIL ADDRESS PORT		a connection of nc(1) echoes a line
#	silent JAIL PORT ADDRESS...	none of them answers, 20 times each
#	answers NAME			packets in a trace that are no neighbour or
#					group discovery

# shellcheck shell=sh

THIRD_ADDRESS=2001:db8:1::3

third_jail()
{
	net_jail third
	net_attach third lan
	third_if=$(net_if third lan)
	net_address third "$third_if" "$THIRD_ADDRESS/64"
	at third sysctl net.inet.tcp.msl=100 > /dev/null
}

guard()
{
	ctl listen add guard port "$1" > /dev/null ||
	    fail "no rule for port $1 can be added"
}

is_guarded()
{
	ctl listen list | grep -q "^\[::\]:$1 "
}

serve()
{
	# Descriptor 9 is what scenarios hold sessions with.
	at host echod :: "$1" > server 2> server.err 9>&- &
	server=$!
	wait_until 10 grep -q listening server || {
		cat server.err
		fail "the server does not listen"
	}
}

arm()
{
	ctl das add "$@"
}

armed_are()
{
	ctl das list > armed.out
	# "no armed addresses" is a line of its own.
	grep -v '^no ' armed.out > armed.list
	[ "$(awk -v state="$1" '$2 == state { n++ } END { print n + 0 }' \
	    armed.list)" -eq "$2" ] || {
		cat armed.out
		return 1
	}
}

talks()
{
	[ "$(echo "hello $$" | at "$1" nc -6 -N -w 5 "$2" "$3")" = "hello $$" ]
}

silent()
{
	local jail port

	jail=$1 port=$2
	shift 2
	printf '%s\n' "$@" | at "$jail" probe -n 20 -t 2 "$port" > probe.out ||
	    return 1
	grep -q ' 0 answered$' probe.out || {
		head -n 20 probe.out
		return 1
	}
}

answers()
{
	trace_count "$1" "not (icmp6 and (ip6[40] == 135 or ip6[40] == 136)) and not (ip6[6] == 0 and ip6[48] == 143)"
}
