# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# about: The power goes, and the scenario finds its disk in the next boot
# timeout: 60
# cuts: 2
# expect: pass

# shellcheck shell=sh disable=SC2154

written()
{
	dd if="$POWER_DISK" bs=512 count=1 2> /dev/null | head -n 1
}

if [ "$cuts" -gt 0 ]; then
	check "what was written before is there" [ "$(written)" = "cut $cuts" ]
fi
if [ "$cuts" -lt 2 ]; then
	echo "cut $((cuts + 1))" | dd of="$POWER_DISK" bs=512 conv=sync 2> /dev/null
	power_cut
	sleep 50
	fail "the power was not cut"
fi
