# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: umuxd as rc.d starts it follows router advertisements and serves metrics; umuxmon and route(8) see what happens
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEVEL=40
ADVERTISED=2001:db8:5::/64

[ -x /usr/sbin/rtadvd ] || skip "the base system has no rtadvd(8)"

umux_load || fail "umux does not load"
host_jail
peer_jail
host_if=$(net_if host lan)
peer_if=$(net_if peer lan)
peer_serve "$PORT"

# As Makefile.freebsd installs it.
mkdir -p /usr/local/sbin /usr/local/etc/rc.d
cp "$JOB"/bin/umux* /usr/local/sbin/
cp "$JOB/rc.d/umuxd" /usr/local/etc/rc.d/
cat > /usr/local/etc/umuxd.conf <<END
[daemon]
metrics = "[::1]:9464"

[defaults]
level = $LEVEL
low = $LEVEL

[[pool]]
interface = "$host_if"
prefix = "auto"
END

at host umuxmon -u --json > umux.json &
at host umuxmon --json > all.json &
at host route -n monitor > route.txt 2>&1 &

check "rc.d finds the configuration sound" at host service umuxd oneconfigtest
check "rc.d starts umuxd" at host service umuxd onestart
full()
{
	pool_is READY "$LEVEL" "$1"
}
check "the prefix that was assigned has a full pool" wait_until 20 full "$UMUX_PREFIX"
check "umuxd runs as nobody" \
    eval 'ps -axo user,command | grep "^nobody.*/usr/local/sbin/umuxd"'
check "service(8) finds it running" at host service umuxd onestatus

# The peer is a router for a while.
at host ifconfig "$host_if" inet6 accept_rtadv
at peer sysctl net.inet6.ip6.forwarding=1 > /dev/null
cat > rtadvd.conf <<END
$peer_if:\\
	:addr="2001:db8:5::":prefixlen#64:vltime#12:pltime#8:\\
	:rltime#12:maxinterval#4:mininterval#3:
END
net_address peer "$peer_if" 2001:db8:5::2/64
at peer rtadvd -f -c "$PWD/rtadvd.conf" "$peer_if" > rtadvd.log 2>&1 &
check "a prefix that a router advertises gets a pool, which is filled" \
    wait_until 40 full "$ADVERTISED"
check "the other one is as full as before" full "$UMUX_PREFIX"
ctl pool list
at host sh -c "echo hello | nc -6 -N -w 5 2001:db8:5::2 9 " > /dev/null 2>&1
check "and is used for what is reached through it" pool_at_least TAKEN 1 "$ADVERTISED"
pkill -j uvm_peer rtadvd
none()
{
	[ "$(pool_field READY "$ADVERTISED")" = none ]
}
check "when it has expired, its pool is gone" wait_until 60 none
check "and the other is there" full "$UMUX_PREFIX"

use()
{
	local n

	for n in 1 2 3 4 5; do
		echo "$n" | at host nc -6 -N -w 5 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
	done
}
use
check "sessions used five addresses" pool_at_least TAKEN 5
check "which were made good" wait_until 10 full "$UMUX_PREFIX"

# A command in a jail begins in its root.
at host fetch -qo "$PWD/metrics" "http://[::1]:9464/metrics"
grep -v "^#" metrics | head -n 40
check "metrics are served" grep -q "^umux" metrics
check "they know the pool" grep -q "$UMUX_PREFIX" metrics

sed -i '' "s/level = $LEVEL/level = 60/" /usr/local/etc/umuxd.conf
LEVEL=60
check "rc.d reloads the configuration" at host service umuxd onereload
check "and the level follows" wait_until 20 full "$UMUX_PREFIX"
echo "level = nonsense" >> /usr/local/etc/umuxd.conf
check "a configuration that is wrong is refused by rc.d" \
    never at host service umuxd onereload
check "and umuxd goes on" at host service umuxd onestatus
sed -i '' '$d' /usr/local/etc/umuxd.conf

pkill -9 -F /var/run/umuxd.pid
check "daemon(8) starts a killed umuxd" wait_until 20 at host service umuxd onestatus
check "rc.d stops it" at host service umuxd onestop
check "no umuxd and no generator is left" \
    never eval 'pgrep -x umuxd || pgrep -x umux-addrgen'

at host script -q "$PWD/top.out" sh -c \
    "stty rows 30 columns 100; exec timeout 4 umuxmon --top" < /dev/null > /dev/null 2>&1
check "the live view shows the pool" grep -q "$UMUX_PREFIX" top.out

pkill -j uvm_host umuxmon
pkill -j uvm_host route
head -n 5 umux.json
for kind in pool-new ready used ended pool-gone; do
	check "umuxmon saw $kind" grep -q "\"$kind\"" umux.json
done
check "and only messages of umux, when asked for these" \
    never grep -qv '"type":"umux"' umux.json
check "and the classic ones, when not" grep -q '"newaddr"' all.json
check "no message shows an address of the pool" \
    eval '! ctl addr list | awk "NR > 1 { print \$1 }" | grep -qFf - umux.json all.json'
tail -n 12 route.txt
check "route(8) monitors as ever" grep -q RTM_NEWADDR route.txt
pkill -j uvm_peer echod
wait
