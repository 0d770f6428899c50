# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The power of the whole VM goes while umuxd and a generator write their histories: what is left is repaired and whole, no address comes twice, umuxd fills its pool
# timeout: 120
# cuts: 4
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

# Unlike fault-power, which copies a disk in use, this sees the disk as it is at
# one moment, and what boots then knows nothing but the disk.
LEVEL=40

# What WITNESS finds in mount(8) is FreeBSD's own.
[ "$kernel" != debug ] ||
    skip "a debug kernel complains of stock FreeBSD when a disk is unmounted"
for program in newfs fsck_ffs; do
	[ -x "/sbin/$program" ] || skip "the base system has no $program(8)"
done
require "there is a disk that outlives the power" [ -c "$POWER_DISK" ]

disk=/mnt/umux-disk
mkdir -p "$disk"
if [ "$cuts" -eq 0 ]; then
	newfs -U "$POWER_DISK" > /dev/null || fail "no file system"
	mount "$POWER_DISK" "$disk" || fail "it cannot be mounted"
	: > "$disk/told"
	: > "$disk/pool"
else
	check "the file system is repaired without a question" \
	    eval 'fsck_ffs -p "$POWER_DISK" > fsck.out 2>&1 || { cat fsck.out; false; }'
	cat fsck.out
	mount "$POWER_DISK" "$disk" || fail "it cannot be mounted"
fi
chmod 777 "$disk"

umux_load || fail "umux does not load"
host_jail
peer_jail
host_if=$(net_if host lan)
at host sysctl net.inet.tcp.msl=100 > /dev/null
umuxd_conf "$LEVEL" 'method = "rfc3041-md5"' \
    "history = \"$disk/history-of-umuxd\""
if [ "$cuts" -eq 0 ]; then
	cp umuxd.conf "$disk/"
	fsync "$disk/umuxd.conf" || fail "it cannot be written"
fi
check "the configuration is whole" cmp umuxd.conf "$disk/umuxd.conf"

# keep FILE: what is read is on the disk, line by line, before the next is asked
# for.
keep()
{
	local line

	while read -r line; do
		echo "$line" >> "$disk/$1"
		fsync "$disk/$1"
	done
}
generate()
{
	umux-addrgen --method rfc3041-md5 --history "$disk/history" \
	    --interface-id 0200000000000001 | grep --line-buffered 2001
}
twice()
{
	sort "$disk/$1" | uniq -d | wc -l | tr -d ' '
}

if [ "$cuts" -gt 0 ]; then
	note "cut $cuts: $(wc -l < "$disk/told") addresses were told, $(wc -l < "$disk/pool") of pools"
	check "there were addresses before it" [ -s "$disk/told" ]
	check "the history is one line of 16 digits" \
	    eval 'grep -qxE "[0-9a-f]{16}" "$disk/history" && [ "$(wc -l < "$disk/history")" -eq 1 ]'
	for n in 1 2 3 4 5 6 7 8 9 10; do
		echo "gen 1 $UMUX_PREFIX"
	done | generate | keep told
	check "none that was told comes again" same "$(twice told)" 0
fi
umuxd_start
pool_addresses()
{
	ctl addr list | awk 'NR > 1 { print $1 }'
}
check "umuxd fills the pool of the new plane" wait_until 20 umuxd_full "$LEVEL"
pool_addresses > now
check "with none of the addresses that an old one had" \
    eval '! grep -qxFf "$disk/pool" now'
cat now >> "$disk/pool"
fsync "$disk/pool"
wanted=$(sed -n 's/^# cuts: //p' "$JOB/test-vm/scenarios/fault-power-vm.sh")
if [ "$cuts" -lt "$wanted" ]; then
	# Both at work: umuxd refills what was flushed, a generator answers one
	# request after the other.
	while :; do
		echo "gen 1 $UMUX_PREFIX"
	done | generate | keep told &
	before=$(wc -l < "$disk/told")
	more()
	{
		[ "$(wc -l < "$disk/told")" -ge $((before + 10)) ]
	}
	require "addresses are told" wait_until 30 more
	power_cut
	end=$(($(date +%s) + 60))
	while [ "$(date +%s)" -lt "$end" ]; do
		ctl flush > /dev/null
		wait_until 5 umuxd_full "$LEVEL"
		pool_addresses | keep pool
	done
	fail "the power was not cut"
fi

check "the power was cut $wanted times" same "$cuts" "$wanted"
kill "$umuxd"
wait "$umuxd"
check "umuxd ends with success" same "$?" 0
cat umuxd.log
umount -f "$disk"
