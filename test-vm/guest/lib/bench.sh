# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Figures: variants are measured in turn, so that they share whatever else the
# machine does, and what is told of them are medians.
#
#	in_turn ROUNDS VARIANT...	calls each function VARIANT so many times, in
#					turn; each prints one number a call.  One
#					round before that warms up and is not counted.
#					The log has all numbers
#	median_of VARIANT		of what it printed
#	ratio_of A B			the median of A / B in each round
#	figure NAME VALUE		a figure, shown, and for figures_write
#	at_most VALUE LIMIT		both with decimals
#	figures_write			all of them, as JSON, into the report
#	median_in FILE KEY		"median" of an object in a JSON file
#	connect_close NAME COUNT [JAIL]	connects from jail host (JAIL) to $PORT of the peer;
#					prints the median of connect+close in
#					nanoseconds, all figures in NAME.json
#	middle < NUMBERS		their median
#	quotient A B			A / B

# shellcheck shell=sh

in_turn()
{
	local rounds round variant

	rounds=$1
	shift
	for variant in "$@"; do
		"$variant" > /dev/null
		: > "turn.$variant"
	done
	round=1
	while [ "$round" -le "$rounds" ]; do
		for variant in "$@"; do
			"$variant" >> "turn.$variant" ||
			    fail "round $round of $variant failed"
		done
		round=$((round + 1))
	done
	for variant in "$@"; do
		note "$variant: $(tr '\n' ' ' < "turn.$variant")"
	done
}

median_of()
{
	middle < "turn.$1"
}

ratio_of()
{
	paste "turn.$1" "turn.$2" | awk '{ print $1 / $2 }' | middle
}

figure()
{
	note "$1 $2"
	echo "\"$1\": $2" >> figures.list
}

at_most()
{
	awk -v value="$1" -v limit="$2" 'BEGIN { exit !(value <= limit) }' || {
		note "$1 is more than $2"
		return 1
	}
}

figures_write()
{
	{
		echo "\"clock\": \"$clock\""
		cat figures.list
	} | awk 'BEGIN { printf "{" } { printf "%s%s", (NR > 1 ? ", " : ""), $0 }
	    END { print "}" }' > "$REPORT/figures.json"
}

median_in()
{
	sed -n "s/.*\"$2\": {\"median\": \([0-9]*\).*/\1/p" "$1"
}

connect_close()
{
	at "${3:-host}" connmany -q -n "$2" -j "$REPORT/$1.json" \
	    "$NET_PEER_ADDRESS" "$PORT" > /dev/null
	awk -F '"median": ' '{ print $2 + $3 }' "$REPORT/$1.json"
}

middle()
{
	sort -n | awk '{ v[NR] = $1 } END {
		print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
	}'
}

quotient()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'
}
