# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Builds what the chosen scenarios need.  Results: $work/built/KIND/umux.ko,
# $work/built/KIND/faults/umux.ko and $work/built/bin/*.

# shellcheck shell=sh

# build_module KIND: the module fits the kernel whose headers it was built on.
build_module()
{
	say "building umux.ko for the $1 kernel"
	"$here/build-module" "$1" "$work/built/$1" > "$report/build-module-$1.log" 2>&1 || {
		tail -n 30 "$report/build-module-$1.log" >&2
		die "umux.ko for the $1 kernel does not build" \
		    "See $report/build-module-$1.log."
	}
}

# build_faults KIND: the same, with calls that fail on request.
build_faults()
{
	say "building umux.ko with faults for the $1 kernel"
	UMUX_FAULTS=yes "$here/build-module" "$1" "$work/built/$1/faults" \
	    > "$report/build-faults-$1.log" 2>&1 || {
		tail -n 30 "$report/build-faults-$1.log" >&2
		die "umux.ko with faults for the $1 kernel does not build" \
		    "See $report/build-faults-$1.log."
	}
}

# build_programs WHAT: userland or helpers.
build_programs()
{
	say "building the $1"
	"$here/build-$1" "$work/built/bin" > "$report/build-$1.log" 2>&1 || {
		tail -n 30 "$report/build-$1.log" >&2
		die "the $1 does not build" "See $report/build-$1.log."
	}
}

# build_needed KINDS NAME...
build_needed()
{
	local kinds kind what

	kinds=$1
	shift
	if scenarios_need module "$@"; then
		for kind in $kinds; do
			build_module "$kind"
		done
	fi
	if scenarios_need faults "$@"; then
		for kind in $kinds; do
			build_faults "$kind"
		done
	fi
	for what in userland helpers; do
		if scenarios_need "$what" "$@"; then
			build_programs "$what"
		fi
	done
}
