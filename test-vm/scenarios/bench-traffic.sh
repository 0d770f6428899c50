# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Throughput of TCP and the latency of ping, with umux and without, over epair and virtio
# long: yes
# timeout: 1800
# needs: module userland helpers virtio

# shellcheck shell=sh disable=SC2154

PORT=9
POOL=1000

# loaded yes|no: as it shall be.
loaded()
{
	if [ "$1" = no ]; then
		umux_loaded || return 0
		wait_until 30 umux_try_unload || fail "umux does not unload"
		return 0
	fi
	umux_loaded && return 0
	umux_load || fail "umux does not load"
	ctl pool add "$host_if" "$UMUX_PREFIX" > /dev/null
	umux_fill "$POOL" > /dev/null
}
# No stream begins while the servers of the one before still read what is left.
rest()
{
	sleep 2
}
# Both with the host's own address: what others' traffic pays.
bulk_of()
{
	loaded "$1"
	[ "$1" = no ] || at host sysctl net.inet6.umux.client=0 > /dev/null
	rest
	at host bulk -n "$2" "$NET_PEER_ADDRESS" "$PORT" "$3"
}
bulk1_without() { bulk_of no 1 "$STREAM"; }
bulk1_with() { bulk_of yes 1 "$STREAM"; }
bulk16_without() { bulk_of no 16 "$STREAMS"; }
bulk16_with() { bulk_of yes 16 "$STREAMS"; }
# And as a session with an address of its own.
bulk1_session()
{
	loaded yes
	at host sysctl net.inet6.umux.client=1 > /dev/null
	rest
	at host bulk "$NET_PEER_ADDRESS" "$PORT" "$STREAM"
}
# Nanoseconds of one echo, on average.
ping_of()
{
	loaded "$1"
	/usr/bin/time -p -o "$PWD/ping.time" jexec uvm_host \
	    ping6 -f -q -c "$PINGS" "$NET_PEER_ADDRESS" > ping.out
	awk -v n="$PINGS" '$1 == "real" { print $2 * 1000000000 / n }' ping.time
}
ping_without() { ping_of no; }
ping_with() { ping_of yes; }

# measure LINK ROUNDS MEGABYTES PINGS: all of that over the interfaces there are;
# so much through one stream, and through sixteen a third of it.
measure()
{
	local kind

	ROUNDS=$2 STREAM=$3 STREAMS=$(($3 / 3)) PINGS=$4
	# What TCP remembers of a stream (threshold of slow start) shall not show
	# in the next.
	for jail in host peer; do
		at "$jail" sysctl net.inet.tcp.msl=50 \
		    net.inet.tcp.hostcache.enable=0 > /dev/null
	done
	at peer inetd -d -a "$NET_PEER_ADDRESS" -R 0 "$PWD/inetd.conf" > inetd.log 2>&1 &
	sleep 2
	in_turn "$ROUNDS" bulk1_without bulk1_with bulk16_without bulk16_with \
	    bulk1_session ping_without ping_with
	for kind in bulk1 bulk16; do
		figure "$1_${kind}_throughput_ratio" \
		    "$(ratio_of "${kind}_without" "${kind}_with")"
	done
	figure "$1_session_throughput_ratio" "$(ratio_of bulk1_without bulk1_session)"
	figure "$1_bulk1_without_ns" "$(median_of bulk1_without)"
	figure "$1_ping_without_ns" "$(median_of ping_without)"
	figure "$1_ping_ratio" "$(ratio_of ping_with ping_without)"
	loaded no
	pkill -j uvm_peer inetd
	wait
}
cat > inetd.conf <<END
discard	stream	tcp6	nowait	root	internal
END
host_jail
peer_jail
host_if=$(net_if host lan)
measure epair 2 192 50000
check "traffic of others has at least 0.96 of its throughput" \
    at_most 0.96 "$(ratio_of bulk1_without bulk1_with)"
check "a session's stream at least 0.92" \
    at_most 0.92 "$(ratio_of bulk1_without bulk1_session)"
net_teardown
net_jail host
net_jail peer
net_virtio host 0 "$NET_HOST_ADDRESS/$NET_PREFIX_LENGTH"
net_virtio peer 1 "$NET_PEER_ADDRESS/$NET_PREFIX_LENGTH"
host_if=$(net_if host virtio)
# The emulator's devices work beside the VM's clock: no two rounds are alike.
measure virtio 7 48 5000
check "virtio: sixteen streams of others have at least 0.92 of their throughput" \
    at_most 0.92 "$(ratio_of bulk16_without bulk16_with)"
figures_write
