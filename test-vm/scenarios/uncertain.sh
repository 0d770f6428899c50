# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The published experiment on the uncertain state, with a stock FreeBSD as test host
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
LINK=2001:380:500d:1
WANTED=$LINK::222
SOUGHT=$LINK::333

umux_host
net_address host "$host_if" "$LINK::1/64"
net_address peer "$peer_if" "$LINK::2/64"
at peer echod "$LINK::2" "$PORT" > served &
wait_until 10 grep -q listening served || fail "the test host does not listen"
ctl pool add "$host_if" "$LINK::/64" || fail "no pool on the link of the experiment"

# The first that is ready is the first that is taken.
for address in "$SOUGHT" "$WANTED"; do
	ctl addr add "$host_if" "$LINK::/64" "$address" > /dev/null
	require "$address becomes uncertain" \
	    wait_until 10 eval 'ctl addr list --state uncertain | grep -q "^$address "'
done

# The test host configures the one.
trace_start link peer "$peer_if" icmp6
at peer ifconfig "$peer_if" inet6 "$WANTED/64" alias
duplicated()
{
	at peer ifconfig "$peer_if" inet6 | grep "$WANTED" | grep -q duplicated
}
check "::222: the test host reports it duplicated" wait_until 10 duplicated
at peer ifconfig "$peer_if" inet6 "$WANTED" delete

# And looks for the other.
check "::333 uncertain: ping6 finds nobody" \
    never at peer ping6 -c 3 -i 0.3 -t 4 "$SOUGHT"
check "::333 uncertain: TCP finds nobody" \
    never at peer nc -6 -z -w 3 "$SOUGHT" "$PORT"
trace_stop link
check "the test host asked for it and got no answer" eval \
    '[ "$(trace_count link "icmp6 and ip6[40] == 135 and src host $LINK::2")" -ge 2 ] &&
    [ "$(trace_count link "icmp6 and ip6[40] == 136 and src host $SOUGHT")" -eq 0 ]'
check "both are uncertain still" \
    same "$(ctl addr list --state uncertain | grep -c "^$LINK")" 2

# A session takes it: valid at once, without DAD, and reachable by the session's
# peer.  (The gate answers no ping6, to nobody: the originals did.)
at peer ndp -n -c > /dev/null
check "::333 valid: TCP with it carries data at once" \
    at host sockcase tcp-connect "$LINK::2" "$PORT"
check "it was that address" grep -q "^tcp $SOUGHT " served
check "the test host resolved it" eval 'at peer ndp -an | grep -q "^$SOUGHT "'
