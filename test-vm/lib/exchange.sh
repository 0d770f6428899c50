# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# What goes into the VM and what comes out of it: two raw disks that hold tar
# archives.  The guest appends one archive for each scenario that has ended, so
# that a panic costs no result but its own.

# shellcheck shell=sh

RESULT_DISK_SIZE=1073741824	# sparse; archives beyond it are lost

# Kernel modules that scenarios may want from the system under test.
GUEST_MODULES="if_epair if_bridge bridgestp if_vlan if_gif if_gre if_lagg
    pf pflog ipfw dummynet ipsec netgraph ng_socket ng_ether ng_eiface
    accf_data opensolaris dtrace fbt sdt profile systrace ksyms"

# find_module KIND NAME: path of a loadable module of that kernel, or nothing.
find_module()
{
	local dir

	for dir in "$UMUX_VM_DIR/kernel/$1" "$UMUX_VM_DIR/kernel/$1/modules" \
	    "$UMUX_VM_DIR/base/boot/kernel-modules/$1" \
	    "$UMUX_VM_DIR/base/boot/kernel-modules" \
	    "$UMUX_VM_DIR/base/boot/kernel"; do
		if [ -f "$dir/$2.ko" ]; then
			echo "$dir/$2.ko"
			return 0
		fi
	done
}

# job_stage DIR KIND BUILT: everything but job.conf.
job_stage()
{
	local dir kind built name module

	dir=$1 kind=$2 built=$3
	mkdir -p "$dir/test-vm" "$dir/modules" "$dir/bin"
	cp -R "$here/guest" "$dir/test-vm/"
	cp -R "$scenarios" "$dir/test-vm/scenarios"
	cp -R "$here/../userland/rc.d" "$dir/rc.d"
	for name in $GUEST_MODULES; do
		module=$(find_module "$kind" "$name")
		[ -z "$module" ] || cp "$module" "$dir/modules/"
	done
	if [ -f "$built/$kind/umux.ko" ]; then
		cp "$built/$kind/umux.ko" "$dir/modules/"
	fi
	if [ -f "$built/$kind/faults/umux.ko" ]; then
		mkdir -p "$dir/faults"
		cp "$built/$kind/faults/umux.ko" "$dir/faults/"
	fi
	if [ -d "$built/bin" ]; then
		cp -R "$built/bin/." "$dir/bin/"
	fi
}

# job_pack DIR DISK
job_pack()
{
	(cd "$1" && tar -cf "$2" -- *)
}

# result_disk FILE
result_disk()
{
	rm -f "$1"
	truncate -s "$RESULT_DISK_SIZE" "$1"
}

# result_unpack DISK CONSOLE DIR: every archive the guest has written.  The
# guest says on the console how far it has come, which spares us reading all
# of the disk.
result_unpack()
{
	local end

	end=$(sed -n 's/.*umux-vm: results end at \([0-9]*\).*/\1/p' "$2" |
	    tail -n 1)
	mkdir -p "$3"
	[ -n "$end" ] || return 0
	# GNU tar and bsdtar have different words for "go on after the end".
	if tar --version 2>/dev/null | grep -q GNU; then
		set -- "$1" "$3" --ignore-zeros --no-same-owner
	else
		set -- "$1" "$3" --options read_concatenated_archives -o
	fi
	head -c "$end" "$1" | (
		cd "$2" || exit 1
		shift 2
		# Its clock may be ahead of ours, which GNU tar remarks on.
		tar "$@" -xmf -
	)
}
