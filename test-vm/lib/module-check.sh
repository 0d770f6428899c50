# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# What the kernel's linker would refuse, or accept to everybody's harm, found
# before anything is booted.  Wants $readelf, $objdump and $nm.

# shellcheck shell=sh

# Relocations that sys/amd64/amd64/elf_machdep.c applies.
ACCEPTED_RELOCATIONS='R_X86_64_(NONE|64|PC32|PLT32|32S)'

# Symbols the kernel linker itself makes: linker sets.
LINKER_SYMBOLS='^__(start|stop)_set_'

# check_relocations KO
check_relocations()
{
	local bad

	bad=$("$readelf" -rW "$1" | grep -o 'R_X86_64_[A-Z0-9_]*' | sort -u |
	    grep -E -v "^$ACCEPTED_RELOCATIONS\$")
	[ -z "$bad" ] && return 0
	echo "$1: the kernel's linker knows no relocation $bad" >&2
	return 1
}

# check_float KO: floating point or vector registers belong to user programs.
check_float()
{
	local bad

	bad=$("$objdump" -d --no-show-raw-insn "$1" |
	    grep -E '%([xyz]mm[0-9]+|mm[0-7]|st\b)' | head -n 3)
	[ -z "$bad" ] && return 0
	echo "$1: uses floating point or vector registers:" >&2
	echo "$bad" >&2
	return 1
}

# check_symbols KO KERNEL: everything that is left undefined is in the kernel, but for
# what is weak, and may be absent.
check_symbols()
{
	local bad

	bad=$(
		{
			"$nm" --defined-only "$2" | awk '{ print "have", $NF }'
			"$nm" --undefined-only "$1" |
			    awk '$(NF - 1) !~ /^[wv]$/ { print "want", $NF }'
		} | awk '
		$1 == "have" { have[$2] = 1 }
		$1 == "want" && !($2 in have) { print $2 }' |
		    grep -E -v "$LINKER_SYMBOLS"
	)
	[ -z "$bad" ] && return 0
	echo "$1: the kernel does not have: $(echo "$bad" | xargs)" >&2
	return 1
}
