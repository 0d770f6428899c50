# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Two clients race for one address, 10,000 times: one connection each time, and the rightful one's if there is one
# long: yes
# timeout: 900
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
EACH=500
ROUNDS=20

umux_host
third_jail
guard "$PORT"
serve "$PORT"

# race [ARGUMENT...]: both ask for the same addresses at once, 50 at a time:
# more would overflow the queues of the stack, and be sent again too late
race()
{
	umux_fill "$EACH"
	at host /usr/bin/time -o "$PWD/arm.time" umuxctl das add "$PORT" \
	    --count "$EACH" --lifetime 3600 "$@" > ssas
	note "arming $EACH took, with the start of the program, $(cat arm.time)"
	at peer probe -b 50 -t 3 "$PORT" < ssas > peer.out &
	one=$!
	at third probe -b 50 -t 3 "$PORT" < ssas > third.out
	wait "$one"
	sort -u ssas > asked
	cat peer.out third.out | awk '$1 == "connected" { print $2 }' | sort > won
	note "peer: $(tail -n 1 peer.out); third: $(tail -n 1 third.out)"
	check "no address has two connections" same "$(uniq -d won | wc -l | tr -d ' ')" 0
	check "and each has one" cmp asked won
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
