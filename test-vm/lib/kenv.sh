# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The kernel environment that every boot gets, one name=value a line.

# shellcheck shell=sh

# kenv_common: a serial console, and an end instead of a prompt when the kernel
# panics.
kenv_common()
{
	cat <<-END
	console=comconsole
	boot_serial=YES
	hint.uart.0.at=isa
	hint.uart.0.port=0x3F8
	hint.uart.0.irq=4
	hint.uart.0.flags=0x10
	hint.uart.0.baud=115200
	kernelname=/boot/kernel/kernel
	module_path=/job/modules;/boot/kernel;/boot/modules
	kern.msgbufsize=4194304
	kern.panic_reboot_wait_time=0
	debug.debugger_on_panic=0
	debug.witness.kdb=0
	END
}

# kenv_base: the root disk that rootdisk.sh built.
kenv_base()
{
	kenv_common
	cat <<-END
	vfs.root.mountfrom=ufs:/dev/vtbd0
	init_script=/umux/rc
	END
}

# kenv_image: the root file system of an official image; single user mode,
# because there nobody asks for a password and no daemon starts.
kenv_image()
{
	kenv_common
	cat <<-END
	vfs.root.mountfrom=ufs:${UMUX_VM_IMAGE_ROOT:-/dev/gpt/rootfs}
	boot_single=YES
	END
}
