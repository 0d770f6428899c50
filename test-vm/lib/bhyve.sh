# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Boots with bhyve(8) on a FreeBSD host.  Same functions as qemu.sh.

# shellcheck shell=sh

BHYVE_CPUS=2
BHYVE_MEMORY=2G

vm_prepare()
{
	need bhyve "FreeBSD's bhyve (it is in the base system)"
	need bhyveload "FreeBSD's bhyveload (it is in the base system)"
	[ "$(id -u)" -eq 0 ] ||
	    die "bhyve needs root" "Run as root, or set UMUX_VM_MONITOR=qemu."
	kldload -n vmm 2>/dev/null ||
	    die "the kernel module vmm does not load" \
	    "The processor lacks VT-x or SVM; set UMUX_VM_MONITOR=qemu."
	vm_name=umux-vm-$$
	vm_kernel=$(kernel_file "$1")
	if [ -f "$vm_kernel" ]; then
		bhyve_boot_tree
	fi
	say "bhyve"
}

# bhyveload finds loader scripts and kernel in a directory of the host.
bhyve_boot_tree()
{
	rm -rf "$work/host"
	mkdir -p "$work/host/boot/kernel"
	cp "$vm_kernel" "$work/host/boot/kernel/kernel"
	for part in defaults lua; do
		[ -d "$UMUX_VM_DIR/base/boot/$part" ] ||
		    die "there is no $UMUX_VM_DIR/base/boot/$part" \
		    "Unpack a complete base.txz there."
		cp -R "$UMUX_VM_DIR/base/boot/$part" "$work/host/boot/"
	done
	echo 'autoboot_delay="-1"' > "$work/host/boot/loader.conf"
}

# bhyve_run LOADER_ARGUMENT...: does not return, so that the process that the
# caller started is bhyve in the end.  The root disk is $work/root.img.
bhyve_run()
{
	local line

	while read -r line; do
		set -- "$@" -e "$line"
	done < "$work/kenv"
	bhyveload -c stdio -m "$BHYVE_MEMORY" "$@" "$vm_name" </dev/null ||
	    exit 1
	set --
	if [ -f "$work/kept" ]; then
		set -- -s 5,virtio-blk,"$work/kept"
	fi
	exec bhyve -A -H -P -c "$BHYVE_CPUS" -m "$BHYVE_MEMORY" \
	    -s 0,hostbridge -s 1,lpc -l com1,stdio \
	    -s 2,virtio-blk,"$work/root.img" \
	    -s 3,virtio-blk,"$work/job.tar",ro \
	    -s 4,virtio-blk,"$work/result.tar" "$@" "$vm_name"
}

# vm_stop: a bhyve that has ended, however, leaves its VM behind.
vm_stop()
{
	bhyvectl --destroy --vm="$vm_name" >/dev/null 2>&1
}

# bhyve has no snapshots: each boot works on a copy.
bhyve_copy_root()
{
	case $vm_root in
	*.qcow2)
		need qemu-img "qemu-img, or convert $vm_root to image.raw"
		qemu-img convert -O raw "$vm_root" "$work/root.img"
		;;
	*)
		cp "$vm_root" "$work/root.img"
		;;
	esac
}

vm_boot()
{
	kenv_base > "$work/kenv"
	bhyve_copy_root
	: > "$1"
	(bhyve_run -h "$work/host") >"$1" 2>"$1.vmm" </dev/null &
	bhyve_watch $! "$1" "$2"
}

vm_boot_image()
{
	kenv_image > "$work/kenv"
	bhyve_copy_root
	: > "$1"
	(bhyve_run -d "$work/root.img") <"$3" >"$1" 2>"$1.vmm" &
	bhyve_watch $! "$1" "$2"
}

bhyve_watch()
{
	local status

	watch_vm "$@"
	status=$?
	vm_stop
	return "$status"
}

vm_shell()
{
	kenv_base > "$work/kenv"
	bhyve_copy_root
	say "To end the VM: halt -npq."
	(bhyve_run -h "$work/host")
	vm_stop
}
