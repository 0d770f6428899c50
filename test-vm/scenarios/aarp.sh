# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: FreeBSD's own programs talk to an anycast address of two members through aarpd, with umux loaded and without
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

umux_host
third_jail
ADDRESS_1=$NET_PEER_ADDRESS
ADDRESS_2=$THIRD_ADDRESS
aarp_members
for jail in peer third; do
	at "$jail" echod :: "$PORT" > "served.$jail" &
	wait_until 10 grep -q listening "served.$jail" || fail "$jail does not serve"
	at "$jail" sh -c 'echo "telnet stream tcp6 nowait root /usr/libexec/telnetd telnetd -a off" > inetd.'"$jail"'; exec inetd -d inetd.'"$jail" > "inetd.$jail.log" 2>&1 &
done

aarpd_start <<END
[[anycast]]
prefix = "2001:db8:a::/48"
END
check "it is in capability mode" grep -q confined aarpd.log
check "both of its processes are nobody's" \
    same "$(ps -axo user,comm | awk '$2 == "aarpd" { print $1 }' | sort | uniq -c | tr -s ' ')" " 2 nobody"

helped()
{
	at host env "LD_PRELOAD=$PRELOAD" "$@"
}
nc_says()
{
	[ "$(echo "$1" | helped nc -6 -N -w 5 "$GROUP" "$PORT")" = "$1" ]
}
nc_udp_says()
{
	[ "$(echo "$1" | helped nc -6 -u -w 2 "$GROUP" "$PORT")" = "$1" ]
}
telnet_says()
{
	(sleep 2) | helped telnet -6 "$GROUP" > telnet.out 2>&1
	grep -q "^Connected to" telnet.out
}

nearest "$ADDRESS_1"
check "nc gets nowhere by itself" never eval \
    '[ "$(echo hello | at host nc -6 -N -w 3 "$GROUP" "$PORT")" = hello ]'
trace_start aarp host "$host_if" icmp6 or tcp port "$PORT"
check "with the library it talks TCP to the nearest member" nc_says hello
trace_stop aarp
# Asked, answered, then the session with the member.
in_order()
{
	trace_show aarp | awk -v group="$GROUP" -v member="$ADDRESS_1" '
	/echo request/ && index($0, "> " group) { asked = NR }
	/echo reply/ && index($0, member " >") { found = NR }
	index($0, "> " member ".") && /Flags \[S\]/ { session = NR }
	END { exit !(asked && asked < found && found < session) }'
}
check "request to the group, reply from the member, session with the member" in_order
check "aarpctl knows the member" eval \
    'at host aarpctl cache | grep -q "$GROUP *member *$ADDRESS_1"'
check "and UDP" nc_udp_says hello
check "and telnet" telnet_says

# Together with umux: the destination first, then an address for it.
umux_fill 20
before=$(grep -c '^tcp' served.peer)
check "a session through both" nc_says umux
check "it came to the member" eval '[ "$(grep -c "^tcp" served.peer)" -gt "$before" ]'
check "from an address of its own" eval \
    'is_ea "$(grep "^tcp" served.peer | tail -n 1 | cut -d " " -f 2)"'

# The member changes.
nearest "$ADDRESS_2"
at host aarpctl flush > /dev/null
check "what starts anew goes to the member that is nearest now" nc_says again
check "which served it" grep -q '^tcp' served.third

kill "$aarpd"
wait "$aarpd"
check "without aarpd nc gets nowhere again" never nc_says hello
