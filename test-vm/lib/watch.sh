# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Waits for a VM, tells meanwhile what it is at, and ends it when it hangs.

# shellcheck shell=sh

# watch_progress CONSOLE LINES: prints what is new after so many lines of
# progress, and leaves their number in $shown.
watch_progress()
{
	local lines

	lines=$(tr -d '\r' < "$1" |
	    sed -n -E 's/.*umux-vm: (begin .*|FAILED: .*)/         \1/p')
	shown=$(printf '%s' "$lines" | grep -c '')
	printf '%s' "$lines" | tail -n "+$(($2 + 1))"
	[ "$shown" -eq "$2" ] || echo
}

# watch_vm PID CONSOLE LIMIT: returns 0 when the VM ended by itself, 1 when it
# had to be ended; then $work/ended says why.
watch_vm()
{
	local dog

	rm -f "$work/ended"
	vm_pid=$1		# for the trap that ends a run
	(
		left=$3
		shown=0
		while kill -0 "$1" 2>/dev/null; do
			if [ "$left" -le 0 ]; then
				echo "no end after $3 seconds" > "$work/ended"
				break
			fi
			if grep -q '^db> ' "$2" 2>/dev/null; then
				echo "stopped in the kernel debugger" > "$work/ended"
				break
			fi
			if power_cut_due "$2"; then
				kill -9 "$1" 2>/dev/null
				echo "$POWER_WAS_CUT" > "$work/ended"
				break
			fi
			watch_progress "$2" "$shown"
			sleep 1
			left=$((left - 1))
		done
		kill "$1" 2>/dev/null
		sleep 3
		kill -9 "$1" 2>/dev/null
	) &
	dog=$!
	wait "$1" 2>/dev/null
	vm_pid=
	if [ -f "$work/ended" ]; then
		wait "$dog" 2>/dev/null
		return 1
	fi
	kill "$dog" 2>/dev/null
	wait "$dog" 2>/dev/null
	return 0
}
