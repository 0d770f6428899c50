# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Threaded, forking and grouped servers, and accept filters: each address gets one connection
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
EACH=20

umux_host
third_jail
umux_fill 200
guard "$PORT"

# server KIND N [OPTION...]: until stop.
server()
{
	local kind n

	kind=$1 n=$2
	shift 2
	mkfifo "hold.$kind"
	at host srvd "$@" "$kind" "$n" :: "$PORT" < "hold.$kind" > "out.$kind" &
	exec 8> "hold.$kind"
	wait_until 10 grep -q listening "out.$kind" || fail "srvd $kind does not listen"
}
stop()
{
	exec 8>&-
	check "$1: no LISTEN_0 is left" \
	    wait_until 10 never is_guarded "$PORT"
}

# sessions_with NAME [OPTION...]: $EACH of them, each on its own address.
sessions_with()
{
	local name

	name=$1
	shift
	arm "$PORT" --count "$EACH" "$@" > "ssas.$name"
	while read -r ssa; do
		talks peer "$ssa" "$PORT" || note "$ssa does not talk"
	done < "ssas.$name"
	awk '$1 == "tcp" { print $2 }' "out.$name" | tail -n "$EACH" | sort > "served.$name"
	sort "ssas.$name" > "asked.$name"
	check "$name: each address served one connection, and getsockname says so" \
	    cmp "served.$name" "asked.$name"
	# shellcheck disable=SC2046
	check "$name: and is silent then" silent third "$PORT" $(cat "ssas.$name")
	check "$name: the host's own address stays silent" \
	    silent third "$PORT" "$NET_HOST_ADDRESS"
}

for kind in thread fork child; do
	server "$kind" 4
	sessions_with "$kind"
	stop "$kind"
done

# A group is several LISTEN_0s; the kernel says which of them gets a connection,
# and one that is closed takes only its own armed addresses with it.
server group 4
check "group: each of the sockets is guarded" \
    same "$(ctl listen list | grep -c "^\[::\]:$PORT ")" 4
sessions_with group
stop group

# The listener itself says that it wants an address.
mkdir passed
rm hold.child
server child 1 -c "umuxctl das add --fd 3 > $PWD/passed/ssa 2> $PWD/passed/err; umuxctl das add --fd 0 < /dev/null >> $PWD/passed/err 2>&1"
wait_until 10 grep -q "descriptor 0" passed/err
cat passed/err
check "a descriptor that is no socket is told so" \
    grep -q "descriptor 0 is no socket" passed/err
check "a server can arm an address for the socket that it has open" \
    talks peer "$(cat passed/ssa)" "$PORT"
stop child
mv out.child out.passed
rm hold.child

# A session is one when the handshake is over, although the program is not
# told before there is data.
kldload -n accf_data || fail "there is no accf_data"
server child 1 -f dataready
sessions_with child
ssa=$(arm "$PORT")
mkfifo quiet
at peer nc -6 -N "$ssa" "$PORT" < quiet > quiet.out &
exec 7> quiet
check "a client that sends nothing has its session all the same" \
    wait_until 10 eval 'ctl das list | grep "$ssa" | grep -q " established "'
check "the filter keeps it from the program" \
    never grep -q "$ssa" out.child
echo late >&7
exec 7>&-
check "until there is data" wait_until 10 grep -q late quiet.out
stop child
check "all of them are gone at last" wait_until 30 pool_is VALID 0
wait
