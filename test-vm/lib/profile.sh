# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Profiles by counted instructions: QEMU's emulator counts what the VM's CPU
# does between two signs of the guest (profile/count.c), and here the addresses
# become functions of the kernel and of the module.

# shellcheck shell=sh

PROFILE_SHOWN=12	# functions of each profile that the run itself shows

# profile_plugin: prints the path of the plugin, built.
profile_plugin()
{
	local cc

	cc=$(tool clang cc) || return 1
	mkdir -p "$work/profile"
	"$cc" -shared -fPIC -O2 -std=gnu11 -Wall -Wextra -Werror \
	    -fvisibility=hidden -o "$work/profile/count.so" \
	    "$here/profile/count.c" && echo "$work/profile/count.so"
}

# profile_symbols KIND BASE: "ADDRESS = FUNCTION" of the kernel and of a module
# whose text was loaded at BASE.  All of them lie in the uppermost 2 GB, so the
# lower 32 bits tell them apart.
profile_symbols()
{
	local base nm

	nm=$(tool llvm-nm nm) || return 1
	"$nm" --defined-only "$vm_kernel" | awk '$2 ~ /[tT]/ { print substr($1, 9), "=", $3 }'
	[ -n "$2" ] || return 0
	base=$((0x${2#0xffffffff}))
	"$nm" --defined-only "$work/built/$1/umux.ko.full" |
	    awk '$2 ~ /[tT]/ { print $1, $3 }' |
	while read -r value name; do
		printf '%08x = umux: %s\n' $((base + 0x$value)) "$name"
	done
}

# profile_functions COUNTS SYMBOLS UNITS: "INSTRUCTIONS SHARE FUNCTION" for one
# of so many units, the dearest first.
profile_functions()
{
	{
		awk '/^ffffffff[89a-f]/ { print substr($1, 9), "@", $2 }' "$1"
		cat "$2"
	} | sort -k 1,1 -k 2,2 | awk -v units="$3" -v user="$(
	    awk '!/^ffffffff[89a-f]/ { n += $2 } END { print n + 0 }' "$1")" '
	# "=" sorts before "@".
	$2 == "=" {
		name = $3 == "umux:" ? $3 " " $4 : $3
		next
	}
	{
		n[name] += $3
		all += $3
	}
	END {
		n["(programs)"] = user
		all += user
		for (name in n)
			if (n[name] > 0)
				printf "%.1f %.2f%% %s\n", n[name] / units,
				    100 * n[name] / all, name
	}' | sort -rn
}

# profile_resolve KIND CONSOLE: what a boot has counted goes into the report.
# The guest says on the console what each count was of.
profile_resolve()
{
	local base count file name units

	count=0
	tr -d '\r' < "$2" | sed -n 's/.*umux-vm: profile //p' |
	while read -r name units base; do
		count=$((count + 1))
		[ -s "$work/profile.$count" ] || {
			say "there is no profile of $name"
			continue
		}
		file=$report/$1/$name.profile
		profile_symbols "$1" "$base" | sort > "$work/symbols"
		profile_functions "$work/profile.$count" "$work/symbols" \
		    "$units" > "$file"
		say "$name, instructions each: $(awk '
		    { n += $1 } / umux: / { ours += $1 }
		    END { printf "%.0f, of which umux %.0f", n, ours }' "$file")"
		head -n "$PROFILE_SHOWN" "$file" | sed 's/^/         /'
		rm -f "$work/profile.$count"
	done
}
