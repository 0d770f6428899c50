# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Configurations that others can write and keys that others can read are refused, and no address is in a log or a routing message
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
LEVEL=30

umux_load || fail "umux does not load"
host_jail
peer_jail
third_jail
host_if=$(net_if host lan)
mac=$(net_mac host "$host_if")
at host sysctl net.inet.tcp.msl=100 > /dev/null
peer_serve "$PORT"
umuxctl dnso keygen "$PWD/key" > /dev/null || fail "no key can be made"

umuxd_conf "$LEVEL"
echo '[daemon]' > aarpd.conf
cat > noca.conf <<END
key = "$PWD/key"
listen = ["[::1]:53"]
[[upstream]]
address = "127.0.0.1:5300"
END

# sound PROGRAM: does it take its configuration?  What it says is in ./said.
sound()
{
	case $1 in
	umuxd)	at host umuxd --check-config --config "$PWD/umuxd.conf" ;;
	aarpd)	at host aarpd --check-config -f "$PWD/aarpd.conf" ;;
	noca)	at host umux-noca --check-config -f "$PWD/noca.conf" ;;
	esac > said 2>&1
}
# refused PROGRAM REMEDY
refused()
{
	sound "$1" && return 1
	grep -qF "$2" said || {
		cat said
		return 1
	}
}

for program in umuxd aarpd noca; do
	file=$PWD/$program.conf
	chmod 644 "$file"
	sound "$program" || cat said
	check "$program takes what root alone can write" sound "$program"
	for mode in 666 664 646; do
		chmod "$mode" "$file"
		check "$program refuses mode $mode, and says what to do" \
		    refused "$program" "chmod go-w $file"
	done
	chmod 644 "$file"
	chown nobody "$file"
	check "$program refuses what is another user's" \
	    refused "$program" "chown root $file"
	chown root "$file"
done
for mode in 640 604; do
	chmod "$mode" key
	check "a key of mode $mode is refused" refused noca "chmod 600 $PWD/key"
done
chmod 600 key
check "and one of mode 600 is not" sound noca
check "umuxctl makes keys that nobody else can read" \
    eval 'umuxctl dnso keygen "$PWD/other" > /dev/null &&
    same "$(stat -f %Lp other)" 600'

# What can be read by others of a daemon at work: its log, routing messages, the
# message buffer.
at host route -n monitor > route.txt 2>&1 &
at host umuxmon --json > messages.json &
umuxd_start
note_addresses()
{
	ctl addr list | awk 'NR > 1 { print $1 }' >> addresses
}
require "umuxd fills its pool" wait_until 20 umuxd_full "$LEVEL"
note_addresses
for n in 1 2 3 4 5; do
	echo "$n" | at host nc -6 -N -w 5 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
done
# Another node claims one that waits.
target=$(pool_address uncertain)
at third ndraw "$third_if" send na "mac=$mac" "target=$target" flags=0x20 > /dev/null
check "the address that another node claims is given up" \
    wait_until 10 eval '! ctl addr list | grep "$target" | grep -q uncertain'
wait_until 20 umuxd_full "$LEVEL"
note_addresses

chmod 666 umuxd.conf
kill -HUP "$umuxd"
check "umuxd refuses to read again what others can write" \
    wait_until 10 grep -q "chmod go-w" umuxd.log
check "and goes on" umuxd_full "$LEVEL"
chmod 644 umuxd.conf
kill -HUP "$umuxd"
check "and reads what they cannot" \
    wait_until 10 grep -q "configuration read again" umuxd.log
umuxd_stop
pkill -j uvm_host umuxmon
pkill -j uvm_host route

cat umuxd.log
sort -u addresses > known
note "$(wc -l < known) addresses are sought"
require "there are addresses to look for" [ "$(wc -l < known)" -gt "$LEVEL" ]
dmesg > message-buffer
for file in umuxd.log route.txt messages.json message-buffer; do
	check "$file is not empty" [ -s "$file" ]
	check "no address of the pool is in $file" \
	    eval '! grep -Ff known "$file"'
done
pkill -j uvm_peer echod
