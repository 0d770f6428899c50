# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Where the instructions of a connect and of a stream go, by function (run --profile --icount)
# long: yes
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=2000
# As many segments as a stream of so many megabytes has.
MEGABYTES=32
SEGMENTS=$((MEGABYTES * 1048576 / 1428))

umux_host
peer_serve "$PORT"
cat > inetd.conf <<END
discard	stream	tcp6	nowait	root	internal
END
at peer inetd -d -a "$NET_PEER_ADDRESS" -R 0 "$PWD/inetd.conf" > inetd.log 2>&1 &
umux_fill $((3 * COUNT)) > /dev/null

stream()
{
	at host bulk "$NET_PEER_ADDRESS" 9 "$MEGABYTES" > /dev/null
}
both()
{
	connect_close warm 100 > /dev/null
	profile "connect-$1" "$COUNT" connect_close "$1" "$COUNT"
	sleep 2
	stream
	sleep 2
	profile "stream-$1" "$SEGMENTS" stream
	sleep 2
}
both session
at host sysctl net.inet6.umux.client=0 > /dev/null
both legacy
check "umux unloads" wait_until 30 umux_try_unload
both without
pkill -j uvm_peer .
wait
