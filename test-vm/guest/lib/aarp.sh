# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
#	as_published FILE GROUP MEMBER PORT	is that what FILE shows?
#
# FILE is what tcpdump(1) prints.  An Echo Request goes to the address of the group, the
# reply comes from the member's own, then there is a session with that, and nothing else
# goes to the group.

# shellcheck shell=sh

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
