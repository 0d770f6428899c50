# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: Where the instructions of a connect with an EA go
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
umux_fill $((COUNT + 100)) > /dev/null
profile ea connect_close ea "$COUNT"
at host sysctl net.inet6.umux.client=0 > /dev/null
profile legacy connect_close legacy "$COUNT"
figure umux_share_ea "$(cat ea.share)"
figure umux_share_legacy "$(cat legacy.share)"
cp ea.sorted legacy.sorted "$REPORT/"
figures_write
pkill -j uvm_peer echod
wait
