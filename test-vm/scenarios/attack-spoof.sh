# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Forged, off-link, broken, replayed and looped neighbour discovery about uncertain and valid addresses changes nothing that it must not
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

umux_host
third_jail
umux_fill 20
peer_serve "$PORT"
mac=$(net_mac host "$host_if")

hold_session
uncertain=$(pool_address uncertain)
note "valid $ea, uncertain $uncertain"
trace_start third third "$third_if" "ether src $mac and icmp6 and (ip6[40] == 136 or ip6[40] == 135)"

nd()
{
	at third ndraw "$third_if" send "$@" "mac=$mac" direct=1 > /dev/null
}
is_in()
{
	ctl addr list --state "$1" | grep -q "^$2 "
}
unchanged()
{
	is_in valid "$ea" && is_in uncertain "$uncertain" && sessions_are 1
}
# counts COUNTER COMMAND...: the counter goes up by one.
counts()
{
	local before name

	name=$1
	shift
	before=$(pool_stat "$name")
	"$@" || return 1
	wait_until 5 eval '[ "$(pool_stat '"$name"')" -gt '"$before"' ]'
}

# What does not keep to RFC 4861, 7.1, is dropped, whatever it claims.
before=$(($(pool_stat nd_invalid) + $(pool_stat in_dropped)))
for target in "$ea" "$uncertain"; do
	for spoilt in hlim=64 hlim=254 hlim=1 code=1 bad=1 extra=1; do
		check "sent: an advertisement of $target with $spoilt" \
		    nd na "target=$target" "$spoilt"
		check "sent: a probe for it" nd ns "target=$target" "$spoilt"
		check "sent: a question" \
		    nd ns "target=$target" src=random "$spoilt"
	done
	check "sent: a probe for it by unicast" nd ns "target=$target" "dst=$target"
	# The flag S has no place in what goes to all (RFC 4861, 7.1.2).
	check "sent: a solicited advertisement to all" \
	    nd na "target=$target" flags=0x60
	check "sent: a question about a group to it" \
	    nd ns target=ff02::1:ff00:1 "dst=$target" "src=$THIRD_ADDRESS"
done
note "$(($(pool_stat nd_invalid) + $(pool_stat in_dropped) - before)) were counted: $(pool_stat nd_invalid) invalid, $(pool_stat in_dropped) dropped in all"
check "all that is not the hop limit's is counted" \
    wait_until 5 eval '[ $(($(pool_stat nd_invalid) + $(pool_stat in_dropped))) -ge $((before + 24)) ]'
check "nothing has changed" unchanged
trace_stop third
check "nor was anything of that answered" same "$(trace_count third)" 0

# Forged, and sound.
check "another's advertisement of the valid address is counted" \
    counts conflict nd na "target=$ea"
check "a question from the valid address itself, too" \
    counts conflict nd ns "target=$ea" "src=$ea"
check "the session is kept" unchanged
check "a probe for the valid address is answered" \
    counts defended nd ns "target=$ea" nonce=1
check "a probe for the uncertain one, too" \
    counts defended nd ns "target=$uncertain" nonce=1
check "an own advertisement that comes back is no conflict" \
    counts looped nd na "target=$uncertain" "src=$uncertain" "lladdr=$mac"
check "a tentative address's own, neither: nothing has changed" unchanged
check "a question about the uncertain one is left unanswered" \
    counts ns_silent nd ns "target=$uncertain" src=random

# One address must not tell of another.
silent_about()
{
	local answered

	trace_start about third "$third_if" "ether src $mac and icmp6 and ip6[40] == 136"
	nd ns "target=$1" "dst=$2" "src=$THIRD_ADDRESS"
	sleep 1
	trace_stop about
	answered=$(trace_count about)
	rm -f "$REPORT/about.pcap"
	[ "$answered" -eq 0 ]
}
check "asked by way of the valid address, the host's own does not answer" \
    silent_about "$NET_HOST_ADDRESS" "$ea"
mkfifo hold2
at host connmany -h "$NET_PEER_ADDRESS" "$PORT" < hold2 > named2 &
exec 8> hold2
wait_until 10 test -s named2
read -r other _ < named2
check "nor does another session's" silent_about "$other" "$ea"
check "asked by its own address, it does" never silent_about "$ea" "$ea"
exec 8>&-

# Replays.  The first probes of ten addresses are noted and sent again when they
# are ready: a probe of another node's then, which is answered.
at third ndraw "$third_if" answer none "mac=$mac" > probed 2>&1 &
noter=$!
wait_until 5 kill -0 "$noter"
umux_fill 10
wait_until 5 eval '[ "$(grep -c answered probed)" -ge 10 ]'
kill "$noter"
wait "$noter" 2> /dev/null
before=$(pool_stat defended)
duplicated=$(pool_stat duplicated)
awk '{ print $2 }' probed | sort -u > targets
while read -r target; do
	nd ns "target=$target" nonce=1 < /dev/null
done < targets
check "replayed probes are answered" \
    wait_until 5 eval '[ "$(pool_stat defended)" -ge $((before + 10)) ]'
check "and withdraw nothing" same "$(pool_stat duplicated)" "$duplicated"

# Loops: every probe comes back for some seconds (RFC 7527).
at third ndraw "$third_if" answer loop "mac=$mac" > looped 2>&1 &
looper=$!
wait_until 5 kill -0 "$looper"
looped=$(pool_stat looped)
ready=$(pool_field READY)
ctl pool fill "$host_if" "$UMUX_PREFIX" 10 --groups 4 > /dev/null
wait_until 10 eval '[ "$(pool_stat looped)" -ge $((looped + 20)) ]'
check "looped probes are known as such" \
    at_least "$(pool_stat looped)" $((looped + 20))
check "as long as they loop, no address is ready" pool_is READY "$ready"
check "none is taken for a duplicate" same "$(pool_stat duplicated)" "$duplicated"
kill "$looper"
wait "$looper" 2> /dev/null
check "when the loop is gone, all become ready" \
    wait_until 15 pool_is READY $((ready + 10))

# At last, one claim that is sound: an uncertain address is given up.  The other
# session may have taken the former one.
uncertain=$(pool_address uncertain)
check "a sound claim to an uncertain address withdraws it" \
    counts duplicated nd na "target=$uncertain"
check "it alone" pool_is READY $((ready + 9))
exec 9>&-
check "the session ends" wait_until 20 sessions_are 0
pkill -j uvm_peer echod
wait
