# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Boots with QEMU.  A kernel file is started through our own Multiboot shim
# (boot/), a complete image through its own loader.

# shellcheck shell=sh

qemu=${UMUX_VM_QEMU:-qemu-system-x86_64}
QEMU_CPUS=2
QEMU_MEMORY=2G
QEMU_MEMORY_KASAN=3G	# one byte of shadow for eight of the kernel's

# shim_path: the boot shim, built anew when its sources have changed.
shim_path()
{
	local dir

	dir=$UMUX_VM_CACHE/boot-$(cat "$here"/boot/* | cksum | tr ' ' -)
	if [ ! -f "$dir/shim.elf" ]; then
		"$here/boot/build" "$work/boot" > /dev/null || return 1
		rm -rf "$UMUX_VM_CACHE"/boot-*
		mkdir -p "$dir"
		cp "$work/boot/shim.elf" "$dir/shim.elf.$$" &&
		    mv "$dir/shim.elf.$$" "$dir/shim.elf" || return 1
	fi
	# A copy of our own: another run may clear the cache.
	mkdir -p "$work/boot"
	cp "$dir/shim.elf" "$work/boot/shim.elf" &&
	    echo "$work/boot/shim.elf"
}

# vm_prepare KIND: what all boots of this kernel share.
vm_prepare()
{
	need "$qemu" "QEMU for x86_64 (Debian: qemu-system-x86; FreeBSD: the qemu package)"
	vm_kernel=$(kernel_file "$1")
	vm_memory=$QEMU_MEMORY
	if [ "$1" = kasan ]; then
		vm_memory=$QEMU_MEMORY_KASAN
	fi
	if [ -f "$vm_kernel" ]; then
		vm_shim=$(shim_path) ||
		    die "the boot shim could not be built" "See the messages above."
		ln -sf "$vm_kernel" "$work/kernel"
		vm_accel=$(accel_choose "$vm_shim")
	else
		vm_shim=
		vm_accel=${UMUX_VM_ACCEL:-tcg,thread=multi}
	fi
	if [ "$clock" = instructions ]; then
		vm_accel=tcg,thread=single
		QEMU_CPUS=1
	fi
	vm_profile=
	if [ "$profile" = yes ]; then
		profile_plugin > /dev/null ||
		    die "QEMU's plugin that counts does not build" \
		    "See the messages above."
		vm_profile=./profile/count.so
	fi
	# Probing for a keyboard and a mouse takes the kernel two seconds.
	vm_machine=pc
	if "$qemu" -M pc,help | grep -q i8042; then
		vm_machine=pc,i8042=off
	fi
	say "QEMU, accelerator $vm_accel"
}

# qemu_run SERIAL FORMAT: SERIAL is QEMU's -serial argument, FORMAT that of the
# root disk.  All files are named relative to $work, so that no blank or comma
# of a path can disturb QEMU's parsers.
qemu_run()
{
	ln -sf "$vm_root" "$work/root"
	set -- -M "$vm_machine" -accel "$vm_accel" -smp "$QEMU_CPUS" -m "$vm_memory" \
	    -nodefaults -display none -vga none -no-reboot \
	    -serial "$1" \
	    -drive "if=virtio,format=$2,snapshot=on,file=root" \
	    -drive if=virtio,format=raw,readonly=on,file=job.tar \
	    -drive if=virtio,format=raw,file=result.tar
	if [ "$vm_virtio" = yes ]; then
		set -- "$@" \
		    -netdev hubport,id=n0,hubid=0 -netdev hubport,id=n1,hubid=0 \
		    -device virtio-net-pci,netdev=n0,romfile= \
		    -device virtio-net-pci,netdev=n1,romfile=
	fi
	if [ -f "$work/kept" ]; then
		set -- "$@" -drive if=virtio,format=raw,file=kept
	fi
	if [ "$clock" = instructions ]; then
		# Without sleep, what the guest waits for comes at once.
		set -- "$@" -icount shift=0,sleep=off
	fi
	if [ -n "$vm_profile" ]; then
		set -- "$@" -plugin "file=$vm_profile"
	fi
	if [ "$vm_accel" = kvm ]; then
		set -- "$@" -cpu host
	fi
	if [ -n "$vm_shim" ]; then
		set -- "$@" -kernel "$vm_shim" -initrd kernel,kenv
	fi
	cd "$work" && exec "$qemu" "$@"
}

# vm_boot CONSOLE LIMIT: one boot from the root disk of rootdisk.sh, with
# $work/job.tar and $work/result.tar.  Status as of watch_vm.
vm_boot()
{
	kenv_base > "$work/kenv"
	: > "$1"
	ln -sf "$1" "$work/console"
	(qemu_run file:console raw) >"$1.vmm" 2>&1 </dev/null &
	watch_vm $! "$1" "$2"
}

# vm_boot_image CONSOLE LIMIT INPUT: like vm_boot, from an image; what is
# written to the FIFO INPUT is typed on the console.
vm_boot_image()
{
	local format

	case $vm_root in
	*.qcow2) format=qcow2 ;;
	*)	 format=raw ;;
	esac
	kenv_image > "$work/kenv"
	: > "$1"
	(qemu_run stdio "$format") <"$3" >"$1" 2>"$1.vmm" &
	watch_vm $! "$1" "$2"
}

# vm_stop: nothing is left when QEMU has ended.
vm_stop()
{
	:
}

# vm_shell: a console for a human.
vm_shell()
{
	kenv_base > "$work/kenv"
	say "To end the VM: halt -npq.  To kill it: Ctrl-A X."
	(qemu_run mon:stdio raw)
}
