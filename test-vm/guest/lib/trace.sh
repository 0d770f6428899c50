# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Packet traces, kept in the report.
#
#	trace_start NAME JAIL IF [FILTER...]
#	trace_stop NAME
#	trace_count NAME [FILTER...]	packets in a stopped trace
#	trace_show NAME [FILTER...]
#	trace_show_now NAME		of one that is running

# shellcheck shell=sh

trace_listening()
{
	grep -q 'listening on' "$STATE/trace.$1.err"
}

trace_start()
{
	local name jail ifname

	name=$1 jail=$2 ifname=$3
	shift 3
	command -v tcpdump >/dev/null || fail "the base system has no tcpdump"
	at "$jail" tcpdump -n -U --immediate-mode -s 0 -i "$ifname" \
	    -w "$REPORT/$name.pcap" \
	    "$@" 2> "$STATE/trace.$name.err" &
	echo $! > "$STATE/trace.$name.pid"
	wait_until 10 trace_listening "$name" || {
		cat "$STATE/trace.$name.err"
		fail "tcpdump does not start on $ifname in jail $jail"
	}
}

# Has the file stopped growing?
trace_at_rest()
{
	local size

	size=$(stat -f %z "$REPORT/$1.pcap")
	sleep 0.5
	[ "$(stat -f %z "$REPORT/$1.pcap")" -eq "$size" ]
}

# Packets reach the file a moment after they were seen on the wire, on a busy
# machine a long one.
trace_stop()
{
	wait_until 10 trace_at_rest "$1"
	kill -INT "$(cat "$STATE/trace.$1.pid")"
	wait "$(cat "$STATE/trace.$1.pid")"
	cat "$STATE/trace.$1.err"
}

trace_show()
{
	local name

	name=$1
	shift
	tcpdump -n -r "$REPORT/$name.pcap" "$@" 2>/dev/null
}

trace_show_now()
{
	wait_until 10 trace_at_rest "$1"
	trace_show "$@"
}

trace_count()
{
	trace_show "$@" | wc -l | tr -d ' '
}
