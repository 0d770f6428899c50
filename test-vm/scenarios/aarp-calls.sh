# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Each call that libaarp-preload.so replaces shows a program the same with the library as without it
# timeout: 400
# needs: userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

host_jail
peer_jail
third_jail
aarp_members
nearest "$NET_PEER_ADDRESS"
for jail in peer third; do
	at "$jail" echod :: "$PORT" > "served.$jail" &
	wait_until 10 grep -q listening "served.$jail" || fail "$jail does not serve"
done
at host echod :: "$PORT" > served.host &
wait_until 10 grep -q listening served.host || fail "host does not serve"
# What is sent to addresses of the prefix that nobody has is lost, and no error.
at host route -q -n add -inet6 2001:db8:a::8000:0/97 "$NET_PEER_ADDRESS"
aarpd_start <<END
[[anycast]]
prefix = "2001:db8:a::/48"
END

# seen NAMED CASE COMMAND...: what a case sees, with names for addresses.
seen()
{
	from=$1 name=$2
	shift 2
	at host timeout 60 "$@" calls "$name" "$from" "$PORT" "$THIRD_ADDRESS" 2>&1 |
	    sed -e "s/: $from port/: PEER port/" -e "s/: $THIRD_ADDRESS port/: OTHER port/"
}
compare()
{
	seen "$NET_PEER_ADDRESS" "$1" env > "$1.plain"
	seen "$GROUP" "$1" env "LD_PRELOAD=$PRELOAD" > "$1.preload"
	[ -s "$1.plain" ] && diff -u "$1.plain" "$1.preload"
}
# udp-busy wants more addresses than these jails have.
for name in $(calls -l | grep -v udp-busy); do
	check "$name: the same with the library" compare "$name"
done

# Without the library the same cases fail: they can tell.
seen "$GROUP" udp-unconnected env > without
check "without it, answers come from a stranger" never grep -q PEER without
kill "$aarpd"
wait "$aarpd"
