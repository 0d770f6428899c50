# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Keeps the outcomes of a run: one line each in $work/outcomes,
#
#	kernel<TAB>scenario<TAB>pass|fail|skip<TAB>seconds<TAB>why
#
# and makes the summary of them.

# shellcheck shell=sh

outcome_start()
{
	: > "$work/outcomes"
}

# outcome KERNEL SCENARIO pass|fail|skip SECONDS WHY
outcome()
{
	local word

	printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" \
	    >> "$work/outcomes"
	case $3 in
	fail)	word=FAILED ;;
	skip)	word=skipped ;;
	*)	word=ok ;;
	esac
	printf '%-8s %-6s %-18s %4ss  %s\n' "$word" "$1" "$2" "$4" "$5"
}

outcome_count()
{
	awk -F '\t' -v what="$1" '$3 == what { n++ } END { print n + 0 }' \
	    "$work/outcomes"
}

# outcome_json: summary.json of the report.
outcome_json()
{
	awk -F '\t' '
	function quote(s) {
		gsub(/\\/, "\\\\", s)
		gsub(/"/, "\\\"", s)
		gsub(/[\001-\037]/, " ", s)
		return "\"" s "\""
	}
	BEGIN { print "{"; printf "  \"scenarios\": [" }
	{
		printf "%s\n    {\"kernel\": %s, \"name\": %s, \"result\": %s, \"seconds\": %d, \"why\": %s}", \
		    (NR > 1 ? "," : ""), quote($1), quote($2), quote($3), $4, \
		    quote($5)
		n[$3]++
	}
	END {
		printf "\n  ],\n  \"passed\": %d,\n  \"failed\": %d,\n  \"skipped\": %d\n}\n", \
		    n["pass"], n["fail"], n["skip"]
	}' "$work/outcomes"
}

# The last line of a run, in one fixed form.
outcome_line()
{
	echo "$(outcome_count pass) passed, $(outcome_count fail) failed, $(outcome_count skip) skipped"
}
