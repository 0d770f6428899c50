# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: connect+close with an ephemeral identifier of ILNP, on a kernel that has ILNP
# long: yes
# timeout: 900
# needs: helpers

# shellcheck shell=sh disable=SC2154,SC2034

PORT=7777
COUNT=100
ROUNDS=5
POOLS="200 1000"
LOCATOR=2001:db8:1::
FAR_LOCATOR=2001:db8:f::
FAR=2001:db8:f::2
STRANGER=2001:db8:f::3	# the same peer, but no NID of it
STATIC=::1		# of jail host; what its address ends with, too

sysctl -n net.inet6.ilnp6.enable > /dev/null 2>&1 ||
    skip "the kernel has no ILNP"
[ -x /usr/sbin/rtadvd ] || skip "the base system has no rtadvd(8)"

ilnp()
{
	local jail name

	jail=$1 name=$2
	shift 2
	at "$jail" sysctl "net.inet6.ilnp6.$name${1:+=$1}" > /dev/null
}
bytes_are()
{
	[ "$(at "$1" sysctl -n -b "net.inet6.ilnp6.$2" | wc -c)" -eq "$3" ]
}
# nids_are NUMBER: of jail host, beside the static one.
nids_are()
{
	bytes_are host localnidlist $((8 * ($1 + 1)))
}

# host -- router -- far.  A locator is only learned from a router, and all of a
# session's packets go to the router that it was learned from.
host_jail
net_segment far
net_jail router
net_attach router lan
net_attach router far
net_jail peer
net_attach peer far
host_if=$(net_if host lan)
peer_if=$(net_if peer far)
router_lan=$(net_if router lan)
router_far=$(net_if router far)
net_address router "$router_lan" "${LOCATOR}ffff/64"
net_address router "$router_far" "${FAR_LOCATOR}ffff/64"
net_address peer "$peer_if" "$FAR/64"
net_address peer "$peer_if" "$STRANGER/64"
NET_PEER_ADDRESS=$FAR
at router sysctl net.inet6.ip6.forwarding=1 > /dev/null
for jail in host peer; do
	at "$jail" sysctl net.inet.tcp.msl=100 > /dev/null
	# The router is silent once it has been heard.
	ilnp "$jail" locall64ttl 1000000
	at "$jail" ifconfig "$(eval echo "\$${jail}_if")" inet6 accept_rtadv
done
cat > rtadvd.conf <<END
$router_lan:\\
	:addr="$LOCATOR":prefixlen#64:pinfoflags="l":rltime#9000:maxinterval#4:mininterval#3:
$router_far:\\
	:addr="$FAR_LOCATOR":prefixlen#64:pinfoflags="l":rltime#9000:maxinterval#4:mininterval#3:
END
at router rtadvd -f -c "$PWD/rtadvd.conf" "$router_lan" "$router_far" \
    > rtadvd.log 2>&1 &
for address in "$FAR" "$STRANGER"; do
	at peer echod "$address" "$PORT" > "served.$address" &
	wait_until 10 grep -q listening "served.$address" ||
	    fail "the peer does not listen"
done

# A session holds its NID until TIME_WAIT is over.  The first two states are
# CLOSED and LISTEN.
no_sessions()
{
	at "$1" sysctl -n net.inet.tcp.states | awk '{
		for (i = 3; i <= NF; i++)
			n += $i
		exit n != 0
	}'
}
quiet()
{
	for jail in host peer; do
		wait_until 20 no_sessions "$jail" || {
			at "$jail" sysctl net.inet.tcp.states
			fail "sessions of jail $jail do not end"
		}
	done
}
# The kernel looks at the pool every ten seconds.
pool()
{
	quiet
	ilnp host ephemeralnidpool "$1"
	wait_until 60 nids_are "$1" || fail "the pool has not $1 NIDs"
	wait_until 60 net_ready host "$host_if" ||
	    fail "addresses of the pool stay tentative"
}
measured()
{
	quiet
	connect_close "$1" "$COUNT"
	grep -q '"failed": 0,' "$REPORT/$1.json" || {
		console "$(cat "$REPORT/$1.json")"
		fail "$1: a connect failed"
	}
}

# ILNP off.
off()
{
	measured off
}
has_route()
{
	at "$1" netstat -rn -f inet6 | grep -q '^default'
}
for jail in host peer; do
	require "$jail learns its router" wait_until 40 has_route "$jail"
done
for address in "$FAR" "$STRANGER"; do
	require "host reaches $address" \
	    wait_until 20 at host ping6 -n -c 1 "$address"
done
in_turn "$ROUNDS" off

# It is not switched off again: sessions that see that happen do not end.
for jail in host peer; do
	ilnp "$jail" enable 1
done
at host ilnpcache nid "$STATIC"
at peer ilnpcache nid "$FAR"
at host ilnpcache node "$FAR"
for jail in host peer; do
	require "$jail learns its locator" \
	    wait_until 40 bytes_are "$jail" locall64list 8
done
pkill -9 -j uvm_router rtadvd

# Plain IPv6 while ILNP is on; one NID for all sessions; one for each, which
# the router has to resolve; the same ones once more; plain IPv6 beside a pool.
plain()
{
	NET_PEER_ADDRESS=$STRANGER
	measured "${1:-plain}"
	NET_PEER_ADDRESS=$FAR
}
static()
{
	measured static
}
ephemeral()
{
	pool "$size"
	measured ephemeral
}
again()
{
	measured again
}
beside()
{
	plain beside
	pool 0
}
figure off_ns "$(median_of off)"
for size in $POOLS; do
	in_turn "$ROUNDS" plain static ephemeral again beside
	figure "plain_${size}_ns" "$(median_of plain)"
	for variant in static ephemeral again beside; do
		figure "${variant}_${size}_to_plain" "$(ratio_of "$variant" plain)"
	done
done

# sources NAME ADDRESS: how many addresses COUNT sessions have.
sources()
{
	at host connmany -n "$COUNT" "$2" "$PORT" > "from.$1" ||
	    fail "$1: a connect failed"
	awk '{ print $1 }' "from.$1" | sort -u > "sources.$1"
	wc -l < "sources.$1" | tr -d ' '
}
options()
{
	trace_count "$1" "ip6[6] == 60"
}
pool 200
trace_start session router "$router_far" "ip6[6] == 6 or ip6[6] == 60"
check "a session with a known node has a NID of its own" \
    same "$(sources ephemeral "$FAR")" "$COUNT"
trace_stop session
check "and its packets carry a nonce" at_least "$(options session)" $((4 * COUNT))
trace_show session -v | head -n 4
quiet
sources again "$FAR" > /dev/null
figure nids_used_again "$(sort sources.ephemeral sources.again | uniq -d | wc -l | tr -d ' ')"
quiet
trace_start stranger router "$router_far" "ip6[6] == 6 or ip6[6] == 60"
figure stranger_addresses "$(sources stranger "$STRANGER")"
trace_stop stranger
check "a node that is not known to speak ILNP sees no nonce" \
    same "$(options stranger)" 0
cat sources.stranger

# What one NID costs to make, with its address, group and the start of DAD.
pool 0
figure make_100_ns "$(at host ilnpcache make -j "$REPORT/make-100.json" 100)"
wait_until 20 net_ready host "$host_if"
figure make_900_more_ns "$(at host ilnpcache make -j "$REPORT/make-900.json" 900)"
figures_write
cat "$REPORT"/*.json
pkill -j uvm_peer echod
wait

# This kernel panics when a jail with a network stack goes (its lock is gone
# before its loopback interface is), so they stay for as long as the VM.
for jail in host router peer; do
	jail -m jid="$(jls -j "uvm_$jail" jid)" name="left_$jail"
done
