# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The power goes in the middle of work: what is on the disk then is sound, no address is chosen twice, and umuxd fills the pool again
# timeout: 200
# needs: module userland helpers

# shellcheck shell=sh disable=SC2154

# What a disk holds when the power goes is what was written to it by then, and
# not what the kernel still meant to write: a copy of the raw device, made while
# its file system is in use.  Memory holds nothing: the module is loaded anew.
PREFIX=2001:db8:1::/64
CUTS=6
LEVEL=40

# It is userland's matter, and what WITNESS finds in mount(8) FreeBSD's own.
[ "$kernel" != debug ] ||
    skip "a debug kernel complains of stock FreeBSD when a memory disk is unmounted"
for program in newfs mdconfig fsck_ffs; do
	[ -x "/sbin/$program" ] || skip "the base system has no $program(8)"
done

umux_load || fail "umux does not load"
host_jail
host_if=$(net_if host lan)

disk=$(mdconfig -a -t swap -s 16m) || fail "no memory disk"
newfs -U "/dev/$disk" > /dev/null || fail "no file system"
# Not below the scratch directory: stock FreeBSD takes the locks of a tmpfs and
# of what is mounted on it in two orders, as WITNESS says.
disk_at=/mnt/umux-disk cut_at=/mnt/umux-cut
mkdir -p "$disk_at" "$cut_at"
ln -s "$disk_at" disk
ln -s "$cut_at" cut
mount "/dev/$disk" "$disk_at" || fail "the file system cannot be mounted"
power_end()
{
	umount -f "$disk_at" 2> /dev/null
	umount -f "$cut_at" 2> /dev/null
	mdconfig -d -u "$disk" 2> /dev/null
}
chmod 777 "$disk_at"

cat > disk/umuxd.conf <<END
[[pool]]
interface = "$host_if"
prefix = "$PREFIX"
level = $LEVEL
low = $LEVEL
method = "rfc3041-md5"
history = "$disk_at/history-of-umuxd"
END
sync
wait_until 5 eval '! fsync disk/umuxd.conf 2>&1 | grep -q .'

# generate FILE HISTORY: 20 addresses, one request each, told as they come.
generate()
{
	local n

	n=0
	while [ "$n" -lt 20 ]; do
		echo "gen 1 $PREFIX"
		n=$((n + 1))
	done | umux-addrgen --method rfc3041-md5 --history "$2" \
	    --interface-id 0200000000000001 | grep 2001 > "$1"
}

: > told
cut=1
while [ "$cut" -le "$CUTS" ]; do
	generate addresses disk/history
	require "cut $cut: addresses are chosen" [ "$(wc -l < addresses)" -eq 20 ]
	dd if="/dev/$disk" of="image.$cut" bs=64k 2> /dev/null
	cat addresses >> told
	cut=$((cut + 1))
done
check "none is chosen twice without a cut" \
    same "$(sort told | uniq -d | wc -l | tr -d ' ')" 0

cut=1
while [ "$cut" -le "$CUTS" ]; do
	other=$(mdconfig -a -t vnode -f "$PWD/image.$cut") || fail "image $cut"
	check "cut $cut: the file system can be repaired without a question" \
	    eval 'fsck_ffs -p "/dev/$other" > fsck.out 2>&1 || { cat fsck.out; false; }'
	mount "/dev/$other" "$cut_at" || fail "image $cut cannot be mounted"
	check "cut $cut: the configuration is whole" \
	    cmp disk/umuxd.conf cut/umuxd.conf
	check "cut $cut: the history is one line of 16 digits" \
	    eval 'grep -qxE "[0-9a-f]{16}" cut/history && [ "$(wc -l < cut/history)" -eq 1 ]'
	# Those that were told before this cut.
	head -n $((cut * 20)) told | sort > before
	generate addresses cut/history
	sort addresses > after
	check "cut $cut: 20 more are chosen" same "$(wc -l < after | tr -d ' ')" 20
	check "cut $cut: none that was told before it" \
	    same "$(comm -12 before after | wc -l | tr -d ' ')" 0
	umount "$cut_at"
	mdconfig -d -u "$other"
	cut=$((cut + 1))
done

# A daemon at work, in whose middle it goes.
at host umuxd --verbose --config "$disk_at/umuxd.conf" > umuxd.log 2>&1 &
umuxd=$!
full()
{
	pool_is READY "$LEVEL"
}
require "umuxd fills its pool" wait_until 20 full
ctl flush > /dev/null
dd if="/dev/$disk" of=image bs=64k 2> /dev/null
kill -9 "$umuxd"
wait "$umuxd"
pkill -9 -x umux-addrgen
ctl addr list | awk 'NR > 1 { print $1 }' > told
wait_until 60 umux_try_unload || fail "umux does not unload"
umount -f "$disk_at"
mdconfig -d -u "$disk"

umux_load || fail "umux does not load again"
disk=$(mdconfig -a -t vnode -f "$PWD/image") || fail "the image"
check "after the cut the file system is repaired" fsck_ffs -p "/dev/$disk"
mount "/dev/$disk" "$disk_at" || fail "the file system cannot be mounted"
at host umuxd --verbose --config "$disk_at/umuxd.conf" > umuxd.log 2>&1 &
umuxd=$!
check "umuxd fills the pool of the new plane" wait_until 20 full
check "with none of the addresses that there were" \
    eval 'ctl addr list | awk "NR > 1 { print \$1 }" | grep -qxFf told && return 1; true'
kill "$umuxd"
wait "$umuxd"
check "it ends with success" same "$?" 0
tail -n 5 umuxd.log
power_end
