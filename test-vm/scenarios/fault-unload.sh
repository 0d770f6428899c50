# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Attempts to unload umux in a loop under traffic: refused while sessions live, and none of these notices
# timeout: 180
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777

umux_host
umux_fill 40
peer_serve "$PORT"

# refused HOW...: kldunload is refused, and says why.
refused()
{
	kldunload "$@" umux 2> unload.err && return 1
	grep -qi busy unload.err
}
attempts()
{
	local n

	n=0
	while [ "$n" -lt "$1" ]; do
		refused || return 1
		refused -f || return 1
		n=$((n + 1))
	done
}

# Sessions that carry data all the time.
at host sh -c "yes | head -c 3000000 | nc -6 -N '$NET_PEER_ADDRESS' '$PORT' | wc -c" > echoed &
transfer=$!
mkfifo hold
at host connmany -h -n 10 -p 10 "$NET_PEER_ADDRESS" "$PORT" < hold > named &
exec 9> hold
at host udpmany -eh "$NET_PEER_ADDRESS" "$PORT" < hold > named.udp 9>&- &
require "sessions are held" wait_until 10 eval '[ "$(sessions)" -ge 11 ]'
# Listeners that come and go meanwhile.
GUARDED=2222
guard "$GUARDED"
listeners()
{
	while [ ! -e attempted ]; do
		at host echod :: "$GUARDED" > listener 2>&1 9>&- &
		wait_until 5 grep -q listening listener || echo "does not listen"
		is_guarded "$GUARDED" && echo guarded || echo "open to all"
		kill "$!"
		wait "$!"
	done
}
listeners > listeners.log 2>&1 &
listeners=$!
check "50 attempts to unload are refused, by force and without" attempts 50
touch attempted
wait "$listeners"
sort listeners.log | uniq -c
check "each of $(grep -c guarded listeners.log) listeners meanwhile is guarded" \
    never grep -v guarded listeners.log
check "there were some" grep -q guarded listeners.log
check "none is left" never is_guarded "$GUARDED"
wait "$transfer"
check "the transfer lost nothing" same "$(tr -d ' ' < echoed)" 3000000
check "the sessions are there" eval '[ "$(sessions)" -ge 11 ]'
check "new ones have addresses of their own" socket_case tcp-connect
check "as the server sees" is_ea "$(case_source tcp)"
exec 9>&-
check "the sessions end" wait_until 20 sessions_are 0

# Attempts without end, while sessions come and go.
churn()
{
	while [ ! -e stop ]; do
		sleep 0.4
		at host connmany -q -n 20 "$NET_PEER_ADDRESS" "$PORT"
		at host sockcase udp-sendto "$NET_PEER_ADDRESS" "$PORT" > /dev/null ||
		    echo "failed: udp"
	done
}
churn > churn.log 2>&1 &
churn=$!
done=0 busy=0
while [ $((done + busy)) -lt 60 ] ||
    { [ "$done" -lt 1 ] && [ "$busy" -lt 200 ]; }; do
	if kldunload umux 2> /dev/null; then
		done=$((done + 1))
		umux_load || fail "umux does not load again"
		ctl pool add "$host_if" "$UMUX_PREFIX" > /dev/null || fail "no pool"
		umux_fill 40
	else
		busy=$((busy + 1))
		[ "$(pool_field READY)" -ge 5 ] || umux_fill 40
	fi
	sleep 0.05
done
touch stop
wait "$churn"
note "$done unloads, $busy refused"
check "some of them unloaded it" at_least "$done" 1
check "some were refused" at_least "$busy" 1
check "no session ever failed for that" never grep failed churn.log
ctl flush > /dev/null
check "it unloads at rest" wait_until 20 umux_try_unload
check "nothing is left of it" memory_type_unused umux
pkill -j uvm_peer echod
wait
