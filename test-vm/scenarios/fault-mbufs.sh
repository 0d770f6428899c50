# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: No mbuf is left in the whole system: nothing hangs, no address is ready that was not probed for, and all goes on afterwards
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 20
peer_serve "$PORT"
mbufs=$(mbufs_used)

mkfifo hold
at host connmany -h -n 3 -p 3 "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
require "three sessions are held" wait_until 10 sessions_are 3

mkfifo hog
mbufhog < hog > hog.out 2>&1 &
hog=$!
exec 8> hog
wait_until 100 grep -q . hog.out
cat hog.out
netstat -m | head -n 4
require "every mbuf is used" grep -q exhausted hog.out
netstat -m | head -n 12

ready=$(pool_field READY)
probes=$(pool_stat probes)
# Nothing of this can work.  A program that sleeps for an mbuf cannot even be
# killed, so nobody waits for it before there are any; nor may it keep the
# hog's pipe open, who would wait for it then.
at host umuxctl pool fill "$host_if" "$UMUX_PREFIX" 50 --groups 4 > fill.out 2>&1 8>&- &
fill=$!
at host sockcase tcp-connect "$NET_PEER_ADDRESS" "$PORT" > unserved 2>&1 8>&- &
unserved=$!
sleep 6
netstat -m | grep denied
ctl pool list
# A few are left in caches.
probed()
{
	at_least $(($(pool_stat probes) - probes)) $(($(pool_field READY) - ready))
}
check "no address became ready without a probe on the wire" probed
check "the sessions are there" eval '[ "$(sessions)" -ge 3 ]'
check "umuxctl works" ctl stats

exec 8>&-
wait "$hog" "$fill" "$unserved"
note "fill: $(cat fill.out)"
note "connect meanwhile: $(tail -n 1 unserved)"
check "the mbufs are back" wait_until 20 eval '[ "$(mbufs_used)" -lt $((mbufs + 2000)) ]'
check "addresses become ready by themselves" wait_until 20 pool_is COMING 0
check "each of them was probed for" probed
check "sessions are served" wait_until 10 socket_case tcp-connect
check "from EAs" is_ea "$(case_source tcp)"
exec 9>&-
check "those that were held end" wait_until 60 sessions_are 0
pkill -j uvm_peer echod
wait
