# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: pf and ipfw, enabled, disabled and reloaded under traffic, before and behind the gate: sessions live, and the gate holds
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

kinds=
if kernel_has pf && [ -x /sbin/pfctl ]; then
	kinds=pf
fi
# A firewall that lets everything pass until it is told otherwise.
kenv net.inet.ip.fw.default_to_accept=1 > /dev/null
if kernel_has ipfw && [ -x /sbin/ipfw ]; then
	kinds="$kinds ipfw"
fi
[ -n "$kinds" ] ||
    skip "the kernel has neither pf nor ipfw, as a module or in itself"
note "firewalls: $kinds"

umux_host
third_jail
umux_fill 200
peer_serve "$PORT"

pf_rules()
{
	cat <<-END
	set skip on lo0
	pass quick inet6 proto icmp6 all no state
	$1 quick inet6 proto tcp to port $PORT
	pass all
	END
}
pf_on()
{
	pf_rules pass | at host pfctl -q -f - && at host pfctl -q -e
}
pf_off()
{
	at host pfctl -q -d
	at host pfctl -q -F all
}
pf_block()
{
	pf_rules block | at host pfctl -q -f - && at host pfctl -q -F states
}
pf_reload()
{
	pf_rules pass | at host pfctl -q -f -
}
ipfw_on()
{
	at host sysctl net.inet6.ip6.fw.enable=1 > /dev/null
	ipfw_reload
}
ipfw_off()
{
	at host ipfw -q -f flush
	at host sysctl net.inet6.ip6.fw.enable=0 > /dev/null
}
ipfw_reload()
{
	at host ipfw -q -f flush
	at host ipfw -q add 100 allow ip from any to any
}
ipfw_block()
{
	at host ipfw -q add 50 deny tcp from any to any dst-port "$PORT"
}

hooks()
{
	[ -x /sbin/pfilctl ] || return 1
	at host pfilctl heads
}

# The gate holds: whatever a stranger tries at a session's address, nothing
# comes back.
gate_holds()
{
	local ea

	ea=$(ctl session list | sed -n 's/^tcp *\[\([^]]*\)\].*/\1/p' | head -n 1)
	! at third ping6 -q -c 2 -i 0.2 -t 1 "$ea" > /dev/null &&
	    ! at third nc -6 -z -w 1 "$ea" 22
}

# A route-to rule takes packets away before umux sees them.  Their addresses were
# on the wire all the same, and are given to nobody else.
routed()
{
	local before first sent

	before=$(pool_stat returned)
	sent=$(pool_stat out_session)
	{
		echo "set skip on lo0"
		echo "pass quick inet6 proto icmp6 all no state"
		echo "pass out quick route-to ($host_if $NET_PEER_ADDRESS) inet6 proto tcp to port $PORT no state"
		echo "pass all no state"
	} | at host pfctl -q -f - || fail "pfctl refuses route-to"
	check "routed by pf: a session is served" socket_case tcp-connect
	first=$(case_source tcp)
	check "routed by pf: from an EA" is_ea "$first"
	check "routed by pf: so is another" socket_case tcp-connect
	check "routed by pf: from another" [ "$(case_source tcp)" != "$first" ]
	check "routed by pf: the gate did not see what they sent" \
	    same "$(pool_stat out_session)" "$sent"
	check "routed by pf: no address comes back for another session" \
	    same "$(pool_stat returned)" "$before"
	pf_reload
}

# around KIND ORDER: what holds with this firewall.
around()
{
	check "$2: sessions are served" socket_case tcp-connect
	check "$2: from EAs" is_ea "$(case_source tcp)"
	check "$2: datagrams have EAs" socket_case udp-sendto
	check "$2: the session that was there is there" \
	    eval '[ "$(sessions)" -ge 1 ]'
	check "$2: the gate holds" gate_holds
	require "$1 blocks" "$1_block"
	check "$2: what the firewall blocks is blocked" \
	    never at host nc -6 -z -w 2 "$NET_PEER_ADDRESS" "$PORT"
	require "$1 is reloaded" "$1_reload"
	check "$2: reloaded, it lets sessions pass" \
	    wait_until 5 socket_case tcp-connect
}

mkfifo hold
at host connmany -h -n 1 "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "a session is held" wait_until 10 sessions_are 1

for kind in $kinds; do
	# What is linked later is nearer to the wire, either way.
	require "$kind starts" "${kind}_on"
	hooks
	around "$kind" "$kind at the wire"
	if [ -x /sbin/pfilctl ]; then
		for hook in "-i umux:input" "-o umux:output"; do
			# shellcheck disable=SC2086
			at host pfilctl unlink $hook inet6 ||
			    fail "pfilctl does not unlink $hook"
			# shellcheck disable=SC2086
			at host pfilctl link $hook inet6 ||
			    fail "pfilctl does not link $hook"
		done
		hooks
		around "$kind" "umux at the wire, $kind behind it"
		[ "$kind" = pf ] && routed
	else
		note "there is no pfilctl(8): the order is not turned around"
	fi
	umux_fill 100

	# Turned on and off under traffic.
	at host sh -c "yes | head -c 1500000 | nc -6 -N '$NET_PEER_ADDRESS' '$PORT' | wc -c" > echoed &
	transfer=$!
	n=0
	while [ "$n" -lt 15 ]; do
		"${kind}_off"
		sleep 0.05
		"${kind}_on"
		"${kind}_reload"
		n=$((n + 1))
	done
	wait "$transfer"
	check "$kind turned off and on $n times: a transfer lost nothing" \
	    same "$(tr -d ' ' < echoed)" 1500000
	"${kind}_off"
	check "$kind off: sessions are served" socket_case tcp-connect
done
exec 9>&-
check "the sessions end" wait_until 30 sessions_are 0
ctl flush > /dev/null
check "umux unloads beside them" wait_until 20 umux_try_unload
pkill -j uvm_peer echod
wait
net_kill
[ "${kinds#*pf}" = "$kinds" ] || kldunload pf 2> /dev/null
