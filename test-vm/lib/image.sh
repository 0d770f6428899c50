# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# A complete FreeBSD image as root disk.  Nothing in it is changed beforehand:
# we type on its console what guest/rc does on our own root disk.

# shellcheck shell=sh

IMAGE_PROMPT_SECONDS=180
IMAGE_SHELL_PROMPT='[#$%] *$'

# image_wait CONSOLE EXTENDED_REGEXP
image_wait()
{
	local left

	left=$IMAGE_PROMPT_SECONDS
	until grep -E -q "$2" "$1" 2>/dev/null; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 1
	done
}

# image_type CONSOLE: writes to the standard output what has to be typed.  The
# last line is one, because what is typed while a program runs can get lost.
image_type()
{
	image_wait "$1" 'RETURN for /bin/sh|login: *$' || return 1
	if grep -q 'RETURN for /bin/sh' "$1"; then
		echo
		image_wait "$1" "$IMAGE_SHELL_PROMPT" || return 1
	else
		echo root
		image_wait "$1" "$IMAGE_SHELL_PROMPT" || return 1
		echo "exec /bin/sh"
	fi
	echo "mount -u -w /; mkdir -p /job && tar -C /job -xf /dev/vtbd1 &&" \
	    "sh /job/test-vm/guest/main;" \
	    "sysctl kern.shutdown.poweroff_delay=0; halt -npq"
}

# image_boot CONSOLE LIMIT
image_boot()
{
	local input typist status

	input=$work/input
	rm -f "$input"
	mkfifo "$input"
	# The console is to have no end of file, so the typist stays.
	(image_type "$1"; exec sleep "$2") > "$input" &
	typist=$!
	vm_boot_image "$1" "$2" "$input"
	status=$?
	kill "$typist" 2>/dev/null
	wait "$typist" 2>/dev/null
	return "$status"
}
