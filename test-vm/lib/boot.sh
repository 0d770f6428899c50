# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# Boots a kernel as often as it takes to have an outcome for each scenario.

# shellcheck shell=sh

BOOT_ALLOWANCE=120		# seconds for boot and power-off
SCENARIO_ALLOWANCE=100		# seconds for the cleanup after a scenario
DEBUG_TIME_FACTOR=3		# WITNESS and INVARIANTS take their time
KASAN_TIME_FACTOR=8		# and so does a call for each access to memory

# time_factor KIND: what a scenario's limit is multiplied with.
time_factor()
{
	local factor

	factor=${UMUX_VM_TIME_FACTOR:-1}
	case $1 in
	debug)	factor=$((factor * DEBUG_TIME_FACTOR)) ;;
	kasan)	factor=$((factor * KASAN_TIME_FACTOR)) ;;
	esac
	echo "$factor"
}

# boot_limit KIND NAME...
boot_limit()
{
	local factor name sum

	if [ -n "$time_limit" ]; then
		echo "$time_limit"
		return 0
	fi
	factor=$(time_factor "$1")
	shift
	sum=$BOOT_ALLOWANCE
	for name in "$@"; do
		sum=$((sum + $(scenario_timeout "$name") * factor +
		    SCENARIO_ALLOWANCE))
	done
	echo "$sum"
}

# job_conf MODE KIND NAME...: what the guest is to do, for its sh to read.
job_conf()
{
	local name

	echo "mode=$1"
	echo "kernel=$2"
	echo "time_factor=$(time_factor "$2")"
	echo "clock=$clock"
	echo "profile=$profile"
	echo "cuts=$power_cuts"
	shift 2
	printf 'scenarios="'
	for name in "$@"; do
		printf '%s:%s ' "$name" "$(scenario_timeout "$name")"
	done
	echo '"'
}

# job_disks MODE KIND NAME...: the job disk and an empty result disk.
job_disks()
{
	rm -rf "$work/job"
	job_stage "$work/job" "$2" "$work/built"
	job_conf "$@" > "$work/job/job.conf"
	job_pack "$work/job" "$work/job.tar"
	result_disk "$work/result.tar"
}

# boot_once KIND CONSOLE NAME...
boot_once()
{
	local kind console limit status

	kind=$1 console=$2
	shift 2
	job_disks run "$kind" "$@"
	vm_virtio=no
	if scenarios_need virtio "$@"; then
		vm_virtio=yes
	fi
	power_disk "$@"
	limit=$(boot_limit "$kind" "$@")
	if [ "$(root_kind)" = image ]; then
		image_boot "$console" "$limit"
	else
		vm_boot "$console" "$limit"
	fi
	status=$?
	[ -s "$console.vmm" ] || rm -f "$console.vmm"
	result_unpack "$work/result.tar" "$console" "$report/$kind"
	[ "$profile" = no ] || profile_resolve "$kind" "$console"
	return "$status"
}

# findings_of NAME: what the kernel said while it was at work.
findings_of()
{
	awk -F '\t' -v name="$1" '$1 == name' "$work/findings" | cut -f 2-
}

# boot_why CONSOLE NAME: the reason for a boot that broke off in this scenario, or
# before it, from what there is.
boot_why()
{
	local line

	line=$(
		{
			findings_of "$2"
			findings_of -
		} | head -n 1
	)
	if [ -n "$line" ]; then
		echo "$line"
	elif line=$(power_failure "$1") && [ -n "$line" ]; then
		echo "$line"
	elif [ -f "$work/ended" ]; then
		cat "$work/ended"
	elif [ -s "$1.vmm" ]; then
		echo "the VM monitor said: $(head -n 1 "$1.vmm")"
	else
		line=$(tr -d '\r' < "$1" | sed -n '/umux-vm: guest ended/q; p' |
		    tail -n 1)
		echo "the VM went down after: $line"
	fi
}

# judge_scenario KIND NAME: outcome of a scenario that came to its end.
judge_scenario()
{
	local dir result line

	dir=$report/$1/$2
	result=$(head -n 1 "$dir/status")
	line=$(
		{
			findings_of "$2"
			console_findings "$dir/dmesg" | cut -f 2-
		} | head -n 1
	)
	case $result in
	fail*)	;;
	*)	[ -z "$line" ] || result="fail kernel: $line" ;;
	esac
	set -- "$1" "$2" "${result%% *}" "$(cat "$dir/seconds")" "${result#* }"
	if [ "$5" = "$3" ]; then
		set -- "$1" "$2" "$3" "$4" ""
	fi
	outcome "$@"
}

# judge_boot KIND CONSOLE NAME...: outcomes of one boot.  Sets $left to the
# scenarios that are still to be run.
judge_boot()
{
	local kind console first stray

	kind=$1 console=$2
	shift 2
	first=$1
	console_findings "$console" > "$work/findings"
	while [ $# -gt 0 ] && [ -f "$report/$kind/$1/status" ]; do
		judge_scenario "$kind" "$1"
		shift
	done
	# What follows another scenario in this boot is at its own beginning.
	[ "${1:-}" = "$first" ] || power_cuts=0
	if [ $# -gt 0 ]; then
		if power_goes_on "$console" "$1"; then
			:
		elif grep -q "umux-vm: begin $1" "$console"; then
			outcome "$kind" "$1" fail 0 "$(boot_why "$console" "$1")"
			shift
		elif [ "$1" = "$first" ]; then
			# Another boot would do no better.
			while [ $# -gt 0 ]; do
				outcome "$kind" "$1" fail 0 "not reached: $(boot_why "$console" "$1")"
				shift
			done
		fi
	fi
	left=$*
	stray=$(findings_of - | head -n 1)
	if [ -n "$stray" ]; then
		outcome "$kind" console fail 0 "outside of scenarios: $stray"
	fi
}

# run_kernel KIND NAME...
run_kernel()
{
	local kind boots console now left

	kind=$1
	shift
	mkdir -p "$report/$kind"
	vm_prepare "$kind"
	boots=0
	left=$*
	while [ -n "$left" ]; do
		now=$left
		if [ "$isolate" = yes ]; then
			now=${left%% *}
		fi
		boots=$((boots + 1))
		console=$report/$kind/console.log
		[ "$boots" -eq 1 ] || console=$report/$kind/console-$boots.log
		# Names are words.
		# shellcheck disable=SC2086
		boot_once "$kind" "$console" $now
		later=${left#"$now"}
		# shellcheck disable=SC2086
		judge_boot "$kind" "$console" $now
		left=$(echo "$left $later" | xargs)
	done
}
