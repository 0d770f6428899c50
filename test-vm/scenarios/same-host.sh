# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Destinations on this host: own addresses are legacy, plane addresses are silent to strangers
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
peer_serve "$PORT"
at host echod :: "$PORT" > host.served &
wait_until 10 grep -q listening host.served || fail "the host does not listen"

taken=$(pool_field TAKEN)
for target in "$NET_HOST_ADDRESS" ::1; do
	for how in tcp-connect udp-connect udp-sendto; do
		check "$how to $target is answered" \
		    at host sockcase "$how" "$target" "$PORT"
	done
done
check "no address was taken" same "$(pool_field TAKEN)" "$taken"
check "the host saw its own addresses only" \
    never eval 'awk "\$1 != \"listening\" { print \$2 }" host.served | grep -vx "$NET_HOST_ADDRESS\|::1"'

# What lives in the plane is as silent to this host as to others.
mkfifo hold
at host connmany -h "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "a session is held" wait_until 10 sessions_are 1
read -r ea lport < named
uncertain=$(pool_address uncertain)
for target in "$ea" "$uncertain"; do
	check "TCP to $target finds nobody" \
	    never at host nc -6 -z -w 2 "$target" "$PORT"
	check "ping6 to $target finds nobody" \
	    never at host ping6 -c 1 -t 1 "$target"
done
check "not even at the session's own port" never at host nc -6 -z -w 2 "$ea" "$lport"
echo still | at host nc -6 -N -w 2 "$NET_PEER_ADDRESS" "$PORT" > echoed
check "sessions to the peer go on" grep -q still echoed
exec 9>&-
wait_until 10 sessions_are 0
