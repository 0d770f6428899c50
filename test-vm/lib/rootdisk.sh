# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The root disk: base/ without what no test reads, in a file system image that
# is built once and built anew when base/ or guest/rc changes.

# shellcheck shell=sh

ROOTDISK_FREE=256m	# room for the job and for what scenarios write

# A file system that both makefs(8) and the kernel under test can agree on.
# makefs as Debian packages it writes a UFS2 whose superblock FreeBSD 13
# refuses; UFS1 is the same code path in the kernel for all we do.
ROOTDISK_FS_OPTIONS="version=1"

# One line for each thing that makes the image what it is.
rootdisk_fingerprint()
{
	{
		cat "$here/guest/rc" "$here/lib/rootdisk.sh"
		cd "$UMUX_VM_DIR/base" &&
		    find . ! -type d -exec ls -ln {} +
	} | cksum
}

# rootdisk_build STAGE IMAGE
rootdisk_build()
{
	local stage

	stage=$1
	rm -rf "$stage" "$2"
	mkdir -p "$stage"
	(cd "$UMUX_VM_DIR/base" && tar -cf - \
	    --exclude ./usr/include \
	    --exclude ./usr/lib/debug \
	    --exclude './usr/lib/*.a' \
	    --exclude ./usr/lib/clang \
	    --exclude ./usr/lib32 \
	    --exclude ./usr/share/doc \
	    --exclude ./usr/share/examples \
	    --exclude ./usr/share/man \
	    --exclude ./usr/share/locale \
	    --exclude ./usr/src \
	    --exclude './usr/tests/[!s]*' \
	    --exclude './usr/tests/sys/[!cn]*' \
	    --exclude ./usr/bin/clang\* \
	    --exclude ./usr/bin/lldb\* \
	    --exclude ./usr/bin/ld.lld \
	    --exclude ./boot/kernel \
	    .) | tar -C "$stage" -xpf -
	if [ "$(id -u)" -ne 0 ]; then
		# The files belong to us, so set-id programs would drop
		# root's rights instead of giving them.
		find "$stage" -type f -perm -4000 -exec chmod u-s {} +
		find "$stage" -type f -perm -2000 -exec chmod g-s {} +
	fi
	mkdir -p "$stage/umux" "$stage/job" "$stage/dev" "$stage/tmp"
	cp "$here/guest/rc" "$stage/umux/rc"
	# The harness mounts by name; an fstab can only disagree.
	: > "$stage/etc/fstab"
	makefs -t ffs -o "$ROOTDISK_FS_OPTIONS" -b "$ROOTDISK_FREE" -f 20000 \
	    "$2" "$stage" >/dev/null
	rm -rf "$stage"
}

# rootdisk: prints the path of an image that is up to date.
rootdisk()
{
	local image stamp new now

	need makefs "makefs (Debian: makefs; FreeBSD has it in base)"
	image=$UMUX_VM_CACHE/root.ufs
	stamp=$UMUX_VM_CACHE/root.stamp
	new=$image.$$		# another run may be doing the same
	now=$(rootdisk_fingerprint)
	if [ ! -f "$image" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$now" ]; then
		say "building the root disk from $UMUX_VM_DIR/base" >&2
		mkdir -p "$UMUX_VM_CACHE"
		rm -f "$stamp"
		rootdisk_build "$new.stage" "$new" >&2 ||
		    die "the root disk could not be built" \
		    "See the messages above; $UMUX_VM_CACHE needs about 1 GB."
		mv "$new" "$image"
		echo "$now" > "$stamp"
	fi
	echo "$image"
}
