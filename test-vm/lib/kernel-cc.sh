# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The compiler, set to the module's sources: kernel_cc_start KIND OUTDIR finds
# or makes the headers, cc_kernel compiles.  Wants $top, $sys, $kmod, $nm, $cc.
# Sets $sanitizer, which is empty unless the kernel has KASAN.

# shellcheck shell=sh

# cc_kernel ARGUMENT...: the compiler, set to kernel code and its headers.
cc_kernel()
{
	# shellcheck disable=SC2086	# a list of flags
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
	    $sanitizer "$@"
}

# Warnings the kernel's own headers trip over are left out.
# shellcheck disable=SC2034	# for whoever compiles
warnings="-Wall -Wextra -Werror
    -Wredundant-decls -Wnested-externs -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wundef
    -Wshadow
    -D__printf__=__freebsd_kprintf__
    -Wno-pointer-sign -Wno-unknown-pragmas
    -Wno-unused-parameter -Wno-sign-compare
    -Wno-missing-field-initializers -Wno-address-of-packed-member"

# What a kernel with the address sanitizer is compiled with
# (sys/conf/kern.pre.mk): memory is checked by functions of the kernel, and
# <sys/systm.h> replaces memcpy() and its like by ones that check.
KASAN_FLAGS="-DSAN_NEEDS_INTERCEPTORS -DSAN_INTERCEPTOR_PREFIX=kasan
    -fsanitize=kernel-address
    -mllvm -asan-stack=true -mllvm -asan-globals=true
    -mllvm -asan-instrument-dynamic-allocas=true
    -mllvm -asan-use-after-scope=true
    -mllvm -asan-instrumentation-with-call-threshold=0
    -mllvm -asan-instrument-byval=false"

# kernel_cc_start KIND OUTDIR
kernel_cc_start()
{
	local kernel

	out=$2
	headers_machine "$out/include"
	kernel=$(kernel_file "$1")
	kernbuild=$(dirname "$kernel")/build
	sanitizer=
	# The kernel's stacks have 16 KB.
	warnings="$warnings -Wframe-larger-than=1024"
	if [ -f "$kernbuild/opt_global.h" ]; then
		option_headers=-DHAVE_KERNEL_OPTION_HEADERS
		if grep -q KASAN "$kernbuild/opt_global.h"; then
			sanitizer=$KASAN_FLAGS
			# They have 24 KB here, and zones between variables.
			warnings="$warnings -Wframe-larger-than=2048"
		fi
		return
	fi
	[ "$1" = plain ] ||
	    die "there is no $kernbuild with the $1 kernel's options" \
	    "Copy the directory that the kernel was built in."
	kernbuild=$out/kernbuild
	option_headers=-UHAVE_KERNEL_OPTION_HEADERS
	headers_generate "$kernbuild" ||
	    die "the kernel's generated headers cannot be made" \
	    "Is $sys complete?"
}
