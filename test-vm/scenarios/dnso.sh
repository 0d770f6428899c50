# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: A client gets an address made for it alone from the DNS, with drill, host and nc as they are in the base system
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
NAME=www.example.com
PARTS="dasd nosa broker noca"

umux_host
third_jail
umux_fill 150
guard "$PORT"
serve "$PORT"

bin=$JOB/bin
for part in $PARTS; do
	"$bin/umuxctl" dnso keygen "$PWD/$part.key" > "$part.pub" ||
		fail "no key can be made"
done
pub()
{
	cat "$1.pub"
}

# The agent and the NOSA are on the server, the broker and the NOCA on the client.
cat > dasd.conf <<END
key = "$PWD/dasd.key"
listen = ["[$NET_HOST_ADDRESS]:7355"]
[[peer]]
name = "nosa"
key = "$(pub nosa)"
[[service]]
name = "echo"
port = $PORT
END
cat > nosa.conf <<END
key = "$PWD/nosa.key"
listen = ["[$NET_HOST_ADDRESS]:7354"]
[[peer]]
name = "broker"
key = "$(pub broker)"
[[agent]]
name = "host"
address = "[$NET_HOST_ADDRESS]:7355"
key = "$(pub dasd)"
prefixes = ["$UMUX_PREFIX"]
[[service]]
names = ["$NAME"]
admit = "client"
servers = [{ agent = "host", service = "echo" }]
END
cat > broker.conf <<END
key = "$PWD/broker.key"
listen = ["[::1]:7353"]
[[peer]]
name = "noca"
key = "$(pub noca)"
[[nosa]]
name = "nosa"
address = "[$NET_HOST_ADDRESS]:7354"
key = "$(pub nosa)"
[[select]]
names = ["*.example.com"]
nosas = [{ nosa = "nosa" }]
END
cat > noca.conf <<END
key = "$PWD/noca.key"
listen = ["[$NET_PEER_ADDRESS]:53"]
[clients]
allow = ["2001:db8:1::/64"]
rate = 1000
[[upstream]]
address = "127.0.0.1:5300"
[[broker]]
name = "broker"
address = "[::1]:7353"
key = "$(pub broker)"
[[override]]
names = ["$NAME"]
END
for part in $PARTS; do
	case $part in
	dasd|nosa)	jail=host ;;
	*)		jail=peer ;;
	esac
	check "the configuration of $part is sound" \
	    at "$jail" "$bin/umux-$part" --check-config -f "$PWD/$part.conf"
	at "$jail" "$bin/umux-$part" -f "$PWD/$part.conf" 2> "$part.log" &
done
for part in nosa broker noca; do
	require "$part has its channel" \
	    wait_until 20 grep -q "channel is there" "$part.log"
done
check "the agent has given up its privileges" \
    eval 'ps -axo user,command | grep "^nobody.*umux-dasd"'

# resolve JAIL: an address as drill(1) gets it.
resolve()
{
	at peer drill "@$NET_PEER_ADDRESS" "$NAME" AAAA |
	    awk '$4 == "AAAA" && $1 !~ /^;/ { print $5 }'
}
ssa=$(resolve)
note "drill got $ssa"
check "drill gets an address of the pool" is_ea "$ssa"
check "it waits" armed_are armed 1
check "it is silent to a neighbour" silent third "$PORT" "$ssa"
check "and serves its client" talks peer "$ssa" "$PORT"
check "host(1) gets another one" \
    eval 'at peer host -t AAAA "$NAME" "$NET_PEER_ADDRESS" | grep "has IPv6 address"'
check "an A query has no data" \
    eval 'at peer drill "@$NET_PEER_ADDRESS" "$NAME" A > a.out &&
    grep -q "rcode: NOERROR" a.out && grep -q "ANSWER: 0" a.out &&
    ! awk "/^$NAME/ && \$4 == \"A\" { found = 1 } END { exit !found }" a.out'

# As programs do it, by the resolver of libc. The jails share the VM's files.
cp /etc/resolv.conf resolv.before 2> /dev/null
echo "nameserver $NET_PEER_ADDRESS" > /etc/resolv.conf
check "nc reaches the server by its name" talks peer "$NAME" "$PORT"
n=0 good=0
while [ "$n" -lt 100 ]; do
	talks peer "$NAME" "$PORT" && good=$((good + 1))
	n=$((n + 1))
done
check "a hundred times, each time through another address" same "$good" 100
check "none of these is left" wait_until 40 armed_are established 0
if [ -f resolv.before ]; then
	cp resolv.before /etc/resolv.conf
else
	rm -f /etc/resolv.conf
fi

# A part that dies is started anew, and found again.
pkill -9 -x umux-nosa
at host "$bin/umux-nosa" -f "$PWD/nosa.conf" 2>> nosa.log &
again()
{
	is_ea "$(resolve)"
}
check "a NOSA that was killed is found again" wait_until 20 again
check "nobody lied and nothing was untrue" \
    never grep -E "cannot be true|ERROR" noca.log broker.log nosa.log dasd.log

for part in $PARTS; do
	pkill -x "umux-$part"
done
kill "$server"
wait
