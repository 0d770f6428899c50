# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Two members of an anycast group, which host reaches by them as if they were routers.
#
#	aarp_members			jails peer and third get the address $GROUP
#	nearest ADDRESS			the way to the group leads to this member
#	aarpd_start			with what is read as its configuration
#	as_published FILE GROUP MEMBER PORT	is that what FILE shows?
#
# FILE is what tcpdump(1) prints.  An Echo Request goes to the address of the group, the
# reply comes from the member's own, then there is a session with that, and nothing else
# goes to the group.

# shellcheck shell=sh

GROUP=2001:db8:a::1
PRELOAD=/tmp/aarp/libaarp_preload.so

aarp_members()
{
	local jail

	for jail in peer third; do
		at "$jail" ifconfig "$(net_if "$jail" lan)" inet6 "$GROUP/128" anycast alias
	done
	mkdir -p /tmp/aarp
	cp "$JOB/bin/libaarp_preload.so" "$PRELOAD"
}

nearest()
{
	at host route -q -n delete -inet6 "$GROUP/128" > /dev/null 2>&1
	at host route -q -n add -inet6 "$GROUP/128" "$1"
}

aarpd_start()
{
	cat > aarpd.conf
	chmod 644 aarpd.conf
	at host aarpd -f "$STATE/aarpd.conf" 2> aarpd.log &
	aarpd=$!
	require "aarpd starts" wait_until 20 grep -q resolves aarpd.log
}

as_published()
{
	awk -v group="$2" -v member="$3" -v port="$4" '
	/ICMP6, echo request/ && index($0, "> " group ":") { if (!asked) asked = NR }
	/ICMP6, echo reply/ && index($0, " " member " >") { if (asked && !found) found = NR }
	index($0, "> " member "." port ":") { if (found && !session) session = NR }
	index($0, "> " group ".") || index($0, " " group ".") { stray = NR }
	END { exit !(asked && found && session && !stray) }
	' "$1" && return 0
	head -n 20 "$1"
	return 1
}
