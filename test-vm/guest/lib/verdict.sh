# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
#	check "sentence" command...	counts a failure and goes on
#	require "sentence" command...	counts a failure and ends the scenario
#	fail "why"			ends the scenario
#	skip "why"			ends the scenario, neither passed nor failed
#	note "text"			for the reader of the log
#
# Failed checks count even when the scenario goes on after them.  A scenario
# ends where its file ends; one that ends elsewhere by itself has failed.

# shellcheck shell=sh

verdict_checks=0
verdict_failures=0
verdict_first=
verdict_skipped=
verdict_complete=no

note()
{
	echo "    $*"
}

verdict_failed()
{
	verdict_failures=$((verdict_failures + 1))
	verdict_first=${verdict_first:-$1}
	echo "FAILED: $1"
	console "FAILED: $1"
}

check()
{
	local sentence status

	sentence=$1
	shift
	verdict_checks=$((verdict_checks + 1))
	"$@"
	status=$?
	if [ "$status" -eq 0 ]; then
		echo "ok: $sentence"
		return 0
	fi
	note "status $status from: $*"
	verdict_failed "$sentence"
	return 1
}

require()
{
	check "$@" || exit 1
}

fail()
{
	verdict_failed "$1"
	exit 1
}

skip()
{
	verdict_skipped=$1
	echo "skipped: $1"
	exit 0
}

# A scenario that checks nothing has proved nothing.
verdict_at_exit()
{
	if [ "$verdict_failures" -gt 0 ]; then
		echo "fail $verdict_first"
	elif [ -n "$verdict_skipped" ]; then
		echo "skip $verdict_skipped"
	elif [ "$verdict_complete" = no ]; then
		echo "fail broke off: $(tail -n 1 "$REPORT/log")"
	elif [ "$verdict_checks" -eq 0 ]; then
		echo "fail made no check"
	else
		echo "pass"
	fi > "$REPORT/status"
}
