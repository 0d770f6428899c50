# shellcheck shell=sh disable=SC2034
#
# SPDX-License-Identifier: BSD-2-Clause
#
# Copyright (c) 2026 The umux authors
#
# What the scripts here share: a directory, the parts with their keys and
# configurations, checks. To be read by a script whose name is in $0 and whose working
# directory is the repository.

# A configuration that others can write is refused.
umask 022
tmp=$(mktemp -d)
chmod 755 "$tmp"
pids=
good=0
bad=0

finish() {
	for pid in $pids; do
		kill "$pid" 2> /dev/null
	done
	wait 2> /dev/null
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM

# skip WHY: what a script cannot run without is not here.
skip() {
	echo "$(basename "$0"): $1" >&2
	exit 77
}

need() {
	for tool in "$@"; do
		command -v "$tool" > /dev/null || skip "there is no $tool here"
	done
}

# build PROFILE: debug or release; sets $bin.
build() {
	set -- "$1" -p umux-lab -p umuxctl -p umux-noca -p umux-broker -p umux-nosa -p umux-dasd
	profile=$1
	shift
	[ "$profile" = release ] && set -- --release "$@"
	cargo build --quiet "$@" || exit 1
	bin=${CARGO_TARGET_DIR:-target}/$profile
	case $bin in
	/*)	;;
	*)	bin=$(pwd)/$bin ;;
	esac
}

# soon COMMAND: waits until it succeeds, ten seconds; $patience: so many.
soon() {
	n=0
	until "$@" > /dev/null 2>&1; do
		n=$((n + 1))
		[ "$n" -lt "$((${patience:-10} * 10))" ] || return 1
		sleep 0.1
	done
}

# must COMMAND: or there is no point in going on.
must() {
	soon "$@" || {
		echo "$(basename "$0"): in vain: $*" >&2
		tail -n 20 "$tmp"/*.log >&2
		exit 1
	}
}

check() {
	what=$1
	shift
	if "$@"; then
		good=$((good + 1))
		echo " ok  $what"
	else
		bad=$((bad + 1))
		echo "BAD  $what"
	fi
}

same() {
	[ "$1" = "$2" ] && return
	echo "     '$1' is not '$2'"
	return 1
}

# over: the result of all checks.
over() {
	echo "$good ok, $bad bad"
	[ "$bad" -eq 0 ]
}

# keys PART...: each gets a key, which others pin, and begins its configuration.
keys() {
	for part in "$@"; do
		"$bin/umuxctl" dnso keygen "$tmp/$part.key" > "$tmp/$part.pub" || exit 1
		echo "key = \"$tmp/$part.key\"" > "$tmp/$part.conf"
	done
}

# peer NAME: who may ask.
peer() {
	printf '[[peer]]\nname = "%s"\nkey = "%s"\n' "$1" "$(cat "$tmp/$1.pub")"
}

# target TABLE NAME ADDRESS: who is asked.
target() {
	printf '[[%s]]\nname = "%s"\naddress = "%s"\nkey = "%s"\n' "$1" "$2" "$3" \
	    "$(cat "$tmp/$2.pub")"
}

# chain NOSA-SERVICE-LINES: configurations of an agent, a NOSA and a broker on [::1],
# for www.example.com, at port 80.
chain() {
	keys noca broker nosa dasd
	{
		echo 'listen = ["[::1]:7355"]'
		peer nosa
		printf '[[service]]\nname = "http"\nport = 80\nlifetime_max = 600\n'
	} >> "$tmp/dasd.conf"
	{
		echo 'listen = ["[::1]:7354"]'
		peer broker
		target agent dasd "[::1]:7355"
		echo 'prefixes = ["2001:db8:1::/64"]'
		printf '[[service]]\nnames = ["www.example.com"]\n'
		echo 'servers = [{ agent = "dasd", service = "http" }]'
		[ -z "${1:-}" ] || echo "$1"
	} >> "$tmp/nosa.conf"
	{
		echo 'listen = ["[::1]:7353"]'
		peer noca
		target nosa nosa "[::1]:7354"
		printf '[[select]]\nnames = ["*.example.com"]\nnosas = [{ nosa = "nosa" }]\n'
	} >> "$tmp/broker.conf"
}

# overrides: what a NOCA says of www.example.com.
overrides() {
	target broker broker "[::1]:7353"
	printf '[[override]]\nnames = ["www.example.com"]\n'
}

# parts COMMAND...: starts all four, by a command such as nsenter, and waits for their
# channels; sets their process numbers as $noca and so on.
parts() {
	"$@" "$bin/umux-dasd" --lab "$tmp/lab" -f "$tmp/dasd.conf" 2> "$tmp/dasd.log" &
	dasd=$!
	pids="$pids $dasd"
	must grep -q "is ready" "$tmp/dasd.log"
	for part in nosa broker noca; do
		"$@" "$bin/umux-$part" -f "$tmp/$part.conf" 2> "$tmp/$part.log" &
		pids="$pids $!"
		eval "$part=$!"
		must grep -q "is ready" "$tmp/$part.log"
	done
	for part in nosa broker noca; do
		must grep -q "channel is there" "$tmp/$part.log"
	done
}

# lab ARGUMENT...: the server, behind umux.
lab() {
	"$bin/umux-lab" "$@" > "$tmp/lab.log" 2>&1 &
	pids="$pids $!"
	soon grep -q "interrupt it" "$tmp/lab.log" || {
		cat "$tmp/lab.log" >&2
		skip "the lab's network cannot be built"
	}
}

ctl() {
	"$bin/umuxctl" --lab "$tmp/lab" "$@"
}
