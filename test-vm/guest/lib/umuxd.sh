# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# umuxd in jail "host", with one pool on $host_if.
#
#	umuxd_conf LEVEL [LINE...]	writes ./umuxd.conf; LINE is more of the pool
#	umuxd_start			starts it, its pid in $umuxd, its log in
#					./umuxd.log
#	umuxd_stop			ends it and waits for it
#	umuxd_full LEVEL		the pool is at its level

# shellcheck shell=sh disable=SC2154

umuxd_conf()
{
	local line

	{
		echo '[[pool]]'
		echo "interface = \"$host_if\""
		echo "prefix = \"$UMUX_PREFIX\""
		echo "level = $1"
		echo "low = $1"
		shift
		for line in "$@"; do
			echo "$line"
		done
	} > umuxd.conf
}

# jexec(8) becomes the daemon, so $! is its number.  Descriptor 9 is what
# scenarios hold sessions with.
umuxd_start()
{
	at host umuxd --verbose --config "$PWD/umuxd.conf" >> umuxd.log 2>&1 9>&- &
	umuxd=$!
}

umuxd_stop()
{
	kill "$umuxd"
	wait "$umuxd"
}

umuxd_full()
{
	pool_is READY "$1"
}
