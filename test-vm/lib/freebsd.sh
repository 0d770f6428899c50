# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Where the FreeBSD under test is.  Sets UMUX_VM_DIR and UMUX_VM_CACHE.

# shellcheck shell=sh

UMUX_VM_DIR=${UMUX_VM_DIR:-$HOME/.cache/umux-vm}
UMUX_VM_CACHE=${UMUX_VM_CACHE:-$UMUX_VM_DIR/cache}

# debug: with INVARIANTS and WITNESS.  kasan: with INVARIANTS and the address
# sanitizer.
KERNEL_KINDS="plain debug kasan"

# kernel_kind WORD: is it one?
kernel_kind()
{
	case " $KERNEL_KINDS " in
	*" $1 "*)	return 0 ;;
	*)	return 1 ;;
	esac
}

# kernel_file KIND: path of the ELF kernel.
kernel_file()
{
	echo "$UMUX_VM_DIR/kernel/$1/kernel"
}

# image_file: path of a complete FreeBSD disk image; empty if there is none.
image_file()
{
	local f

	for f in "$UMUX_VM_DIR/image.raw" "$UMUX_VM_DIR/image.qcow2"; do
		if [ -f "$f" ]; then
			echo "$f"
			return 0
		fi
	done
}

# root_kind: "base" (we build the root disk) or "image" (it is given).
root_kind()
{
	if [ -x "$UMUX_VM_DIR/base/bin/sh" ]; then
		echo base
	elif [ -n "$(image_file)" ]; then
		echo image
	else
		echo none
	fi
}

# freebsd_missing KIND: prints what is missing to boot a kernel of that kind;
# prints nothing if all is there.
freebsd_missing()
{
	local kernel

	kernel=$(kernel_file "$1")
	case $(root_kind) in
	none)
		if [ ! -d "$UMUX_VM_DIR" ]; then
			echo "there is no directory $UMUX_VM_DIR"
		else
			echo "$UMUX_VM_DIR has neither base/ nor image.raw nor image.qcow2"
		fi
		;;
	base)
		[ -f "$kernel" ] || echo "there is no $kernel"
		;;
	image)
		# An image brings its own kernel, of one kind only.
		[ "$1" = plain ] || [ -f "$kernel" ] ||
		    echo "there is no $kernel"
		;;
	esac
}

freebsd_remedy()
{
	echo "test-vm/README.md tells how to get a FreeBSD there; UMUX_VM_DIR names another place."
}
