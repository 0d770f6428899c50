# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Writes results to the raw result disk, one tar archive after the other, each
# padded to whole blocks.  The place for the next one is kept in memory only.

# shellcheck shell=sh

RESULT_BLOCK=65536

results_start()
{
	results_at=0
}

# results_append NAME
results_append()
{
	local archive blocks

	archive=/tmp/umux-result.tar
	tar -C "$RESULTS" -cf "$archive" "$1" || return 1
	blocks=$((($(stat -f %z "$archive") + RESULT_BLOCK - 1) / RESULT_BLOCK))
	dd if="$archive" of="$RESULT_DISK" bs="$RESULT_BLOCK" conv=sync \
	    seek="$results_at" 2>/dev/null ||
	    console "the result disk is full; the results of $1 are lost"
	results_at=$((results_at + blocks))
	console "results end at $((results_at * RESULT_BLOCK))"
	rm -f "$archive"
}
