# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The compiler, set to the module's sources: kernel_cc_start KIND OUTDIR finds
# or makes the headers, cc_kernel compiles.  Wants $top, $sys, $kmod, $nm, $cc.

# shellcheck shell=sh

# cc_kernel ARGUMENT...: the compiler, set to kernel code and its headers.
cc_kernel()
{
	"$cc" --target=x86_64-unknown-freebsd13.2 \
	    -std=iso9899:1999 -O2 -g -pipe \
	    -D_KERNEL -DKLD_MODULE -DKLD_TIED "$option_headers" \
	    -nostdinc -include "$kernbuild/opt_global.h" \
	    -I"$kernbuild" -I"$out/include" \
	    -I"$sys" -I"$sys/contrib/ck/include" \
	    -mcmodel=kernel -mno-red-zone -mno-mmx -mno-sse -msoft-float \
	    -mno-aes -mno-avx -ffreestanding -fwrapv -fno-common \
	    -fno-strict-aliasing -fno-stack-protector \
	    -fno-asynchronous-unwind-tables \
	    -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer \
	    -ffile-prefix-map="$top"=. -fdebug-prefix-map="$sys"=sys \
	    -ffile-prefix-map="$out"=. \
	    "$@"
}

# Warnings the kernel's own headers trip over are left out.
# shellcheck disable=SC2034	# for whoever compiles
warnings="-Wall -Wextra -Werror
    -Wredundant-decls -Wnested-externs -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wundef
    -Wshadow -Wframe-larger-than=1024
    -D__printf__=__freebsd_kprintf__
    -Wno-pointer-sign -Wno-unknown-pragmas
    -Wno-unused-parameter -Wno-sign-compare
    -Wno-missing-field-initializers -Wno-address-of-packed-member"

# kernel_cc_start KIND OUTDIR
kernel_cc_start()
{
	local kernel

	out=$2
	headers_machine "$out/include"
	kernel=$(kernel_file "$1")
	kernbuild=$(dirname "$kernel")/build
	if [ -f "$kernbuild/opt_global.h" ]; then
		option_headers=-DHAVE_KERNEL_OPTION_HEADERS
		return
	fi
	[ "$1" = plain ] ||
	    die "there is no $kernbuild with the debug kernel's options" \
	    "Copy the directory that the kernel was built in."
	kernbuild=$out/kernbuild
	option_headers=-UHAVE_KERNEL_OPTION_HEADERS
	headers_generate "$kernbuild" ||
	    die "the kernel's generated headers cannot be made" \
	    "Is $sys complete?"
}
