# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# The report directory: KERNEL/console.log, KERNEL/SCENARIO/{log,status,dmesg,
# *.pcap,*.json}, build-*.log and summary.json.

# shellcheck shell=sh

REPORTS_KEPT=10		# of those that nobody asked for

# report_start: makes $report an empty directory with an absolute path.
report_start()
{
	local kind

	if [ -z "$report" ]; then
		report=$UMUX_VM_CACHE/reports/$(date +%Y%m%d-%H%M%S)-$$
		report_prune
	fi
	mkdir -p "$report" ||
	    die "the report directory $report cannot be made" \
	    "Name another with --report."
	report=$(cd "$report" && pwd)
	for kind in $KERNEL_KINDS; do
		rm -rf "${report:?}/$kind"
	done
	rm -f "$report/summary.json"
}

report_prune()
{
	local old

	mkdir -p "$UMUX_VM_CACHE/reports"
	# Their names begin with the date and hold no blanks.
	# shellcheck disable=SC2012
	ls -1r "$UMUX_VM_CACHE/reports" | tail -n "+$REPORTS_KEPT" |
	while read -r old; do
		rm -rf "${UMUX_VM_CACHE:?}/reports/$old"
	done
}
