# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Where the instructions of a connect and of a stream with an EA go
# long: yes
# timeout: 300
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777
COUNT=2000

[ -x /usr/sbin/dtrace ] || skip "the base system has no dtrace(1)"
for module in opensolaris dtrace profile; do
	kernel_has "$module" || kldload "$JOB/modules/$module.ko" ||
	    skip "the kernel has no $module"
done
umux_host
peer_serve "$PORT"

# profile NAME COMMAND...: how often each function of the kernel was at work.
profile()
{
	local dtrace name

	name=$1
	shift
	dtrace -x nolibs -x aggsize=8m -q -o "$name.profile" \
	    -n 'profile-4999 /arg0 != 0/ { @[func(arg0)] = count(); }
	    END { printa("%@d %a\n", @); }' > "$name.dtrace" 2>&1 &
	dtrace=$!
	sleep 2
	"$@"
	kill "$dtrace"
	wait "$dtrace"
	sort -rn "$name.profile" | grep -v -e cpu_idle -e acpi -e '^$' > "$name.sorted"
	head -n 25 "$name.sorted"
	awk '{ n += $1 } /umux/ { ours += $1 } END { print ours / n }' "$name.sorted" > "$name.share"
}
cat > inetd.conf <<END
discard	stream	tcp6	nowait	root	internal
END
at peer inetd -d -a "$NET_PEER_ADDRESS" -R 0 "$PWD/inetd.conf" > inetd.log 2>&1 &
umux_fill $((COUNT + 100)) > /dev/null
stream()
{
	at host bulk "$NET_PEER_ADDRESS" 9 32
}
profile ea connect_close ea "$COUNT"
profile stream-ea stream
at host sysctl net.inet6.umux.client=0 > /dev/null
profile legacy connect_close legacy "$COUNT"
profile stream-legacy stream
for name in ea legacy stream-ea stream-legacy; do
	figure "umux_share_$name" "$(cat "$name.share")"
	cp "$name.sorted" "$REPORT/"
done
figures_write
check "umux is seen at work" at_most 0.001 "$(cat ea.share)"
pkill -j uvm_peer inetd
pkill -j uvm_peer echod
wait
