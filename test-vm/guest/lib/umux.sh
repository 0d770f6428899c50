# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The plane of jail "host" on segment "lan", prefix 2001:db8:1::/64.
#
#	umux_host			jails host and peer, umux loaded, a pool
#	umux_fill COUNT			that many addresses, all uncertain
#	pool_field COLUMN [PREFIX]	READY COMING VALID DUP TAKEN MISSED
#	pool_is COLUMN NUMBER [PREFIX]
#	pool_at_least COLUMN NUMBER [PREFIX]
#	pool_address STATE [N]		the Nth address in this state
#	pool_stat NAME			a counter of "umuxctl stats"
#	peer_serve PORT			echo server on the peer, its log in ./served
#	hold_session			one with $PORT of the peer, until descriptor 9
#					is closed; its address in $ea
#	socket_case CASE [ARGUMENT]	sockcase from jail host against $PORT of the
#					peer, what it prints in ./case
#	case_source tcp|udp [N]		the source that the peer saw last (Nth last)
#	case_local			what the socket itself says it is
#	sessions			how many there are
#	is_ea ADDRESS			of the prefix, and not the host's own

# shellcheck shell=sh

UMUX_PREFIX=2001:db8:1::/64

ctl()
{
	at host umuxctl "$@"
}

umux_host()
{
	umux_load || fail "umux does not load"
	host_jail
	peer_jail
	# TIME_WAIT keeps a session: let it be short.
	at host sysctl net.inet.tcp.msl=100 > /dev/null
	at peer sysctl net.inet.tcp.msl=100 > /dev/null
	host_if=$(net_if host lan)
	peer_if=$(net_if peer lan)
	ctl pool add "$host_if" "$UMUX_PREFIX" || fail "no pool on $host_if"
}

# Few multicast groups, so that scenarios that are not about groups are quick.
umux_fill()
{
	ctl pool fill "$host_if" "$UMUX_PREFIX" "$1" --groups 4 --wait ||
	    fail "the pool cannot be filled with $1 addresses"
}

pool_field()
{
	ctl pool list | awk -v name="$1" -v prefix="${2:-$UMUX_PREFIX}" '
	NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
	$2 == prefix && column { print $column; found = 1 }
	END { if (!found) print "none" }'
}

pool_is()
{
	[ "$(pool_field "$1" "${3:-}")" = "$2" ]
}

pool_at_least()
{
	[ "$(pool_field "$1" "${3:-}")" -ge "$2" ]
}

pool_address()
{
	ctl addr list --state "$1" | awk -v n="${2:-1}" 'NR == n + 1 { print $1 }'
}

pool_stat()
{
	ctl stats | awk -v name="$1" '$2 == name { print $1 }'
}

stat_at_least()
{
	note "$1 is $(pool_stat "$1")"
	[ "$(pool_stat "$1")" -ge "$2" ]
}

sessions()
{
	ctl session list | awk '$1 == "tcp" || $1 == "udp" { n++ } END { print n + 0 }'
}

sessions_are()
{
	[ "$(sessions)" -eq "$1" ]
}

peer_serve()
{
	at peer echod "$NET_PEER_ADDRESS" "$1" > served &
	wait_until 10 grep -q listening served || fail "the peer does not listen"
}

hold_session()
{
	mkfifo hold
	at host connmany -h "$NET_PEER_ADDRESS" "$PORT" < hold > named &
	exec 9> hold
	require "a session is held" wait_until 10 sessions_are 1
	wait_until 5 test -s named
	read -r ea _ < named
}

socket_case()
{
	local name

	name=$1
	shift
	at host sockcase "$name" "$NET_PEER_ADDRESS" "$PORT" "$@" > case 2>&1 || {
		cat case
		return 1
	}
}

case_source()
{
	awk -v proto="$1" -v back="${2:-1}" '
	$1 == proto { seen[++n] = $2 } END { print seen[n - back + 1] }' served
}

case_local()
{
	awk '$1 == "local" { address = $2 } END { print address }' case
}

is_ea()
{
	case $1 in
	"$NET_HOST_ADDRESS"|"$NET_PEER_ADDRESS")	return 1 ;;
	2001:db8:1:*)	return 0 ;;
	*)		return 1 ;;
	esac
}

# Same number, said so when not.
same()
{
	[ "$1" = "$2" ] || {
		note "$1 is not $2"
		return 1
	}
}

at_least()
{
	[ "$1" -ge "$2" ] || {
		note "$1 is less than $2"
		return 1
	}
}
