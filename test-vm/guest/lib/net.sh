# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Networks of vnet jails.  A segment is a bridge(4) in the VM's own network
# stack; each jail on it has one end of an epair(4).
#
#	net_segment SEGMENT		a new Ethernet segment
#	net_jail JAIL			a new jail with lo0 up and nothing else
#	net_attach JAIL SEGMENT		gives the jail an interface there
#	net_virtio JAIL N ADDR/LEN	gives the jail the VM's own interface N (0, 1),
#					with an address; the two are connected
#					(# needs: virtio).  net_if JAIL virtio
#	net_address JAIL IF ADDR/LEN	adds an address and waits for DAD
#	host_jail			jail "host" on segment "lan", 2001:db8:1::1
#	peer_jail			jail "peer" on segment "lan", 2001:db8:1::2
#	far_jail JAIL			jail "far" behind that one, which forwards from
#					2001:db8:f::1; 2001:db8:f::2
#	at JAIL COMMAND...		runs a command in the jail
#	net_if JAIL SEGMENT		prints the name of that interface
#	net_mac JAIL IF			its link-layer address
#	net_linklocal JAIL IF		its link-local address, without the zone
#	net_kill			ends every process in the jails
#	net_jails_linger		the scenario's jails may never be gone, for
#					a reason of FreeBSD's own
#
# A jail's root directory is the VM's own, so paths are the same everywhere.

# shellcheck shell=sh

NET_HOST_ADDRESS=2001:db8:1::1
NET_PEER_ADDRESS=2001:db8:1::2
NET_FAR_ADDRESS=2001:db8:f::2
NET_PREFIX_LENGTH=64

# Jails and interfaces get names of their own, to be told from others.
NET_TAG=uvm_

at()
{
	local jail

	jail=$1
	shift
	jexec "$NET_TAG$jail" "$@"
}

net_segment()
{
	local bridge

	kernel_has if_bridge || fail "the kernel has no if_bridge"
	bridge=$(ifconfig bridge create) || fail "no bridge can be created"
	ifconfig "$bridge" group "${NET_TAG}net" up
	echo "$bridge" > "$STATE/segment.$1"
}

net_jail()
{
	jail -c name="$NET_TAG$1" path=/ vnet persist allow.raw_sockets=1 \
	    allow.socket_af=1 children.max=8 || fail "jail $1 cannot be created"
	at "$1" ifconfig lo0 inet 127.0.0.1/8 up
	at "$1" ifconfig lo0 inet6 ::1/128
}

net_if()
{
	cat "$STATE/if.$1.$2"
}

net_mac()
{
	at "$1" ifconfig "$2" | awk '/ether/ { print $2 }'
}

net_linklocal()
{
	at "$1" ifconfig "$2" inet6 |
	    awk '/fe80/ { sub(/%.*/, "", $2); print $2 }'
}

net_attach()
{
	local near far

	kernel_has if_epair || fail "the kernel has no if_epair"
	near=$(ifconfig epair create) || fail "no epair can be created"
	far=${near%a}b
	ifconfig "$near" group "${NET_TAG}net" up
	ifconfig "$(cat "$STATE/segment.$2")" addm "$near"
	ifconfig "$far" vnet "$NET_TAG$1"
	at "$1" ifconfig "$far" inet6 -ifdisabled auto_linklocal up
	echo "$far" > "$STATE/if.$1.$2"
}

# net_ready JAIL IF: every address of the interface has passed DAD.
net_ready()
{
	case $(at "$1" ifconfig "$2" inet6) in
	*tentative*)	return 1 ;;
	*inet6*)	return 0 ;;
	*)		return 1 ;;
	esac
}

net_address()
{
	at "$1" ifconfig "$2" inet6 "$3" alias ||
	    fail "jail $1 refuses the address $3"
	wait_until 10 net_ready "$1" "$2" ||
	    fail "an address of $2 in jail $1 stays tentative"
}

net_virtio()
{
	ifconfig "vtnet$2" > /dev/null 2>&1 ||
	    skip "the VM has no interface vtnet$2"
	ifconfig "vtnet$2" vnet "$NET_TAG$1"
	at "$1" ifconfig "vtnet$2" inet6 -ifdisabled auto_linklocal up
	echo "vtnet$2" > "$STATE/if.$1.virtio"
	net_address "$1" "vtnet$2" "$3"
}

# net_standard JAIL ADDRESS
net_standard()
{
	[ -f "$STATE/segment.lan" ] || net_segment lan
	net_jail "$1"
	net_attach "$1" lan
	net_address "$1" "$(net_if "$1" lan)" "$2/$NET_PREFIX_LENGTH"
}

host_jail()
{
	net_standard host "$NET_HOST_ADDRESS"
}

peer_jail()
{
	net_standard peer "$NET_PEER_ADDRESS"
}

far_jail()
{
	net_segment far
	net_attach "$1" far
	net_jail far
	net_attach far far
	net_address "$1" "$(net_if "$1" far)" 2001:db8:f::1/64
	net_address far "$(net_if far far)" "$NET_FAR_ADDRESS/64"
	at "$1" sysctl net.inet6.ip6.forwarding=1 > /dev/null
	at far sysctl net.inet.tcp.msl=100 > /dev/null
	at far route -6 add default 2001:db8:f::1 > /dev/null
}

net_jail_names()
{
	jls -d name 2>/dev/null | grep "^$NET_TAG"
}

net_no_jails()
{
	[ -z "$(net_jail_names)" ]
}

net_interfaces_of_tests()
{
	ifconfig -g "${NET_TAG}net"
}

net_no_interfaces()
{
	[ -z "$(net_interfaces_of_tests)" ]
}

# What a jail still runs would keep the scenario from ending.
net_kill()
{
	local name

	for name in $(jls name 2>/dev/null | grep "^$NET_TAG"); do
		pkill -9 -j "$name" .
	done
}

# They are put out of the way of what waits for jails to be gone.
net_jails_linger()
{
	: > "$STATE/linger"
}

# net_teardown: everything that the functions above may have made.
net_teardown()
{
	local name ifname jid many

	many=no

	# A PCB in TIME_WAIT keeps its jail dying for twice the segment
	# lifetime.
	for name in $(jls name 2>/dev/null | grep "^$NET_TAG"); do
		jexec "$name" tcpdrop -a > /dev/null 2>&1
		# 13.2's nd6_llinfo_timer() looks its interface up before it
		# takes a lock, and may arm itself once more for an entry that
		# is being freed: when the interface goes meanwhile, it faults.
		# With thousands of neighbours it does meet one; so they go
		# first, and what was armed is over in four probes.
		[ "$(jexec "$name" ndp -an 2>/dev/null | wc -l)" -lt 200 ] ||
		    many=yes
		jexec "$name" ndp -n -c > /dev/null 2>&1
	done
	[ "$many" = no ] || sleep 5
	for ifname in $(net_interfaces_of_tests); do
		ifconfig "$ifname" destroy
	done
	for name in $(jls name 2>/dev/null | grep "^$NET_TAG"); do
		jid=$(jls -j "$name" jid)
		[ ! -f "$STATE/linger" ] ||
		    jail -m jid="$jid" name="lingering$jid"
		jail -r "$jid"
	done
	wait_until 5 net_no_interfaces || {
		net_interfaces_of_tests
		return 1
	}
	wait_until 70 net_no_jails || {
		jls -d
		return 1
	}
}
