# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The DTrace provider tells of what becomes of addresses and packets
# timeout: 120
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

PORT=7777

[ -x /usr/sbin/dtrace ] || skip "the base system has no dtrace(1)"
for module in opensolaris dtrace sdt; do
	kernel_has "$module" || kldload "$JOB/modules/$module.ko" ||
	    skip "the kernel has no $module"
done

umux_host
umux_fill 30
peer_serve "$PORT"

dtrace -l -P umux > probes
cat probes
for probe in take valid gone duplicated drop; do
	check "there is a probe $probe" grep -qw "$probe" probes
done

# Without D libraries: these want types of the kernel's, which need not be here.
dtrace -x nolibs -q -o counts -n '
umux:::take, umux:::valid, umux:::gone, umux:::drop { @[probename] = count(); }
END { printa("%s %@d\n", @); }' > dtrace.log 2>&1 &
dtrace=$!
sleep 3
n=0
while [ "$n" -lt 10 ]; do
	echo "$n" | at host nc -6 -N -w 5 "$NET_PEER_ADDRESS" "$PORT" > /dev/null
	n=$((n + 1))
done
silent=$(pool_address uncertain)
at peer ping6 -c 2 -i 0.3 -t 1 "$silent" > /dev/null
mac=$(net_mac host "$host_if")
at peer ndp -s "$silent" "$mac" > /dev/null
at peer ping6 -c 3 -i 0.3 -t 2 "$silent" > /dev/null
wait_until 20 sessions_are 0
sleep 3
# A background job of sh(1) does not hear SIGINT.
kill -TERM "$dtrace"
wait "$dtrace"
cat dtrace.log counts
# told PROBE N: at least so many.
told()
{
	at_least "$(awk -v probe="$1" '$1 == probe { n = $2 } END { print n + 0 }' counts)" "$2"
}
check "ten addresses were asked for" told take 10
check "and became valid" told valid 10
check "and are gone" told gone 10
check "what was sent to an uncertain address was dropped" told drop 3
pkill -j uvm_peer echod
wait
