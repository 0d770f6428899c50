# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The include directories that a kernel module is compiled with.  Wants $sys
# (the sys/ directory of the source tree), $kmod, $nm and cc_kernel.

# shellcheck shell=sh

# Headers that are generated during a kernel build and reached from the
# network code's headers.
GENERATED_INTERFACES="kern/device_if.m kern/bus_if.m"

# headers_machine DIR: <machine/...> and <x86/...>.
headers_machine()
{
	mkdir -p "$1"
	ln -sfn "$sys/amd64/include" "$1/machine"
	ln -sfn "$sys/x86/include" "$1/x86"
}

# headers_generate DIR: stands in for a kernel build directory, which release
# sets do not have.  The options are those which FreeBSD builds modules with
# that have to fit a GENERIC kernel (sys/conf/config.mk).
headers_generate()
{
	local dir header interface

	dir=$1
	mkdir -p "$dir"
	printf '#define %s 1\n' SMP MAC VIMAGE > "$dir/opt_global.h"
	printf '#define %s 1\n' INET TCP_OFFLOAD > "$dir/opt_inet.h"
	printf '#define %s 1\n' INET6 > "$dir/opt_inet6.h"
	printf '#define %s 1\n' IPSEC_SUPPORT > "$dir/opt_ipsec.h"
	printf '#define %s 1\n' DEV_BPF > "$dir/opt_bpf.h"
	# Any other option a source of ours asks about is off.
	cat "$kmod"/*.[ch] |
	    sed -n 's/^#[[:space:]]*include "\(opt_[a-z0-9_]*\.h\)".*/\1/p' |
	    sort -u | while read -r header; do
		[ -f "$dir/$header" ] || : > "$dir/$header"
	done
	(
		cd "$dir" || exit 1
		for header in -h -p -q; do
			awk -f "$sys/tools/vnode_if.awk" \
			    "$sys/kern/vnode_if.src" "$header"
		done
		for interface in $GENERATED_INTERFACES; do
			awk -f "$sys/tools/makeobjops.awk" "$sys/$interface" -h
		done
		# Offsets for the inline critical sections of a module that
		# is tied to its kernel.
		cc_kernel -fcommon -c "$sys/kern/genoffset.c" -o genoffset.o &&
		    NM=$nm sh "$sys/kern/genoffset.sh" genoffset.o > offset.inc
	)
}
