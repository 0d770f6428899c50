# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Reads what the kernel said.  console/forbidden lists what no kernel may say
# while umux is tested, console/tolerated what stock FreeBSD says by itself.

# shellcheck shell=sh

# Comments and empty lines out; what is left are extended regular expressions.
patterns()
{
	sed -e '/^#/d' -e '/^[[:space:]]*$/d' "$here/console/$1"
}

# console_fold FILE: one line per message, each with the scenario it belongs
# to (or "-") and a tab in front.  A lock order reversal spreads over several
# lines; its first three become one, without addresses, so that a pattern can
# name the two locks.
console_fold()
{
	tr -d '\r' < "$1" | awk '
	/umux-vm: begin / { name = $NF }
	{
		gsub(/0x[0-9a-f]+/, "0x..")
		if (held != "") {
			held = held " |" $0
			if (++lines == 2) {
				print (name == "" ? "-" : name) "\t" held
				held = ""
			}
		} else if ($0 ~ /lock order reversal/) {
			held = $0
			lines = 0
		} else
			print (name == "" ? "-" : name) "\t" $0
	}
	/umux-vm: end / { name = "" }
	END {
		if (held != "")
			print (name == "" ? "-" : name) "\t" held
	}'
}

# console_findings FILE: "scenario<TAB>line" for each line that is forbidden
# and not tolerated.
console_findings()
{
	local forbidden tolerated

	forbidden=$work/forbidden
	tolerated=$work/tolerated
	patterns forbidden > "$forbidden"
	patterns tolerated > "$tolerated"
	console_fold "$1" | grep -E -f "$forbidden" | grep -E -v -f "$tolerated"
	return 0
}
