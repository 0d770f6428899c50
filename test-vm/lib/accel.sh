# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Chooses QEMU's accelerator.  A /dev/kvm that opens proves little (nested
# virtualisation without the processor's help, a FreeBSD that hangs), so the
# kernel itself is started for a moment and has to say something.

# shellcheck shell=sh disable=SC2154

ACCEL_PROBE_SECONDS=10

# accel_probe SHIM KERNEL
accel_probe()
{
	local log pid tries

	log=$work/accel.log
	printf '%s\n' console=comconsole boot_serial=YES \
	    hint.uart.0.at=isa hint.uart.0.port=0x3F8 \
	    hint.uart.0.flags=0x10 > "$work/kenv"
	ln -sf "$2" "$work/kernel"
	: > "$log"
	(cd "$work" && exec "$qemu" -accel kvm -m 512M -nodefaults \
	    -display none -no-reboot -serial file:"$log" -kernel "$1" \
	    -initrd kernel,kenv) >/dev/null 2>&1 &
	pid=$!
	tries=$((ACCEL_PROBE_SECONDS * 5))
	while [ "$tries" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
		grep -q 'FreeBSD is a registered trademark' "$log" && break
		sleep 0.2
		tries=$((tries - 1))
	done
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	grep -q 'FreeBSD is a registered trademark' "$log"
}

# accel_choose SHIM KERNEL: prints the value for qemu's -accel.
accel_choose()
{
	case ${UMUX_VM_ACCEL:-auto} in
	auto)
		if [ -w /dev/kvm ] && accel_probe "$1" "$2"; then
			echo kvm
		else
			echo tcg,thread=multi
		fi
		;;
	*)
		echo "$UMUX_VM_ACCEL"
		;;
	esac
}
