# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Chooses QEMU's accelerator.  A /dev/kvm that opens proves little (virtual
# machines in virtual machines; processors that only pretend), so first the
# boot shim and then the kernel are started for a moment and have to say
# something.  The answer is kept until the host is booted anew.

# shellcheck shell=sh

ACCEL_SHIM_SECONDS=2
ACCEL_KERNEL_SECONDS=10

# accel_says TEXT SECONDS QEMU_ARGUMENT...: does the machine say it in time?
accel_says()
{
	local log pid text tries

	log=$work/accel.log
	text=$1
	tries=$(($2 * 5))
	shift 2
	: > "$log"
	(cd "$work" && exec "$qemu" -accel kvm -m 512M -nodefaults \
	    -display none -vga none -no-reboot -serial file:accel.log "$@") \
	    >/dev/null 2>&1 &
	pid=$!
	while [ "$tries" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
		grep -q "$text" "$log" && break
		sleep 0.2
		tries=$((tries - 1))
	done
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	grep -q "$text" "$log"
}

# accel_probe SHIM: prints "kvm" or the name of the software emulation.
accel_probe()
{
	kenv_common > "$work/kenv"
	if accel_says 'umux-boot: fatal: want two modules' \
	    "$ACCEL_SHIM_SECONDS" -kernel "$1" -initrd kenv &&
	    accel_says 'FreeBSD is a registered trademark' \
	    "$ACCEL_KERNEL_SECONDS" -kernel "$1" -initrd kernel,kenv; then
		echo kvm
	else
		echo tcg,thread=multi
	fi
}

# accel_host: something that changes when the host or the kernel does.
accel_host()
{
	{
		cat /proc/sys/kernel/random/boot_id
		ls -lnL "$work/kernel"
	} 2>/dev/null | cksum
}

# accel_choose SHIM: prints the value for qemu's -accel.  Wants $work/kernel.
accel_choose()
{
	local kept

	if [ -n "${UMUX_VM_ACCEL:-}" ]; then
		echo "$UMUX_VM_ACCEL"
		return 0
	fi
	if [ ! -w /dev/kvm ]; then
		echo tcg,thread=multi
		return 0
	fi
	kept=$UMUX_VM_CACHE/accel
	if [ "$(sed -n 1p "$kept" 2>/dev/null)" != "$(accel_host)" ]; then
		{
			accel_host
			accel_probe "$1"
		} > "$kept.$$"
		mv "$kept.$$" "$kept"
	fi
	sed -n 2p "$kept"
}
