# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Who may open /dev/umux, make requests and set knobs: users, jails with and without a network stack; and 60,000 random requests
# timeout: 240
# needs: module userland helpers

# shellcheck shell=sh

PORT=7777
CALLS=20000
[ "$kernel" != plain ] && CALLS=8000

umux_host
umux_fill 20
peer_serve "$PORT"

nobody()
{
	at host su -m nobody -c "$JOB/bin/$*" 2>&1
}
says()
{
	local wanted

	wanted=$1
	shift
	"$@" > said 2>&1
	grep -qx "$wanted" said || {
		cat said
		return 1
	}
}

# The device.
check "the device is root's alone" \
    same "$(stat -f '%Su %Lp' /dev/umux)" "root 600"
check "another user cannot open it" says "open EACCES" nobody privtest open
chmod 666 /dev/umux
check "nor when its mode would let him" says "open EPERM" nobody privtest open
chmod 600 /dev/umux
check "root can" says "open ok" at host privtest open

# A descriptor is a privilege: umuxd opens it as root, and is nobody after that.
at host privtest as 65534 > said
cat said
check "who opened it as root may ask as nobody" grep -qx "request 9 ok" said
at host privtest capability > said
check "and in capability mode" grep -qx "request 9 ok" said
jid=$(jls -j uvm_peer jid)
privtest into "$jid" > said 2>&1
check "in another network stack it is good for nothing: 19 requests" \
    same "$(grep -c '^request .* EPERM$' said)" 19
check "not one was served there" never grep -q '^request .* ok$' said

# Jails.
at host jail -c name=shared path=/ persist ip6=inherit || fail "no jail"
check "root of a jail without a stack of its own cannot open it" \
    says "open EPERM" at host jexec shared privtest open
for knob in client=0 announce=1; do
	check "nor set $knob" \
	    never at host jexec shared sysctl "net.inet6.umux.$knob"
done
at host jail -r shared
check "root of one with its own has its own plane" \
    eval 'at peer umuxctl pool list | grep -q "no pools"'
check "and its own knobs" at peer sysctl net.inet6.umux.client=0
check "which are not the host's" \
    same "$(at host sysctl -n net.inet6.umux.client)" 1
at peer sysctl net.inet6.umux.client=1 > /dev/null

# Knobs: every one that can be written, as nobody; and every one that cannot, as
# root.
at host sysctl -aNW net.inet6.umux > writable 2> /dev/null
at host sysctl -aN net.inet6.umux > all
note "$(wc -l < writable) knobs, $(wc -l < all) values"
require "there are knobs" [ "$(wc -l < writable)" -ge 7 ]
while read -r knob; do
	value=$(at host sysctl -n "$knob")
	check "nobody cannot set $knob" \
	    eval 'at host su -m nobody -c "sysctl $knob=$value" 2>&1 | grep -q "not permitted"'
done < writable
grep -vxFf writable all > fixed
set_any()
{
	while read -r knob; do
		at host sysctl "$knob=1" > /dev/null 2>&1 && echo "$knob"
	done < fixed
}
check "no counter can be set" same "$(set_any)" ""
for wrong in client=x announce=3 announce=-1 max_addrs=1 tombstone_ms=0; do
	check "$wrong is refused" never at host sysctl "net.inet6.umux.$wrong"
done
check "max_addrs cannot be set when there is a plane" \
    eval 'at host sysctl net.inet6.umux.max_addrs=1000 2>&1 | grep -qi busy'

# Everyone may read the counters, and no address is in them.
check "nobody reads counters" \
    eval 'at host su -m nobody -c "sysctl net.inet6.umux.stats" | grep -q taken'
check "no sysctl shows an address of the pool" \
    eval '! at host sysctl -a net.inet6.umux | grep -q 2001'

# Random requests, while sessions come and go.
badly()
{
	at host ioctlfuzz "$1" "$CALLS" "$host_if" "${UMUX_PREFIX%/*}" > "fuzz.$1" 2>&1
}
churn()
{
	while [ ! -e stop ]; do
		at host connmany -q -n 20 "$NET_PEER_ADDRESS" "$PORT" > /dev/null 2>&1
	done
}
churn &
churn=$!
badly 1 &
first=$!
check "$CALLS random requests come back with what umux_abi.h names" badly 2
wait "$first"
check "so do $CALLS at the same time" same "$?" 0
touch stop
wait "$churn"
check "and $CALLS more" badly 3
cat fuzz.1 fuzz.2 fuzz.3 | awk '/times/ {
	n = $1; sub(/^[0-9]* times: /, ""); sum[$0] += n
} END { for (what in sum) print sum[what], what }' | sort -rn
grep -h '^call' fuzz.1 fuzz.2 fuzz.3 | head -n 20
check "some were served" eval 'grep -q success fuzz.3'
# The plane of a jail that has none is made by requests, too.
at peer ioctlfuzz 4 2000 "$peer_if" "${UMUX_PREFIX%/*}" > fuzz.4 2>&1
check "a plane that is not there yet stands 2,000" same "$?" 0

ctl listen flush --apply > /dev/null
ctl rule reset > /dev/null
ctl policy reset > /dev/null
ctl flush > /dev/null
check "the plane is in order: all sessions end" wait_until 30 sessions_are 0
# Some requests made pools of longer prefixes, which would come first.
ctl pool list | awk 'NR > 1 { print $1, $2 }' > pools
cat pools
while read -r ifname prefix; do
	ctl pool del "$ifname" "$prefix" --force < /dev/null
done < pools
check "all pools can be deleted" eval 'ctl pool list | grep -q "no pools"'
check "a pool can be made" ctl pool add "$host_if" "$UMUX_PREFIX"
umux_fill 5
check "and serves" socket_case tcp-connect
check "from EAs" is_ea "$(case_source tcp)"
check "umux unloads" wait_until 60 umux_try_unload
check "and no memory is left" memory_type_unused umux
pkill -j uvm_peer echod
wait
