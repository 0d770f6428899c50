# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Two clients race for one address, thousands of times: one connection each time, and the rightful one's if there is one
# timeout: 900
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
EACH=1000
ROUNDS=5

umux_host
third_jail
at host sysctl kern.ipc.soacceptqueue=4096 > /dev/null 2>&1 ||
    sysctl kern.ipc.soacceptqueue=4096 > /dev/null
at host sysctl net.inet.tcp.syncookies > /dev/null
guard "$PORT"
at host echod -b 4096 :: "$PORT" > server 2> server.err &
server=$!
wait_until 10 grep -q listening server || fail "the server does not listen"

# race WHAT [ARGUMENT...]: both ask for the same addresses at once
race()
{
	umux_fill "$EACH"
	arm "$PORT" --count "$EACH" --lifetime 3600 "$@" > ssas
	at peer probe -t 8 "$PORT" < ssas > peer.out &
	one=$!
	at third probe -t 8 "$PORT" < ssas > third.out
	wait "$one"
	sort -u ssas > asked
	cat peer.out third.out | awk '$1 == "connected" { print $2 }' | sort > won
	note "peer: $(tail -n 1 peer.out); third: $(tail -n 1 third.out)"
	check "each address has one connection and no more" cmp asked won
	check "nobody was refused" never grep -q refused peer.out third.out
	wait_until 60 pool_is VALID 0
}
round=0
while [ "$round" -lt "$ROUNDS" ]; do
	race
	round=$((round + 1))
done
race --client "$NET_PEER_ADDRESS"
check "the rightful client gets each that is for it" \
    same "$(grep -c '^connected' peer.out)" "$EACH"
check "and the other none" never grep -q '^connected' third.out
kill "$server"
wait
